"""Guessing passwords is slow, and nobody who knows a moderator's address can lock them out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from pathlib import Path

import pytest

from forum.base.signing import Signer
from forum.web.limit_keys import LimitKeys
from forum.web.limit_refusals import TooManySignIns
from forum.web.limit_storage import SqliteLimits
from forum.web.sign_in_limits import SignInAttempt, SignInLimits
from tests.web.limit_places import END_OF_WEEK_S, SECRET, START, delete_keys, signers_in

MODERATOR, AUTHOR = "moderator@example.org", "author@example.org"
OFFICE, TRAIN = "203.0.113.7", "198.51.100.9"
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


class Door:
    """Sign-in limits with a clock, and the two ends of an attempt."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.folder = folder
        self.storage = SqliteLimits(SqliteLimits.uri_for(folder / "limits.sqlite3"), clock=lambda: self.now)
        self.begin_anew()

    def begin_anew(self) -> None:
        """In a process that has read no key yet."""
        networks = signers_in(self.folder, lambda: self.now)
        self.limits = SignInLimits(self.storage, LimitKeys(Signer(SECRET), networks))

    def attempt(self, email: str, address: str) -> SignInAttempt:
        return self.limits.check(email=email, address=ip_address(address))

    def sign_in(self, email: str, address: str) -> None:
        self.limits.succeeded(self.attempt(email, address))

    def guesses(self, email: str, address: str, *, most: int = 200) -> int:
        """How many wrong passwords can be tried before the door shuts."""
        for guessed in range(most):
            try:
                self.attempt(email, address)
            except TooManySignIns:
                return guessed
        return most


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path)
    yield made
    made.storage.close()


def _attack(door: Door, email: str, *, networks: int = 100) -> None:
    for n in range(networks):
        door.guesses(email, f"192.0.2.{n}")


def test_a_strange_network_has_five_guesses_at_an_account(door: Door) -> None:
    assert door.guesses(MODERATOR, TRAIN) == 5


def test_a_refused_attempt_tells_how_long_to_wait(door: Door) -> None:
    door.guesses(MODERATOR, TRAIN)
    door.now += 5 * MINUTE_S

    with pytest.raises(TooManySignIns) as refused:
        door.attempt(MODERATOR, TRAIN)

    assert (refused.value.status, refused.value.retry_after_s) == (429, 10 * MINUTE_S)


def test_a_strange_network_has_twenty_guesses_a_day(door: Door) -> None:
    guessed = 0
    for _ in range(95):
        guessed += door.guesses(MODERATOR, TRAIN)
        door.now += 15 * MINUTE_S

    assert guessed == 20


def test_signing_in_often_is_no_failure(door: Door) -> None:
    for _ in range(100):
        door.sign_in(MODERATOR, TRAIN)


def test_after_a_success_typing_errors_begin_anew(door: Door) -> None:
    for _ in range(4):
        door.attempt(MODERATOR, TRAIN)
    door.sign_in(MODERATOR, TRAIN)

    assert door.guesses(MODERATOR, TRAIN) == 30


def test_a_known_network_forgets_after_thirty_days_without_a_success(door: Door) -> None:
    door.sign_in(MODERATOR, OFFICE)
    door.now += 29 * DAY_S
    door.sign_in(MODERATOR, OFFICE)
    door.now += 29 * DAY_S
    while_known = door.guesses(MODERATOR, OFFICE)
    door.now += DAY_S

    assert while_known == 30
    assert door.guesses(MODERATOR, OFFICE) == 5


def test_an_attack_from_everywhere_does_not_touch_a_known_network(door: Door) -> None:
    door.sign_in(MODERATOR, OFFICE)

    _attack(door, MODERATOR)

    door.sign_in(MODERATOR, OFFICE)


def test_an_attack_from_everywhere_leaves_a_right_password_from_a_new_network_its_chance(door: Door) -> None:
    _attack(door, MODERATOR)

    door.sign_in(MODERATOR, TRAIN)


def test_under_attack_each_new_network_has_one_guess_an_hour(door: Door) -> None:
    _attack(door, MODERATOR)

    first = door.guesses(MODERATOR, TRAIN)
    door.now += 20 * MINUTE_S
    again = door.guesses(MODERATOR, TRAIN)

    assert (first, again) == (1, 0)


