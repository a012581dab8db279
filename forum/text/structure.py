"""The blocks of a text: Markdown's own, and those typed as HTML, woven into one well-formed whole."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it.token import Token

from forum.text.phrases import balanced
from forum.text.profiles import Profile

MAX_DEPTH = 24  # blocks within blocks, a list with its item counting as two

_LISTS = frozenset({"ul", "ol"})
_HEADING_FOR = {"h1": "h2", "h5": "h4", "h6": "h4"}  # h1 is the title of the page


@dataclass
class _Open:
    tag: str  # "" for a block of Markdown's: typed tags never reach beyond it
    shown: bool = True
    implied: bool = False
    filled: bool = False


class _Weaver:
    """Tokens on their way out, and the blocks that are open."""

    def __init__(self, profile: Profile) -> None:
        self.out: list[Token] = []
        self._open: list[_Open] = []
        self._headings = profile.headings
        self._apart = False  # whether the next text was set apart by a tag

    @property
    def _top(self) -> _Open:
        return self._open[-1] if self._open else _Open("")

    def enter(self, token: Token) -> None:
        """A block of Markdown's begins."""
        self._make_room()
        self.out.append(token)
        self._open.append(_Open(""))

    def leave(self, token: Token) -> None:
        """A block of Markdown's ends, and what was typed open in it."""
        while self._top.tag:
            self._close_top()
        self._open.pop()
        self.out.append(token)

    def leaf(self, token: Token) -> None:
        self._make_room()
        self.out.append(token)

    def close_down_to(self, depth: int) -> None:
        while len(self._open) > depth:
            self._close_top()

    def text(self, tokens: list[Token], *, hidden: bool) -> None:
        """A run of words: bare in a heading and at the start of an item, else a paragraph."""
        tokens = balanced(tokens)
        if not tokens:
            return
        if self._top.tag not in self._headings:
            self._make_room()
        top = self._top
        bare = hidden or top.tag in self._headings or (top.tag == "li" and not (top.filled or self._apart))
        top.filled, self._apart = True, False
        self.out.append(Token("paragraph_open", "p", 1, block=True, hidden=bare))
        self.out.append(Token("inline", "", 0, children=tokens))
        self.out.append(Token("paragraph_close", "p", -1, block=True, hidden=bare))

    def typed(self, token: Token) -> None:
        """A block tag that somebody typed."""
        if token.tag == "p":
            self._apart = True
        elif token.meta["closing"]:
            self._close_typed(token.tag)
        elif token.tag == "li":
            self._open_item()
        else:
            self._make_room()
            self._open_typed(token.tag, attributes={k: v for k, v in token.attrs.items() if k == "cite"})

    def _make_room(self) -> None:
        """Close or open what must be so that a block may stand here: lists hold items, headings words."""
        if self._top.tag in self._headings or (self._top.tag in _LISTS and self._top.implied):
            self._close_top()
        if self._top.tag in _LISTS:
            self._open_typed("li")

    def _open_item(self) -> None:
        self._close_typed("li")
        if self._top.tag not in _LISTS:
            self._make_room()
            self._open_typed("ul", implied=True)
        self._open_typed("li")

    def _open_typed(
        self, tag: str, *, implied: bool = False, attributes: dict[str, str | int | float] | None = None
    ) -> None:
        shown = len(self._open) < MAX_DEPTH
        self._open.append(_Open(tag, shown=shown, implied=implied))
        self._apart = False
        if shown:
            self.out.append(Token("typed_open", tag, 1, attrs=attributes or {}, block=True))

    def _close_typed(self, tag: str) -> None:
        """Close the nearest such block that no Markdown, and for an item no other list, stands between."""
        for at in range(len(self._open) - 1, -1, -1):
            block = self._open[at]
            if block.tag == tag:
                return self.close_down_to(at)
            if not block.tag or (tag == "li" and block.tag in _LISTS):
                return None
        return None

    def _close_top(self) -> None:
        block = self._open.pop()
        self._apart = False
        if block.shown and self.out[-1].type == "typed_open":
            self.out.pop()
        elif block.shown:
            self.out.append(Token("typed_close", block.tag, -1, block=True))


def woven(tokens: list[Token], profile: Profile) -> list[Token]:
    """The parser's tokens with typed tags resolved: everything closed, nothing empty, nothing too deep."""
    weaver = _Weaver(profile)
    paragraph: Token | None = None
    for token in tokens:
        if token.type == "paragraph_open":
            paragraph = token
        elif token.type == "paragraph_close":
            paragraph = None
        elif token.type == "inline" and paragraph:
            _weave_paragraph(weaver, token, hidden=paragraph.hidden)
        elif token.type == "inline":
            weaver.out.append(Token("inline", "", 0, children=balanced(token.children or ())))
        else:
            _weave_block(weaver, token, profile)
    weaver.close_down_to(0)
    return weaver.out


def _weave_paragraph(weaver: _Weaver, paragraph: Token, *, hidden: bool) -> None:
    """One paragraph, parted at the block tags in it. Only its first part can be a tight item's bare text."""
    words: list[Token] = []
    for token in paragraph.children or ():
        if token.type not in ("typed_block", "typed_pre"):
            words.append(token)
            continue
        weaver.text(words, hidden=hidden)
        hidden, words = hidden and not words, []
        if token.type == "typed_block":
            weaver.typed(token)
        else:
            weaver.leaf(Token("fence", "code", 0, content=token.content, block=True))
    weaver.text(words, hidden=hidden)


def _weave_block(weaver: _Weaver, token: Token, profile: Profile) -> None:
    token.tag = _HEADING_FOR.get(token.tag, token.tag)
    token.attrs = {k: v for k, v in token.attrs.items() if k in profile.attributes.get(token.tag, ())}
    token.info = ""  # the language of a fenced block: it would become a class
    if token.nesting == 1:
        weaver.enter(token)
    elif token.nesting == -1:
        weaver.leave(token)
    else:
        weaver.leaf(token)
