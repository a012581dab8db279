"""The queue: revisions that wait, oldest first; and the comments in any other state, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.articles.models import Article
from forum.comments.commenters import record_of
from forum.comments.effects import revision_in_question
from forum.comments.lifecycle import DECISIONS
from forum.comments.models import (
    Comment,
    Commenter,
    CommentEvent,
    CommentRevision,
    Move,
    RevisionState,
    State,
)
from forum.moderation.loaders import ENDED, ended_unconfirmed

PER_PAGE = 25
LISTED_STATES = (
    State.PENDING, State.APPROVED, State.REJECTED, State.SPAM, State.REMOVED, State.RETURNED, State.WITHDRAWN,
)  # fmt: skip
"""What moderators may list. Not `unconfirmed`, and of the withdrawn ones not what never was anything else: nobody
reads what somebody may have sent under another's address."""


@dataclass(frozen=True)
class Filter:
    """What of the queue is asked for.

    :param article: the article's id.
    :param query: part of the text, the name or the address.
    """

    state: State = State.PENDING
    article: int | None = None
    query: str = ""


@dataclass(frozen=True)
class QueueItem:
    """One comment as a moderator sees it.

    :param revision: the version of the text that a decision would be about.
    :param record: how many comments that this address was proven for stand in each state; empty where it was not
        proven for this one, as others may type it.
    :param last_decision: the decision that still stands, and who made it.
    """

    comment: Comment
    revision: CommentRevision
    article: Article
    email: str | None
    is_proven: bool
    parent: Comment | None
    record: dict[State, int]
    last_decision: tuple[CommentEvent, str | None] | None

    @property
    def published_before(self) -> CommentRevision | None:
        """What readers see meanwhile, when this revision is an edit of a published comment that waits."""
        is_edit = self.comment.state is State.APPROVED and self.revision.state is RevisionState.WAITING
        return self.comment.published_revision if is_edit else None

    @property
    def answered_return(self) -> CommentRevision | None:
        """The earlier version that was sent back, when this one is what its writer made of it."""
        earlier = self.comment.revisions[: self.revision.n - 1] if self.revision.n > 1 else []
        return earlier[-1] if earlier and earlier[-1].remark is not None else None


@dataclass(frozen=True)
class QueuePage:
    """One page of the queue. Keyset paging: `next_key` is the key of the next page, None on the last."""

    items: Sequence[QueueItem]
    counts: dict[State, int]
    next_key: int | None


def read_queue(session: Session, wanted: Filter, *, after: int | None) -> QueuePage:
    """One page. What waits comes oldest first by arrival, the rest newest first.

    :param after: the key of the last item of the page before; keys are revision ids.
    """
    oldest_first = wanted.state is State.PENDING
    key = CommentRevision.id
    statement = _statement(wanted)
    if after is not None:
        statement = statement.where(key > after if oldest_first else key < after)
    statement = statement.order_by(key if oldest_first else key.desc()).limit(PER_PAGE + 1)
    rows = session.execute(statement).all()
    items = _items(session, rows[:PER_PAGE])
    next_key = items[-1].revision.id if len(rows) > PER_PAGE else None
    return QueuePage(items, counts_by_state(session), next_key)


def read_item(session: Session, comment: Comment) -> QueueItem:
    """One comment as `read_queue` gives it."""
    article = session.get_one(Article, comment.article_id)
    return _items(session, [(comment, revision_in_question(comment), article, comment.commenter)])[0]


def counts_by_state(session: Session) -> dict[State, int]:
    """How many comments moderators see in each state; edits that wait count as waiting."""
    counts = dict(session.execute(select(Comment.state, func.count()).group_by(Comment.state)).all())
    counts.pop(State.UNCONFIRMED, None)
    if State.WITHDRAWN in counts:
        unseen = select(func.count()).where(Comment.state == State.WITHDRAWN, ended_unconfirmed())
        counts[State.WITHDRAWN] -= session.scalar(unseen) or 0
    edits = session.scalar(
        select(func.count())
        .select_from(CommentRevision)
        .join(Comment, Comment.id == CommentRevision.comment_id)
        .where(CommentRevision.state == RevisionState.WAITING, Comment.state == State.APPROVED)
    )
    counts[State.PENDING] = counts.get(State.PENDING, 0) + (edits or 0)
    return counts