def test_an_attack_on_one_account_leaves_the_others_alone(door: Door) -> None:
    _attack(door, MODERATOR)

    assert door.guesses(AUTHOR, TRAIN) == 5


def test_an_attack_ends_an_hour_after_its_last_guess(door: Door) -> None:
    _attack(door, MODERATOR)
    door.now += HOUR_S

    assert door.guesses(MODERATOR, TRAIN) == 5


def test_refused_attempts_do_not_make_an_account_look_attacked(door: Door) -> None:
    door.guesses(MODERATOR, TRAIN)
    for _ in range(100):
        with pytest.raises(TooManySignIns):
            door.attempt(MODERATOR, TRAIN)

    assert door.guesses(MODERATOR, OFFICE) == 5


def test_trying_many_accounts_from_one_network_ends_at_thirty(door: Door) -> None:
    guessed = sum(door.guesses(f"staff{n}@example.org", TRAIN) for n in range(20))

    assert guessed == 30


def test_a_neighbour_who_tries_many_accounts_does_not_lock_a_known_colleague_out(door: Door) -> None:
    door.sign_in(MODERATOR, OFFICE)
    for n in range(20):
        door.guesses(f"staff{n}@example.org", OFFICE)

    door.sign_in(MODERATOR, OFFICE)


def test_an_attacker_with_an_account_cannot_wash_the_networks_failures_away(door: Door) -> None:
    guessed = 0
    for n in range(20):
        guessed += door.guesses(f"staff{n}@example.org", TRAIN, most=3)
        door.sign_in(AUTHOR, TRAIN) if guessed < 30 else None

    assert guessed == 30


def test_parallel_guesses_do_not_overrun_the_limit(door: Door) -> None:
    def guess(_: int) -> bool:
        try:
            door.attempt(MODERATOR, TRAIN)
        except TooManySignIns:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        guessed = sum(threads.map(guess, range(100)))

    assert guessed == 5


def test_one_who_hops_through_an_ipv6_network_is_held_by_its_shares(door: Door) -> None:
    guessed = sum(door.guesses(f"staff{n}@example.org", f"2001:db8:1:{n}::1") for n in range(1, 40))

    assert guessed == 60


def test_a_known_network_stays_known_in_the_next_weeks_and_after_a_restart(door: Door) -> None:
    door.sign_in(MODERATOR, OFFICE)

    guessed = []
    for _ in range(4):
        door.now += 7 * DAY_S
        door.begin_anew()
        guessed.append(door.guesses(MODERATOR, OFFICE))

    assert guessed == [30] * 4


def test_each_success_begins_the_thirty_days_anew_under_the_key_of_its_week(door: Door) -> None:
    for _ in range(10):
        door.sign_in(MODERATOR, OFFICE)
        door.now += 29 * DAY_S

    assert door.guesses(MODERATOR, OFFICE) == 30


def test_a_network_is_known_no_longer_than_the_key_of_its_week_is_kept(door: Door) -> None:
    door.sign_in(MODERATOR, OFFICE)
    door.now += 7 * DAY_S

    delete_keys(door.folder)

    assert door.guesses(MODERATOR, OFFICE) == 5


def test_a_neighbour_of_a_known_network_is_not_known_in_the_next_week_either(door: Door) -> None:
    door.sign_in(MODERATOR, OFFICE)
    door.now += 7 * DAY_S

    assert (door.guesses(AUTHOR, OFFICE), door.guesses(MODERATOR, TRAIN)) == (5, 5)


def test_failures_on_an_account_are_counted_across_a_change_of_keys(door: Door) -> None:
    door.now = END_OF_WEEK_S - 1
    _attack(door, MODERATOR, networks=9)  # 45 of 50 failures
    door.now += 1

    _attack(door, MODERATOR, networks=1)

    assert door.guesses(MODERATOR, TRAIN) == 1


def test_no_account_is_locked_by_a_database_that_is_away(door: Door) -> None:
    door.begin_anew()
    (door.folder / "keys.sqlite3").unlink()

    assert door.guesses(MODERATOR, TRAIN) == 5
