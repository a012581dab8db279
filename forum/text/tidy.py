"""HTML by anybody becomes HTML that an editor can read: well-formed, one block a line, nothing too deep.

The counterpart of Markdown for texts that come as HTML. It promises readers the same: links tell where they
go, words that stood apart stay apart, and what an article may not hold goes while its words stay. It is not
what makes the text safe: the two gates come behind it.
"""

from __future__ import annotations

from forum.text.characters import composed
from forum.text.html_tokens import Comment, Tag, Words, tokens
from forum.text.profiles import Profile
from forum.text.tidy_blocks import Blocks

PHRASES = frozenset({"b", "strong", "i", "em", "code", "del", "q", "cite", "a"})
_PARAGRAPHS = frozenset({"p", "h2", "h3", "h4", "pre"})
_CONTAINERS = frozenset({"blockquote", "ul", "ol", "table"})
_SECTIONS = {"thead": "thead", "tbody": "tbody", "tfoot": "tbody"}
_CELLS = frozenset({"td", "th"})
# Dropped without a trace: all others set their words apart, the known ones and those not thought of yet.
_SET_AROUND = (
    "abbr acronym bdi bdo big button canvas data datalist dfn embed font iframe img input ins kbd label link map"
    " mark math meta nobr noscript output picture rp rt ruby s samp script select small source span strike style"
    " sub sup svg template textarea time title tt u var wbr"
)
_AROUND = frozenset(_SET_AROUND.split())


def tidied(html: str, profile: Profile) -> str:
    """HTML in the elements of a profile, whatever came in; what has been through once comes out unchanged."""
    blocks = Blocks()
    for token in tokens(composed(html)):
        if isinstance(token, Words):
            blocks.words(composed(token.text))
        elif isinstance(token, Comment):
            continue
        elif token.name in profile.tags or token.name == "tfoot":
            _take(blocks, token)
        elif token.name not in _AROUND:
            blocks.separate()
    return blocks.finished()


def _take(blocks: Blocks, tag: Tag) -> None:
    name = tag.name
    if name == "br":
        blocks.line_break()
    elif name in PHRASES:
        _take_phrase(blocks, tag)
    elif blocks.is_literal and name != "pre" and (name in _PARAGRAPHS or not tag.closing):
        blocks.line_break(once=True)
    elif name == "hr":
        blocks.rule()
    elif name in _PARAGRAPHS and tag.closing:
        blocks.end_paragraph()
    elif name in _PARAGRAPHS:
        blocks.ask_for(name)
    elif tag.closing:
        blocks.close("tbody" if name == "tfoot" else name)
    else:
        _open(blocks, tag)


def _take_phrase(blocks: Blocks, tag: Tag) -> None:
    if tag.closing:
        blocks.close_phrase(tag.name)
    else:
        blocks.open_phrase(tag.name, tag.attributes)


def _open(blocks: Blocks, tag: Tag) -> None:
    name = tag.name
    if name == "li":
        blocks.open_item()
    elif name in _CONTAINERS:
        blocks.open(name, tag.attributes)
    elif name in _SECTIONS:
        blocks.open_section(_SECTIONS[name])
    elif name == "tr":
        blocks.open_row()
    elif name in _CELLS:
        blocks.open_cell(name)
