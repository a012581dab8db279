"""Moving windows in a table of the PostgreSQL database, shared by all nodes.

Every step is a short transaction of its own, never the request's: what was counted stays counted when the
request is rolled back. Keys are guarded by advisory locks, because the row that two transactions compete for
does not exist yet. `synchronous_commit` is off: a crash of the server may forget the last half second of
counting.
"""

from __future__ import annotations

import time
import zlib
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    exc,
    text,
)

from forum.web.limit_storage.base import (
    MICROSECONDS,
    Clock,
    Entry,
    Receipt,
    Refused,
    WindowStorage,
    longest_wait,
)

LOCK_SPACE = 0x4C494D54
"""First number of the advisory locks; another use of them in this database needs another."""

_LOCK = text("""
SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(:space, id)
FROM unnest(CAST(:ids AS integer[])) AS id
""")
_TAKE = text("""
WITH asked AS (
    SELECT * FROM unnest(
        CAST(:keys AS text[]), CAST(:limits AS integer[]),
        CAST(:periods_us AS bigint[]), CAST(:amounts AS integer[])
    ) AS a (key, most, period_us, amount)
), blocked AS (
    SELECT key, (
        SELECT at_us FROM limit_entries AS e WHERE e.key = asked.key AND e.at_us > :now_us - asked.period_us
        ORDER BY at_us DESC LIMIT 1 OFFSET asked.most - asked.amount
    ) AS at_us FROM asked
), free AS (
    SELECT count(at_us) = 0 AS yes FROM blocked
), taken AS (
    INSERT INTO limit_entries (key, at_us, expires_at_us)
    SELECT key, :now_us, :now_us + period_us FROM asked, free, generate_series(1, amount) WHERE free.yes
)
SELECT key, at_us FROM blocked WHERE at_us IS NOT NULL
""")
_RELEASE = text("""
DELETE FROM limit_entries
WHERE id IN (SELECT id FROM limit_entries WHERE key = :key AND at_us = :at_us LIMIT :amount)
""")
_RELEASE_NEWEST = text("""
DELETE FROM limit_entries
WHERE id = (SELECT id FROM limit_entries WHERE key = :key ORDER BY at_us DESC, id DESC LIMIT 1)
""")
_WINDOW = text("SELECT min(at_us), count(*) FROM limit_entries WHERE key = :key AND at_us > :since_us")
_COUNTER = text(
    "SELECT count(*), max(expires_at_us) FROM limit_entries WHERE key = :key AND expires_at_us > :now_us"
)
_COUNT_UP = text("""
INSERT INTO limit_entries (key, at_us, expires_at_us)
SELECT :key, :now_us, :expires_at_us FROM generate_series(1, CAST(:amount AS integer))
""")
_CLEAR = text("DELETE FROM limit_entries WHERE key = :key")
_RESET = text("DELETE FROM limit_entries")
_PRUNE = text("DELETE FROM limit_entries WHERE expires_at_us <= :now_us")
_CHECK = text("SELECT FROM limit_entries LIMIT 1")


def limit_entries_table(metadata: MetaData) -> Table:
    """The table that this storage needs (the migrations make it); moments in microseconds since 1970."""
    return Table(
        "limit_entries",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True),
        Column("key", Text, nullable=False),
        Column("at_us", BigInteger, nullable=False),
        Column("expires_at_us", BigInteger, nullable=False),
        Index("ix_limit_entries_key_at_us", "key", "at_us"),
        Index("ix_limit_entries_expires_at_us", "expires_at_us"),
    )


