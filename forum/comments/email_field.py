"""The e-mail field of a form: what was typed becomes an address, or a sentence that says what is wrong with it."""

from __future__ import annotations

from email_validator import EmailNotValidError, EmailUndeliverableError
from flask_babel import gettext as _

from forum.base.errors import Unprocessable
from forum.comments.addresses import normalise_email
from forum.config import Settings
from forum.spam.disposable import is_disposable


class EmailRefused(Unprocessable):
    """What was typed is no address, or none that is taken here (422). The message is for the field."""


def read_email(raw: str) -> str:
    """The normalised address, whoever it belongs to.

    :raises EmailRefused: there is none.
    """
    return _normalised(raw, check_dns=False)


def read_writers_email(raw: str, settings: Settings) -> str:
    """The normalised address of somebody who writes here.

    :raises EmailRefused: there is none, nothing takes mail there, or it is a throw-away one and those are refused.
    """
    email = _normalised(raw, check_dns=settings.check_email_dns)
    if settings.disposable_email == "refuse" and is_disposable(domain_of(email)):
        raise EmailRefused(
            _("This is a throw-away address. Use one that you keep, so that we can reach you.")
        )
    return email


def disposable_domain(email: str, settings: Settings) -> str:
    """The domain of a throw-away address when moderators are to be told of it; else empty."""
    domain = domain_of(email)
    return domain if settings.disposable_email == "hold" and is_disposable(domain) else ""


def domain_of(email: str) -> str:
    """What stands after the @."""
    return email.rpartition("@")[2]


def _normalised(raw: str, *, check_dns: bool) -> str:
    if not raw.strip():
        raise EmailRefused(_("Fill in your e-mail address. It is never published."))
    try:
        return normalise_email(raw.strip(), check_dns=check_dns)
    except EmailUndeliverableError:
        message = _("The part after the @ does not seem to receive mail. Is there a typing error in it?")
    except EmailNotValidError:
        message = _("This is not a complete e-mail address. It looks like name@example.nl.")
    raise EmailRefused(message)
