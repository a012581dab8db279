"""What people type into a form, made fit to keep: comments, names, web sites."""

from __future__ import annotations

import re
import unicodedata

from forum.text.characters import INVISIBLE_LETTERS, cannot_be_stored, settled
from forum.text.links import web_address

MAX_WEBSITE_CHARS = 500

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){3,}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")
_JOINERS = frozenset("\u200c\u200d")


class UnstorableText(ValueError):  # noqa: N818 - a refusal, named for what was wrong
    """A text with NUL or half a character (a lone surrogate) in it: a malformed request, never typing."""


class NotAWebsite(ValueError):  # noqa: N818 - a refusal, named for what was wrong
    """What was typed as a web site is no address of one."""


def clean_source(raw: str) -> str:
    """A text as it is kept: the rules of :func:`characters.settled`, trimmed, at most two blank lines on end.

    Cleaning what is clean changes nothing.

    :raises UnstorableText: NUL or a lone surrogate is in it.
    """
    _refuse_unstorable(raw)
    return _BLANK_LINES.sub("\n\n\n", settled(raw)).strip()


def clean_name(raw: str) -> str:
    """A person's name as it is kept: one line of what can be seen, single spaces. May be empty.

    Joiners stay only where a name needs them: between letters of scripts that join (RFC 5892, A.1 and A.2).

    :raises UnstorableText: NUL or a lone surrogate is in it.
    """
    _refuse_unstorable(raw)
    text = " ".join(settled(raw).split())
    seen = "".join(char for at, char in enumerate(text) if _belongs_in_name(text, at, char))
    # Taking characters out can bring a mark beside a letter that it melts into, so NFC once more.
    return " ".join(settled(seen).split()).lstrip(_marks(seen))


def clean_website(raw: str) -> str | None:
    """The address of a web site as it is kept, https when no scheme was typed; None when nothing was typed.

    :raises NotAWebsite: another scheme, a user name in it, no host with a dot, or over 500 characters.
    :raises UnstorableText: NUL or a lone surrogate is in it.
    """
    _refuse_unstorable(raw)
    typed = settled(raw).strip()
    if not typed:
        return None
    address = web_address(typed if _SCHEME.match(typed) else f"https://{typed}")
    if address is None or len(address) > MAX_WEBSITE_CHARS:
        raise NotAWebsite(typed[:MAX_WEBSITE_CHARS])
    return address


def _refuse_unstorable(raw: str) -> None:
    if cannot_be_stored(raw):
        raise UnstorableText("NUL or a lone surrogate in a text")


def _belongs_in_name(text: str, at: int, char: str) -> bool:
    if char in _JOINERS:
        return 0 < at < len(text) - 1 and _joins(text[at - 1]) and _joins(text[at + 1])
    return unicodedata.category(char)[0] != "C" and char not in INVISIBLE_LETTERS


def _joins(char: str) -> bool:
    """Whether a character is of a script whose letters change shape beside each other."""
    joining_scripts = (
        "\u0600" <= char <= "\u08ff" or "\u0900" <= char <= "\u0dff" or "\u1800" <= char <= "\u18af"
    )
    return joining_scripts and unicodedata.category(char)[0] in "LM"


def _marks(text: str) -> str:
    """The combining marks that a text begins with: they have no letter to stand on."""
    first = next((at for at, char in enumerate(text) if unicodedata.category(char)[0] != "M"), len(text))
    return text[:first] + " "
