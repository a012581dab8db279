"""What the front page lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, load_only

from forum.articles.loaders import is_public
from forum.articles.models import Article, ArticleKind, ArticleState
from forum.comments.thread import count_public
from forum.web.languages import sort_key

ARTICLES_PER_PAGE = 20
LINKED_PAGES = 12
"""So many articles of kind `page` find a place in the footer, by title."""


@dataclass(frozen=True)
class FrontPage:
    """One page of articles, newest first.

    :param entries: each article with its number of public comments.
    :param linked: articles of kind `page`, which the footer links to.
    :param changes_at: when the next article appears by the clock alone.
    """

    entries: Sequence[tuple[Article, int]]
    linked: Sequence[Article]
    page: int
    pages: int
    changes_at: datetime | None


def read_front_page(session: Session, *, page: int, now: datetime) -> FrontPage:
    """The published articles that are no pages, newest first."""
    listed = (is_public(now), Article.kind != ArticleKind.PAGE)
    articles = session.scalars(
        select(Article)
        .where(*listed)
        .order_by(Article.published_at.desc(), Article.id.desc())
        .limit(ARTICLES_PER_PAGE)
        .offset((page - 1) * ARTICLES_PER_PAGE)
    ).all()
    counts = count_public(session, [article.id for article in articles])
    total = session.scalar(select(func.count()).select_from(Article).where(*listed)) or 0
    changes_at = session.scalar(
        select(func.min(Article.published_at)).where(
            Article.state == ArticleState.PUBLISHED, Article.published_at > now
        )
    )
    return FrontPage(
        entries=[(article, counts.get(article.id, 0)) for article in articles],
        linked=read_linked_pages(session, now=now),
        page=page,
        pages=max(1, -(-total // ARTICLES_PER_PAGE)),
        changes_at=changes_at,
    )


def read_linked_pages(session: Session, *, now: datetime) -> Sequence[Article]:
    """The published articles of kind `page`, by title. Saving one bumps the front page's version, as any article."""
    articles = session.scalars(
        select(Article)
        .where(is_public(now), Article.kind == ArticleKind.PAGE)
        .options(load_only(Article.slug, Article.title, Article.lang))
    )
    return sorted(articles, key=lambda article: sort_key(article.title))[:LINKED_PAGES]
