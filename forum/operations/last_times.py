"""When something was last done, noted in the table of heartbeats: one moment a name, shared by all workers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from forum.base.clock import CLOCKS_DIFFER
from forum.base.upsert import insert_for
from forum.operations.models import Heartbeat


def last_time(session: Session, name: str) -> datetime | None:
    """When `name` was last done; None: never."""
    return session.scalar(select(Heartbeat.at).where(Heartbeat.name == name))


def claim(session: Session, name: str, *, now: datetime, not_since: datetime) -> bool:
    """Note `name` as done at `now`, unless it was done at or after `not_since`; whether it was noted.

    What was noted for a time to come, by a clock that was wrong, counts as never (`forum.base.clock.is_to_come`).
    Of several workers that ask at once, one is told yes. The caller commits.
    """
    insert = insert_for(session.get_bind().dialect.name, Heartbeat)
    statement = insert.on_conflict_do_update(
        index_elements=[Heartbeat.name],
        set_={"at": insert.excluded.at},
        where=or_(Heartbeat.at < not_since, Heartbeat.at > now + CLOCKS_DIFFER),
    ).returning(Heartbeat.name)
    return session.connection().execute(statement, {"name": name, "at": now}).first() is not None


def give_back(session: Session, name: str) -> None:
    """Take back that `name` was done: the next one who asks is told yes. The caller commits."""
    session.execute(delete(Heartbeat).where(Heartbeat.name == name))
