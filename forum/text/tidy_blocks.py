"""The blocks of a text that comes as HTML: each printed when the first word in it comes, and closed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape

from forum.text.links import safe_address
from forum.text.structure import MAX_DEPTH
from forum.text.tidy_phrases import Phrases

MAX_BREAKS = 3  # one after another: two empty lines, as in comments

_LISTS = ("ul", "ol")
_CELLS = ("td", "th")
_IN_TABLE = ("table", "thead", "tbody", "tr")
_BARE = ("li", "td", "th")  # what holds its first words without a paragraph
_SPACE = " \t\n\r\f"
_BREAK = "<br>\n"
_ROOM = {"table": 4, "ul": 2, "ol": 2}  # blocks that one of these needs


@dataclass
class _Block:
    tag: str
    attributes: str = ""
    implied: bool = False
    shown: bool = False
    filled: bool = False


class Blocks:
    """Blocks as they were asked for, and as they are printed."""

    def __init__(self) -> None:
        self._phrases = Phrases()
        self._open: list[_Block] = []
        self._hidden: Counter[str] = Counter()  # open, but too deep to be shown
        self._asked = ""  # the paragraph or heading that the next words begin
        self._kind = ""  # the one that they stand in, "bare" without any
        self._typed = False  # whether it was typed, as distinct from implied

    @property
    def is_literal(self) -> bool:
        """Whether the next words stand in a `pre`."""
        return "pre" in (self._kind, self._asked)

    def finished(self) -> str:
        """All that was printed, closed."""
        self._pop_to(0)
        self._phrases.put("")
        return "".join(self._phrases.out).strip()

    def words(self, text: str) -> None:
        """Text, whose white space counts in a `pre` only."""
        if text.strip(_SPACE):
            words = text if self._kind else self._begin_paragraph(text)
            self._phrases.literal(words) if self._kind == "pre" else self._phrases.words(words)
        elif self.is_literal:
            self._phrases.widen(text)
        elif text and self._kind:
            self._phrases.gap = self._phrases.gap or " "

    def line_break(self, *, once: bool = False) -> None:
        """The next words begin a line. `once`: unless they do so already."""
        gap = self._phrases.gap
        if self.is_literal:
            self._phrases.widen("" if once and "\n" in gap else "\n")
        elif self._kind:
            self._phrases.gap = f"{gap.strip(' ')}{_BREAK}" if gap.count(_BREAK) < MAX_BREAKS else gap

    def open_phrase(self, tag: str, attributes: dict[str, str]) -> None:
        """A mark begins."""
        self._phrases.open(tag, attributes, level=len(self._open), in_typed=self._typed)

    def close_phrase(self, tag: str) -> None:
        """A mark ends."""
        self._phrases.close(tag)

    def separate(self) -> None:
        """The words before and the words behind stand apart, marks go on."""
        if self.is_literal:
            self.line_break(once=True)
        else:
            self._end_words()

    def end_paragraph(self) -> None:
        """A typed paragraph, heading or `pre` ends, or another block begins where it stands."""
        self._end_words()
        self._asked = ""
        if self._typed:
            self._phrases.forget(level=len(self._open))
        self._typed = False

    def ask_for(self, kind: str) -> None:
        """The next words begin a paragraph, heading or `pre`."""
        if self.is_literal:
            self.line_break(once=True)
            return
        self.end_paragraph()
        self._asked, self._typed = kind, True

    def rule(self) -> None:
        """A line across."""
        self.end_paragraph()
        self._make_room()
        self._show(len(self._open))
        self._line("<hr>")

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """A list, quotation or table begins."""
        self.end_paragraph()
        self._make_room()
        if len(self._open) + _ROOM.get(tag, 1) > MAX_DEPTH:
            self._hidden[tag] += 1
        else:
            self._open.append(_Block(tag, _written(tag, attributes)))

    def open_item(self) -> None:
        """An item begins, and a list around it when there is none."""
        self.end_paragraph()
        at = self._nearest(_LISTS, beyond=(*_CELLS, "blockquote", "table"))
        if at is not None:
            self._pop_to(at + 1)
        elif len(self._open) + 2 <= MAX_DEPTH:
            self._make_room()
            self._open.append(_Block("ul", implied=True))
        else:
            return
        self._open.append(_Block("li"))

    def open_section(self, tag: str) -> None:
        """The head or body of a table begins; a head only at the beginning."""
        at = self._table()
        if at is None:
            return
        self._pop_to(at + 1)
        self._open.append(_Block("tbody" if self._open[at].filled else tag))

    def open_row(self) -> None:
        """A row of a table begins."""
        at = self._table()
        if at is None:
            return
        self._pop_to(at + 2 if self._tag(at + 1) in ("thead", "tbody") else at + 1)
        if len(self._open) == at + 1:
            self._open.append(_Block("tbody"))
        self._open.append(_Block("tr"))

    def open_cell(self, tag: str) -> None:
        """A cell of a table begins, and is shown even when nothing stands in it."""
        at = self._table()
        if at is None:
            return
        if self._tag(at + 2) != "tr":
            self.open_row()
        self._pop_to(at + 3)
        self._open.append(_Block(tag))
        self._show(len(self._open))

    def close(self, tag: str) -> None:
        """A list, item, quotation, table or part of one ends, and all that is open in it."""
        at = None
        if self._hidden[tag]:
            self._hidden[tag] -= 1
        elif tag not in (*_IN_TABLE, *_CELLS):
            at = self._nearest((tag,), beyond=(*_LISTS, *_CELLS) if tag == "li" else _CELLS)
        elif not self._hidden["table"]:
            at = self._nearest((tag,), beyond=("table",))
        if at is None:
            self.separate()
        else:
            self._pop_to(at)

    def _tag(self, at: int) -> str:
        return self._open[at].tag if at < len(self._open) else ""

    def _table(self) -> int | None:
        """The innermost table, if the words stand in one."""
        self.end_paragraph()
        return None if self._hidden["table"] else self._nearest(("table",), beyond=())

    def _nearest(self, tags: tuple[str, ...], *, beyond: tuple[str, ...]) -> int | None:
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].tag in tags:
                return at
            if self._open[at].tag in beyond:
                return None
        return None

    def _make_room(self) -> None:
        """Open or close what must be so that a block may stand here."""
        if self._open and self._open[-1].implied:
            self._pop()
            self._phrases.lift(level=len(self._open))
        if self._open and self._open[-1].tag in _LISTS:
            self._open.append(_Block("li"))
        elif self._open and self._open[-1].tag in _IN_TABLE:
            at = self._table()
            if at is not None and self._open[at].shown:
                self.open_cell("td")
            elif at is not None:
                self._pop_to(at)

    def _begin_paragraph(self, text: str) -> str:
        """Open what the words stand in; the words without the white space that would begin it."""
        kind, waiting = self._asked, self._waiting_table()
        if waiting is None:
            self._make_room()
        depth = len(self._open) if waiting is None else waiting
        holder = self._open[depth - 1] if depth else _Block("")
        self._kind = kind or ("bare" if holder.tag in _BARE and not holder.filled else "p")
        self._show(depth)
        holder.filled = True
        if self._kind != "bare":
            self._new_line()
            self._phrases.put(f"<{self._kind}>")
        text = self._phrases.gap + text
        self._phrases.gap = ""
        words = text.lstrip(_SPACE)
        indent = text[: len(text) - len(words)].rpartition("\n")[2]
        return indent + words if self._kind == "pre" else words

    def _waiting_table(self) -> int | None:
        """A table of which nothing is shown yet: a caption and stray words go above it."""
        if not self._open or self._open[-1].tag not in _IN_TABLE:
            return None
        at = self._nearest(("table",), beyond=())
        return at if at is not None and not self._open[at].shown else None

    def _end_words(self) -> None:
        self._phrases.end()
        if not self._kind:
            return
        if self._kind != "bare":
            self._phrases.put(f"</{self._kind}>\n")
        self._kind = self._asked = ""

    def _pop_to(self, depth: int) -> None:
        self.end_paragraph()
        while len(self._open) > depth:
            self._pop()
        self._phrases.forget(level=len(self._open))

    def _pop(self) -> None:
        block = self._open.pop()
        if block.shown:
            self._phrases.put(f"</{block.tag}>\n")

    def _show(self, depth: int) -> None:
        """Print the first `depth` open blocks that are not printed yet."""
        for at, block in enumerate(self._open[:depth]):
            if not block.shown:
                self._new_line()
                self._phrases.put(f"<{block.tag}{block.attributes}>")
                if block.tag not in _BARE:
                    self._phrases.put("\n")
                block.shown = True
                if at:
                    self._open[at - 1].filled = True

    def _line(self, tag: str) -> None:
        self._new_line()
        self._phrases.put(f"{tag}\n")
        if self._open:
            self._open[-1].filled = True

    def _new_line(self) -> None:
        self._phrases.put("")
        if self._phrases.out and not self._phrases.out[-1].endswith("\n"):
            self._phrases.put("\n")


def _written(tag: str, attributes: dict[str, str]) -> str:
    """The attributes of a block as they are printed: a quotation's source, a list's first number."""
    cited = safe_address(attributes.get("cite", "")) if tag == "blockquote" else None
    if cited:
        return f' cite="{escape(cited)}"'
    start = attributes.get("start", "") if tag == "ol" else ""
    return f' start="{int(start)}"' if start.isascii() and start.isdigit() and len(start) < 10 else ""
