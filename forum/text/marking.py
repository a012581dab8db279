"""Passages of a printed text: whether they are in it, and the text with them marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from itertools import groupby

Spot = tuple[int, int]
"""Where a character stands: the number of the piece, and how far in it."""


@dataclass
class _Pieces(HTMLParser):
    """A printed text as tags and words in turn."""

    pieces: list[tuple[bool, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.pieces.append((True, self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        self.pieces.append((True, f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        self.pieces.append((False, data))


def holds_passage(html: str, passage: str) -> bool:
    """Whether a passage stands in a printed text; how its words are spaced or marked makes no difference."""
    words, _spots = _words(_split(html))
    return bool(_one_line(passage)) and _one_line(passage) in words


def mark_passages(html: str, passages: Iterable[str]) -> str:
    """The printed text with every passage in `<mark>`, wherever it stands; one that is not there marks nothing.

    :param html: what `render_comment` made.
    """
    pieces = _split(html)
    words, spots = _words(pieces)
    marked: set[Spot] = set()
    for passage in filter(None, map(_one_line, passages)):
        start = words.find(passage)
        while start >= 0:
            marked.update(spot for spot in spots[start : start + len(passage)] if spot is not None)
            start = words.find(passage, start + len(passage))
    return "".join(
        piece if is_tag else _printed(number, piece, marked) for number, (is_tag, piece) in enumerate(pieces)
    )


def _split(html: str) -> Sequence[tuple[bool, str]]:
    parser = _Pieces()
    parser.feed(html)
    parser.close()
    return parser.pieces


def _words(pieces: Sequence[tuple[bool, str]]) -> tuple[str, list[Spot | None]]:
    """All words on one line, single spaces between them, and where each character stands; blocks part words."""
    line: list[str] = []
    spots: list[Spot | None] = []
    for number, (is_tag, piece) in enumerate(pieces):
        if is_tag:
            characters: Iterable[tuple[str, Spot | None]] = [(" ", None)] if _parts_words(piece) else []
        else:
            characters = [(character, (number, at)) for at, character in enumerate(piece)]
        for character, spot in characters:
            space = character.isspace()
            if not (space and (not line or line[-1] == " ")):
                line.append(" " if space else character)
                spots.append(spot)
    return "".join(line), spots


def _parts_words(tag: str) -> bool:
    return tag.strip("</>").split()[0] not in {"a", "b", "code", "del", "em", "i", "s", "strong"}


def _printed(number: int, words: str, marked: set[Spot]) -> str:
    runs = groupby(enumerate(words), key=lambda entry: (number, entry[0]) in marked)
    texts = ((is_marked, escape("".join(char for _, char in run), quote=False)) for is_marked, run in runs)
    return "".join(f"<mark>{words}</mark>" if is_marked else words for is_marked, words in texts)


def _one_line(words: str) -> str:
    return " ".join(words.split())
