"""Limits on posting, from the settings to the answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel, force_locale
from flask_limiter import Limiter

from forum.base.signing import Signer
from forum.web.limit_storage import PostgresqlLimits, ResilientLimits, SqliteLimits
from forum.web.limits import Limits, TooManyPosts, TooManySignIns, create_limits, wait_in_words
from tests.web.limit_places import SECRET, START, signers_in

READER, OTHER = "reader@example.org", "other@example.org"
HOME = ip_address("203.0.113.7")


@dataclass(frozen=True)
class Settings:
    """The part of the settings that limits read."""

    instance_path: Path
    comment_limits: str = "1 per 10 seconds; 5 per 10 minutes; 30 per day"
    network_limits: str = "20 per 10 minutes; 200 per day"
    flood_limit: str = "60 per minute"
    redis_url: str = ""
    database_url: str = "sqlite:///forum.sqlite3"
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = (ip_network("127.0.0.0/8"),)


class Site:
    """An app with limits, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.folder = folder
        self._opened: list[Limits] = []

    def limits(self, **settings: str) -> Limits:
        self.app = Flask("site")
        Babel(self.app)
        made = create_limits(
            self.app,
            Settings(self.folder, **settings),  # type: ignore[arg-type] # texts only
            signer=Signer(SECRET),
            networks=signers_in(self.folder, lambda: self.now),
            clock=lambda: self.now,
        )
        self._opened.append(made)
        return made

    def close(self) -> None:
        for limits in self._opened:
            if isinstance(limits.storage, SqliteLimits):
                limits.storage.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def _posts_until_refused(
    limits: Limits, *, email: str = READER, address: str = str(HOME)
) -> tuple[int, TooManyPosts]:
    for posted in range(1000):
        try:
            limits.reserve(email=email, address=ip_address(address))
        except TooManyPosts as refusal:
            return posted, refusal
    raise AssertionError("never refused")


def test_an_address_gets_its_limit_and_is_told_when_the_next_may_come(site: Site) -> None:
    limits = site.limits(comment_limits="2 per 10 minutes")
    limits.reserve(email=READER, address=HOME)
    site.now += 100.5
    limits.reserve(email=READER, address=HOME)

    with pytest.raises(TooManyPosts) as refused:
        limits.reserve(email=READER, address=HOME)

    assert (refused.value.status, refused.value.scope, refused.value.retry_after_s) == (429, "address", 500)


def test_comments_from_a_browser_with_proof_count_apart_from_those_of_who_typed_the_address(
    site: Site,
) -> None:
    limits = site.limits(comment_limits="2 per day")
    _posts_until_refused(limits, address="198.51.100.1")

    for _ in range(2):
        limits.reserve(email=READER, address=HOME, is_proven=True)

    with pytest.raises(TooManyPosts) as refused:
        limits.reserve(email=READER, address=HOME, is_proven=True)
    assert refused.value.scope == "address"


def test_who_only_typed_an_address_has_its_limit_on_all_networks_together(site: Site) -> None:
    limits = site.limits(comment_limits="2 per day")
    for number in (1, 2):
        limits.reserve(email=READER, address=ip_address(f"198.51.100.{number}"))

    with pytest.raises(TooManyPosts):
        limits.reserve(email=READER, address=ip_address("198.51.100.3"))


