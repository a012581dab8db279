"""The shared storage is away: nothing fails, limits hold on this machine, and the log stays short."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.base.engine import sqlite_module
from forum.web.limit_storage import Entry, Receipt, ResilientLimits, SqliteLimits
from forum.web.limit_storage.redis import RedisLimits

_OperationalError = sqlite_module().OperationalError


class Shared(SqliteLimits):
    """Stands for Redis; goes away and comes back at a word, and counts how often it was asked."""

    STORAGE_SCHEME = None  # type: ignore[assignment] # found by nobody
    is_away = False
    asked = 0

    def _open(self) -> object:
        self.asked += 1
        if self.is_away:
            raise _OperationalError("secret-password@redis.example is away")
        return super()._open()


class Setup:
    """A resilient storage over two files, and a clock for its pauses."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        self.shared = Shared(SqliteLimits.uri_for(folder / "shared.sqlite3"))
        self.local = SqliteLimits(SqliteLimits.uri_for(folder / "local.sqlite3"))
        self.storage = ResilientLimits(
            "forum+resilient://", first=self.shared, second=self.local, monotonic=lambda: self.seconds
        )

    def go_away(self) -> None:
        self.shared.is_away, self.shared.asked = True, 0


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    made = Setup(tmp_path)
    yield made
    made.shared.close()
    made.local.close()


def test_while_all_is_well_only_the_shared_storage_counts(setup: Setup) -> None:
    setup.storage.acquire_entry("window", 5, 60)

    assert setup.shared.get_moving_window("window", 5, 60)[1] == 1
    assert setup.local.get_moving_window("window", 5, 60)[1] == 0


def test_while_it_is_away_the_local_file_holds_the_limit(setup: Setup) -> None:
    setup.go_away()

    answers = [setup.storage.acquire_entry("window", 2, 60) for _ in range(3)]

    assert answers == [True, True, False]
    assert setup.storage.is_away


def test_it_is_left_alone_for_five_seconds_and_then_tried_once(setup: Setup) -> None:
    setup.go_away()
    tries = []
    for setup.seconds in (0.0, 1.0, 4.9, 5.0, 5.1, 9.9, 10.0):
        setup.storage.acquire_entry("window", 100, 60)
        tries.append(setup.shared.asked)

    assert tries == [1, 1, 1, 2, 2, 2, 3]


def test_when_it_returns_it_counts_again_with_what_it_held_before(setup: Setup) -> None:
    setup.storage.acquire_entry("window", 2, 60)
    setup.go_away()
    setup.storage.acquire_entry("window", 2, 60)
    setup.shared.is_away = False
    setup.seconds += 5

    answers = [setup.storage.acquire_entry("window", 2, 60) for _ in range(2)]

    assert answers == [True, False]
    assert not setup.storage.is_away


def test_an_outage_makes_one_log_line_a_minute_without_its_particulars(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    setup.go_away()

    for setup.seconds in range(0, 120, 5):
        setup.storage.acquire_entry("window", 100, 60)

    assert len(caplog.records) == 2
    assert "OperationalError" in caplog.text
    assert "secret-password" not in caplog.text


def test_flapping_makes_no_more_lines_and_a_return_is_told_once(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    for setup.seconds in range(0, 50, 5):
        setup.shared.is_away = not setup.shared.is_away
        setup.storage.acquire_entry("window", 100, 60)

    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "INFO"]


def test_what_was_taken_locally_is_given_back_locally_after_the_return(setup: Setup) -> None:
    setup.go_away()
    receipt = setup.storage.acquire_many([Entry("window", 5, 60)])
    assert isinstance(receipt, Receipt)
    setup.shared.is_away = False
    setup.seconds += 5
    setup.storage.acquire_entry("window", 5, 60)

    setup.storage.release_many(receipt)

    assert setup.local.get_moving_window("window", 5, 60)[1] == 0
    assert setup.shared.get_moving_window("window", 5, 60)[1] == 1


def test_what_was_taken_before_an_outage_is_given_back_when_it_returned(setup: Setup) -> None:
    receipt = setup.storage.acquire_many([Entry("window", 5, 60)])
    assert isinstance(receipt, Receipt)
    setup.go_away()
    setup.storage.acquire_entry("window", 5, 60)
    setup.shared.is_away = False
    setup.seconds += 5

    setup.storage.release_many(receipt)

    assert setup.shared.get_moving_window("window", 5, 60)[1] == 0


def test_giving_back_during_an_outage_fails_nobody(setup: Setup) -> None:
    receipt = setup.storage.acquire_many([Entry("window", 5, 60)])
    assert isinstance(receipt, Receipt)
    setup.go_away()

    setup.storage.release_many(receipt)

    assert setup.storage.is_away


def test_every_other_question_is_answered_during_an_outage_too(setup: Setup) -> None:
    setup.go_away()
    storage = setup.storage
    storage.acquire_entry("window", 5, 60)

    answers = [
        storage.get_moving_window("window", 5, 60)[1],
        storage.incr("counter", 60),
        storage.get("counter"),
    ]
    given_back = storage.release_entry("window")
    storage.clear("counter")

    assert answers == [1, 1, 1]
    assert given_back
    assert storage.get("counter") == 0
    assert storage.get_expiry("counter") <= time.time()
    assert storage.check()
    assert storage.prune(time.time()) == 0
    assert storage.reset() == 0


def _silent_server() -> socket.socket:
    """Takes connections, as far as the kernel does, and never answers."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1)
    return server


def test_a_redis_that_hangs_costs_one_short_wait_and_no_request(tmp_path: Path) -> None:
    local = SqliteLimits(SqliteLimits.uri_for(tmp_path / "local.sqlite3"))
    with _silent_server() as server:
        shared = RedisLimits(f"forum+redis://127.0.0.1:{server.getsockname()[1]}/0")
        storage = ResilientLimits("forum+resilient://", first=shared, second=local)

        answers = [storage.acquire_entry("window", 2, 60) for _ in range(3)]
    shared.storage.close()
    local.close()
    assert answers == [True, True, False]


def test_a_redis_that_refuses_connections_fails_no_request(tmp_path: Path) -> None:
    local = SqliteLimits(SqliteLimits.uri_for(tmp_path / "local.sqlite3"))
    with _silent_server() as server:
        port = server.getsockname()[1]
    shared = RedisLimits(f"forum+redis://127.0.0.1:{port}/0")
    storage = ResilientLimits("forum+resilient://", first=shared, second=local)

    answers = [storage.acquire_entry("window", 2, 60) for _ in range(3)]

    assert answers == [True, True, False]
    assert storage.is_away
    local.close()
