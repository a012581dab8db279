"""Which opening brackets can begin a link, found in one pass.

The parser tries each bracket by reading on to where its label may end, which for a line of brackets is
the square of its length. Here every bracket is paired once, and only pairs that can be a link are tried.
"""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline, image, link

MAX_DEPTH = 4  # pairs of brackets around a link

_STOPS = re.compile(r"\\.|(`+)[^`]*+\1(?!`)|`+|[\[\]]", re.DOTALL)


def link_rule(state: StateInline, silent: bool) -> bool:
    """The library's link, where one can be."""
    return state.src[state.pos] == "[" and _can_begin(state, state.pos) and link(state, silent)


def image_rule(state: StateInline, silent: bool) -> bool:
    """The library's image, where one can be."""
    return state.src.startswith("![", state.pos) and _can_begin(state, state.pos + 1) and image(state, silent)


def _can_begin(state: StateInline, at: int) -> bool:
    known: dict[str, frozenset[int]] = state.env.setdefault("brackets", {})
    if state.src not in known:
        # Only where references are defined can a pair without an address behind it be a link.
        known[state.src] = starts_of_links(state.src, anywhere="references" in state.env)
    return at in known[state.src]


def starts_of_links(text: str, *, anywhere: bool = False) -> frozenset[int]:
    """The positions of brackets whose partner has "(" behind it, or with `anywhere` of all that have one."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for match in _STOPS.finditer(text):
        if match[0] == "[":
            opened.append(match.start())
        elif match[0] == "]" and opened:
            start = opened.pop()
            if anywhere or (text.startswith("(", match.end()) and not text.startswith("()", match.end())):
                pairs.append((start, match.end()))
    return frozenset(_shallow(sorted(pairs)))


def _shallow(pairs: list[tuple[int, int]]) -> list[int]:
    """The starts of those pairs that no more than :data:`MAX_DEPTH` others surround."""
    kept: list[int] = []
    around: list[int] = []
    for start, end in pairs:
        while around and around[-1] <= start:
            around.pop()
        if len(around) <= MAX_DEPTH:
            kept.append(start)
        around.append(end)
    return kept