def test_a_correction_takes_a_place_of_the_address_and_none_of_the_network(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day", network_limits="1 per day")
    with limits.correction_reserved(email=READER):
        pass

    with pytest.raises(TooManyPosts) as refused, limits.correction_reserved(email=READER):
        pass

    assert refused.value.scope == "correction"
    limits.reserve(email=OTHER, address=HOME)


def test_a_correction_that_fails_gives_its_place_back(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day")
    with pytest.raises(LookupError), limits.correction_reserved(email=READER):
        raise LookupError

    limits.reserve(email=READER, address=HOME)


def test_an_address_is_the_same_however_its_capitals_are_typed(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day")
    limits.reserve(email=READER, address=HOME)

    posted, _ = _posts_until_refused(limits, email="Reader@Example.org")

    assert posted == 0


def test_a_network_is_limited_whatever_addresses_it_uses(site: Site) -> None:
    limits = site.limits(network_limits="3 per 10 minutes")
    for n in range(3):
        limits.reserve(email=f"reader{n}@example.org", address=HOME)

    posted, refusal = _posts_until_refused(limits, email=OTHER)

    assert (posted, refusal.scope, refusal.retry_after_s) == (0, "network", 600)


def test_a_refusal_by_the_network_costs_the_address_nothing(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day", network_limits="1 per 10 minutes")
    limits.reserve(email=READER, address=HOME)
    with pytest.raises(TooManyPosts):
        limits.reserve(email=OTHER, address=HOME)

    limits.reserve(email=OTHER, address=ip_address("198.51.100.1"))


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ("2001:db8:1:1::{n:x}", 3),  # within a /64
        ("2001:db8:1:{n:x}::1", 6),  # across the /64s of a /56
        ("2001:db8:1:{n:x}00::1", 12),  # across the /56s of a /48
    ],
)
def test_hopping_through_ipv6_addresses_ends_at_the_share_of_the_network(
    site: Site, addresses: str, expected: int
) -> None:
    limits = site.limits(network_limits="3 per day")

    posted = 0
    for n in range(1, 50):
        try:
            limits.reserve(email=f"{n}@example.org", address=ip_address(addresses.format(n=n)))
        except TooManyPosts:
            break
        posted += 1

    assert posted == expected


def test_a_comment_that_is_refused_later_is_given_back(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day", network_limits="1 per day")

    with pytest.raises(LookupError), limits.reserved(email=READER, address=HOME):
        raise LookupError("the article is gone")

    limits.reserve(email=READER, address=HOME)


def test_a_comment_that_is_stored_stays_counted(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day")

    with limits.reserved(email=READER, address=HOME):
        pass

    assert _posts_until_refused(limits)[0] == 0


def test_a_reservation_can_be_given_back_by_hand(site: Site) -> None:
    limits = site.limits(comment_limits="1 per day")
    receipt = limits.reserve(email=READER, address=HOME)

    limits.give_back(receipt)

    assert _posts_until_refused(limits)[0] == 1


def test_limits_survive_a_restart(site: Site) -> None:
    site.limits(comment_limits="2 per day").reserve(email=READER, address=HOME)

    after_the_restart = site.limits(comment_limits="2 per day")

    assert _posts_until_refused(after_the_restart)[0] == 1


def test_a_limit_that_is_written_twice_counts_once(site: Site) -> None:
    limits = site.limits(comment_limits="2 per day; 2 per day")

    assert _posts_until_refused(limits)[0] == 2


def test_a_flood_is_stopped_per_network(site: Site) -> None:
    limits = site.limits(flood_limit="3 per minute")
    for _ in range(3):
        limits.check_flood(HOME)

    with pytest.raises(TooManyPosts) as refused:
        limits.check_flood(HOME)
    limits.check_flood(ip_address("198.51.100.1"))

    assert (refused.value.scope, refused.value.retry_after_s) == ("flood", 60)


def test_a_flood_is_counted_in_wider_ipv6_networks_with_more_room(site: Site) -> None:
    limits = site.limits(flood_limit="1 per minute")
    limits.check_flood(ip_address("2001:db8:1:1::1"))
    limits.check_flood(ip_address("2001:db8:1:2::1"))

    with pytest.raises(TooManyPosts):
        limits.check_flood(ip_address("2001:db8:1:3::1"))


def test_attempts_to_sign_in_are_bounded_per_network_even_when_right(site: Site) -> None:
    limits = site.limits()
    site.app.add_url_rule(
        "/login", view_func=limits.sign_in(lambda: "in"), endpoint="login", methods=["POST"]
    )
    site.app.register_error_handler(TooManySignIns, lambda refusal: (str(refusal.retry_after_s), 429))
    client = site.app.test_client()

    statuses = [client.post("/login").status_code for _ in range(31)]

    assert statuses == [200] * 30 + [429]


def test_no_address_of_any_kind_is_stored(site: Site) -> None:
    limits = site.limits()
    limits.reserve(email=READER, address=HOME)
    limits.reserve(email=OTHER, address=ip_address("2001:db8:1:2::3"))
    limits.check_flood(HOME)
    limits.check_sign_in(email=READER, address=HOME)

    with sqlite3.connect(site.folder / "limits.sqlite3") as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM limit_entries")]
    connection.close()

    assert len(keys) > 10
    # Not shorter: a few hexadecimal digits of an address stand in many a hash by chance.
    markers = ("reader", "other", "@", "203.0", "2001:", "db8:", "20010db8", "cb007107")
    assert not [key for key in keys for marker in markers if marker in key]


def test_passed_entries_are_pruned(site: Site) -> None:
    limits = site.limits(comment_limits="1 per 10 seconds", network_limits="20 per 10 minutes")
    limits.reserve(email=READER, address=HOME)

    deleted = [limits.prune(START + s) for s in (9, 10, 600)]

    assert deleted == [0, 1, 1]


def test_flask_limiter_runs_moving_windows_over_our_file(site: Site) -> None:
    limits = site.limits()

    assert isinstance(limits.limiter, Limiter)
    assert type(limits.limiter.limiter).__name__ == "MovingWindowRateLimiter"
    assert isinstance(limits.limiter.storage, SqliteLimits)


def test_redis_is_used_with_the_file_behind_it(site: Site) -> None:
    limits = site.limits(redis_url="redis://127.0.0.1:1/0")

    assert isinstance(limits.storage, ResilientLimits)
    limits.reserve(email=READER, address=HOME)  # nothing listens on that port
    assert isinstance(limits.storage.second, SqliteLimits)
    limits.storage.second.close()


def test_postgresql_counts_when_it_is_the_database(site: Site) -> None:
    limits = site.limits(database_url="postgresql://postgres@127.0.0.1:1/none")

    assert isinstance(limits.storage, PostgresqlLimits)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (7_199, "2 hours"),
        (7_201, "3 hours"),
        (86_400, "24 hours"),
        (172_801, "3 days"),
    ],
)
def test_a_wait_in_words_is_never_too_short(site: Site, seconds: int, words: str) -> None:
    site.limits()

    with site.app.test_request_context():
        told = wait_in_words(seconds)

    assert told == words


def test_a_refusal_says_the_wait_in_the_readers_language(site: Site) -> None:
    site.limits()
    refusal = TooManyPosts(600, "address")

    with site.app.test_request_context(), force_locale("nl"):
        sentence = str(refusal.message)

    assert "10 minuten" in sentence
