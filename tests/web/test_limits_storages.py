"""What holds for every storage: the SQLite file, PostgreSQL and Redis count alike, to the microsecond."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from limits.storage import storage_from_string
from sqlalchemy import create_engine

from forum.web.limit_storage import (
    Entry,
    PostgresqlLimits,
    Receipt,
    Refused,
    WindowStorage,
)
from forum.web.limit_storage.redis import RedisLimits
from tests.web.limit_places import (
    NAMES,
    POSTGRESQL_URL,
    REDIS_URL,
    START,
    Clock,
    close_storage,
    open_storage,
    temporary_place,
)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(name: str, tmp_path: Path) -> Iterator[str]:
    with temporary_place(name, tmp_path) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def storage(name: str, place: str, clock: Clock) -> Iterator[WindowStorage]:
    opened = open_storage(name, place, clock)
    yield opened
    close_storage(opened)


def _held(storage: WindowStorage, entry: Entry) -> int:
    return storage.get_moving_window(entry.key, entry.limit, entry.period_s)[1]


def test_a_window_takes_as_many_as_its_limit(storage: WindowStorage) -> None:
    answers = [storage.acquire_entry("window", 3, 60) for _ in range(5)]

    assert answers == [True, True, True, False, False]


@pytest.mark.parametrize(("age_s", "fits"), [(9.999, False), (10.0, True), (10.001, True)])
def test_an_entry_counts_until_it_is_exactly_as_old_as_the_window(
    storage: WindowStorage, clock: Clock, age_s: float, fits: bool
) -> None:
    storage.acquire_entry("window", 1, 10)

    clock.now += age_s

    assert storage.get_moving_window("window", 1, 10)[1] == (0 if fits else 1)
    assert storage.acquire_entry("window", 1, 10) is fits


def test_places_come_back_one_by_one_as_the_window_moves(storage: WindowStorage, clock: Clock) -> None:
    for _ in range(3):
        storage.acquire_entry("window", 3, 60)
        clock.now += 10

    clock.now = START + 60
    after_one_left = [storage.acquire_entry("window", 3, 60) for _ in range(2)]
    clock.now = START + 80
    after_all_left = [storage.acquire_entry("window", 3, 60) for _ in range(3)]

    assert after_one_left == [True, False]
    assert after_all_left == [True, True, False]


def test_a_refusal_by_the_last_window_leaves_no_trace_in_the_others(storage: WindowStorage) -> None:
    first, second, last = Entry("first", 5, 60), Entry("second", 5, 600), Entry("last", 1, 60)
    storage.acquire_many([last])

    answer = storage.acquire_many([first, second, last])

    assert isinstance(answer, Refused)
    assert [_held(storage, entry) for entry in (first, second, last)] == [0, 0, 1]


def test_a_refusal_names_the_window_that_has_to_wait_longest(storage: WindowStorage, clock: Clock) -> None:
    short, long = Entry("short", 1, 10, "address"), Entry("long", 1, 60, "network")
    storage.acquire_many([long])
    clock.now += 20
    storage.acquire_many([short])
    clock.now += 0.4

    answer = storage.acquire_many([short, long])

    assert isinstance(answer, Refused)
    assert (answer.entry, answer.wait_s) == (long, 40)


def test_after_the_wait_that_a_refusal_tells_the_entry_fits(storage: WindowStorage, clock: Clock) -> None:
    windows = [Entry("ten seconds", 1, 10), Entry("ten minutes", 2, 600)]
    for _ in range(2):
        storage.acquire_many(windows)
        clock.now += 10.3
    refused = storage.acquire_many(windows)
    assert isinstance(refused, Refused)

    clock.now += refused.wait_s - 1
    too_early = storage.acquire_many(windows)
    clock.now += 1
    in_time = storage.acquire_many(windows)

    assert isinstance(too_early, Refused)
    assert isinstance(in_time, Receipt)


def test_a_wait_is_never_zero_seconds(storage: WindowStorage, clock: Clock) -> None:
    storage.acquire_entry("window", 1, 10)
    clock.now += 9.9999

    refused = storage.acquire_many([Entry("window", 1, 10)])

    assert isinstance(refused, Refused)
    assert refused.wait_s == 1


def test_a_wait_is_never_longer_than_the_window_when_the_clock_was_set_back(
    storage: WindowStorage, clock: Clock
) -> None:
    storage.acquire_entry("window", 1, 10)
    clock.now -= 3600

    refused = storage.acquire_many([Entry("window", 1, 10)])

    assert isinstance(refused, Refused)
    assert refused.wait_s == 10


def test_giving_back_removes_what_was_taken_and_nothing_of_another(
    storage: WindowStorage, clock: Clock
) -> None:
    windows = [Entry("short", 5, 60), Entry("long", 5, 600)]
    mine = storage.acquire_many(windows)
    clock.now += 1
    storage.acquire_many(windows)
    assert isinstance(mine, Receipt)

    storage.release_many(mine)

    assert [storage.get_moving_window(w.key, w.limit, w.period_s) for w in windows] == [(START + 1, 1)] * 2


def test_giving_back_twice_takes_nothing_from_others(storage: WindowStorage, clock: Clock) -> None:
    window = Entry("window", 5, 60)
    mine = storage.acquire_many([window])
    clock.now += 1
    storage.acquire_many([window])
    assert isinstance(mine, Receipt)

    storage.release_many(mine)
    storage.release_many(mine)

    assert _held(storage, window) == 1


def test_giving_back_one_entry_makes_room_for_one(storage: WindowStorage) -> None:
    for _ in range(2):
        storage.acquire_entry("window", 2, 60)

    given_back = storage.release_entry("window")

    assert given_back
    assert [storage.acquire_entry("window", 2, 60) for _ in range(2)] == [True, False]


def test_there_is_nothing_to_give_back_from_an_empty_window(storage: WindowStorage) -> None:
    assert not storage.release_entry("window")


def test_an_entry_of_several_places_is_taken_and_given_back_whole(storage: WindowStorage) -> None:
    three = Entry("window", 5, 60, amount=3)
    taken = storage.acquire_many([three])
    too_much = storage.acquire_many([three])
    assert isinstance(taken, Receipt)
    assert isinstance(too_much, Refused)

    storage.release_many(taken)

    assert _held(storage, three) == 0


def test_an_entry_larger_than_its_window_never_fits(storage: WindowStorage) -> None:
    refused = storage.acquire_many([Entry("other", 5, 60), Entry("window", 2, 60, amount=3)])

    assert isinstance(refused, Refused)
    assert refused.wait_s == 60
    assert storage.get_moving_window("other", 5, 60)[1] == 0


def test_an_empty_window_starts_now(storage: WindowStorage) -> None:
    assert storage.get_moving_window("window", 5, 60) == (START, 0)


def test_a_window_starts_with_its_oldest_entry(storage: WindowStorage, clock: Clock) -> None:
    for _ in range(3):
        storage.acquire_entry("window", 5, 25)
        clock.now += 10

    assert storage.get_moving_window("window", 5, 25) == (START + 10, 2)


def test_emptying_a_window_leaves_the_others(storage: WindowStorage) -> None:
    storage.acquire_many([Entry("one", 5, 60), Entry("other", 5, 60)])

    storage.clear("one")

    assert [storage.get_moving_window(key, 5, 60)[1] for key in ("one", "other")] == [0, 1]


def test_a_reset_empties_every_window(storage: WindowStorage) -> None:
    storage.acquire_many([Entry("one", 5, 60), Entry("other", 5, 60)])

    storage.reset()

    assert [storage.get_moving_window(key, 5, 60)[1] for key in ("one", "other")] == [0, 0]


def test_pruning_deletes_what_has_passed_and_nothing_else(
    storage: WindowStorage, clock: Clock, name: str
) -> None:
    storage.acquire_many([Entry("short", 5, 60), Entry("long", 5, 600)])

    deleted = storage.prune(clock.now + 60)

    assert deleted == (0 if name == "redis" else 1)  # Redis drops the key by itself
    assert storage.get_moving_window("long", 5, 600)[1] == 1


def test_a_storage_that_answers_is_healthy(storage: WindowStorage) -> None:
    assert storage.check()


def test_fixed_windows_are_counted_too(name: str, place: str) -> None:
    storage = open_storage(name, place, time.time)
    before = time.time()

    counts = [storage.incr("counter", 60), storage.incr("counter", 60, amount=2)]

    assert counts == [1, 3]
    assert storage.get("counter") == 3
    assert before < storage.get_expiry("counter") <= time.time() + 60
    close_storage(storage)


def test_an_unknown_fixed_window_is_empty_and_ends_now(storage: WindowStorage) -> None:
    assert storage.get("counter") == 0
    assert storage.get_expiry("counter") <= max(START, time.time())


@pytest.mark.parametrize(
    ("uri", "options", "kind"),
    [
        ("forum+postgresql://", {"engine": create_engine(POSTGRESQL_URL)}, PostgresqlLimits),
        (f"forum+{REDIS_URL}", {}, RedisLimits),
    ],
)
def test_the_limits_library_finds_each_storage_by_its_scheme(
    uri: str, options: dict[str, Any], kind: type[WindowStorage]
) -> None:
    storage = storage_from_string(uri, **options)

    assert type(storage) is kind
