"""Markdown as readers and editors may use it: a text becomes HTML that still has to pass the gates."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_inline import StateInline, autolink, entity

from forum.text import brackets, tags
from forum.text.characters import is_plain
from forum.text.links import safe_address
from forum.text.profiles import Profile
from forum.text.structure import MAX_DEPTH, woven

_BARE_MARKERS = re.compile(r"(?:[ \t]*(?:[-+*]|[0-9]{1,9}[.)]))++[ \t]*")
_NUMBER = re.compile(r"([0-9]{1,9})[.)](?=[ \t]|$)", re.MULTILINE)


class _Parser(MarkdownIt):
    """The parser, with this site's idea of what may be linked."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - named by the library
        return safe_address(url) or ""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - named by the library
        return bool(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - named by the library
        return link


def to_html(source: str, profile: Profile) -> str:
    """A cleaned text as HTML: well-formed, but not yet sanitised."""
    parser = _parser(profile)
    env: dict[str, object] = {}
    return str(parser.renderer.render(woven(parser.parse(source, env), profile), parser.options, env))


@cache
def _parser(profile: Profile) -> MarkdownIt:
    """The parser of a profile. It keeps no state between texts, so all threads may share it."""
    # The rules below refuse what is nested too deep, so that its text stays. The parser's own limit, which
    # drops text, stands well behind it.
    parser = _Parser("zero", {"maxNesting": 4 * MAX_DEPTH, "breaks": True})
    parser.enable(["fence", "blockquote", "list", *profile.markdown])
    parser.enable(["backticks", "emphasis", "link", "image", "escape", "newline", "entity", "autolink"])
    parser.inline.ruler2.enable(["emphasis"])
    parser.block.ruler.at("blockquote", _quote, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    lists = _list_anywhere if profile.starts_lists_anywhere else _list_from_one
    parser.block.ruler.at("list", lists, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.before("fence", "literal", tags.block, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.at("link", brackets.link_rule)
    parser.inline.ruler.at("image", brackets.image_rule)
    parser.inline.ruler.at("autolink", _web_autolink)
    parser.inline.ruler.at("entity", _visible_entity)
    parser.inline.ruler.after("autolink", "typed_tag", tags.TypedTags(profile).inline)
    return parser


def _quote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    return state.level < MAX_DEPTH and blockquote(state, start_line, end_line, silent)


def _list_anywhere(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Lists, but markers with nothing behind them ("-", "* * *") are what somebody typed."""
    line = state.src[state.bMarks[start_line] : state.eMarks[start_line]]
    if state.level >= MAX_DEPTH or (not silent and _BARE_MARKERS.fullmatch(line)):
        return False
    return list_block(state, start_line, end_line, silent)


def _list_from_one(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Lists whose number, if any, is 1: "1984. Dat jaar" is a sentence and keeps its number."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    number = _NUMBER.match(state.src, start)
    # A silent question about an outdented line asks whether the list around it goes on; it may, with 2.
    goes_on = silent and state.sCount[start_line] < state.blkIndent
    if number and int(number[1]) != 1 and not goes_on:
        return False
    return _list_anywhere(state, start_line, end_line, silent)


def _web_autolink(state: StateInline, silent: bool) -> bool:
    """`<https://…>` is a link; `<name@example>` is somebody's address and stays text."""
    is_web = state.src[state.pos : state.pos + 9].lower().startswith(("<http://", "<https://"))
    return is_web and autolink(state, silent)


def _visible_entity(state: StateInline, silent: bool) -> bool:
    """Character references, but one for something invisible stays as typed."""
    if not entity(state, silent):
        return False
    if not silent and not is_plain(state.tokens[-1].content):
        state.tokens[-1].content = state.tokens[-1].markup
    return True
