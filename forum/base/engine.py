"""One engine for SQLite and PostgreSQL, with the settings that keep what was acknowledged.

SQLite: write-ahead log, `synchronous=FULL` (a commit survives power loss, which NORMAL does not), foreign keys,
`secure_delete` (erased text leaves the file), 5 s busy timeout. A transaction that reads first and then writes
fails at once when another commits in between, busy timeout or not; so whoever will write begins with
`BEGIN IMMEDIATE` (see `forum.base.session.writing`).
"""

from __future__ import annotations

import sqlite3
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, make_url

BUSY_TIMEOUT_S = 5
"""So long a lock, or a connection of the pool, is waited for."""
STATEMENT_TIMEOUT_S = 30
"""On PostgreSQL; waiting for a lock counts."""
WRITES = "forum_writes"
"""Execution option of a connection whose transaction will write."""

_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -16000",
)
_FIRST_SOUND_WAL = (3, 51, 3)


def sqlite_module() -> ModuleType:
    """The `pysqlite3` wheel where there is one, else the standard library's `sqlite3`.

    The wheel carries a SQLite in which the WAL fault of 3.7.0-3.51.2 is mended (two connections that write and
    checkpoint at one moment can corrupt the database; release notes of SQLite 3.51.3).
    """
    try:
        import pysqlite3.dbapi2 as pysqlite
    except ImportError:
        return sqlite3
    return pysqlite  # type: ignore[no-any-return]


def engine_options(database_url: str) -> dict[str, Any]:
    """Arguments for SQLAlchemy's `create_engine`.

    :param database_url: `sqlite:///…` or `postgresql://…`.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return {
            "url": url,
            "module": sqlite_module(),
            "pool_size": 20,
            "max_overflow": 20,
            "pool_timeout": BUSY_TIMEOUT_S,
        }
    return {
        "url": url.set(drivername="postgresql+psycopg"),
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": BUSY_TIMEOUT_S,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": 3,
            "options": (
                f"-c lock_timeout={BUSY_TIMEOUT_S}s -c statement_timeout={STATEMENT_TIMEOUT_S}s -c timezone=UTC"
            ),
        },
    }


def prepare_engine(engine: Engine) -> Engine:
    """Install the listeners that a SQLite engine needs; other engines are left as they are."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite_transaction)
    return engine


def _set_up_sqlite_connection(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite_transaction(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def engine_line(engine: Engine) -> tuple[str, str | None]:
    """What stores the data, for the operator: a line with the version, and a warning or None."""
    if engine.dialect.name == "sqlite":
        version = sqlite_module().sqlite_version_info
        line = f"SQLite {'.'.join(map(str, version))}, {engine.url.database}"
        if (3, 7, 0) <= version < _FIRST_SOUND_WAL:
            return line, (
                "this SQLite can corrupt its file when two processes write and checkpoint at one moment "
                "(mended in 3.51.3): install the pysqlite3 wheel, a newer SQLite, or run with --workers 1"
            )
        return line, None
    with engine.connect() as connection:
        version = connection.dialect.server_version_info or (0,)
    warning = None if version >= (15,) else "PostgreSQL 15 or newer is needed"
    return f"PostgreSQL {'.'.join(map(str, version))}, database {engine.url.database}", warning


def is_sqlite(url: str | URL) -> bool:
    """Whether a database URL names SQLite."""
    return make_url(url).get_backend_name() == "sqlite"
