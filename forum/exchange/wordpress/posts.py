"""A post or page of an export becomes an article."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from flask_babel import gettext as _

from forum import text
from forum.articles.models import ArticleKind, ArticleState, CommentPolicy, SourceFormat
from forum.articles.service import ArticleDraft, slugify
from forum.exchange.digests import digest
from forum.exchange.wordpress.body import convert_body
from forum.exchange.wordpress.comments import shown_name
from forum.exchange.wordpress.records import PersonRecord, PostRecord
from forum.exchange.wordpress.staging import Staged

_MAX_TITLE_CHARS, _MAX_PERSON_CHARS, _MAX_SLUG_CHARS = 300, 100, 190
_TITLE_FROM_TEXT_CHARS = 60
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_STATES = {
    "publish": ArticleState.PUBLISHED,
    "future": ArticleState.PUBLISHED,
    "private": ArticleState.PRIVATE,
}


@dataclass(frozen=True)
class ConvertedPost:
    """An article as it is to be saved, and what of its text could not come along, by name."""

    draft: ArticleDraft
    left_out: Mapping[str, int]
    remarks: Sequence[str] = ()


def digest_of_post(post: PostRecord, people: Mapping[str, PersonRecord]) -> str:
    """Tells whether a newer export says something else about a post."""
    return digest(
        post.type, post.title, post.link, byline_name(post.creator, people), post.body, post.excerpt, post.status,
        post.slug, post.published_at, post.is_protected, post.comments_open,
    )  # fmt: skip


def byline_name(login: str, people: Mapping[str, PersonRecord]) -> str:
    """The name of somebody as bylines show it; empty when nobody is named."""
    person = people.get(login)
    shown = person.display_name if person and person.display_name else login
    return shown_name(shown)[:_MAX_PERSON_CHARS].strip()


def convert_post(
    post: PostRecord, staged: Staged, people: Mapping[str, PersonRecord], *, lang: str, now: datetime
) -> ConvertedPost:
    """The article that a post becomes.

    :raises TextTooLong: its text is longer than any article's may be.
    """
    body = convert_body(post.body, base_url=post.link or staged.site.base_url, pictures=staged.attachment)
    state, remarks = _state(post, now)
    name = byline_name(post.creator, people)
    draft = ArticleDraft(
        slug=_slug(post),
        title=_title(post, body.source),
        source=body.source,
        source_format=SourceFormat.HTML,
        lede=text.plain_text(convert_body(post.excerpt, base_url=post.link).source).strip(),
        kind=ArticleKind.PAGE if post.type == "page" else ArticleKind.NEWS,
        lang=lang,
        people=((name, None),) if name else (),
        state=state,
        published_at=post.published_at,
        comment_policy=CommentPolicy.PREMODERATED if post.comments_open else CommentPolicy.CLOSED,
    )
    return ConvertedPost(draft, body.left_out, remarks)


def _state(post: PostRecord, now: datetime) -> tuple[ArticleState, tuple[str, ...]]:
    """The state, and what is worth a remark. What was not public there must not become so here."""
    if post.is_protected:
        return ArticleState.DRAFT, ("protected",)
    if post.status == "future" and (post.published_at is None or post.published_at <= now):
        return ArticleState.DRAFT, ("schedule_passed",)
    return _STATES.get(post.status, ArticleState.DRAFT), ()


def _slug(post: PostRecord) -> str:
    slug = unquote(post.slug).lower()[:_MAX_SLUG_CHARS]
    if _SLUG.fullmatch(slug):
        return slug
    made = slugify(unquote(post.slug) or text.plain_text(post.title))
    return (
        made if made != slugify("") else f"{made}-{post.post_id}"
    )  # in other scripts nothing is left of a title


def _title(post: PostRecord, source: str) -> str:
    """The title as words; of a post without one the beginning of its text."""
    title = " ".join(text.plain_text(post.title).split())
    if not title:
        title = text.excerpt(source, _TITLE_FROM_TEXT_CHARS)
    return title[:_MAX_TITLE_CHARS].strip() or _("Untitled")
