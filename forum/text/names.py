"""Whether two names look alike."""

from __future__ import annotations

import unicodedata

# Letters that are taken for a Latin one, after the confusables of UTS #39, kept to those that an
# ordinary font shows the same or nearly so. What NFKC and decomposition fold already is not here.
_CYRILLIC = dict(zip("авеԍнікӏморстухѕјһԁԛԝѵгь", "abeghiklmopctyxsjhdqwvrb", strict=True))
_GREEK = dict(zip("αβεζηικμνορτυχγωϲϳ", "abeznikuvoptuxywcj", strict=True))
_GREEK_CAPITALS = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx", strict=True))
_CYRILLIC_CAPITALS = dict(zip("АВЕНІКӀМОРСТУХЅЈ", "abehiklmopctyxsj", strict=True))
_OTHER = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe"}
_OTHER |= {"ɑ": "a", "ɡ": "g", "ɩ": "i", "ʏ": "y", "օ": "o", "ո": "n", "ս": "u", "հ": "h", "ց": "g"}
# One stroke is one stroke: I, l, i, 1 and | are one letter, 0 is o; rn reads as m and vv as w.
_ONE_STROKE = str.maketrans({"i": "l", "1": "l", "|": "l", "0": "o"})
_CAPITALS = str.maketrans(_GREEK_CAPITALS | _CYRILLIC_CAPITALS)
_LETTERS = str.maketrans(_CYRILLIC | _GREEK | _OTHER)


def skeleton(name: str) -> str:
    """What a name looks like: names with one skeleton can be taken for each other.

    Case, accents, spaces, punctuation and invisible characters do not count, nor whether a letter is
    Latin or only looks so. Skeletons are for comparing, never for showing. Empty when no letter is there.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    base = "".join(char for char in decomposed if unicodedata.category(char)[0] not in "MC")
    folded = unicodedata.normalize("NFKD", base.translate(_CAPITALS).casefold()).translate(_LETTERS)
    letters = "".join(char for char in folded.translate(_ONE_STROKE) if char.isalnum())
    return letters.replace("rn", "m").replace("vv", "w")
