"""What a reader reads of a printed text: its words, their number, the first of them."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

from forum.text.characters import INVISIBLE_LETTERS

# Silent reading of non-fiction in English (Brysbaert 2019, "How many words do we read per minute?",
# Journal of Memory and Language 109). No review of that size exists for Dutch.
WORDS_PER_MINUTE = 238

_LINES = frozenset({"p", "br", "li", "blockquote", "pre", "h2", "h3", "h4", "hr", "ul", "ol", "table", "tr"})
_CELLS = frozenset({"td", "th"})
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_TRAILING = " ,;:–—-("


class _Text(HTMLParser):
    """Gathers text; every block begins on a line of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.parts.append("\n" if tag in _LINES else " " if tag in _CELLS else "")

    def handle_endtag(self, tag: str) -> None:
        self.handle_starttag(tag, [])


def plain_text(html: str) -> str:
    """A printed text without its marks: one line for each block, single spaces."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def is_blank(html: str) -> bool:
    """Whether nothing can be read: only tags, spaces, marks without a letter, invisible characters."""
    return not any(
        unicodedata.category(char)[0] not in "CMZ" and char not in INVISIBLE_LETTERS
        for char in plain_text(html)
    )


def excerpt(html: str, max_chars: int) -> str:
    """The beginning of a printed text on one line, at most `max_chars` characters: whole words, then "…"."""
    text = plain_text(html).replace("\n", " ")
    if len(text) <= max_chars:
        return text
    room = text[: max(max_chars, 1)]
    head, space, _cut_word = room.rpartition(" ")
    if not space:
        head = _without_broken_letter(text, max(max_chars - 1, 0))
    return head.rstrip(_TRAILING) + "…"


def count_words(html: str) -> int:
    """The number of words, "foto's" and "na-oorlogs" being one each; scripts without spaces count low."""
    return sum(1 for _ in _WORD.finditer(plain_text(html)))


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words at :data:`WORDS_PER_MINUTE`, at least 1."""
    return max(1, round(words / WORDS_PER_MINUTE))


def _without_broken_letter(text: str, end: int) -> str:
    """The first characters of a text, stopping before a letter whose marks would be cut off."""
    while 0 < end < len(text) and unicodedata.category(text[end])[0] in "CM":
        end -= 1
    return text[:end]
