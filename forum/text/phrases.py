"""The words inside one block: marks that open and close each other, links that tell where they go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it.token import Token

from forum.text.links import real_target

MAX_DEPTH = 12  # marks within marks; beyond it text stays and marks go

_BREAKS = ("softbreak", "hardbreak")


@dataclass
class _Open:
    tag: str
    typed: bool  # as HTML, not as Markdown
    shown: bool
    begins_at: int
    address: str = ""


class _Phrases:
    """Tokens on their way out, and the marks that are open."""

    def __init__(self) -> None:
        self.out: list[Token] = []
        self._open: list[_Open] = []

    def open(self, tag: str, *, typed: bool, attributes: dict[str, str | int | float]) -> None:
        address = str(attributes.get("href", ""))
        is_idle_link = tag == "a" and (not address or any(mark.tag == "a" for mark in self._open))
        shown = not is_idle_link and len(self._open) < MAX_DEPTH
        self._open.append(_Open(tag, typed, shown, len(self.out), address))
        if shown:
            self.out.append(Token(f"{tag}_open", tag, 1, attrs=attributes))

    def close(self, tag: str, *, typed: bool) -> None:
        """Close a mark and all that was opened in it. Typed tags never close what Markdown opened."""
        for at in range(len(self._open) - 1, -1, -1):
            mark = self._open[at]
            if mark.tag == tag and mark.typed == typed:
                return self.close_down_to(at)
            if typed and not mark.typed:
                return None
        return None

    def close_down_to(self, depth: int) -> None:
        while len(self._open) > depth:
            mark = self._open.pop()
            if mark.shown and len(self.out) == mark.begins_at + 1:
                self.out.pop()
            elif mark.shown:
                self._end(mark)

    def _end(self, mark: _Open) -> None:
        if mark.address:
            text = "".join(token.content for token in self.out[mark.begins_at :])
            target = real_target(text, mark.address)
            if target:
                self.out.append(Token("text", "", 0, content=f" [{target}]"))
        self.out.append(Token(f"{mark.tag}_close", mark.tag, -1))

    def line_break(self, kind: str) -> None:
        # One Enter behind a typed <br> is the same break, as in WordPress.
        if not (kind == "softbreak" and self.out and self.out[-1].type == "hardbreak"):
            self.out.append(Token("hardbreak", "br", 0))


def balanced(tokens: Iterable[Token]) -> list[Token]:
    """The tokens of one block with every mark closed where it should be, and no break at either end."""
    phrases = _Phrases()
    for token in tokens:
        _take(phrases, token)
    phrases.close_down_to(0)
    return _trimmed(phrases.out)


def _take(phrases: _Phrases, token: Token) -> None:
    if token.type == "image":
        _take_image(phrases, token)
    elif token.type in _BREAKS:
        phrases.line_break(token.type)
    elif token.type == "typed_phrase" and token.tag == "br":
        phrases.line_break("hardbreak")
    elif token.nesting == 1 or (token.type == "typed_phrase" and not token.meta["closing"]):
        attributes = {name: value for name, value in token.attrs.items() if name in ("href", "cite")}
        phrases.open(token.tag, typed=token.type == "typed_phrase", attributes=attributes)
    elif token.nesting == -1 or token.type == "typed_phrase":
        phrases.close(token.tag, typed=token.type == "typed_phrase")
    elif token.type == "typed_pre":
        phrases.out.append(Token("code_inline", "code", 0, content=token.content))
    elif token.content and token.type != "typed_block":
        phrases.out.append(token)


def _take_image(phrases: _Phrases, token: Token) -> None:
    """An image is a link with its alternative text: nothing is loaded from elsewhere."""
    address = str(token.attrs.get("src", ""))
    text = "".join(child.content for child in token.children or ())
    phrases.open("a", typed=False, attributes={"href": address})
    phrases.out.append(Token("text", "", 0, content=text.strip() or address))
    phrases.close("a", typed=False)


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Tokens without breaks and white space at their ends, and without any when nothing else is there."""
    start, end = 0, len(tokens)
    while start < end and _is_blank(tokens[start]):
        start += 1
    while end > start and _is_blank(tokens[end - 1]):
        end -= 1
    kept = tokens[start:end]
    if kept and kept[0].type == "text":
        kept[0].content = kept[0].content.lstrip()
    if kept and kept[-1].type == "text":
        kept[-1].content = kept[-1].content.rstrip()
    return kept


def _is_blank(token: Token) -> bool:
    return token.type == "hardbreak" or (token.type == "text" and not token.content.strip())
