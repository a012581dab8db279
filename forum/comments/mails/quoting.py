"""A visitor's words in a mail to somebody else: plain text that no mail program turns into a link. Pure."""

from __future__ import annotations

import re

from forum.text import excerpt

QUOTED_CHARS = 600
_DOTS = ".。．｡․﹒"
"""The full stop, and what browsers take for one in the name of a host (UTS 46)."""
_ADDRESS = re.compile(r"(?:[^\s@＠﹫<>()\[\]\"',;:]+[\"']?|[\"'])[@＠﹫][^\s@＠﹫<>()\[\]\"',;:]+")
_SCHEME = re.compile(r":(?=//)")
_SLASHES = re.compile(r"(?<!\[:\])//+")
_OPAQUE = re.compile(r"(mailto|tel|sms|skype|xmpp|sips?|javascript|data):", re.IGNORECASE)
_DOT = re.compile(rf"(?<=[^\s])[{_DOTS}](?=[^\s{_DOTS},;:!?)\]}}\"'»”’…])")
_WWW = re.compile(rf"(www)([{_DOTS}])", re.IGNORECASE)
_AMOUNT = re.compile(r"(?<!\S)[(\"'€]?\d{1,3}(?:\.\d{3}|\.\d{2})(?=[.,;:!?)\"']*(?:\s|$))", re.ASCII)
"""`2.500` and `9.30`, standing alone: no mail program makes a link of two numbers."""


def quoted(html: str, max_chars: int = QUOTED_CHARS) -> str:
    """The beginning of a printed comment on one line, as `disarmed`."""
    return disarmed(excerpt(html, max_chars))


def disarmed(text: str) -> str:
    """A text whose links are visible and dead: `https[:]//huis[.]example`. E-mail addresses in it are left out.

    Mail programs make a link of whatever looks like one to them, so leaving out `<a>` is not enough; and an address
    that a visitor wrote may be somebody else's. What looks like a host differs from program to program, so every dot
    between two characters is broken, in a sentence like "Ja.Nee" too.
    """
    text = _ADDRESS.sub("[…@…]", text)
    text = _SLASHES.sub("[//]", _SCHEME.sub("[:]", text))
    text = _OPAQUE.sub(r"\1[:]", text)
    kept = {amount.start() + amount[0].index(".") for amount in _AMOUNT.finditer(text)}
    text = _DOT.sub(lambda dot: dot[0] if dot.start() in kept else f"[{dot[0]}]", text)
    return _WWW.sub(r"\1[\2]", text)
