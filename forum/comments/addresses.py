"""E-mail addresses as they are stored."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

MAX_EMAIL_CHARS = 254


def normalise_email(raw: str, *, check_dns: bool = False) -> str:
    """The address as it is stored: domain and, for comparison, the whole in lower case.

    :param check_dns: also ask whether the domain takes mail; a DNS failure refuses nobody.
    :raises EmailNotValidError: it is no address.
    :raises EmailUndeliverableError: the DNS answers that nothing takes mail there.
    """
    if len(raw) > MAX_EMAIL_CHARS:
        raise EmailNotValidError("too long")
    address = validate_email(raw, check_deliverability=False).normalized.lower()
    if len(address) > MAX_EMAIL_CHARS:
        raise EmailNotValidError("too long")
    if check_dns:
        from forum.comments.email_dns import refuse_undeliverable

        refuse_undeliverable(raw)
    return address
