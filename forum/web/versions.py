"""Asks whether page versions are still the present ones, as cheaply as the database allows.

SQLite: `PRAGMA data_version` on a connection of our own changes with every commit of another connection, in any
process; while it stands still nothing has changed, and no table is read. After a decision's 303 no process can serve
the old page. PostgreSQL: the versions are read again after at most `POSTGRESQL_MAX_AGE_S`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from forum.base.page_versions import current_versions

POSTGRESQL_MAX_AGE_S = 0.1
_KEYS_AT_ONCE = 1_000
"""Keys in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535."""


class Versions(Protocol):
    """Knows the present page versions."""

    def are_present(self, versions: Mapping[str, int]) -> bool:
        """Whether every key still has the version given. False when the database cannot be asked."""

    def read(self, keys: Iterable[str]) -> Mapping[str, int] | None:
        """What each key has in the database at this moment; None when it cannot be asked."""


def versions_of(engine: Engine) -> Versions:
    """The way that suits the engine."""
    return SqliteVersions(engine) if engine.dialect.name == "sqlite" else PolledVersions(engine)


class SqliteVersions:
    """Asks SQLite for its data version, and for page versions only when that has changed.

    The connection is the driver's own, without a transaction: inside one, SQLite would keep showing the moment at
    which it began.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: PoolProxiedConnection | None = None
        self._data_version: object = None
        self._known: dict[str, int] = {}

    def are_present(self, versions: Mapping[str, int]) -> bool:
        """See `Versions`."""
        with self._lock:
            try:
                return self._look(versions)
            except (self._engine.dialect.loaded_dbapi.Error, SQLAlchemyError):
                self._connection = None  # the file is away: the application will say so
                return False

    def read(self, keys: Iterable[str]) -> Mapping[str, int] | None:
        """See `Versions`. In a connection of its own, so that nobody who asks `are_present` waits."""
        return _read(self._engine, keys)

    def _look(self, versions: Mapping[str, int]) -> bool:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        cursor = self._connection.cursor()
        data_version = cursor.execute("PRAGMA data_version").fetchone()
        if data_version != self._data_version:
            self._data_version, self._known = data_version, {}
        for key in versions.keys() - self._known.keys():
            row = cursor.execute("SELECT version FROM page_versions WHERE key = ?", (key,)).fetchone()
            self._known[key] = row[0] if row else 0
        return all(self._known[key] == version for key, version in versions.items())


class PolledVersions:
    """Reads each page version again once it is older than `max_age_s`."""

    def __init__(
        self,
        engine: Engine,
        *,
        max_age_s: float = POSTGRESQL_MAX_AGE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._max_age_s = max_age_s
        self._clock = clock
        self._known: dict[str, tuple[int, float]] = {}

    def are_present(self, versions: Mapping[str, int]) -> bool:
        """See `Versions`."""
        asked_at = self._clock()
        old = [
            key
            for key in versions
            if self._known.get(key, (0, float("-inf")))[1] < asked_at - self._max_age_s
        ]
        if old:
            try:
                with Session(self._engine) as session:
                    found = current_versions(session, old)
            except SQLAlchemyError:
                return False
            self._known |= {key: (version, asked_at) for key, version in found.items()}
        return all(self._known[key][0] == version for key, version in versions.items())

    def read(self, keys: Iterable[str]) -> Mapping[str, int] | None:
        """See `Versions`."""
        return _read(self._engine, keys)


def _read(engine: Engine, keys: Iterable[str]) -> dict[str, int] | None:
    wanted = sorted(keys)
    found: dict[str, int] = {}
    try:
        with Session(engine) as session:
            for first in range(0, len(wanted), _KEYS_AT_ONCE):
                found |= current_versions(session, wanted[first : first + _KEYS_AT_ONCE])
    except (engine.dialect.loaded_dbapi.Error, SQLAlchemyError):
        return None
    return found
