"""Bounces: what a mail server writes when it could not deliver a mail after all (a DSN, RFC 3464 and RFC 6533).

Anybody can write such a mail. So it counts only when it brings the Message-ID of a mail that this site sent, which
nobody can guess and only its reader has seen. The id leads to the mail's row, so that a forged one costs no search.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from itertools import count
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from forum.base.errors import Unprocessable
from forum.base.signing import Signer
from forum.mail.answers import cleaned, gives_up_address
from forum.mail.message import message_id
from forum.mail.models import MailState, OutboxMail, SuppressionCause
from forum.mail.suppression import suppress

MAX_BOUNCE_BYTES = 1_000_000
BOUNCES_WITHIN = timedelta(days=30)
"""How long after it was sent a mail can bounce; servers give up after five days (RFC 5321, 4.5.4.1)."""
_MAX_RECIPIENTS = 20
_MAX_PARTS = 40
"""A report has three parts and a mail of ours three more; the library reads parts in parts by calling itself."""
_MAX_READ_CHARS = 100_000
"""What comes behind in a report, or in the headers of the mail that came back, is not read."""
_STATUS, _HEADERS = "text/delivery-status", "text/rfc822-headers"
_READ_AS_TEXT = {
    "message/delivery-status": _STATUS,
    "message/global-delivery-status": _STATUS,
    "message/global-headers": _HEADERS,
    "message/global": _HEADERS,  # a whole mail, of which the headers are enough
}
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_OUR_ID = re.compile(r"<([1-9][0-9]{0,17})\.[0-9a-f]{32}@[^\s<>@]+>")
_XTEXT = re.compile(r"\+([0-9a-f]{2})|\\x\{([0-9a-f]{1,6})\}")
_PERMANENT = re.compile(r"5\.\d{1,3}\.\d{1,3}")


class NotABounce(Unprocessable):
    """What came is no delivery report that can be read (422)."""

    message = _("This is not a bounce: no delivery report (RFC 3464) is in it.")


@dataclass(frozen=True)
class FailedRecipient:
    """An address that a report says will never get the mail.

    :param addresses: as the server knows it, and as it was first told.
    :param takes_others: whether another mail may arrive there: the refusal was about something else.
    """

    addresses: tuple[str, ...]
    said: str
    takes_others: bool


@dataclass(frozen=True)
class Report:
    """What a delivery report says.

    :param message_id: of the mail that it is about, if it brings that.
    """

    failed: tuple[FailedRecipient, ...]
    message_id: str | None


class _Part(Message):
    """A part of a report. The library would make a message of each blank line of one: megabytes out of a few bytes.

    So the parts that are read here are texts to it.
    """

    def get_content_type(self) -> str:
        """The kind of the part, as this file reads it."""
        kind = super().get_content_type()
        return _READ_AS_TEXT.get(kind, kind)


def _few_parts() -> Callable[..., _Part]:
    """Makes the parts of one mail, up to `_MAX_PARTS`."""
    numbers = count()

    def make(**values: Any) -> _Part:
        if next(numbers) > _MAX_PARTS:
            raise NotABounce
        return _Part(**values)

    return make


def read_report(raw: bytes) -> Report:
    """Read a delivery report. Delays, deliveries and passing failures are read, and left out.

    :raises NotABounce: it is none.
    """
    raw = raw[:MAX_BOUNCE_BYTES]
    try:
        return _report_in(message_from_bytes(raw, _few_parts()))
    except (AttributeError, LookupError, TypeError, ValueError):  # what the library stumbles over
        raise NotABounce from None


def _report_in(mail: Message) -> Report:
    """:raises NotABounce: there is none."""
    status = next((part for part in mail.walk() if part.get_content_type() == _STATUS), None)
    blocks = _BLANK_LINES.split(_text_of(status).strip(), _MAX_RECIPIENTS + 1) if status is not None else []
    if len(blocks) < 2:
        raise NotABounce
    failed = tuple(filter(None, map(_failed_recipient, blocks[1 : 1 + _MAX_RECIPIENTS])))
    return Report(failed, _original_id(mail))


def mail_of(session: Session, signer: Signer, report: Report, *, host: str, now: datetime) -> int | None:
    """The id of the mail that a report gives up, sent lately; None when there is none. Only reads.

    :param host: of the site, as its Message-IDs have it.
    """
    found = _OUR_ID.fullmatch(report.message_id or "")
    mail = session.get(OutboxMail, int(found[1])) if found and report.failed else None
    if mail is None or mail.recipient is None or mail.sent_at is None or mail.sent_at <= now - BOUNCES_WITHIN:
        return None
    expected = message_id(signer, mail.id, mail.key, host)
    return mail.id if hmac.compare_digest(expected.encode(), (report.message_id or "").encode()) else None


def take(session: Session, signer: Signer, report: Report, mail_id: int, *, now: datetime) -> int:
    """Note that a mail did not arrive, and send no more to an address that a report gives up. The caller commits.

    :param mail_id: what `mail_of` found.
    :return: how many addresses get no more mail; none when the mail was erased meanwhile.
    """
    mail = session.get(OutboxMail, mail_id)
    if mail is None or mail.recipient is None:
        return 0
    address = mail.recipient.lower()
    named = (recipient for recipient in report.failed if address in recipient.addresses)
    # Forwarded mail bounces with an address that we never wrote to.
    recipient = next(named, report.failed[0])
    if not recipient.takes_others:
        suppress(session, signer, mail.recipient, SuppressionCause.BOUNCED, now=now)
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == mail.id, OutboxMail.state == MailState.SENT)
        .values(state=MailState.FAILED, last_answer=cleaned(recipient.said, mail.recipient))
    )
    return int(not recipient.takes_others)


def _text_of(part: Message) -> str:
    """The beginning of a part, decoded."""
    decoded = part.get_payload(decode=True)
    text = decoded.decode(errors="replace") if isinstance(decoded, bytes) else ""
    return text[:_MAX_READ_CHARS].replace("\r\n", "\n")


def _failed_recipient(lines: str) -> FailedRecipient | None:
    block = HeaderParser().parsestr(lines)
    if _value(block, "Action").lower() != "failed":
        return None
    status = _value(block, "Status").split(" ")[0]
    if not _PERMANENT.fullmatch(status):
        return None
    typed = [_value(block, name) for name in ("Original-Recipient", "Final-Recipient")]
    addresses = tuple(dict.fromkeys(address for value in typed for address in _addresses(value)))
    said = _value(block, "Diagnostic-Code").partition(";")[2] or status
    if not addresses:
        return None
    return FailedRecipient(addresses, said.strip(), takes_others=not gives_up_address(status, said.strip()))


def _addresses(typed: str) -> Iterator[str]:
    """The address of `rfc822; noor@lezers.example`, as it stands and with its xtext undone (RFC 3461, 4; 6533, 3)."""
    address = typed.partition(";")[2].strip().strip("<>").lower()
    if "@" in address:
        yield address
        yield _XTEXT.sub(lambda found: chr(int(found[1] or found[2], 16)), address).lower()


def _value(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _original_id(mail: Message) -> str | None:
    """The Message-ID of the mail that came back: the report holds it, whole or only its headers."""
    for part in mail.walk():
        payload = part.get_payload()
        original = payload[0] if isinstance(payload, list) and payload else None
        if part.get_content_type() == "message/rfc822" and isinstance(original, Message):
            return _value(original, "Message-ID") or None
        if part.get_content_type() == _HEADERS:
            return _value(HeaderParser().parsestr(_text_of(part)), "Message-ID") or None
    return None
