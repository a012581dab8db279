"""People known by an e-mail address, proven or not."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from forum.base.upsert import insert_for
from forum.comments.models import Comment, Commenter, State


def commenter_id_for(session: Session, email: str, *, now: datetime) -> int:
    """The id of the commenter with this normalised address, made when new. Typing an address proves nothing.

    Two posts at once with a new address make one row: the second waits for the first and finds it.
    """
    statement = _found_or_made(session.get_bind().dialect.name)
    return session.connection().execute(statement, {"email": email, "created_at": now}).scalar_one()


def forget_if_unused(session: Session, commenter_id: int | None) -> None:
    """Delete an address to which no comment refers any more. The caller has flushed, and commits."""
    others = select(Comment.id).where(Comment.commenter_id == commenter_id)
    session.execute(delete(Commenter).where(Commenter.id == commenter_id, ~others.exists()))


@cache
def _found_or_made(dialect_name: str) -> ReturningInsert[int]:
    statement = insert_for(dialect_name, Commenter)
    return statement.on_conflict_do_update(
        index_elements=[Commenter.email], set_={"email": statement.excluded.email}
    ).returning(Commenter.id)


def record_of(session: Session, commenter_ids: set[int]) -> dict[int, dict[State, int]]:
    """How many comments each address has in each state: its earlier record, for moderators."""
    rows = session.execute(
        select(Comment.commenter_id, Comment.state, func.count())
        .where(Comment.commenter_id.in_(commenter_ids))
        .group_by(Comment.commenter_id, Comment.state)
    )
    record: dict[int, dict[State, int]] = {}
    for commenter_id, state, count in rows:
        if commenter_id is not None:
            record.setdefault(commenter_id, {})[state] = count
    return record
