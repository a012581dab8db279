"""Which addresses may be linked, and whether a link's text tells the truth about where it goes."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import quote

import idna

MAX_ADDRESS_CHARS = 2000  # what every browser and mail program still opens

_WEB = re.compile(r"(https?)://([^/?#\s]+)([/?#]\S*)?", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?")
_MAILTO = re.compile(r"mailto:([A-Za-z0-9.!#$&'*+/=^_`{|}~-]+)@([^\s@?]+)(?:\?\S*)?", re.IGNORECASE)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_SHOWN = re.compile(
    rf"(?P<mailbox>[\w.!#$&'*+/=^`{{|}}~-]{{1,64}}@)?"
    rf"(?P<host>(?<![\w-])(?:{_LABEL}\.){{1,8}}(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{1,59}}|[0-9]{{1,3}})(?![\w-]))"
    r"(?::[0-9]+)?(?:[/?#]\S*)?"  # what comes behind a host is no other host
)
# What is read as a full stop, after UTS #46 (the ideographic ones, which browsers take for one) and
# UTS #39 (look-alikes). NFKC has folded the wide and the one-dot-leader forms already.
_STOPS = dict.fromkeys(
    map(ord, "\u3002\uff61\u0660\u06f0\u0701\u0702\u2027\u00b7\u2219\u22c5\ua4f8\ua60e"), "."
)
# "&copy;" in an address would be a character reference to whoever forgets to escape it.
_REFERENCE = re.compile(r"(&#?\w+);")
_UNSAFE_IN_PATH = re.compile(r"[^!#$%&'()*+,./:;=?@\[\]_~0-9A-Za-z-]")


def safe_address(raw: str) -> str | None:
    """The address as a link may carry it (ASCII, host in lower case), or None: then it is no link.

    Only http, https and mailto; a web address has a whole host and no user name before it, since
    `https://bank.example@elsewhere.example` is there to be misread.
    """
    return web_address(raw) or _mail_address(raw)


def web_address(raw: str) -> str | None:
    """An http or https address in its safe form; None when it is none, is too long, or hides its host."""
    match = _WEB.fullmatch(raw.strip())
    if match is None:
        return None
    scheme, authority, rest = match.groups(default="")
    host_and_port = _HOST_AND_PORT.fullmatch(authority)
    host = host_and_port and ascii_host(host_and_port[1])
    if not host_and_port or not host:
        return None
    port = f":{host_and_port[2]}" if host_and_port[2] else ""
    path = _REFERENCE.sub(r"\1%3B", _UNSAFE_IN_PATH.sub(_percent_encoded, rest))
    address = f"{scheme.lower()}://{host}{port}{path}"
    return address if int(host_and_port[2] or 0) < 65536 and len(address) <= MAX_ADDRESS_CHARS else None


def ascii_host(host: str) -> str | None:
    """A host as DNS knows it: lower case, punycode (IDNA 2008 with UTS #46). None when it is no full host."""
    if host.startswith("["):
        return host.lower() if _is_ip(host[1:-1]) else None
    if len(host) > 253:
        return None
    try:
        name = idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    labels = name.rstrip(".").split(".")
    if labels[-1].isdigit():
        return name if _is_ip(name) else None
    return name if len(labels) > 1 else None


def real_target(text: str, address: str) -> str | None:
    """What to print behind a link's text: its real host, or mailbox, when the text shows another one.

    A text may leave out `www.` or other parts in front of the host. A host in letters that are not
    Latin is also told in ASCII, because some of them look Latin.
    """
    target = _target(address)
    shown = _SHOWN.finditer(_as_read(text))
    if all(_agrees(match, target) for match in shown):
        return None
    return None if text.rstrip().endswith(f"[{target}]") else target


def _target(address: str) -> str:
    """The host of a web address, or the mailbox of a mail address."""
    if address.startswith("mailto:"):
        return address.removeprefix("mailto:")
    match = _WEB.fullmatch(address)
    return re.sub(r":[0-9]*$", "", match[2]) if match else address


def _agrees(shown: re.Match[str], target: str) -> bool:
    host = ascii_host(shown["host"])
    if host is None or not _is_latin(shown["host"]):
        return False
    host = host.removeprefix("www.")
    target_host = target.rpartition("@")[2]
    if shown["mailbox"] and shown["mailbox"] + host != target.lower():
        return False  # a mail address is shown; before a web address it may be a host that is none
    return target_host == host or target_host.endswith(f".{host}")


def _as_read(text: str) -> str:
    """A text as a reader sees it: wide letters narrow, dots as dots, nothing invisible, lower case."""
    folded = unicodedata.normalize("NFKC", text).translate(_STOPS)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf").casefold()


def _is_latin(host: str) -> bool:
    return host.isascii() or all(
        char.isascii() or unicodedata.name(char, "").startswith("LATIN ") for char in host
    )


def _mail_address(raw: str) -> str | None:
    """A mailto address without its query, which could fill in a letter for the one who clicks."""
    match = _MAILTO.fullmatch(raw.strip())
    host = match and ascii_host(match[2])
    return f"mailto:{match[1]}@{host}" if match and host and len(raw) <= MAX_ADDRESS_CHARS else None


def _percent_encoded(match: re.Match[str]) -> str:
    return quote(match[0], safe="", errors="replace")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
