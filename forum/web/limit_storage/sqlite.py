"""Moving windows in a SQLite file of their own, shared by all workers of one machine.

The file is written with `synchronous=OFF`: a kill of every process loses nothing, a power cut may lose the
file. That costs a few minutes of counting and nothing that anybody was promised, and it makes a reservation a
matter of microseconds. A file that cannot be read is therefore moved aside and begun again.

What is deleted is overwritten; pruning takes what is left of it out of the log and of the file.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

from forum.base.engine import sqlite_module
from forum.web.limit_storage.base import (
    MICROSECONDS,
    Clock,
    Entry,
    Receipt,
    Refused,
    WindowStorage,
    longest_wait,
)

_sqlite = sqlite_module()
_log = logging.getLogger(__name__)
_T = TypeVar("_T")

BUSY_TIMEOUT_S = 5
REWRITTEN_BYTES = 50_000_000
"""A file up to this size is written anew after pruning: posts wait meanwhile (89 ms for 27 MB, measured)."""
WIPE_WITHIN_MS = 500
"""How long pruning waits for the readers of the log."""
_CORRUPT, _NOT_A_DATABASE = 11, 26  # SQLITE_CORRUPT, SQLITE_NOTADB: https://sqlite.org/rescode.html

_SCHEMA = """
CREATE TABLE IF NOT EXISTS limit_entries (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, at_us INTEGER NOT NULL, expires_at_us INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_limit_entries_key_at_us ON limit_entries (key, at_us);
CREATE INDEX IF NOT EXISTS ix_limit_entries_expires_at_us ON limit_entries (expires_at_us);
"""
_BLOCKING = "SELECT at_us FROM limit_entries WHERE key = ? AND at_us > ? ORDER BY at_us DESC LIMIT 1 OFFSET ?"
_FORGET_OLD = "DELETE FROM limit_entries WHERE key = ? AND at_us <= ?"
_INSERT = "INSERT INTO limit_entries (key, at_us, expires_at_us) VALUES (?, ?, ?)"
_RELEASE = (
    "DELETE FROM limit_entries WHERE id IN (SELECT id FROM limit_entries WHERE key = ? AND at_us = ? LIMIT ?)"
)
_RELEASE_NEWEST = """
DELETE FROM limit_entries
WHERE id = (SELECT id FROM limit_entries WHERE key = ? ORDER BY at_us DESC, id DESC LIMIT 1)
"""
_WINDOW = "SELECT min(at_us), count(*) FROM limit_entries WHERE key = ? AND at_us > ?"
_COUNTER = "SELECT count(*), max(expires_at_us) FROM limit_entries WHERE key = ? AND expires_at_us > ?"


class SqliteLimits(WindowStorage):
    """Windows in the file of `forum+sqlite:///absolute/path`. Safe for threads, processes, fork and spawn.

    One connection a process, behind a lock: threads that wait for a lock are woken in turn, threads that wait
    for SQLite's file lock sleep and poll, ever longer.

    :param clock: seconds since 1970.
    """

    STORAGE_SCHEME = ["forum+sqlite"]

    def __init__(self, uri: str, wrap_exceptions: bool = False, *, clock: Clock = time.time) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self.clock = clock
        self.path = Path(unquote(urlsplit(uri).path))
        self._lock = threading.Lock()
        self._connection: Any = None
        self._inode = 0
        _storages.add(self)
        self._run(lambda _: None)  # a file that cannot be made stops the start, not the first post
        self.close()  # web processes are forked from here, and no connection may cross a fork

    @staticmethod
    def uri_for(path: Path) -> str:
        """The URI under which the `limits` library finds this storage."""
        return f"forum+sqlite://{quote(str(path.absolute()))}"

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the database driver raises."""
        error: type[Exception] = _sqlite.Error
        return error

    def forget_connection(self) -> None:
        """Start anew in a forked child, without closing what belongs to the parent.

        SQLite forbids both to use and to close a connection across a fork (https://sqlite.org/howtocorrupt.html,
        section 2.6); the lock may be held by a thread that the child does not have.
        """
        self._lock = threading.Lock()
        if self._connection is not None:
            _inherited.append(self._connection)
            self._connection = None

    def close(self) -> None:
        """Close this process's connection; the next use opens another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, work: Callable[[Any], _T]) -> _T:
        """What `work` makes of a cursor inside `BEGIN IMMEDIATE`; once more with a new file if this is
        broken.

        `work` reads the clock itself, so that the moments in the file follow the order of the locks.
        """
        with self._lock:
            try:
                return self._run_once(work)
            except _sqlite.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {_CORRUPT, _NOT_A_DATABASE}:
                    raise
            self._close()
            self._move_aside()
            return self._run_once(work)

    def _run_once(self, work: Callable[[Any], _T]) -> _T:
        connection = self._open()
        cursor = connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(cursor)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        return result

    def _open(self) -> Any:
        """This process's connection to the file now at `path`, which an operator may have replaced."""
        inode = 0
        with suppress(FileNotFoundError):
            inode = self.path.stat().st_ino
        if self._connection is None or inode != self._inode:
            self._close()
            with self._only_one_process():
                self._connection = _connect(self.path)
            self._inode = self.path.stat().st_ino
        return self._connection

    def _move_aside(self) -> None:
        """Rename an unreadable file, unless another process did so already."""
        with self._only_one_process():
            if self.path.exists() and not _is_sound(self.path):
                _log.error(
                    "limits: %s cannot be read, it is kept as .unreadable and counting begins anew", self.path
                )
                for suffix in ("", "-wal", "-shm"):
                    with suppress(FileNotFoundError):
                        Path(f"{self.path}{suffix}").replace(f"{self.path}.unreadable{suffix}")

    @contextmanager
    def _only_one_process(self) -> Iterator[None]:
        with Path(f"{self.path}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _take(self, entries: tuple[Entry, ...]) -> Receipt | Refused:
        return self._run(lambda cursor: self._take_with(cursor, entries))

    def _take_with(self, cursor: Any, entries: tuple[Entry, ...]) -> Receipt | Refused:
        now_us = self.now_us()
        blocked = [
            (entry, at_us) for entry in entries if (at_us := _blocking(cursor, entry, now_us)) is not None
        ]
        if blocked:
            return longest_wait(blocked, now_us)
        cursor.executemany(_FORGET_OLD, [(entry.key, now_us - entry.period_us) for entry in entries])
        cursor.executemany(_INSERT, _rows(entries, now_us))
        return Receipt(self, entries, now_us)

    def release_many(self, receipt: Receipt) -> None:
        """Give back what `receipt` proves."""
        rows = [(entry.key, receipt.at_us, entry.amount) for entry in receipt.entries]
        self._run(lambda cursor: cursor.executemany(_RELEASE, rows))

    def release_entry(self, key: str) -> bool:
        """Give back the newest entry of `key`."""
        return self._run(lambda cursor: bool(cursor.execute(_RELEASE_NEWEST, (key,)).rowcount))

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - theirs
        """Start of the window (its oldest entry, or now; seconds since 1970) and its number of entries."""
        now_us = self.now_us()
        since_us = now_us - expiry * MICROSECONDS
        oldest, count = self._run(lambda cursor: cursor.execute(_WINDOW, (key, since_us)).fetchone())
        return (oldest or now_us) / MICROSECONDS, count

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count up in a fixed window that its first entry opens. A key serves one kind of window only."""
        return self._run(lambda cursor: self._count_up(cursor, key, expiry, amount))

    def _count_up(self, cursor: Any, key: str, expiry: int, amount: int) -> int:
        now_us = self.now_us()
        count, expires_at_us = cursor.execute(_COUNTER, (key, now_us)).fetchone()
        row = (key, now_us, expires_at_us or now_us + expiry * MICROSECONDS)
        cursor.executemany(_INSERT, [row] * amount)
        return int(count) + amount

    def _counter(self, key: str, now_us: int) -> tuple[int, int | None]:
        counter: tuple[int, int | None] = self._run(
            lambda cursor: cursor.execute(_COUNTER, (key, now_us)).fetchone()
        )
        return counter

    def get(self, key: str) -> int:
        """The count of a fixed window."""
        return self._counter(key, self.now_us())[0]

    def get_expiry(self, key: str) -> float:
        """When a fixed window ends, seconds since 1970; now when there is none."""
        now_us = self.now_us()
        return (self._counter(key, now_us)[1] or now_us) / MICROSECONDS

    def clear(self, key: str) -> None:
        """Empty one window."""
        self._run(lambda cursor: cursor.execute("DELETE FROM limit_entries WHERE key = ?", (key,)))

    def reset(self) -> int:
        """Empty all windows; gives the number of entries that were in them."""
        return self._run(lambda cursor: int(cursor.execute("DELETE FROM limit_entries").rowcount))

    def check(self) -> bool:
        """Whether the file can be written."""
        try:
            self._run(lambda _: None)
        except (_sqlite.Error, OSError):
            return False
        return True

    def prune(self, now: float) -> int:
        """Delete entries whose window has passed; nothing of what was ever deleted stays in the bytes."""
        passed = (int(now * MICROSECONDS),)
        pruned = self._run(
            lambda cursor: int(
                cursor.execute("DELETE FROM limit_entries WHERE expires_at_us <= ?", passed).rowcount
            )
        )
        with self._lock:
            self._wipe(self._open())
        return pruned

    def _wipe(self, connection: Any) -> None:
        """Write the file anew, unless it is large, and empty its log, unless another process is reading it.

        `secure_delete` alone leaves copies of keys that moved to another page before (3 to 5 of 20,000, measured).
        """
        if self.path.stat().st_size <= REWRITTEN_BYTES:
            connection.execute("VACUUM")
        connection.execute(f"PRAGMA busy_timeout = {WIPE_WITHIN_MS}")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")


_storages: weakref.WeakSet[SqliteLimits] = weakref.WeakSet()
_inherited: list[Any] = []


def _forget_connections() -> None:
    for storage in _storages:
        storage.forget_connection()


os.register_at_fork(after_in_child=_forget_connections)


def _connect(path: Path) -> Any:
    connection = _sqlite.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA secure_delete = ON")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_sound(path: Path) -> bool:
    try:
        connection = _connect(path)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except _sqlite.DatabaseError:
        return False


def _blocking(cursor: Any, entry: Entry, now_us: int) -> int | None:
    """The moment that has to leave the window before `entry` fits; None when it fits."""
    row = cursor.execute(
        _BLOCKING, (entry.key, now_us - entry.period_us, entry.limit - entry.amount)
    ).fetchone()
    return row[0] if row else None


def _rows(entries: Sequence[Entry], now_us: int) -> list[tuple[str, int, int]]:
    return [(entry.key, now_us, now_us + entry.period_us) for entry in entries for _ in range(entry.amount)]