class PostgresqlLimits(WindowStorage):
    """Windows in the table `limit_entries` of `engine`'s database.

    :param engine: with a connection pool of its own; a request that holds one connection of a pool and waits
        for a second one of the same pool may wait for itself.
    :param clock: seconds since 1970; nodes that share a database keep their clocks by NTP.
    """

    STORAGE_SCHEME = ["forum+postgresql"]

    def __init__(
        self, uri: str, wrap_exceptions: bool = False, *, engine: Engine, clock: Clock = time.time
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self.clock = clock
        # After waiting for a lock, the next statement has to see what the other transaction wrote.
        self._engine = engine.execution_options(isolation_level="READ COMMITTED")

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the database driver raises, as SQLAlchemy wraps it."""
        return exc.SQLAlchemyError

    def _take(self, entries: tuple[Entry, ...]) -> Receipt | Refused:
        by_key = {entry.key: entry for entry in entries}
        with self._engine.begin() as connection:
            _lock(connection, *by_key)
            now_us = self.now_us()
            asked = {
                "keys": list(by_key),
                "limits": [entry.limit for entry in entries],
                "periods_us": [entry.period_us for entry in entries],
                "amounts": [entry.amount for entry in entries],
            }
            blocked = connection.execute(_TAKE, asked | {"now_us": now_us}).all()
        if blocked:
            return longest_wait([(by_key[key], at_us) for key, at_us in blocked], now_us)
        return Receipt(self, entries, now_us)

    def release_many(self, receipt: Receipt) -> None:
        """Give back what `receipt` proves."""
        rows = [
            {"key": entry.key, "at_us": receipt.at_us, "amount": entry.amount} for entry in receipt.entries
        ]
        with self._engine.begin() as connection:
            connection.execute(_RELEASE, rows)

    def release_entry(self, key: str) -> bool:
        """Give back the newest entry of `key`."""
        with self._engine.begin() as connection:
            _lock(connection, key)
            return bool(connection.execute(_RELEASE_NEWEST, {"key": key}).rowcount)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - theirs
        """Start of the window (its oldest entry, or now; seconds since 1970) and its number of entries."""
        now_us = self.now_us()
        since_us = now_us - expiry * MICROSECONDS
        with self._engine.begin() as connection:
            oldest, count = connection.execute(_WINDOW, {"key": key, "since_us": since_us}).one()
        return (oldest or now_us) / MICROSECONDS, count

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count up in a fixed window that its first entry opens. A key serves one kind of window only."""
        with self._engine.begin() as connection:
            _lock(connection, key)
            now_us = self.now_us()
            count, expires_at_us = _counter(connection, key, now_us)
            row = {"key": key, "now_us": now_us, "amount": amount}
            row["expires_at_us"] = expires_at_us or now_us + expiry * MICROSECONDS
            connection.execute(_COUNT_UP, row)
        return count + amount

    def get(self, key: str) -> int:
        """The count of a fixed window."""
        with self._engine.begin() as connection:
            return _counter(connection, key, self.now_us())[0]

    def get_expiry(self, key: str) -> float:
        """When a fixed window ends, seconds since 1970; now when there is none."""
        now_us = self.now_us()
        with self._engine.begin() as connection:
            return (_counter(connection, key, now_us)[1] or now_us) / MICROSECONDS

    def clear(self, key: str) -> None:
        """Empty one window."""
        self._delete(_CLEAR, key=key)

    def reset(self) -> int:
        """Empty all windows; gives the number of entries that were in them."""
        return self._delete(_RESET)

    def prune(self, now: float) -> int:
        """Delete entries whose window has passed."""
        return self._delete(_PRUNE, now_us=int(now * MICROSECONDS))

    def check(self) -> bool:
        """Whether the table can be read."""
        try:
            with self._engine.connect() as connection:
                connection.execute(_CHECK)
        except exc.SQLAlchemyError:
            return False
        return True

    def _delete(self, statement: Any, **values: object) -> int:
        with self._engine.begin() as connection:
            return int(connection.execute(statement, values).rowcount)


def _lock(connection: Connection, *keys: str) -> None:
    """Keep other transactions off `keys` until this one ends; in one order, so that none waits in a ring."""
    ids = sorted({zlib.crc32(key.encode()) - 2**31 for key in keys})
    connection.execute(_LOCK, {"space": LOCK_SPACE, "ids": ids})


def _counter(connection: Connection, key: str, now_us: int) -> tuple[int, int | None]:
    count, expires_at_us = connection.execute(_COUNTER, {"key": key, "now_us": now_us}).one()
    return count, expires_at_us
