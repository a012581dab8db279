"""SQLite's side of a backup: a copy of one moment, its check, and putting a file in the place of another.

The copy is made by `VACUUM INTO`: one read transaction, beside which writers go on. SQLite's online backup begins
again whenever another process writes, which a busy site does all the time. The copy is also written anew, so that
nothing that was erased can be left between its rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Engine

from forum.base.engine import sqlite_module
from forum.operations.backup.errors import BackupError

_sqlite = sqlite_module()
_WITHOUT = ("network_keys",)
_BESIDE = ("-wal", "-shm", "-journal")


def copy_into(engine: Engine, target: Path) -> None:
    """Write the database of this moment into a new file. The keys of network hashes stay behind."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    with _connected(target) as copy:
        copy.execute("PRAGMA secure_delete = ON")
        for table in tables_among(copy, list(_WITHOUT)):
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - our tables


def look_into(path: Path, tables: list[str]) -> tuple[str, dict[str, int]]:
    """Check a file that nobody uses: schema revision, and rows by table.

    :raises BackupError: SQLite finds fault with it.
    """
    try:
        with _connected(path) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            faults += [f"{row[0]} {row[1]}" for row in connection.execute("PRAGMA foreign_key_check")]
            if faults:
                raise BackupError(
                    _("The database in it is damaged: %(faults)s", faults="; ".join(faults[:5]))
                )
            return _revision(connection), {
                table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - our tables
                for table in tables_among(connection, tables)
            }
    except _sqlite.DatabaseError as error:
        raise BackupError(_("The database in it is damaged: %(faults)s", faults=error)) from None


def tables_among(connection: Any, tables: list[str]) -> list[str]:
    """Those of `tables` that the file has; an older schema has fewer."""
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [table for table in tables if table in present]


@contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """Keep everybody else out of a database file, if there is one, and fold its log into it.

    One that SQLite cannot read is held by nobody.

    :raises BackupError: another process has it open.
    """
    if not path.exists():
        yield
        return
    connection = _sqlite.connect(path, timeout=1, isolation_level=None)
    try:
        _hold(connection)
        yield
    finally:
        connection.close()


def put_in_place(fresh: Path, path: Path) -> None:
    """Let `fresh`, which nobody has open, take the place of `path` in one step, on the disk too."""
    with _connected(fresh) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    sync(fresh)
    for beside in _BESIDE:
        Path(f"{path}{beside}").unlink(missing_ok=True)
    fresh.replace(path)
    sync(path.parent)


def remove(path: Path) -> None:
    """Delete a database file and what SQLite keeps beside it."""
    for beside in ("", "-writer", *_BESIDE):
        Path(f"{path}{beside}").unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hold(connection: Any) -> None:
    """Leaving the write-ahead log needs to be alone: every open connection of another process prevents it."""
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
    except _sqlite.OperationalError as error:
        if "locked" in str(error):
            raise BackupError(_("The site is running. Stop it first.")) from None
    except _sqlite.DatabaseError:
        return  # it is no database any more: nobody can be using it


def _revision(connection: Any) -> str:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise BackupError(_("The database has no schema yet."))
    return str(row[0])


@contextmanager
def _connected(path: Path) -> Iterator[Any]:
    connection = _sqlite.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()
