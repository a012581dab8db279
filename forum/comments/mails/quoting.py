"""A visitor's words in a mail to somebody else: plain text that no mail program turns into a link. Pure."""

from __future__ import annotations

import re

from forum.text import excerpt

QUOTED_CHARS = 600
_ADDRESS = re.compile(r"[^\s@<>()\[\]\"',;:]+@[^\s@<>()\[\]\"',;:]+")
_SCHEME = re.compile(r"\b([a-z][a-z0-9+.-]{1,20}):(?=//)", re.IGNORECASE)
_HOST = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_OPAQUE = re.compile(r"\b(mailto|tel|sms|skype|javascript|data):", re.IGNORECASE)


def quoted(html: str, max_chars: int = QUOTED_CHARS) -> str:
    """The beginning of a printed comment on one line, as `disarmed`."""
    return disarmed(excerpt(html, max_chars))


def disarmed(text: str) -> str:
    """A text whose links are visible and dead: `https[:]//huis[.]example`. E-mail addresses in it are left out.

    Mail programs make a link of whatever looks like one, so leaving out `<a>` is not enough; and an address that a
    visitor wrote may be somebody else's.
    """
    text = _ADDRESS.sub("[…@…]", text)
    text = _SCHEME.sub(r"\1[:]", text)
    text = _OPAQUE.sub(r"\1[:]", text)
    return _HOST.sub(lambda host: host[0].replace(".", "[.]"), text)
