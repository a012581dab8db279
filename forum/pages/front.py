"""What the front page lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.articles.loaders import is_public
from forum.articles.models import Article, ArticleKind, ArticleState
from forum.comments.thread import count_public

ARTICLES_PER_PAGE = 20


@dataclass(frozen=True)
class FrontPage:
    """One page of articles, newest first.

    :param entries: each article with its number of public comments.
    :param changes_at: when the next article appears by the clock alone.
    """

    entries: Sequence[tuple[Article, int]]
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
        page=page,
        pages=max(1, -(-total // ARTICLES_PER_PAGE)),
        changes_at=changes_at,
    )
