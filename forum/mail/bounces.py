"""Bounces: what a mail server writes when it could not deliver a mail after all (a DSN, RFC 3464).

Anybody can write such a mail. So it counts only when it is about a mail that this site sent: when it brings the
original's Message-ID, which nobody can guess, that decides; without it, an address that was mailed lately.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, message_from_string
from email.message import Message

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from forum.base.errors import Unprocessable
from forum.base.signing import Signer
from forum.mail.answers import cleaned
from forum.mail.message import message_id
from forum.mail.models import MailState, OutboxMail, SuppressionCause
from forum.mail.suppression import suppress

MAX_BOUNCE_BYTES = 1_000_000
BOUNCES_WITHIN = timedelta(days=30)
"""How long after it was sent a mail can bounce; servers give up after five days (RFC 5321, 4.5.4.1)."""
_MAX_RECIPIENTS = 20
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_PERMANENT = re.compile(r"5\.\d{1,3}\.\d{1,3}")


class NotABounce(Unprocessable):
    """What came is no delivery report that can be read (422)."""

    message = _("This is not a bounce: no delivery report (RFC 3464) is in it.")


@dataclass(frozen=True)
class FailedRecipient:
    """An address that a report says will never get the mail.

    :param addresses: as the server knows it, and as it was first told.
    """

    addresses: tuple[str, ...]
    said: str


@dataclass(frozen=True)
class Report:
    """What a delivery report says.

    :param message_id: of the mail that it is about, if it brings that.
    """

    failed: tuple[FailedRecipient, ...]
    message_id: str | None


def read_report(raw: bytes) -> Report:
    """Read a delivery report. Delays, deliveries and passing failures are read, and left out.

    :raises NotABounce: it is none.
    """
    mail = message_from_bytes(raw[:MAX_BOUNCE_BYTES])
    status = next(
        (part for part in mail.walk() if part.get_content_type() == "message/delivery-status"), None
    )
    blocks = status.get_payload() if status is not None else None
    if not isinstance(blocks, list) or len(blocks) < 2:
        raise NotABounce
    failed = tuple(filter(None, map(_failed_recipient, blocks[1 : 1 + _MAX_RECIPIENTS])))
    return Report(failed, _original_id(mail))


def take(session: Session, signer: Signer, report: Report, *, host: str, now: datetime) -> int:
    """Send no more mail to the addresses that a report gives up. The caller commits.

    :param host: of the site, as its Message-IDs have it.
    :return: how many addresses.
    """
    count = 0
    for recipient in report.failed:
        mail = _mail_of(session, signer, recipient, report.message_id, host=host, now=now)
        if mail is None or mail.recipient is None:
            continue
        suppress(session, signer, mail.recipient, SuppressionCause.BOUNCED, now=now)
        session.execute(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id, OutboxMail.state == MailState.SENT)
            .values(state=MailState.FAILED, last_answer=cleaned(recipient.said, mail.recipient))
        )
        count += 1
    return count


def _failed_recipient(block: Message | str) -> FailedRecipient | None:
    if not isinstance(block, Message) or _value(block, "Action").lower() != "failed":
        return None
    status = _value(block, "Status").split(" ")[0]
    if not _PERMANENT.fullmatch(status):
        return None
    typed = [_value(block, name) for name in ("Original-Recipient", "Final-Recipient")]
    addresses = tuple(dict.fromkeys(address for value in typed for address in _addresses(value)))
    said = _value(block, "Diagnostic-Code").partition(";")[2] or status
    return FailedRecipient(addresses, said.strip()) if addresses else None


def _addresses(typed: str) -> Iterator[str]:
    """The address of `rfc822; noor@lezers.example`, as it stands and with its xtext undone (RFC 3461, 4)."""
    address = typed.partition(";")[2].strip().strip("<>").lower()
    if "@" in address:
        yield address
        yield _XTEXT.sub(lambda found: chr(int(found[1], 16)), address.upper()).lower()


def _value(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _original_id(mail: Message) -> str | None:
    """The Message-ID of the mail that came back: the report holds it, whole or only its headers."""
    for part in mail.walk():
        payload = part.get_payload()
        original = payload[0] if isinstance(payload, list) and payload else None
        if part.get_content_type() == "message/rfc822" and isinstance(original, Message):
            return _value(original, "Message-ID") or None
        if part.get_content_type() == "text/rfc822-headers":
            decoded = part.get_payload(decode=True)
            headers = decoded.decode(errors="replace") if isinstance(decoded, bytes) else str(payload)
            return _value(message_from_string(headers), "Message-ID") or None
    return None


def _mail_of(
    session: Session,
    signer: Signer,
    recipient: FailedRecipient,
    wanted_id: str | None,
    *,
    host: str,
    now: datetime,
) -> OutboxMail | None:
    """The mail that a report is about; None when it is none of ours."""
    lately = (
        select(OutboxMail)
        .where(OutboxMail.sent_at > now - BOUNCES_WITHIN, OutboxMail.recipient.is_not(None))
        .order_by(OutboxMail.id.desc())
    )
    to_it = lately.where(func.lower(OutboxMail.recipient).in_(recipient.addresses))
    if wanted_id is None:
        return session.scalars(to_it.limit(1)).one_or_none()
    # Forwarded mail bounces with an address that we never wrote to: then its id alone tells, among all of them.
    for statement in (to_it, lately):
        for mail in session.scalars(statement.execution_options(yield_per=500)):
            if message_id(signer, mail.key, host) == wanted_id:
                return mail
    return None
