"""What a comment and what an article may contain."""

from __future__ import annotations

from dataclasses import dataclass

_PHRASES = frozenset({"b", "strong", "i", "em", "code", "del", "q", "cite", "a", "br"})
_BLOCKS = frozenset({"p", "blockquote", "ul", "ol", "li", "pre"})
_WIDER = frozenset({"h2", "h3", "h4", "hr", "table", "thead", "tbody", "tr", "th", "td"})


@dataclass(frozen=True, eq=False)
class Profile:
    """The elements, attributes and Markdown that one kind of text may use. There is one object of each."""

    tags: frozenset[str]
    attributes: dict[str, frozenset[str]]
    link_rel: str
    markdown: tuple[str, ...] = ()  # block rules beyond paragraphs, lists, quotes and fenced code
    headings: frozenset[str] = frozenset()
    starts_lists_anywhere: bool = False  # whether a list may begin at another number than 1


COMMENT = Profile(
    tags=_PHRASES | _BLOCKS,
    attributes={"a": frozenset({"href"})},
    # The first two tell search engines that a reader wrote this and nobody was paid to vouch for it.
    link_rel="ugc nofollow noopener noreferrer",
)
ARTICLE = Profile(
    tags=_PHRASES | _BLOCKS | _WIDER,
    attributes={
        "a": frozenset({"href"}),
        "blockquote": frozenset({"cite"}),
        "q": frozenset({"cite"}),
        "ol": frozenset({"start"}),
    },
    link_rel="noopener noreferrer",
    markdown=("heading", "lheading", "hr", "table", "reference"),
    headings=frozenset({"h2", "h3", "h4"}),
    starts_lists_anywhere=True,
)
