"""A text as typed becomes a text as printed."""

from __future__ import annotations

from forum.text.characters import settled
from forum.text.markdown import to_html
from forum.text.profiles import ARTICLE, COMMENT, Profile
from forum.text.sanitise import sanitised

TEXT_RULES_VERSION = 1  # one more whenever a rule below changes what some text is printed as
MAX_RENDER_CHARS = 100_000  # ten times the longest comment: callers cap first, this guards the callers


class TextTooLong(ValueError):  # noqa: N818 - a refusal, named for what was wrong
    """A text over :data:`MAX_RENDER_CHARS`, which nobody should have let through."""


def render_comment(source: str) -> str:
    """A comment's Markdown as safe HTML; the same source always gives the same HTML.

    :raises TextTooLong: over :data:`MAX_RENDER_CHARS` characters.
    """
    return _rendered(source, COMMENT)


def render_article(source: str) -> str:
    """An article's Markdown as safe HTML, with headings, tables and rules beside what comments may hold.

    :raises TextTooLong: over :data:`MAX_RENDER_CHARS` characters.
    """
    return _rendered(source, ARTICLE)


def _rendered(source: str, profile: Profile) -> str:
    if len(source) > MAX_RENDER_CHARS:
        raise TextTooLong(f"{len(source)} characters, at most {MAX_RENDER_CHARS}")
    return sanitised(to_html(settled(source), profile), profile)