def history_of(session: Session, comment: Comment) -> Sequence[tuple[CommentEvent, str | None]]:
    """Everything that happened to a comment, in order, each with the name of the account that did it."""
    return session.execute(
        select(CommentEvent, Account.name)
        .outerjoin(Account, Account.id == CommentEvent.account_id)
        .where(CommentEvent.comment_id == comment.id)
        .order_by(CommentEvent.id)
    ).all()


def _statement(wanted: Filter) -> Select[Comment, CommentRevision, Article, Commenter | None]:
    statement = (
        select(Comment, CommentRevision, Article, Commenter)
        .join(CommentRevision, _shown_revision(wanted.state))
        .join(Article, Article.id == Comment.article_id)
        .outerjoin(Commenter, Commenter.id == Comment.commenter_id)
    )
    if wanted.state in ENDED:
        statement = statement.where(~ended_unconfirmed())
    if wanted.article is not None:
        statement = statement.where(Comment.article_id == wanted.article)
    if wanted.query:
        statement = statement.where(
            or_(
                CommentRevision.source.icontains(wanted.query, autoescape=True),
                Comment.author_name.icontains(wanted.query, autoescape=True),
                Commenter.email.icontains(wanted.query, autoescape=True),
            )
        )
    return statement


def _shown_revision(state: State) -> ColumnElement[bool]:
    """Which revision stands for the comment: what waits, what is published, else the newest."""
    of_comment = CommentRevision.comment_id == Comment.id
    if state is State.PENDING:
        waits = CommentRevision.state == RevisionState.WAITING
        return and_(of_comment, waits, Comment.state.in_([State.PENDING, State.APPROVED]))
    if state is State.APPROVED:
        return and_(CommentRevision.id == Comment.published_revision_id, Comment.state == state)
    newest = (
        select(func.max(CommentRevision.id))
        .where(CommentRevision.comment_id == Comment.id)
        .correlate(Comment)  # else the revision, which stands outside too, would be left out of the subquery
        .scalar_subquery()
    )
    return and_(of_comment, CommentRevision.id == newest, Comment.state == state)


def _items(
    session: Session, rows: Sequence[tuple[Comment, CommentRevision, Article, Commenter | None]]
) -> list[QueueItem]:
    proven = {comment.commenter_id for comment, _, _, _ in rows if comment.proven_at is not None}
    records = record_of(session, {commenter_id for commenter_id in proven if commenter_id is not None})
    decisions = _last_decisions(session, [comment.id for comment, _, _, _ in rows])
    return [
        QueueItem(
            comment=comment,
            revision=revision,
            article=article,
            email=commenter.email if commenter else None,
            is_proven=comment.proven_at is not None,
            parent=comment.parent,
            record=records.get(commenter.id, {}) if commenter and comment.proven_at is not None else {},
            last_decision=decisions.get(comment.id),
        )
        for comment, revision, article, commenter in rows
    ]


def _last_decisions(
    session: Session, comment_ids: Sequence[int]
) -> dict[int, tuple[CommentEvent, str | None]]:
    """The last decision of each comment that still stands, and who made it."""
    undone = select(CommentEvent.undoes_id).where(CommentEvent.undoes_id.is_not(None))
    rows = session.execute(
        select(CommentEvent, Account.name)
        .outerjoin(Account, Account.id == CommentEvent.account_id)
        .where(
            CommentEvent.comment_id.in_(comment_ids),
            CommentEvent.kind.in_(DECISIONS - {Move.PICK, Move.UNPICK}),
            CommentEvent.id.not_in(undone.where(CommentEvent.comment_id.in_(comment_ids))),
        )
        .order_by(CommentEvent.id)
    )
    return {event.comment_id: (event, name) for event, name in rows}
