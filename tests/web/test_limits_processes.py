"""Exact under parallel processes, and after a kill: for every storage."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from forum.web.limit_storage import Entry, Receipt, WindowStorage
from tests.web.limit_places import NAMES, close_storage, open_storage, temporary_place

_SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(name: str, tmp_path: Path) -> Iterator[str]:
    with temporary_place(name, tmp_path) as made:
        yield made


def _held(storage: WindowStorage, entry: Entry) -> int:
    return storage.get_moving_window(entry.key, entry.limit, entry.period_s)[1]


def _take_often(name: str, place: str, windows: list[Entry], barrier: Any, results: Any) -> None:
    storage = open_storage(name, place, time.time)

    def take(_: int) -> bool:
        return isinstance(storage.acquire_many(windows), Receipt)

    barrier.wait(30)
    with ThreadPoolExecutor(8) as threads:
        results.put(sum(threads.map(take, range(60))))


def test_four_processes_with_threads_take_exactly_the_limit(name: str, place: str) -> None:
    tight, wide = Entry("tight", 50, 3600), Entry("wide", 10_000, 3600)
    barrier, results = _SPAWN.Barrier(4), _SPAWN.Queue()
    arguments = (name, place, [wide, tight], barrier, results)
    workers = [_SPAWN.Process(target=_take_often, args=arguments) for _ in range(4)]

    for worker in workers:
        worker.start()
    taken = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(30)

    storage = open_storage(name, place, time.time)
    assert sum(taken) == 50
    assert [_held(storage, entry) for entry in (tight, wide)] == [50, 50]
    close_storage(storage)


def _take_and_die(name: str, place: str) -> None:
    storage = open_storage(name, place, time.time)
    for _ in range(3):
        storage.acquire_entry("window", 5, 3600)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_counted_survives_a_kill(name: str, place: str) -> None:
    worker = _SPAWN.Process(target=_take_and_die, args=(name, place))

    worker.start()
    worker.join(60)

    storage = open_storage(name, place, time.time)
    assert worker.exitcode == -signal.SIGKILL
    assert [storage.acquire_entry("window", 5, 3600) for _ in range(3)] == [True, True, False]
    close_storage(storage)
