"""Which characters a text may hold, and what becomes of the others."""

from __future__ import annotations

import html
import re
import unicodedata

MAX_MARKS_PER_BASE = 8  # no script stacks more on one letter in running text; "zalgo" stacks hundreds
MAX_ISOLATES_PER_LINE = 8  # open at once; UAX #9 itself stops at 125 (BD2), people use one or two

LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# C0 and C1 without tab and line feed, the byte order mark, deprecated format characters, annotation
# anchors and noncharacters: nothing of them is text.
_NO_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\u206a-\u206f\ufff9-\ufffb\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Characters that are letters or symbols to Unicode and show nothing at all: the Hangul fillers, the
# empty Braille cell and the Khmer inherent vowels.
INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")
_ISOLATE_FOR = {"\u202a": "\u2066", "\u202d": "\u2066", "\u202b": "\u2067", "\u202e": "\u2067"}
_INITIATORS = frozenset("\u2066\u2067\u2068")
_POP_ISOLATE = "\u2069"
_CLOSERS = frozenset("\u202c\u2069")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def cannot_be_stored(text: str) -> bool:
    """Whether a text holds NUL or half a character: no database of ours takes both."""
    return "\x00" in text or (not text.isascii() and _SURROGATE.search(text) is not None)


def settled(text: str) -> str:
    """A text in NFC with plain line ends, without control characters, towers of marks or open bidi controls.

    Half characters become U+FFFD, so that any string can be rendered; whoever takes text from outside
    refuses them first (:func:`cannot_be_stored`).
    """
    text = composed(text)
    return "\n".join(map(_isolated, text.split("\n"))) if _BIDI.search(text) else text


def composed(text: str) -> str:
    """A text by the rules of :func:`settled`, its direction controls left to :class:`Isolates`."""
    text = _NO_TEXT.sub("", LINE_ENDS.sub("\n", text))
    if text.isascii():
        return text
    text = _SURROGATE.sub("\ufffd", text)
    # The first cap keeps NFC cheap: sorting a tower of marks costs the square of its height.
    return capped_marks(unicodedata.normalize("NFC", capped_marks(text)))


def capped_marks(text: str) -> str:
    """At most :data:`MAX_MARKS_PER_BASE` combining marks (Mn, Me) behind one character."""
    combining = {char for char in set(text) if unicodedata.category(char) in ("Mn", "Me")}
    if not combining:
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if char in combining else 0
        if marks <= MAX_MARKS_PER_BASE:
            kept.append(char)
    return "".join(kept)


class Isolates:
    """The direction controls of one line, whose parts may come one by one.

    Embeddings and overrides become isolates of the same direction, which is what UAX #9 (2.3 to 2.4) asks
    of new text: an isolate cannot reorder its surroundings, and without an override letters are always
    read in their own order. Isolates left open are closed at the end, closers without an opener go.
    """

    def __init__(self) -> None:
        self._closers: list[str] = []  # for each opener that is open, what its closer will be printed as
        self._depth = 0

    def pass_on(self, text: str) -> str:
        """The next part of the line."""
        if text.isascii() or not _BIDI.search(text):
            return text
        return "".join(map(self._shown, text))

    def close(self) -> str:
        """What closes all that is open; the next part begins a line."""
        closers = "".join(reversed(self._closers))
        self._closers, self._depth = [], 0
        return closers

    def _shown(self, char: str) -> str:
        opener = _ISOLATE_FOR.get(char, char)
        if opener in _INITIATORS:
            shown = self._depth < MAX_ISOLATES_PER_LINE
            self._depth += shown
            self._closers.append(_POP_ISOLATE if shown else "")
            return opener if shown else ""
        if char in _CLOSERS:
            closer = self._closers.pop() if self._closers else ""
            self._depth -= bool(closer)
            return closer
        return char


def _isolated(line: str) -> str:
    isolates = Isolates()
    return isolates.pass_on(line) + isolates.close()


def is_plain(text: str) -> bool:
    """Whether a text is made of characters that stand for themselves: no control, format or combining one."""
    return all(unicodedata.category(char)[0] not in "CM" or char in "\n\t" for char in text)


def decoded(text: str) -> str:
    """Character references as the characters they mean; one that hides a control or mark stays as typed."""
    return _ENTITY.sub(lambda match: _decoded(match.group()), text)


def _decoded(reference: str) -> str:
    meant = html.unescape(reference)
    return meant if is_plain(meant) else reference
