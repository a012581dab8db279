"""Mails that visitors have sent: three an hour to one address, and one network asks only so often."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from flask_babel import force_locale

from forum.web.limits import Limits, TooManyPosts
from tests.web.test_limits import HOME, OTHER, READER, Site
from tests.web.test_limits import site as site


def _goes(limits: Limits, email: str) -> bool:
    with limits.mail_reserved(email) as may_go:
        return may_go


def test_three_mails_an_hour_go_to_an_address(site: Site) -> None:
    limits = site.limits()

    assert [_goes(limits, READER) for _ in range(4)] == [True, True, True, False]


def test_an_hour_later_the_next_may_go(site: Site) -> None:
    limits = site.limits()
    for _ in range(3):
        _goes(limits, READER)
    site.now += 3_599
    assert not _goes(limits, READER)

    site.now += 1
    assert _goes(limits, READER)


def test_capitals_make_no_other_address(site: Site) -> None:
    limits = site.limits()
    for _ in range(3):
        _goes(limits, READER)

    assert not _goes(limits, READER.upper())
    assert _goes(limits, OTHER)


@pytest.mark.parametrize(
    ("email", "other"),
    [
        ("noor@lezers.example", "noor+krant@lezers.example"),
        ("noor+a+b@lezers.example", "Noor+c@Lezers.example"),
        ("noor.de.wit@gmail.com", "noordewit@gmail.com"),
        ("n.o.o.r+x@googlemail.com", "noor@gmail.com"),
    ],
)
def test_spellings_of_one_mailbox_count_together(site: Site, email: str, other: str) -> None:
    limits = site.limits()
    for _ in range(3):
        _goes(limits, email)

    assert not _goes(limits, other)


@pytest.mark.parametrize(
    ("email", "other"),
    [
        ("noor.wit@lezers.example", "noorwit@lezers.example"),
        ("+noor@lezers.example", "+anna@lezers.example"),
        ("noor@gmail.com", "noor@lezers.example"),
    ],
)
def test_other_mailboxes_count_apart(site: Site, email: str, other: str) -> None:
    limits = site.limits()
    for _ in range(3):
        _goes(limits, email)

    assert _goes(limits, other)


def test_a_mail_for_a_post_counts_as_asked_for_by_its_network(site: Site) -> None:
    limits = site.limits()
    for number in range(20):
        with limits.mail_reserved(f"{number}@example.org", asked_from=HOME) as may_go:
            assert may_go

    with limits.mail_reserved(READER, asked_from=HOME) as may_go:
        assert not may_go

    with pytest.raises(TooManyPosts):
        limits.check_mail_request(HOME)
    assert _goes(limits, READER)


def test_a_post_that_failed_has_asked_for_no_mail(site: Site) -> None:
    limits = site.limits()
    for _ in range(25):
        with pytest.raises(RuntimeError), limits.mail_reserved(READER, asked_from=HOME):
            raise RuntimeError

    limits.check_mail_request(HOME)


def test_a_mail_that_was_not_put_into_the_outbox_takes_no_place(site: Site) -> None:
    limits = site.limits()
    for _ in range(5):
        with pytest.raises(RuntimeError), limits.mail_reserved(READER):
            raise RuntimeError

    assert _goes(limits, READER)


def test_a_failure_beyond_the_limit_gives_back_nothing(site: Site) -> None:
    limits = site.limits()
    for _ in range(3):
        _goes(limits, READER)
    with pytest.raises(RuntimeError), limits.mail_reserved(READER):
        raise RuntimeError

    assert not _goes(limits, READER)


def test_mails_take_no_place_from_comments(site: Site) -> None:
    limits = site.limits()
    for _ in range(3):
        _goes(limits, READER)

    limits.reserve(email=READER, address=HOME)


def test_one_network_asks_twenty_times_an_hour_whatever_the_address(site: Site) -> None:
    limits = site.limits()
    for _ in range(20):
        limits.check_mail_request(HOME)

    with pytest.raises(TooManyPosts) as refused:
        limits.check_mail_request(HOME)

    assert refused.value.scope == "mail"
    limits.check_mail_request(ip_address("198.51.100.9"))


def test_the_addresses_of_one_ipv6_network_ask_together(site: Site) -> None:
    limits = site.limits()
    for number in range(20):
        limits.check_mail_request(ip_address(f"2001:db8::{number:x}"))

    with pytest.raises(TooManyPosts):
        limits.check_mail_request(ip_address("2001:db8::ffff"))


def test_the_refusal_says_how_long_to_wait(site: Site) -> None:
    site.limits()

    with site.app.test_request_context(), force_locale("en"):
        assert "10 minutes" in str(TooManyPosts(600, "mail").message)
