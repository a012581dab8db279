"""The HTML that people type between their words, as rules for the Markdown parser.

Five kinds of tags: phrases (`b`) and blocks (`ul`) that a text may hold; literal ones (`code`, `pre`),
whose content is shown as it stands; tags that only group or colour, which go while their text stays;
and all else, which is no HTML to us but something that somebody typed: `List<String>`, `<naam>`.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from forum.text.characters import decoded
from forum.text.links import safe_address
from forum.text.profiles import Profile

# An attribute as CommonMark 6.6 has it; possessive, so that no input makes the match look back.
_ATTRIBUTE = r"""\s++[A-Za-z_:][\w:.-]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+"""
_TAG = re.compile(rf"<(/?)([A-Za-z][A-Za-z0-9]*+)((?:{_ATTRIBUTE})*+)\s*+/?>", re.ASCII)
_VALUE = re.compile(
    r"""\s([A-Za-z_:][\w:.-]*+)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++))""", re.ASCII
)
_CLOSER = {name: re.compile(rf"</{name}\s*+>", re.IGNORECASE) for name in ("code", "pre")}
_CODE_AROUND = re.compile(r"\s*<code(?:\s[^<>]*+)?>(.*)</code\s*>\s*", re.IGNORECASE | re.DOTALL)

PHRASES = frozenset({"b", "strong", "i", "em", "del", "q", "cite", "a", "br"})
BLOCKS = frozenset({"p", "blockquote", "ul", "ol", "li"})
# Elements that set their text apart from the next one's: dropped, they leave a paragraph's end.
_SET_APART = (
    "address article aside caption center dd details dir div dl dt figcaption figure footer h1 h2 h3 h4 h5"
    " h6 header hgroup hr main nav section summary table tbody td tfoot th thead tr"
)
_SET_AROUND = (
    "abbr acronym bdi bdo big dfn font ins kbd mark nobr s samp small span strike sub sup time tt u var wbr"
)
_APART, _AROUND = frozenset(_SET_APART.split()), frozenset(_SET_AROUND.split())


class TypedTags:
    """The parser rules that turn typed tags into tokens, for one profile."""

    def __init__(self, profile: Profile) -> None:
        self._blocks = BLOCKS | profile.headings
        self._attributes = profile.attributes

    def inline(self, state: StateInline, silent: bool) -> bool:
        """Inline rule: one tag, or one whole literal element."""
        match = _TAG.match(state.src, state.pos, state.posMax)
        if match is None:
            return False
        closing, name = bool(match[1]), match[2].lower()
        if name in _CLOSER and not closing:
            return _push_literal(state, silent, name, match.end())
        if name in _CLOSER or name in _AROUND:
            kind = ""
        elif name in PHRASES:
            kind = "typed_phrase"
        elif name in self._blocks or name in _APART:
            kind = "typed_block"
        else:
            return False
        if kind and not silent:
            self._push(state, kind, name if name in PHRASES | self._blocks else "p", closing, match[3])
        state.pos = match.end()
        return True

    def _push(self, state: StateInline, kind: str, name: str, closing: bool, attributes: str) -> None:
        token = state.push(kind, name, 0)
        token.meta = {"closing": closing}
        allowed = self._attributes.get(name, frozenset()) & {"href", "cite"}
        for match in _VALUE.finditer(attributes) if allowed and not closing else ():
            address = safe_address(decoded(match[2] or match[3] or match[4] or ""))
            if match[1].lower() in allowed and address:
                token.attrs.setdefault(match[1].lower(), address)


def block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Block rule: a `pre`, or a `code` of several lines, that begins a line runs on over blank lines."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    match = _TAG.match(state.src, start, state.eMarks[start_line])
    if match is None or match[1] or match[2].lower() not in _CLOSER:
        return False
    name = match[2].lower()
    closer = _closer(state, name, match.end(), state.eMarks[end_line - 1])
    if closer is None or (name == "code" and closer.end() <= state.eMarks[start_line]):
        return False
    if not silent:
        last_line = next(line for line in range(start_line, end_line) if closer.end() <= state.eMarks[line])
        lines = state.getLines(start_line, last_line + 1, state.blkIndent, False).lstrip()
        state.line = last_line + 1
        _push_block(state, lines[match.end() - start :], name)
    return True


def literal(content: str) -> str:
    """The text of a `code` or `pre` element as typed: references decoded, tags in it left as they are."""
    around = _CODE_AROUND.fullmatch(content)
    return decoded(around[1] if around else content)


def _push_literal(state: StateInline, silent: bool, name: str, start: int) -> bool:
    closer = _closer(state, name, start, state.posMax)
    if closer is None and name == "code":
        return False
    if not silent:
        content = literal(state.src[start : closer.start() if closer else state.posMax])
        kind = "code_inline" if name == "code" and "\n" not in content.strip() else "typed_pre"
        state.push(kind, "code", 0).content = content
    state.pos = closer.end() if closer else state.posMax
    return True


def _closer(state: StateInline | StateBlock, name: str, start: int, end: int) -> re.Match[str] | None:
    """The next closing tag. A search that found none is not made again for the same text."""
    hopeless: dict[tuple[str, str, int], int] = state.env.setdefault("no_closer", {})
    key = (name, state.src, end)
    if hopeless.get(key, end) <= start:
        return None
    match = _CLOSER[name].search(state.src, start, end)
    if match is None:
        hopeless[key] = min(start, hopeless.get(key, end))
    return match


def _push_block(state: StateBlock, lines: str, name: str) -> None:
    """A literal block, and what is typed behind its closing tag as a paragraph."""
    content, *rest = _CLOSER[name].split(lines, maxsplit=1)
    state.push("fence", "code", 0).content = literal(content)
    if text := "".join(rest).strip():
        state.push("paragraph_open", "p", 1)
        token = state.push("inline", "", 0)
        token.content, token.children = text, []
        state.push("paragraph_close", "p", -1)
