"""How a database stands to this checkout's migrations, found out without loading Alembic.

A start must give its first answer within a second, and Alembic alone takes a fifth of that. So the newest
revision is read from the migrations' own first lines; a test holds it to what Alembic says.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, inspect, select, table
from sqlalchemy.sql import column

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"
_ASSIGNMENT = re.compile(
    r"^(revision|down_revision)\b[^=\n]*=\s*(?:\"([^\"]+)\"|'([^']+)'|None)", re.MULTILINE
)


class SchemaState(StrEnum):
    """What a start has to do: make everything, upgrade, nothing, or refuse."""

    EMPTY = "empty"
    OUTDATED = "outdated"
    CURRENT = "current"
    UNKNOWN = "unknown"


def schema_state(connection: Connection, migrations: Path = MIGRATIONS) -> SchemaState:
    """Compare the revision that the database notes with the migrations in this checkout."""
    if not inspect(connection).has_table("alembic_version"):
        return SchemaState.EMPTY
    noted: list[str] = list(
        connection.scalars(select(column("version_num")).select_from(table("alembic_version")))
    )
    known, head = revisions(migrations)
    if not noted:
        return SchemaState.EMPTY
    if noted == [head]:
        return SchemaState.CURRENT
    return SchemaState.OUTDATED if known.issuperset(noted) else SchemaState.UNKNOWN


def revisions(migrations: Path = MIGRATIONS) -> tuple[frozenset[str], str]:
    """All revisions, and the one that no other follows.

    :raises ValueError: the migrations do not form one line.
    """
    values: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for file in migrations.glob("*.py"):
        for name, double, single in _ASSIGNMENT.findall(file.read_text(encoding="utf-8")):
            values[name].update({double or single} - {""})
    (head,) = values["revision"] - values["down_revision"]
    return frozenset(values["revision"]), head


def is_unused(connection: Connection) -> bool:
    """Whether nobody can sign in and nothing was published yet: what makes a start the first one."""
    rows = (
        connection.execute(select(1).select_from(table(name)).limit(1)).first()
        for name in ("accounts", "articles")
    )
    return not any(rows)
