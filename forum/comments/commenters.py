"""People known by an e-mail address, proven or not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from forum.comments.models import Comment, Commenter, State


def commenter_for(session: Session, email: str, *, now: datetime) -> Commenter:
    """The commenter with this normalised address, made when new. Typing an address proves nothing.

    Two posts at once with a new address make one row.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(Commenter).values(email=email, created_at=now).on_conflict_do_nothing())
    return session.scalars(select(Commenter).where(Commenter.email == email)).one()


def record_of(session: Session, commenter_ids: set[int]) -> dict[int, dict[State, int]]:
    """How many comments each address has in each state: its earlier record, for moderators."""
    rows = session.execute(
        select(Comment.commenter_id, Comment.state, func.count())
        .where(Comment.commenter_id.in_(commenter_ids))
        .group_by(Comment.commenter_id, Comment.state)
    ).tuples()
    record: dict[int, dict[State, int]] = {}
    for commenter_id, state, count in rows:
        if commenter_id is not None:
            record.setdefault(commenter_id, {})[state] = count
    return record
