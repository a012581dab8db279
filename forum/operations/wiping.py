"""Erased text leaves the bytes of the database, not only its tables.

SQLite overwrites what is deleted (`secure_delete`), but the write-ahead log keeps the pages of before, and now and
then a page keeps remains of what was moved out of it (measured: 3 of 14,400 erased rows in files of 94 MB). So the log
is emptied right after an erasure, and soon after the file is written anew. PostgreSQL keeps dead rows until a VACUUM,
and remains of them in the pages until these are written anew. Its own log and archives are the operator's
(`docs/reference/retention.md`).
"""

from __future__ import annotations

import time
from logging import WARNING

from sqlalchemy import Connection, Engine, text

from forum.base.engine import BUSY_TIMEOUT_S
from forum.base.writers import turn_to_write
from forum.web.log import log

REWRITTEN_AT_ONCE_BYTES = 128_000_000
"""A database up to this size is written anew by day: posts wait for about a second (0.8 s for 94 MB, measured)."""
CHECKPOINT_WITHIN_MS = 500
LOOK_BACK_WITHIN_S = 5.0
"""So long PostgreSQL's older transactions are waited for; if one is left, the worker tries again in a minute."""
_LOOK_AGAIN_S = 0.05
_LOOKING_BACK = text(
    "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND"
    " greatest(age(backend_xid), CASE WHEN datname = current_database() THEN age(backend_xmin) END)"
    " > age(CAST(CAST(:moment AS text) AS xid))"
)
"""Who reads a moment before this one; and who began to write before it, in any database of the server, because each new
transaction reads from before the oldest that still writes.
"""
_FILE = text("SELECT pg_relation_filenode(to_regclass(:name))")
_TABLES = (
    "comments", "comment_revisions", "comment_events", "commenters", "submissions", "outbox", "follows", "network_keys",
)  # fmt: skip
"""Where something personal is deleted or overwritten."""


def empty_log(engine: Engine) -> bool:
    """Take out of SQLite's write-ahead log what was erased; whether nobody was in the way. Takes half a second at most.

    Other databases have no such file: True.
    """
    if engine.dialect.name != "sqlite":
        return True
    with turn_to_write(engine):
        return _checkpoint(engine)


def rewrite(engine: Engine) -> bool:
    """Write anew everything that may hold remains of erased rows; whether that was done, and nobody was in the way.

    Writers wait meanwhile; on PostgreSQL readers of the table in hand do, too.

    :raises sqlalchemy.exc.DBAPIError: the disk has no room for a second copy, or a lock is not given within 5 s.
    """
    if engine.dialect.name != "sqlite":
        return _rewrite_postgresql(engine)
    with turn_to_write(engine):
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("VACUUM")
        finally:
            connection.close()
        return _checkpoint(engine)


def size_bytes(engine: Engine) -> int:
    """How much there is to write anew."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            page: int = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
            return pages * page
        sizes = text(
            "SELECT sum(pg_total_relation_size(to_regclass(name))) FROM unnest(CAST(:names AS text[])) AS name"
        )
        return int(connection.execute(sizes, {"names": list(_TABLES)}).scalar_one() or 0)


def _checkpoint(engine: Engine) -> bool:
    """Move the log into the file and cut it to nothing."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {CHECKPOINT_WITHIN_MS}")
        try:
            is_busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
        return not is_busy
    finally:
        connection.close()


def _rewrite_postgresql(engine: Engine) -> bool:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _nobody_looks_back(connection):
            return False
        connection.exec_driver_sql("SET statement_timeout = 0")
        try:
            return all(_is_written_anew(connection, table) for table in _TABLES)
        finally:
            connection.exec_driver_sql("RESET statement_timeout")


def _is_written_anew(connection: Connection, table: str) -> bool:
    """Write a table anew; whether that was done, for PostgreSQL only warns a role that may not."""
    former_file = connection.execute(_FILE, {"name": table}).scalar_one()
    connection.exec_driver_sql(f"VACUUM (FULL) {table}")
    if connection.execute(_FILE, {"name": table}).scalar_one() != former_file:
        return True
    log(
        "erased rows may be left in the files: the database's role has to own the tables",
        level=WARNING,
        table=table,
    )
    return False


def _nobody_looks_back(connection: Connection) -> bool:
    """Wait for transactions from before this moment, a few seconds; whether none is left.

    What was erased is kept for those that may still see it (a backup, say), also in what is written anew.
    """
    moment = connection.exec_driver_sql("SELECT CAST(pg_current_xact_id()::xid AS text)").scalar_one()
    until_s = time.monotonic() + LOOK_BACK_WITHIN_S
    while connection.execute(_LOOKING_BACK, {"moment": moment}).scalar_one():
        if time.monotonic() >= until_s:
            return False
        time.sleep(_LOOK_AGAIN_S)
    return True
