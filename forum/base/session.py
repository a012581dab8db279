"""The session of a request, and the two things that a writer says before it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.base.engine import WRITES
from forum.base.writers import turn_to_write

db = SQLAlchemy()


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """One short transaction that writes: begins at once, commits at the end, rolls back on any error.

    Whatever the session read before is dropped and read again, so that no decision rests on a row that another
    process has changed since (SQLite would refuse the write: SQLITE_BUSY_SNAPSHOT).
    """
    if session.in_transaction():
        session.rollback()
    with turn_to_write(session.get_bind().engine):
        session.connection(execution_options={WRITES: True})
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


def lock_key(session: Session, key: str) -> None:
    """Wait until no other transaction holds `key`; held until this one ends.

    SQLite has one writer at a time already. PostgreSQL: an advisory lock on the key's hash; two keys with one hash
    only wait for each other needlessly.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
