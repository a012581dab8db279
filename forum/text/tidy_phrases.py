"""The words of one block on their way out: marks around them, what stands between them, honest links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

from forum.text.characters import Isolates, composed
from forum.text.links import real_target, safe_address

MAX_GAP_CHARS = 10_000  # of white space on end in a `pre`
MAX_BLOCKS_OF_A_MARK = 8  # a mark that is open in more blocks was forgotten: from there on it goes

_SPACE = " \t\n\r\f"
_SPACES = re.compile(f"[{_SPACE}]+")


@dataclass(eq=False)
class _Mark:
    tag: str
    attributes: str
    address: str = ""
    level: int = 0  # how many blocks are open around it
    in_typed: bool = False  # whether it was opened in a paragraph that somebody typed, and ends with it
    again: int = 0  # how often the same mark was opened within
    times: int = 0
    text: list[str] = field(default_factory=list)


class Phrases:
    """Marks as they were asked for, and as they are printed: only around words, closed where they should be."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._run: list[str] = []
        self._isolates = Isolates()
        self._wanted: list[_Mark] = []
        self._shown: list[_Mark] = []
        self.gap = ""  # what stands between the last words and the next

    def put(self, tag: str) -> None:
        """Print a tag, and first the words before it."""
        words = self._isolates.pass_on(composed("".join(self._run)))
        self._run = []
        self.out += [piece for piece in (escape(words, quote=False), tag) if piece]

    def open(self, tag: str, attributes: dict[str, str], *, level: int, in_typed: bool) -> None:
        """Ask for a mark. Within itself a mark counts once; a link ends the one before it."""
        same = next((mark for mark in self._wanted if mark.tag == tag), None)
        if tag == "a":
            self.close("a")
            address = safe_address(attributes.get("href", ""))
            if address:
                self._wanted.append(_Mark(tag, f' href="{escape(address)}"', address, level, in_typed))
        elif same:
            same.again += 1
        else:
            cited = safe_address(attributes.get("cite", "")) if tag == "q" else None
            written = f' cite="{escape(cited)}"' if cited else ""
            self._wanted.append(_Mark(tag, written, level=level, in_typed=in_typed))

    def close(self, tag: str) -> None:
        """The mark is asked for no longer."""
        for mark in self._wanted:
            if mark.tag == tag and mark.again:
                mark.again -= 1
                return
        self._wanted = [mark for mark in self._wanted if mark.tag != tag]

    def forget(self, *, level: int) -> None:
        """Drop the marks that were opened deeper than `level` blocks, or in the typed paragraph that ends."""
        self._wanted = [mark for mark in self._wanted if mark.level <= level and not mark.in_typed]

    def lift(self, *, level: int) -> None:
        """A block that nobody typed has ended: the marks opened in it go on."""
        for mark in self._wanted:
            mark.level = min(mark.level, level)

    def widen(self, space: str) -> None:
        """More white space between literal words."""
        if len(self.gap) < MAX_GAP_CHARS:
            self.gap += space

    def words(self, text: str) -> None:
        """Words that are not blank, with single spaces."""
        bare = text.strip(_SPACE)
        if text[0] in _SPACE:
            self.gap = self.gap or " "
        self._say(_SPACES.sub(" ", bare))
        self.gap = " " if text[-1] in _SPACE else ""

    def literal(self, text: str) -> None:
        """Words that are not blank, every space and line end of them kept."""
        bare = text.strip(_SPACE)
        start = text.index(bare)
        self.widen(text[:start])
        self._say(bare)
        self.gap = text[start + len(bare) :]

    def end(self) -> None:
        """The block ends: nothing stays open, and no space hangs behind its words."""
        self._close_down_to(0)
        self.put("")
        self._run.append(self._isolates.close())
        self.gap = ""

    def _say(self, text: str) -> None:
        common = 0
        while common < min(len(self._shown), len(self._wanted)):
            if self._shown[common] is not self._wanted[common]:
                break
            common += 1
        self._close_down_to(common)
        self._bridge()
        for mark in self._wanted[common:]:
            self._show(mark)
        self._wanted = list(self._shown)
        self._add(text)

    def _bridge(self) -> None:
        """Print the gap: a space is text, line breaks are tags."""
        if "<" in self.gap:
            self.put(self.gap)
            self._note(" ")
        else:
            self._add(self.gap)
        self.gap = ""

    def _add(self, text: str) -> None:
        self._run.append(text)
        self._note(text)

    def _note(self, text: str) -> None:
        """Remember the text of links: they are to tell where they go."""
        for mark in self._shown:
            if mark.address:
                mark.text.append(text)

    def _show(self, mark: _Mark) -> None:
        mark.times += 1
        if mark.times <= MAX_BLOCKS_OF_A_MARK:
            self.put(f"<{mark.tag}{mark.attributes}>")
            self._shown.append(mark)

    def _close_down_to(self, depth: int) -> None:
        while len(self._shown) > depth:
            mark = self._shown.pop()
            target = mark.address and real_target(composed("".join(mark.text)), mark.address)
            mark.text = []
            if target:
                self._add(f" [{target}]")
            self.put(f"</{mark.tag}>")
