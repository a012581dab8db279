"""The header lines of a mail, written so that nothing in them can become another header.

Python's own folding has let encoded text out as new lines (CVE-2024-6923), encodes long addresses of pages as words,
and takes `a@b.example, c@d.example` for two recipients. So each line is written here, out of parts that are checked,
and `forum.mail.message` reads the finished bytes again.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime
from urllib.parse import urlsplit

import idna

from forum.text.characters import settled

MAX_SUBJECT_CHARS = 150
_PLAIN = re.compile(r"[ -~]*")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BLANKS = re.compile(r"\s+")


class UnsafeMail(Exception):  # noqa: N818 - a verdict, not a fault
    """A mail that cannot be written so that it says what it should. The text holds no address."""


def one_line(words: str, *, max_chars: int = MAX_SUBJECT_CHARS) -> str:
    """Words for a header: one line, no control characters, nothing that looks encoded (`=?`), not too long."""
    line = _BLANKS.sub(" ", settled(words)).replace("=?", "= ?").strip()
    return line if len(line) <= max_chars else line[: max_chars - 1].rstrip() + "…"


def checked_address(address: str) -> Address:
    """One address, its domain as the DNS writes it. The part before the @ may hold letters beyond ASCII (RFC 6531).

    :raises UnsafeMail: it is none, more than one, or holds what no header may.
    """
    local, at, domain = address.rpartition("@")
    if not at or _BLANKS.search(address) or not address.isprintable():
        raise UnsafeMail("not one address")
    try:
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
        # The library takes no letters beyond ASCII before the @, so it judges the address with others in their place.
        judged = f"{_BEYOND_ASCII.sub('x', local)}@{ascii_domain}"
        is_one = Address(addr_spec=judged).addr_spec == judged
    except (ValueError, IndexError, MessageError):
        is_one = False
    if not is_one:
        raise UnsafeMail("not one address")
    return Address(username=local, domain=ascii_domain)


def encoded(words: str, *, name: str) -> str:
    """Words of a header as ASCII, folded; `name` is the header's own."""
    if _PLAIN.fullmatch(words):
        return words
    return Header(words, "utf-8", header_name=name).encode(linesep="\r\n")


def mailbox(words: str, address: Address) -> str:
    """A name and its address, as `From` has them."""
    if _PLAIN.fullmatch(words):
        quoted = words.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address.addr_spec}>'
    return f"{encoded(words, name='From')} <{address.addr_spec}>"


def moment(at: datetime) -> str:
    """A `Date`."""
    return format_datetime(at)


def host_of(base_url: str) -> str:
    """The host of the site for addresses and ids: a name as the DNS writes it, or an address in brackets."""
    host = urlsplit(base_url).hostname or "localhost"
    if not host.isascii():
        return idna.encode(host, uts46=True).decode()
    is_number = ":" in host or host.replace(".", "").isdigit()
    return f"[{'IPv6:' * (':' in host)}{host}]" if is_number else host
