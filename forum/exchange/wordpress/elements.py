"""The elements of a WordPress article, one after another, as plain HTML that an article may hold."""

from __future__ import annotations

import re
from collections import Counter
from html import escape

from forum.exchange.wordpress.addresses import file_words, link, page_address, whole_address
from forum.exchange.wordpress.blocks import Blocks
from forum.text.html_tokens import Comment, Tag, Words

_RENAMED = {
    "h1": "h2",
    "h5": "h4",
    "h6": "h4",
    "s": "del",
    "strike": "del",
    "kbd": "code",
    "samp": "code",
    "var": "code",
    "tt": "code",
}
_SET_KEPT = (
    "h2 h3 h4 b strong i em code del q cite br p blockquote ul ol li pre hr table thead tbody tfoot tr th td"
)
_KEPT = frozenset(_SET_KEPT.split())
_PLAYERS = frozenset({"object", "video", "audio"})
_IN_PLAYERS = _PLAYERS | {"source", "param", "embed", "iframe"}
# Dropped with all that is in them, or with what they would do.
_SET_NAMED = (
    "script style noscript template svg math canvas select datalist button textarea input applet frame"
)
_NAMED = frozenset(_SET_NAMED.split())
_LAZY = ("src", "data-src", "data-lazy-src", "data-orig-file")  # placeholders stand in src meanwhile
_ADDRESSES = ("src", "data", "movie", "data-src")
# Only these make no break between the words around them; the rest does, whether known or not.
_SET_AROUND = (
    "abbr acronym bdi bdo big data dfn font ins label mark nobr output param picture rp rt ruby small source span"
    " sub sup time track u wbr link meta map area"
)
_AROUND = _NAMED | frozenset(_SET_AROUND.split())
_PARAGRAPHS = re.compile(r"\n[ \t]*+(?:\n[ \t]*+)++")


class Elements:
    """The way of one article's tokens into plain HTML.

    :param has_line_ends: whether line ends count, as in articles from before there were blocks: an empty line
        ends a paragraph and a single one is a line break.
    """

    def __init__(self, base_url: str, blocks: Blocks, left_out: Counter[str], *, has_line_ends: bool) -> None:
        self.out: list[str] = []
        self._base_url = base_url
        self._blocks = blocks
        self._left_out = left_out
        self._has_line_ends = has_line_ends
        self._pictures = 0
        self._in_link = self._in_pre = self._in_term = self._behind_break = False
        self._player: Tag | None = None
        self._player_address: str | None = None
        self._player_depth = 0

    def take(self, token: Words | Comment | Tag) -> None:
        """The next token."""
        if isinstance(token, Tag) and (self._player or token.name in _PLAYERS):
            self._take_in_player(token)
        elif self._player:
            return
        elif isinstance(token, Words):
            self._words(token.text)
        elif isinstance(token, Comment):
            shown = self._blocks.shown(token.text, pictures_so_far=self._pictures)
            self.out.append(shown or "")
        else:
            self._tag(token)

    def _words(self, text: str) -> None:
        written = escape(text, quote=False)
        if self._has_line_ends and not self._in_pre:
            if self._behind_break:  # one line end behind a typed <br> is the same break
                written = re.sub(r"^[ \t]*\n(?![ \t]*\n)", " ", written)
            written = _PARAGRAPHS.sub("<div>", written).replace("\n", "<br>")
        self._behind_break = False
        self.out.append(written)

    def _tag(self, tag: Tag) -> None:
        name = _RENAMED.get(tag.name, tag.name)
        self._behind_break = name == "br"
        if name == "pre":
            self._in_pre = not tag.closing
        if name == "a":
            self._link(tag)
        elif name in ("img", "iframe", "embed"):
            self._embedded(tag)
        elif name in ("dt", "dd", "dl"):
            self._term(opens=name == "dt" and not tag.closing)
        elif name in _KEPT:
            self.out.append(f"</{name}>" if tag.closing else f"<{name}{self._attributes(tag)}>")
        elif name in _NAMED and not tag.closing:
            self._left_out[f"element {name}"] += 1
        elif name not in _AROUND:
            self.out.append("<div>")

    def _attributes(self, tag: Tag) -> str:
        if tag.name == "ol" and "start" in tag.attributes:
            return f' start="{escape(tag.attributes["start"])}"'
        cited = tag.name in ("blockquote", "q") and whole_address(
            tag.attributes.get("cite", ""), self._base_url
        )
        return f' cite="{escape(cited)}"' if cited else ""

    def _link(self, tag: Tag) -> None:
        address = None if tag.closing else whole_address(tag.attributes.get("href", ""), self._base_url)
        self._in_link = address is not None
        if address and self.out and self.out[-1] == "</a>":
            self.out.append(" ")  # buttons side by side are words apart
        self.out.append(f'<a href="{escape(address)}">' if address else "</a>")

    def _term(self, *, opens: bool) -> None:
        """Terms and what they mean: paragraphs, the term in strong letters."""
        self.out.append("</strong><div>" if self._in_term else "<div>")
        self._in_term = opens
        if opens:
            self.out.append("<strong>")

    def _embedded(self, tag: Tag) -> None:
        if tag.closing:
            return
        if tag.name == "img":
            self._picture(tag)
        else:
            self._linked_player(tag.name, page_address(_address_of(tag), self._base_url))

    def _picture(self, tag: Tag) -> None:
        """A picture is a link to it; in a link it is words only, and a smiley is what it stands for."""
        values = tag.attributes
        if values.get("width") == values.get("height") == "1":
            return  # counts readers, shows nothing
        found = (whole_address(values.get(name, ""), self._base_url) for name in _LAZY)
        address = next((each for each in found if each), None)
        words = values.get("alt", "").strip() or values.get("title", "").strip()
        self._pictures += 1
        if not words and address is None:
            self._left_out["picture without address"] += 1
        elif "smiley" in values.get("class", "") or "emoji" in values.get("class", ""):
            self.out.append(escape(words, quote=False))
        else:
            edge = "<div>" if "align" in values.get("class", "") else " "  # a picture placed beside the text
            words = words or file_words(address or "")
            is_bare = self._in_link or address is None
            self.out += [edge, escape(words, quote=False) if is_bare else link(address or "", words), edge]

    def _take_in_player(self, tag: Tag) -> None:
        """A film, a sound: the first address in it, whichever element has it. What it holds besides is for others."""
        if self._player is None:
            if tag.closing:
                return
            self._player, self._player_address, self._player_depth = tag, None, 0
        if self._player_address is None and not tag.closing and tag.name in _IN_PLAYERS:
            self._player_address = page_address(_address_of(tag), self._base_url)
        if tag.name == self._player.name:
            self._player_depth += -1 if tag.closing else 1
        if self._player_depth <= 0 or not self._player.is_closed:
            self._linked_player(self._player.name, self._player_address)
            self._player = None

    def _linked_player(self, name: str, address: str | None) -> None:
        if address is None:
            self._left_out[f"{name} without address"] += 1
        else:
            self.out.append(f"<div>{link(address)}</div>")
        self._in_link = False

    def finish(self) -> str:
        """The article as plain HTML, once all tokens were taken."""
        if self._player:
            self._linked_player(self._player.name, self._player_address)
        return "".join(self.out)


def _address_of(tag: Tag) -> str:
    """Where a player takes its film from: an attribute, or a parameter that names it."""
    values = tag.attributes
    if tag.name == "param":
        return values.get("value", "") if values.get("name", "").lower() in ("movie", "src", "url") else ""
    return next((values[name] for name in _ADDRESSES if values.get(name)), "")
