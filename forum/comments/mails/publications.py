"""Comments that became public between two moments, as digests list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from forum.articles.loaders import is_public
from forum.articles.models import Article
from forum.comments.models import Comment, CommentEvent, Move, State

MAX_LISTED = 30
"""So many comments a digest shows; the rest it counts."""


@dataclass(frozen=True)
class News:
    """The first comments of a period, and how many more there are."""

    comments: Sequence[tuple[Comment, Article]]
    more: int


def newest_event(session: Session, *, until: datetime) -> int:
    """The id of the last event up to a moment; 0 when there is none."""
    found = session.scalar(
        select(CommentEvent.id).where(CommentEvent.at <= until).order_by(CommentEvent.id.desc()).limit(1)
    )
    return found or 0


def became_public(after: int, upto: int) -> ColumnElement[bool]:
    """The condition under which an event in (`after`, `upto`] let a comment in for the first time.

    What an undo gave back is not new, nor is what was public before `after`: an earlier digest listed it, unless it was
    removed before that (see decision 0015). What was a mistake, and taken back before `after`, does not count.
    """
    earlier, taken_back = aliased(CommentEvent), aliased(CommentEvent)
    was_mistake = exists().where(taken_back.undoes_id == earlier.id, taken_back.id <= after)
    was_public = exists().where(
        earlier.comment_id == CommentEvent.comment_id,
        earlier.id <= after,
        earlier.to_state == State.APPROVED,
        ~was_mistake,
    )
    return and_(
        CommentEvent.id > after,
        CommentEvent.id <= upto,
        CommentEvent.to_state == State.APPROVED,
        or_(CommentEvent.from_state.is_(None), CommentEvent.from_state != State.APPROVED),
        CommentEvent.kind.not_in([Move.UNDO, Move.IMPORT]),
        ~was_public,
    )


def read_news(
    session: Session, where: ColumnElement[bool], *, after: int, upto: int, now: datetime
) -> News | None:
    """What became public in a period and still is, oldest first; None when there is nothing.

    :param where: which comments or articles.
    """
    of_period = select(CommentEvent.comment_id).where(became_public(after, upto))
    wanted = (
        select(Comment, Article)
        .join(Article, Article.id == Comment.article_id)
        .where(Comment.id.in_(of_period), Comment.state == State.APPROVED, is_public(now), where)
    )
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = session.execute(wanted.order_by(Article.id, Comment.number).limit(MAX_LISTED)).all()
    return News([(comment, article) for comment, article in rows], total - len(rows)) if total else None
