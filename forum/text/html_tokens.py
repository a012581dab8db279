"""HTML by anybody as a stream of words and tags, in one pass whose time grows with the length alone.

The standard library's parser reads some broken texts in the square of their length. What the stream holds
is what a browser would show: no comments' text, nothing of scripts, styles and drawings. A text that breaks
off inside a tag is words from there on, so that a forgotten quotation mark loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

# Possessive throughout. A value whose quotation mark is never closed ends at the first white space.
_SPACE = r"[ \t\n\r\f]"
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^ \t\n\r\f>]*+)"""
_ATTRIBUTE = rf"(?:[^ \t\n\r\f/>][^ \t\n\r\f/>=]*+(?:{_SPACE}*+={_SPACE}*+{_VALUE})?+)"
_TAG = re.compile(rf"<(/?)([A-Za-z][^ \t\n\r\f/>]*+)((?:{_SPACE}|/|{_ATTRIBUTE})*+)>")
_NAME_AND_VALUE = re.compile(
    rf"""([^ \t\n\r\f/>][^ \t\n\r\f/>=]*+)(?:{_SPACE}*+={_SPACE}*+(?:"([^"]*+)"|'([^']*+)'|([^ \t\n\r\f>]*+)))?+"""
)
# In addresses "&section=1" is no paragraph sign: references in attributes end with a semicolon.
_REFERENCE = re.compile(r"&(?:#[0-9]++|#[xX][0-9a-fA-F]++|[A-Za-z][A-Za-z0-9]*+);")
_LETTER = re.compile("[A-Za-z]")
_COMMENT_END = re.compile(r"--!?>")
# Elements whose content is no markup, and those whose content no reader of an article sees as text.
_RAW = frozenset({"script", "style", "iframe", "noembed", "noframes", "noscript", "title", "textarea"})
_HIDDEN = frozenset({"svg", "math", "template", "select", "datalist", "button", "canvas"})
_FOLLOWED = _RAW | _HIDDEN | {"object", "video", "audio"}
_CLOSER = re.compile(rf"</({'|'.join(sorted(_FOLLOWED))})(?=[ \t\n\r\f/>])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """Text between tags, its references decoded."""

    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, without its marks."""

    text: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag. Names are lower case, the first of equal attributes counts, references are decoded."""

    name: str
    closing: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    is_closed: bool = False  # of elements with a content of their own kind: a closing tag follows somewhere


Token = Words | Comment | Tag


def tokens(html: str) -> Iterator[Token]:
    """The words, comments and tags of a text, in order; of what is not shown only the opening tag."""
    last_closer = {match[1].lower(): match.start() for match in _CLOSER.finditer(html)}
    at = 0
    while (start := html.find("<", at)) != -1:
        if start > at:
            yield Words(unescape(html[at:start]))
        token, at = _token(html, start, last_closer)
        yield token
        if isinstance(token, Tag) and not token.closing:
            at = _behind_content(html, token, at)
    if at < len(html):
        yield Words(unescape(html[at:]))


def _token(html: str, start: int, last_closer: dict[str, int]) -> tuple[Token, int]:
    """What begins with the "<" at `start`, and where the next thing begins."""
    is_closing = html.startswith("/", start + 1)
    if not _LETTER.match(html, start + 1 + is_closing):
        is_comment = is_closing or html.startswith(("!", "?"), start + 1)
        return _comment(html, start) if is_comment else (Words("<"), start + 1)
    match = _TAG.match(html, start)
    if match is None:
        return Words(unescape(html[start:])), len(html)
    name = match[2].lower()
    attributes = {} if is_closing else _attributes(match[3])
    return Tag(name, is_closing, attributes, match.end() <= last_closer.get(name, -1)), match.end()


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _NAME_AND_VALUE.finditer(text):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), _REFERENCE.sub(lambda reference: unescape(reference[0]), value))
    return found


def _comment(html: str, start: int) -> tuple[Token, int]:
    if not html.startswith("<!--", start):
        end = html.find(">", start)
        return Comment(""), end + 1 if end != -1 else len(html)
    if html.startswith((">", "->"), start + 4):
        return Comment(""), html.index(">", start) + 1
    match = _COMMENT_END.search(html, start + 4)
    if match is None:
        return Comment(html[start + 4 :]), len(html)
    return Comment(html[start + 4 : match.start()]), match.end()


def _behind_content(html: str, tag: Tag, at: int) -> int:
    """Where reading goes on behind the opening tag of an element: behind what is not shown."""
    if tag.name in _RAW and not tag.is_closed:
        return len(html)
    if tag.name not in _RAW and not (tag.name in _HIDDEN and tag.is_closed):
        return at
    depth, end = 1, at
    for match in re.compile(rf"<(/?){tag.name}(?=[ \t\n\r\f/>])", re.IGNORECASE).finditer(html, at):
        if not match[1]:
            depth += tag.name not in _RAW
            continue
        depth, end = depth - 1, html.find(">", match.end()) + 1 or len(html)
        if depth == 0:
            break
    return end  # at the latest behind the last closing tag, or the next element would look for it again
