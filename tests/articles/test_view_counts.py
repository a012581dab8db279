"""Views: once per network and agent an hour, without bots, in batches, and nothing that names a reader."""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from forum.articles import view_counts
from forum.articles.models import Article
from forum.articles.view_counts import FLUSH_EVERY_S, ViewCounts, Visitors
from forum.base.session import db, writing
from tests.factories import Site

HOUR_S, DAY_S = 3_600.0, 86_400.0
MIDNIGHT_S = 20_000 * DAY_S
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def memory() -> mmap.mmap:
    return mmap.mmap(-1, len(view_counts._SHARED))


class Clock:
    """A clock that is set by hand, in seconds since 1970."""

    def __init__(self) -> None:
        self.now_s = MIDNIGHT_S + 12 * HOUR_S

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


class InlineThread:
    """Does its work at once, so that a test need not wait for it."""

    def __init__(self, target: Callable[[], None], name: str) -> None:
        self.name = name
        self.start = target


@pytest.fixture(autouse=True)
def _inline_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "Thread", InlineThread)


def counter(app: Flask, clock: Clock) -> ViewCounts:
    return ViewCounts(app, Visitors(memory()), clock)


def request(address: str = "192.0.2.7", agent: str = FIREFOX, **more: str) -> dict[str, Any]:
    return {"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent} | more


def views(site: Site) -> int:
    with site.app.app_context():
        return db.session.get_one(Article, site.article_id).view_count


def test_a_reader_is_counted_once_an_hour(both_sites: Site, clock: Clock) -> None:
    counts = counter(both_sites.app, clock)

    for _ in range(3):
        counts.saw(both_sites.article_id, request())
    counts.flush()
    within_the_hour = views(both_sites)
    clock.now_s += HOUR_S
    counts.saw(both_sites.article_id, request())
    counts.flush()

    assert (within_the_hour, views(both_sites)) == (1, 2)


def test_another_network_or_another_agent_is_another_reader(site: Site, clock: Clock) -> None:
    counts = counter(site.app, clock)

    for environ in (request(), request("192.0.2.8"), request(agent=FIREFOX + " x"), request("2001:db8::1")):
        counts.saw(site.article_id, environ)
    counts.saw(site.article_id, request("2001:db8::2"))  # the same household as ::1
    counts.flush()

    assert views(site) == 4


@pytest.mark.parametrize(
    "agent",
    ["", "Googlebot/2.1", "curl/8.5", "python-requests/2.32", "Slackbot-LinkExpanding", "HeadlessChrome/140",
     "facebookexternalhit/1.1 preview", "UptimeMonitor"],
)  # fmt: skip
def test_bots_are_not_counted(site: Site, clock: Clock, agent: str) -> None:
    counts = counter(site.app, clock)

    counts.saw(site.article_id, request(agent=agent))
    counts.flush()

    assert views(site) == 0


def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(site: Site, clock: Clock) -> None:
    counts = counter(site.app, clock)

    for n in range(5):
        counts.saw(site.article_id, request(HTTP_X_FORWARDED_FOR=f"198.51.100.{n}"))
    counts.flush()

    assert views(site) == 1


def test_views_are_written_in_batches(site: Site, clock: Clock) -> None:
    counts = counter(site.app, clock)
    written = []

    for n in range(40):
        counts.saw(site.article_id, request(f"192.0.2.{n}"))
        written.append(views(site))
        clock.now_s += 1

    assert (len(set(written)), max(written)) == (1 + 40 // FLUSH_EVERY_S, 31)


def test_while_the_database_is_away_the_count_is_kept(
    both_sites: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = counter(both_sites.app, clock)
    counts.saw(both_sites.article_id, request())

    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(view_counts, "writing", away)
        counts.flush()
    counts.saw(both_sites.article_id, request("192.0.2.99"))
    counts.flush()

    assert views(both_sites) == 2


def test_a_count_does_not_undo_what_another_process_wrote(both_sites: Site, clock: Clock) -> None:
    counts = counter(both_sites.app, clock)
    counts.saw(both_sites.article_id, request())
    with both_sites.app.app_context(), writing(db.session):
        db.session.execute(update(Article).values(view_count=2_260))

    counts.flush()

    assert views(both_sites) == 2_261


def test_a_view_of_an_article_that_is_gone_breaks_nothing(site: Site, clock: Clock) -> None:
    counts = counter(site.app, clock)
    counts.saw(987_654, request())
    counts.saw(site.article_id, request())

    counts.flush()

    assert views(site) == 1


def test_all_processes_of_one_start_know_who_was_seen() -> None:
    shared = memory()
    first, second = Visitors(shared), Visitors(shared)

    assert first.is_first("1", "192.0.2.7", FIREFOX, now_s=MIDNIGHT_S)
    assert not second.is_first("1", "192.0.2.7", FIREFOX, now_s=MIDNIGHT_S)


def test_the_salt_is_dropped_every_day() -> None:
    held = memory()
    visitors = Visitors(held)
    salts = []

    for at_s in (MIDNIGHT_S, MIDNIGHT_S + DAY_S - 1, MIDNIGHT_S + DAY_S):
        visitors.is_first("1", "192.0.2.7", FIREFOX, now_s=at_s)
        salts.append(held[8 : 8 + view_counts._SALT_BYTES])

    assert salts[0] == salts[1] != salts[2]


def test_no_address_and_no_agent_is_held_in_memory() -> None:
    held = memory()
    visitors = Visitors(held)

    visitors.is_first("1", "192.0.2.7", FIREFOX, now_s=MIDNIGHT_S)

    assert b"192.0.2.7" not in held[:]
    assert b"Firefox" not in held[:]


def test_nothing_about_readers_is_stored(site: Site, clock: Clock, tmp_path: Path) -> None:
    counts = counter(site.app, clock)
    counts.saw(site.article_id, request("192.0.2.77", agent=FIREFOX + " Zeldzaam/1"))
    counts.flush()

    stored = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    assert b"192.0.2.77" not in stored
    assert b"Zeldzaam" not in stored
