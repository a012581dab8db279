"""The hash of a network tells two posts of one week from each other, and nothing once its key is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum.base.session import db, writing
from forum.web.network_keys import NetworkKey, last_period_over, network_hash, period_of

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOME = "203.0.113.7"


def periods(session: Session) -> list[str]:
    return list(session.scalars(select(NetworkKey.period).order_by(NetworkKey.period)))


def test_one_network_has_one_hash_for_a_week(session: Session) -> None:
    last_second = MONDAY + timedelta(days=7, seconds=-1)

    hashes = {network_hash(session, HOME, now=now) for now in (MONDAY, last_second)}

    assert len(hashes) == 1
    assert periods(session) == ["2026-11-16"]


def test_the_next_week_has_another_key(session: Session) -> None:
    first = network_hash(session, HOME, now=MONDAY)

    second = network_hash(session, HOME, now=MONDAY + timedelta(days=7))

    assert first != second
    assert periods(session) == ["2026-11-16", "2026-11-23"]


def test_two_networks_have_two_hashes(session: Session) -> None:
    hashes = {
        network_hash(session, network, now=MONDAY) for network in (HOME, "203.0.113.8", "2001:db8::/64")
    }

    assert len(hashes) == 3


def test_a_hash_fits_its_column_and_holds_nothing_of_the_network(session: Session) -> None:
    mark = network_hash(session, HOME, now=MONDAY)

    assert len(mark) == 32
    assert HOME not in mark


def test_without_its_key_a_hash_cannot_be_made_again(session: Session) -> None:
    before = network_hash(session, HOME, now=MONDAY)
    session.execute(delete(NetworkKey))

    after = network_hash(session, HOME, now=MONDAY)

    assert after != before


def test_keys_are_random_and_long(session: Session) -> None:
    network_hash(session, HOME, now=MONDAY)
    network_hash(session, HOME, now=MONDAY + timedelta(days=7))

    keys = session.scalars(select(NetworkKey.key)).all()

    assert len(set(keys)) == 2
    assert all(len(bytes.fromhex(key)) == 32 for key in keys)


def test_the_first_posts_of_a_week_at_once_agree_on_a_key(app: Flask) -> None:
    def post(_number: int) -> str:
        with app.app_context(), writing(db.session):
            return network_hash(db.session, HOME, now=MONDAY)

    with ThreadPoolExecutor(8) as readers:
        hashes = set(readers.map(post, range(8)))

    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("moment", "period"),
    [
        (MONDAY, "2026-11-16"),
        (MONDAY - timedelta(microseconds=1), "2026-11-09"),
        (datetime(2027, 1, 1, tzinfo=UTC), "2026-12-28"),
        (datetime(1970, 1, 5, tzinfo=UTC), "1970-01-05"),
    ],
)
def test_a_period_is_named_by_its_monday(moment: datetime, period: str) -> None:
    named = period_of(moment)

    assert named == period


def test_a_period_is_over_when_the_next_has_begun() -> None:
    over = [last_period_over(moment) for moment in (MONDAY - timedelta(seconds=1), MONDAY)]

    assert over == ["2026-11-02", "2026-11-09"]
