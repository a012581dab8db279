"""Articles as a visitor may load them: each loader names the right that it checks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from forum.articles.models import Article, ArticleState, FormerSlug
from forum.base.errors import NotFound


def is_public(now: datetime) -> ColumnElement[bool]:
    """The condition under which readers may see an article."""
    return and_(Article.state == ArticleState.PUBLISHED, Article.published_at <= now)


def get_published_article(session: Session, slug: str, *, now: datetime) -> Article:
    """The public article with this slug.

    :raises NotFound: there is none, or it is not public.
    """
    article = session.scalar(select(Article).where(Article.slug == slug, is_public(now)))
    if article is None:
        raise NotFound
    return article


def get_article_to_answer(session: Session, slug: str, *, now: datetime) -> Article:
    """The public article that has this slug or once had it: a form that was opened before it moved still works.

    :raises NotFound: there is none, or it is not public.
    """
    return find_moved_article(session, slug, now=now) or get_published_article(session, slug, now=now)


def find_moved_article(session: Session, slug: str, *, now: datetime) -> Article | None:
    """The public article that once had this slug, or None."""
    return session.scalar(
        select(Article)
        .join(FormerSlug, FormerSlug.article_id == Article.id)
        .where(FormerSlug.slug == slug, is_public(now))
    )
