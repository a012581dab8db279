"""What waits for moderators, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from forum.comments.models import Comment, CommentEvent, CommentRevision, Move, RevisionState, State

_BRINGS_A_COMMENT = (Move.SUBMIT, Move.CONFIRM, Move.RESUBMIT, Move.REOPEN, Move.IMPORT)


@dataclass(frozen=True)
class Waiting:
    """How much waits.

    :param oldest_id: the event with which the oldest of it came.
    :param oldest_at: when that was.
    :param newest_id: the event with which the last of it came.
    """

    count: int
    oldest_id: int
    oldest_at: datetime
    newest_id: int


def read_waiting(session: Session) -> Waiting | None:
    """What waits now: new comments, and changes of published ones; None when the queue is empty.

    A comment waits since it came to the moderators: an unconfirmed one since it was confirmed.
    """
    has_edit = exists().where(
        CommentRevision.comment_id == Comment.id, CommentRevision.state == RevisionState.WAITING
    )
    arrival = (
        select(func.max(CommentEvent.id).label("id"))
        .join(Comment, Comment.id == CommentEvent.comment_id)
        .where(
            or_(
                and_(Comment.state == State.PENDING, CommentEvent.kind.in_(_BRINGS_A_COMMENT)),
                and_(Comment.state == State.APPROVED, CommentEvent.kind == Move.EDIT, has_edit),
            )
        )
        .group_by(CommentEvent.comment_id)
        .subquery()
    )
    count, oldest_id, newest_id = session.execute(
        select(func.count(), func.min(arrival.c.id), func.max(arrival.c.id))
    ).one()
    if not count:
        return None
    oldest_at = session.scalars(select(CommentEvent.at).where(CommentEvent.id == oldest_id)).one()
    return Waiting(count, oldest_id, oldest_at, newest_id)
