"""Saving articles and their bylines."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum import text
from forum.articles.models import (
    FRONT_PAGE_KEY,
    Article,
    ArticleKind,
    ArticleState,
    Byline,
    CommentPolicy,
    FormerSlug,
    SourceFormat,
    page_key,
)
from forum.articles.people import find_or_add_person
from forum.base.page_versions import bump


@dataclass(frozen=True, kw_only=True)
class ArticleDraft:
    """An article as an editor, a file or an import gives it; checked, not stored yet.

    :param people: name and byline of each author, in order; the byline may be None.
    :param former_slug: the slug that `slug` replaces; it redirects from then on.
    :param published_at: None keeps the time that the article has; a new one gets the present.
    """

    slug: str
    title: str
    source: str
    kind: ArticleKind
    lang: str
    source_format: SourceFormat = SourceFormat.MARKDOWN
    lede: str = ""
    people: tuple[tuple[str, str | None], ...] = ()
    state: ArticleState = ArticleState.PUBLISHED
    published_at: datetime | None = None
    source_name: str | None = None
    source_url: str | None = None
    source_reporter: str | None = None
    comment_policy: CommentPolicy = CommentPolicy.PREMODERATED
    comments_close_at: datetime | None = None
    former_slug: str | None = None


RENDERERS = {SourceFormat.MARKDOWN: text.render_article, SourceFormat.HTML: text.render_article_html}
"""How the source of an article is printed."""


def slugify(title: str) -> str:
    """A slug from a title: lower case ASCII words joined by hyphens, at most 80 characters.

    `artikel` when none is left.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    return "-".join(words)[:80].strip("-") or "artikel"


def save_article(
    session: Session, draft: ArticleDraft, *, now: datetime, article: Article | None = None
) -> tuple[Article, bool]:
    """Create the article with this slug, or bring it up to date. The caller commits.

    :param article: the one that the draft is about, where the caller knows better than the slug tells.
    :returns: the article and whether anything changed.
    """
    article, is_moved = (article, False) if article is not None else _find(session, draft)
    if article is None:
        article = Article(slug=draft.slug, updated_at=now, last_number=0, last_root_number=0, view_count=0)
    values = _values(draft) | {"published_at": draft.published_at or article.published_at or now}
    changed = any(getattr(article, name) != value for name, value in values.items())
    if not changed and _people_of(article) == draft.people:
        return article, is_moved
    for name, value in values.items():
        setattr(article, name, value)
    article.updated_at = now
    session.add(article)
    _set_people(session, article, draft.people)
    session.flush()
    _bump(session, article)
    return article, True


def change_slug(session: Session, article: Article, slug: str) -> None:
    """Give an article another slug; the old one redirects from now on. The caller commits.

    A slug in use redirects nowhere, whichever article had it before.
    """
    if slug == article.slug:
        return
    session.execute(delete(FormerSlug).where(FormerSlug.slug == slug))
    session.add(FormerSlug(slug=article.slug, article_id=article.id))
    article.slug = slug
    session.flush()
    _bump(session, article)


def _find(session: Session, draft: ArticleDraft) -> tuple[Article | None, bool]:
    """The article that the draft is about: it has the slug, had it once, or has the slug that the draft replaces.

    :returns: the article, and whether it got the draft's slug just now.
    """
    with_slug = select(Article).where(Article.slug == draft.slug)
    article = session.scalar(with_slug) or _former(session, draft.slug)
    if article is not None or draft.former_slug is None:
        return article, False
    article = session.scalar(select(Article).where(Article.slug == draft.former_slug))
    if article is not None:
        change_slug(session, article, draft.slug)
    return article, article is not None


def _former(session: Session, slug: str) -> Article | None:
    former = session.get(FormerSlug, slug)
    return session.get(Article, former.article_id) if former else None


def free_slug(session: Session, wanted: str) -> str:
    """`wanted`, or with the first number behind it (from 2) that no article has or had."""
    candidates = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(slug for slug in candidates if not _is_taken(session, slug))


def _is_taken(session: Session, slug: str) -> bool:
    has_it = session.scalar(select(Article.id).where(Article.slug == slug))
    return has_it is not None or session.get(FormerSlug, slug) is not None


def _values(draft: ArticleDraft) -> dict[str, object]:
    html = RENDERERS[draft.source_format](draft.source)
    return {
        "title": draft.title,
        "lede": draft.lede,
        "kind": draft.kind,
        "state": draft.state,
        "lang": draft.lang,
        "source": draft.source,
        "source_format": draft.source_format,
        "html": html,
        "text_rules_version": text.TEXT_RULES_VERSION,
        "word_count": text.count_words(html),
        "source_name": draft.source_name,
        "source_url": draft.source_url,
        "source_reporter": draft.source_reporter,
        "comment_policy": draft.comment_policy,
        "comments_close_at": draft.comments_close_at,
    }


def _people_of(article: Article) -> tuple[tuple[str, str | None], ...]:
    return tuple((byline.person.name, byline.text) for byline in article.bylines)


def _set_people(session: Session, article: Article, people: tuple[tuple[str, str | None], ...]) -> None:
    if _people_of(article) == people:
        return
    article.bylines.clear()
    session.flush()
    for position, (name, byline) in enumerate(people):
        article.bylines.append(
            Byline(position=position, person=find_or_add_person(session, name), text=byline)
        )


def _bump(session: Session, article: Article) -> None:
    bump(session, page_key(article.id), FRONT_PAGE_KEY)
