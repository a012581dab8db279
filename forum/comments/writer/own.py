"""A writer's own comments, whatever became of them: where each stands, why, and what its writer can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from forum.articles.loaders import is_public
from forum.articles.models import Article
from forum.base.errors import NotFound
from forum.comments.effects import revision_in_question
from forum.comments.lifecycle import MOVES
from forum.comments.models import (
    Comment,
    Commenter,
    CommentEvent,
    CommentRevision,
    Move,
    RevisionState,
    State,
)
from forum.comments.revisions import is_edited_in_place

PER_PAGE = 20
_TOLD = (Move.REJECT, Move.SPAM, Move.RETURN, Move.REMOVE, Move.APPROVE)
"""Decisions that the writer is told of; a second opinion and a pick are the moderators' own."""
_MAY_BE_ANSWERED = frozenset({State.UNCONFIRMED, State.PENDING, State.RETURNED, State.APPROVED})


@dataclass(frozen=True)
class OwnComment:
    """One comment as its writer sees it.

    :param revision: the text that it is about: what waits, else what is published, else the newest.
    :param is_open: whether readers can open the article.
    :param decision: the last decision that still stands, if there is one.
    :param is_only_seen_by_writer: a change of the text now leaves no earlier version behind.
    """

    comment: Comment
    revision: CommentRevision
    article: Article
    is_open: bool
    decision: CommentEvent | None
    is_only_seen_by_writer: bool

    @property
    def has_waiting_edit(self) -> bool:
        """Whether the text shown waits while an earlier one is published."""
        return self.comment.state is State.APPROVED and self.revision.id != self.comment.published_revision_id

    @property
    def refused_edit(self) -> bool:
        """Whether the last decision left an edit unpublished."""
        decision = self.decision
        if decision is None or self.comment.state is not State.APPROVED:
            return False
        return decision.kind is Move.REJECT and decision.to_state is State.APPROVED

    @property
    def change(self) -> CommentRevision | None:
        """The writer's change of a published comment that readers do not see: it waits, or was refused."""
        if self.has_waiting_edit:
            return self.revision
        declined = [r for r in self.comment.revisions if r.state is RevisionState.DECLINED]
        return declined[-1] if self.refused_edit and declined else None

    @property
    def can_be_answered(self) -> bool:
        """Whether mail about answers makes sense: it is public, or may become so."""
        return self.comment.state in _MAY_BE_ANSWERED

    def can(self, move: str) -> bool:
        """Whether the writer may make this move now."""
        return self.comment.state in MOVES[Move(move)].origins


@dataclass(frozen=True)
class OwnPage:
    """One page of them, the newest first.

    :param next_key: for the page after this, if there is one.
    """

    items: Sequence[OwnComment]
    total: int
    next_key: int | None


def read_own(session: Session, commenter: Commenter, *, after: int | None, now: datetime) -> OwnPage:
    """One page of what a writer sent in, but for what was erased.

    :param after: the id of the last comment of the page before.
    """
    is_own = (Comment.commenter_id == commenter.id) & (Comment.state != State.ERASED)
    statement = select(Comment).where(is_own).options(selectinload(Comment.revisions))
    if after is not None:
        statement = statement.where(Comment.id < after)
    found = session.scalars(statement.order_by(Comment.id.desc()).limit(PER_PAGE + 1)).all()
    total = session.scalar(select(func.count()).select_from(Comment).where(is_own)) or 0
    shown = found[:PER_PAGE]
    return OwnPage(_items(session, shown, now=now), total, shown[-1].id if len(found) > PER_PAGE else None)


def read_one(session: Session, comment: Comment, *, now: datetime) -> OwnComment:
    """One comment as `read_own` gives it."""
    return _items(session, [comment], now=now)[0]


def get_own_comment(session: Session, commenter: Commenter, comment_id: int) -> Comment:
    """A comment of this writer.

    :raises NotFound: there is none, it was erased, or it is somebody else's.
    """
    comment = session.get(Comment, comment_id)
    if comment is None or comment.commenter_id != commenter.id or comment.state is State.ERASED:
        raise NotFound
    return comment


def _items(session: Session, comments: Sequence[Comment], *, now: datetime) -> list[OwnComment]:
    articles = {
        article.id: (article, is_open)
        for article, is_open in session.execute(
            select(Article, is_public(now)).where(
                Article.id.in_({comment.article_id for comment in comments})
            )
        )
    }
    decisions = _decisions(session, [comment.id for comment in comments])
    return [
        OwnComment(
            comment,
            revision_in_question(comment),
            *articles[comment.article_id],
            decisions.get(comment.id),
            is_edited_in_place(comment, now=now),
        )
        for comment in comments
    ]


def _decisions(session: Session, comment_ids: Sequence[int]) -> dict[int, CommentEvent]:
    """The last decision about each that still stands."""
    undone = select(CommentEvent.undoes_id).where(
        CommentEvent.comment_id.in_(comment_ids), CommentEvent.undoes_id.is_not(None)
    )
    rows = session.scalars(
        select(CommentEvent)
        .where(
            CommentEvent.comment_id.in_(comment_ids),
            CommentEvent.kind.in_(_TOLD),
            CommentEvent.id.not_in(undone),
        )
        .order_by(CommentEvent.id)
    )
    return {event.comment_id: event for event in rows}
