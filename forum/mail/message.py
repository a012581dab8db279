"""A mail as the bytes that are sent, and the proof that they say what they should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_string, policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from forum.base.signing import Signer
from forum.mail.headers import UnsafeMail, checked_address, encoded, host_of, mailbox, moment, one_line

_BODY_HEADERS = ["MIME-Version", "Content-Type"]


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Whose mail it is.

    :param host: of the site; part of every Message-ID.
    """

    name: str
    address: Address
    host: str

    @classmethod
    def of_site(cls, name: str, base_url: str, mail_from: str) -> Sender:
        """The sender of a site's mails; `mail_from` empty: `noreply@` and its host."""
        host = host_of(base_url)
        address = checked_address(mail_from) if mail_from else Address(username="noreply", domain=host)
        return cls(name=one_line(name, max_chars=80), address=address, host=host)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a mail says. `subject` is one line already (`headers.one_line`)."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str | None = None


@dataclass(frozen=True)
class Letter:
    """A finished mail.

    :param data: all of it, headers and body, its last line ended.
    :param needs_utf8: whether only a server with SMTPUTF8 (RFC 6531) can take it.
    """

    sender: str
    recipient: str
    data: bytes
    needs_utf8: bool


def message_id(signer: Signer, mail_id: int, key: str, host: str) -> str:
    """The Message-ID of a mail of the outbox: always the same, leads back to its row, and nobody can guess it."""
    return f"<{mail_id}.{signer.keyed_hash('message id', key)}@{host}>"


def write(
    words: Words, *, sender: Sender, recipient: str, message_id: str, kind: str, created_at: datetime
) -> Letter:
    """Write a mail down.

    :raises UnsafeMail: read again, the bytes would say something else.
    """
    to = checked_address(recipient)
    headers = {
        "From": mailbox(sender.name, sender.address),
        "To": to.addr_spec,
        "Subject": encoded(words.subject, name="Subject"),
        "Date": moment(created_at),
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
    }
    if words.unsubscribe_url:
        headers |= {
            "List-Id": f"<{kind.replace('_', '-')}.{sender.host.strip('[]')}>",
            "List-Unsubscribe": f"<{words.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    data = lines.encode() + _body(words)
    _compare(data, headers, words, sender, to)
    return Letter(sender.address.addr_spec, to.addr_spec, data, not lines.isascii())


def _body(words: Words) -> bytes:
    """Text and HTML as quoted-printable: any server takes it, and no line of it is long."""
    body = EmailMessage(policy=policy.SMTP)
    body.set_content(words.text, cte="quoted-printable")
    body.add_alternative(words.html, subtype="html", cte="quoted-printable")
    return body.as_bytes()


def _compare(data: bytes, headers: dict[str, str], words: Words, sender: Sender, to: Address) -> None:
    """Read the bytes as a mail program does, and hold them against what was meant.

    :raises UnsafeMail: they differ.
    """
    parsed = message_from_string(data.decode(), policy=policy.default)
    if sorted(parsed.keys()) != sorted([*headers, *_BODY_HEADERS]):
        raise UnsafeMail("its headers would be others")
    if parsed["Subject"] != words.subject:
        raise UnsafeMail("its subject would be another")
    if _mailboxes(parsed["To"]) != [("", to.addr_spec)]:
        raise UnsafeMail("it would go to somebody else")
    if _mailboxes(parsed["From"]) != [("".join(sender.name.split()), sender.address.addr_spec)]:
        raise UnsafeMail("it would come from somebody else")
    exact = headers.keys() - {"Subject", "To", "From"}
    if any(str(parsed[name]) != headers[name] for name in exact):
        raise UnsafeMail("a header would be another")
    if [part.get_content_type() for part in parsed.iter_parts()] != ["text/plain", "text/html"]:
        raise UnsafeMail("its parts would be others")


def _mailboxes(header: Any) -> list[tuple[str, str]]:
    """Names without blanks: Python reads a name in two encoded words with one between them, which is not there."""
    return [("".join(address.display_name.split()), address.addr_spec) for address in header.addresses]
