"""Ids for many rows at once, taken before the rows are written, so that they can refer to each other."""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from forum.base.models import Model

_LAST_ON_SQLITE = text("SELECT seq FROM sqlite_sequence WHERE name = :name")


def take_ids(session: Session, model: type[Model], count: int) -> list[int]:
    """The next `count` ids of a table whose ids are never used twice. The caller writes rows with them, and commits.

    On SQLite the caller's transaction is the only one that writes; on PostgreSQL a sequence gives each id once.
    """
    table = model.__table__
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(str(table), "id")
        numbers = func.generate_series(1, count).table_valued("n")
        return list(session.scalars(select(func.nextval(sequence)).select_from(numbers)))
    last = session.execute(_LAST_ON_SQLITE, {"name": str(table)}).scalar() or 0
    return list(range(last + 1, last + 1 + count))
