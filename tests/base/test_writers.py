"""Writers to one SQLite file take turns."""

from __future__ import annotations

import errno
import multiprocessing
import threading
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import TimeoutError as WaitedTooLong

from forum.base import writers
from forum.base.writers import turn_to_write

PATIENCE_S = 60


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'forum.sqlite3'}")
    yield made
    made.dispose()


def test_only_one_thread_writes_at_a_time(engine: Engine) -> None:
    writing_now: list[int] = []
    most: list[int] = []

    def write() -> None:
        for _ in range(50):
            with turn_to_write(engine):
                writing_now.append(1)
                most.append(len(writing_now))
                writing_now.pop()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 400


def test_another_process_waits_until_the_writer_is_done(engine: Engine) -> None:
    context = multiprocessing.get_context("fork")
    started, got_its_turn = context.Event(), context.Event()

    with turn_to_write(engine):
        other = context.Process(target=_take_a_turn, args=(engine, started, got_its_turn))
        other.start()
        assert started.wait(PATIENCE_S)
        had_it_meanwhile = got_its_turn.wait(0.2)
    has_it_afterwards = got_its_turn.wait(PATIENCE_S)
    other.join()

    assert (had_it_meanwhile, has_it_afterwards) == (False, True)


def test_who_waits_longer_than_the_busy_timeout_is_told_so(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "BUSY_TIMEOUT_S", 0.05)
    refused: list[type[Exception]] = []

    def write() -> None:
        try:
            with turn_to_write(engine):
                pass
        except WaitedTooLong as error:
            refused.append(type(error))

    with turn_to_write(engine):
        waiting = threading.Thread(target=write)
        waiting.start()
        waiting.join()

    assert refused == [WaitedTooLong]


def test_a_failed_writer_lets_the_next_one_write(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="full"), turn_to_write(engine):
        raise RuntimeError("the disk is full")

    with turn_to_write(engine):
        pass


def test_who_cannot_open_the_file_of_the_turns_is_told_as_who_waits_too_long(
    engine: Engine, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "forum.sqlite3-writer"
    in_the_way.mkdir()

    with pytest.raises(WaitedTooLong), turn_to_write(engine):
        pass

    in_the_way.rmdir()
    with turn_to_write(engine):
        pass


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EIO])
def test_who_gets_no_lock_from_the_file_system_is_told_so_too(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(code, "")

    monkeypatch.setattr("fcntl.flock", refuse)

    with pytest.raises(WaitedTooLong), turn_to_write(engine):
        pass


def test_a_fault_of_the_writer_itself_stays_what_it_is(engine: Engine) -> None:
    with pytest.raises(FileNotFoundError), turn_to_write(engine):
        raise FileNotFoundError


def _take_a_turn(engine: Engine, started: Event, got_its_turn: Event) -> None:
    started.set()
    with turn_to_write(engine):
        got_its_turn.set()
