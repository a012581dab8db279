"""The SQLite file of the limits: forks, broken files, files that are taken away."""

from __future__ import annotations

import multiprocessing
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from forum.base.engine import sqlite_module
from forum.web.limit_storage import Entry, Receipt, SqliteLimits, sqlite
from tests.web.limit_places import Clock

PATIENCE_S = 60
_FORK = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "limits ✓.sqlite3"


@pytest.fixture
def storage(path: Path) -> Iterator[SqliteLimits]:
    path.parent.mkdir()
    opened = SqliteLimits(SqliteLimits.uri_for(path))
    yield opened
    opened.close()


def test_a_file_with_blanks_and_signs_in_its_name_is_found(storage: SqliteLimits, path: Path) -> None:
    storage.acquire_entry("window", 1, 60)

    assert path.exists()


def test_a_folder_that_does_not_exist_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises((OSError, sqlite_module().Error)):
        SqliteLimits(SqliteLimits.uri_for(tmp_path / "missing" / "limits.sqlite3"))


def test_the_file_waits_for_no_disk_and_keeps_a_write_ahead_log(storage: SqliteLimits) -> None:
    modes = [
        storage._open().execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]

    assert modes == ["wal", 0]


def test_a_child_forked_while_a_thread_holds_the_lock_can_go_on(storage: SqliteLimits) -> None:
    locked, done = threading.Event(), threading.Event()

    def hold_the_lock() -> None:
        with storage._lock:
            locked.set()
            done.wait(PATIENCE_S * 2)

    holder = threading.Thread(target=hold_the_lock)
    holder.start()
    locked.wait(PATIENCE_S)
    child = _FORK.Process(target=storage.acquire_entry, args=("window", 2, 60))
    child.start()
    child.join(PATIENCE_S)
    exit_code = child.exitcode
    child.kill()
    child.join()
    done.set()
    holder.join(PATIENCE_S)

    assert exit_code == 0
    assert [storage.acquire_entry("window", 2, 60) for _ in range(2)] == [True, False]


def test_a_file_that_was_taken_away_is_begun_again(storage: SqliteLimits, path: Path) -> None:
    storage.acquire_entry("window", 1, 60)

    path.unlink()

    assert [storage.acquire_entry("window", 1, 60) for _ in range(2)] == [True, False]
    assert path.exists()


@pytest.mark.parametrize("damage", ["everything", "pages"])
def test_a_broken_file_is_set_aside_and_counting_goes_on(
    storage: SqliteLimits, path: Path, damage: str
) -> None:
    storage.acquire_many([Entry(f"window {n}", 5, 60) for n in range(500)])
    storage.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(0 if damage == "everything" else 4096)
        file.write(b"\xa5" * (size - file.tell()))

    answers = [storage.acquire_entry("window 7", 1, 60) for _ in range(2)]

    assert answers == [True, False]
    assert path.with_name(f"{path.name}.unreadable").exists()


def test_a_file_that_was_broken_at_the_start_does_not_stop_it(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all, and long enough to look like one" * 100)

    storage = SqliteLimits(SqliteLimits.uri_for(path))

    assert storage.acquire_entry("window", 1, 60)
    storage.close()


def test_a_failing_step_leaves_nothing_behind(storage: SqliteLimits) -> None:
    receipt = storage.acquire_many([Entry("window", 5, 60)])
    assert isinstance(receipt, Receipt)
    unstorable = Entry("\ud800", 5, 60)

    with pytest.raises(UnicodeEncodeError):
        storage.acquire_many([Entry("other", 5, 60), unstorable])

    assert [storage.get_moving_window(key, 5, 60)[1] for key in ("window", "other")] == [1, 0]


def test_a_storage_whose_file_cannot_be_made_is_not_healthy(storage: SqliteLimits, path: Path) -> None:
    storage.close()
    path.parent.rename(path.parent.with_name("moved"))

    healthy = storage.check()

    assert not healthy


def test_threads_of_one_process_take_exactly_the_limit(storage: SqliteLimits) -> None:
    with ThreadPoolExecutor(16) as threads:
        taken = sum(threads.map(lambda _: storage.acquire_entry("window", 40, 60), range(200)))

    assert taken == 40


def _bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file())


def _count_among_others(path: Path) -> tuple[list[str], list[str]]:
    """Windows of a minute and of days, in turn, pruned now and then: what passes lies between what stays.

    So many that the tree of keys gets another level: then copies of some are left that no deletion overwrites.
    """
    clock, numbers = Clock(), Random(3)  # noqa: S311 - the same keys in every run
    storage = SqliteLimits(SqliteLimits.uri_for(path), clock=clock)
    passing, staying = ([f"{numbers.getrandbits(128):032x}" for _ in range(20_000)] for _ in range(2))
    for number, (minute, day) in enumerate(zip(passing, staying, strict=True), start=1):
        storage.acquire_many([Entry(f"LIMITER/{minute}/flood/60/1/minute", 60, 60)])
        storage.acquire_many([Entry(f"LIMITER/{day}/comments/30/1/day", 30, 864_000)])
        clock.now += 0.2
        if number % 2_000 == 0:
            storage.prune(clock.now)
    storage.prune(clock.now + 60)
    storage.close()
    return passing, staying


def test_nothing_of_what_was_pruned_is_left_in_the_bytes_of_the_file(tmp_path: Path) -> None:
    passing, staying = _count_among_others(tmp_path / "limits.sqlite3")

    held = set(re.findall(rb"(?=([0-9a-f]{32})/)", _bytes_of(tmp_path / "limits.sqlite3")))

    assert {key.encode() for key in staying} <= held
    assert held.isdisjoint(key.encode() for key in passing)


def test_the_log_is_emptied_even_when_nothing_was_pruned(storage: SqliteLimits, path: Path) -> None:
    receipt = storage.acquire_many([Entry("window-of-somebody", 1, 60)])
    assert isinstance(receipt, Receipt)
    storage.release_many(receipt)

    storage.prune(0.0)

    assert b"window-of-somebody" not in _bytes_of(path)


def test_while_another_process_reads_pruning_fails_nothing(
    storage: SqliteLimits, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "WIPE_WITHIN_MS", 20)
    storage.acquire_entry("window-of-somebody", 1, 60)
    reader = sqlite_module().connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM limit_entries").fetchone()

    first = storage.prune(1e12)
    reader.close()
    storage.prune(1e12)

    assert first == 1
    assert b"window-of-somebody" not in _bytes_of(path)
    assert storage.acquire_entry("window", 1, 60)


def test_a_large_file_is_not_written_anew_while_posts_come_in(
    storage: SqliteLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "REWRITTEN_BYTES", 1)
    storage.acquire_many([Entry(f"window {n}", 5, 60) for n in range(5_000)])
    size = storage.path.stat().st_size

    storage.prune(1e12)

    assert storage.path.stat().st_size >= size
