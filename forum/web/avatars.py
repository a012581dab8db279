"""Faces without pictures: initials on one of twelve colours.

Both come from the name that is shown and from nothing else, so that a face never tells more than the name beside it:
the same name has the same face, whoever typed it.
"""

from __future__ import annotations

import unicodedata
import zlib
from typing import NamedTuple

COLOURS = 12
NO_INITIALS = "•"
"""For a name without a letter or digit, and for one that was erased."""


class Avatar(NamedTuple):
    """What to draw: the number of the colour, from 0, and one or two characters."""

    colour: int
    initials: str


def avatar_of(name: str | None) -> Avatar:
    """The face of a name. Case and the way in which accents are stored do not matter to its colour."""
    plain = unicodedata.normalize("NFC", name or "")
    return Avatar(zlib.crc32(plain.strip().casefold().encode()) % COLOURS, initials(plain))


def initials(name: str) -> str:
    """The first letters of the first and the last word; one alone where a script has no capitals.

    `van der Berg, Jan` is `JB`, as `Jan van der Berg` is. Words in which nothing can be read (emoji) do not count.
    """
    last, _comma, first = name.partition(",")
    readable = [word for word in f"{first} {last}".split() if _first_letter(word)]
    if not readable:
        return NO_INITIALS
    first_letter, last_letter = _first_letter(readable[0]), _first_letter(readable[-1])
    if len(readable) == 1 or not _has_case(first_letter) or not _has_case(last_letter):
        return first_letter
    return first_letter + last_letter


def _first_letter(word: str) -> str:
    """Its first letter or digit as a capital; empty when there is none."""
    letter = next((char for char in word if char.isalnum()), "")
    return letter.upper() if len(letter.upper()) == 1 else letter


def _has_case(letter: str) -> bool:
    return letter.lower() != letter.upper() or letter.isdigit()
