"""Whose turn it is to write to SQLite.

SQLite has one writer at a time, and whoever waits for it sleeps and polls, ever longer: under 32 posts at once some
wait the whole busy timeout while others overtake them. So writers queue before they ask: threads of a process for a
lock, and one of them a process for a lock on a file beside the database, for which it looks every millisecond. A
process that dies lets go of both; nobody waits longer than SQLite's own busy timeout.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as WaitedTooLong

from forum.base.engine import BUSY_TIMEOUT_S

_LOOK_AGAIN_S = 0.001


@contextmanager
def turn_to_write(engine: Engine) -> Iterator[None]:
    """Wait for the turn to write to `engine`'s SQLite file. Other databases order their writers themselves.

    :raises sqlalchemy.exc.TimeoutError: the writers before this one took longer than `BUSY_TIMEOUT_S`, or the file that
        they queue at cannot be used now. Either is a database that is away for the moment: the same for every caller.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    until_s = time.monotonic() + BUSY_TIMEOUT_S
    lock = _lock_of_process(engine.url.database)
    if not lock.acquire(timeout=BUSY_TIMEOUT_S):
        raise WaitedTooLong("other writers took too long")
    try:
        with _locked_file(f"{engine.url.database}-writer", until_s):
            yield
    finally:
        lock.release()


@contextmanager
def _locked_file(path: str, until_s: float) -> Iterator[None]:
    descriptor = _open(path)
    try:
        while not _try_lock(descriptor):
            if time.monotonic() >= until_s:
                raise WaitedTooLong("a writer in another process took too long")
            time.sleep(_LOOK_AGAIN_S)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing alone would not, if a child was forked meanwhile
    finally:
        os.close(descriptor)


def _open(path: str) -> int:
    """:raises WaitedTooLong: too many files are open, or the file system is full, read-only or away."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise WaitedTooLong("the file that writers queue at cannot be opened") from problem


def _try_lock(descriptor: int) -> bool:
    """:raises WaitedTooLong: the file system gives no locks now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as problem:
        raise WaitedTooLong("the file that writers queue at cannot be locked") from problem
    return True


_locks: dict[str, threading.Lock] = {}


def _lock_of_process(path: str) -> threading.Lock:
    return _locks.setdefault(path, threading.Lock())


os.register_at_fork(after_in_child=_locks.clear)
