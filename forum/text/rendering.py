"""A text as typed becomes a text as printed."""

from __future__ import annotations

from forum.text.characters import settled
from forum.text.markdown import to_html
from forum.text.profiles import ARTICLE, COMMENT, Profile
from forum.text.sanitise import sanitised
from forum.text.tidy import tidied

TEXT_RULES_VERSION = 1  # one more whenever a rule below changes what some text is printed as
MAX_RENDER_CHARS = 100_000  # ten times the longest comment: callers cap first, this guards the callers
MAX_ARTICLE_HTML_CHARS = 500_000  # a book's chapter with all its tags: articles are few and come from editors
MAX_ARTICLE_HTML_MARKS = 25_000  # the gates take their time for each of these, some seconds for so many


class TextTooLong(ValueError):  # noqa: N818 - a refusal, named for what was wrong
    """A text over the limit of its kind, which nobody should have let through."""


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


def render_article_html(html: str) -> str:
    """An article that comes as HTML, from wherever, as safe HTML; what is printed so is printed the same again.

    :raises TextTooLong: as :func:`tidy_article_html`.
    """
    return sanitised(tidy_article_html(html), ARTICLE)


def tidy_article_html(html: str) -> str:
    """HTML from wherever as an editor can keep and change it: what an article may hold, one block a line.

    It is not safe to be shown yet: :func:`render_article_html` makes it so.

    :raises TextTooLong: over :data:`MAX_ARTICLE_HTML_CHARS` characters, or when what it becomes holds more
        than :data:`MAX_ARTICLE_HTML_MARKS` tags and character references.
    """
    _refuse_longer(html, MAX_ARTICLE_HTML_CHARS)
    tidy = tidied(html, ARTICLE)
    marks = tidy.count("<") + tidy.count("&")
    if marks > MAX_ARTICLE_HTML_MARKS:
        raise TextTooLong(f"{marks} tags and character references, at most {MAX_ARTICLE_HTML_MARKS}")
    return tidy


def _rendered(source: str, profile: Profile) -> str:
    _refuse_longer(source, MAX_RENDER_CHARS)
    return sanitised(to_html(settled(source), profile), profile)


def _refuse_longer(text: str, limit: int) -> None:
    if len(text) > limit:
        raise TextTooLong(f"{len(text)} characters, at most {limit}")
