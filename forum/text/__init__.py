"""Texts: what people type, cleaned, turned into safe HTML, and read back as words.

Strings in, strings out: nothing here knows of Flask or a database.
"""

from forum.text.marking import holds_passage, mark_passages
from forum.text.names import skeleton
from forum.text.rendering import (
    MAX_ARTICLE_HTML_CHARS,
    MAX_ARTICLE_HTML_MARKS,
    MAX_RENDER_CHARS,
    TEXT_RULES_VERSION,
    TextTooLong,
    render_article,
    render_article_html,
    render_comment,
    tidy_article_html,
)
from forum.text.sources import (
    NotAWebsite,
    UnstorableText,
    clean_name,
    clean_source,
    clean_website,
)
from forum.text.words import count_words, excerpt, is_blank, plain_text, reading_minutes

__all__ = [
    "MAX_ARTICLE_HTML_CHARS",
    "MAX_ARTICLE_HTML_MARKS",
    "MAX_RENDER_CHARS",
    "TEXT_RULES_VERSION",
    "NotAWebsite",
    "TextTooLong",
    "UnstorableText",
    "clean_name",
    "clean_source",
    "clean_website",
    "count_words",
    "excerpt",
    "holds_passage",
    "is_blank",
    "mark_passages",
    "plain_text",
    "reading_minutes",
    "render_article",
    "render_article_html",
    "render_comment",
    "skeleton",
    "tidy_article_html",
]
