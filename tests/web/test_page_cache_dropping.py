"""A page that may be served no longer is not kept either: in any variant, in any process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, select

from forum.base.engine import engine_options, prepare_engine
from forum.base.page_versions import bump
from forum.base.session import db, writing
from forum.comments.after_erasure import EXTENSION as AFTER_ERASURE
from forum.comments.erasing import erase_address
from forum.comments.models import Commenter
from forum.web.page_cache import SWEEP_EVERY_S, KeptPage, PageCache
from forum.web.versions import PolledVersions, SqliteVersions, Versions
from tests.conftest import AppFactory
from tests.factories import NOW, SIGNER, Site
from tests.web.kitchen import NOON, Kitchen

VARIANTS = ("", "?sort=newest", "?all=1", "?by=author", "?page=2")
LEAVING = "Wies Weggaan"
ADDRESS = "wies.weggaan@lezers.example"


def _kept(kitchen: Kitchen) -> list[str]:
    return list(kitchen.cache._pages)


def _change(kitchen: Kitchen) -> None:
    kitchen.versions.present["article:1"] = kitchen.versions.present.get("article:1", 0) + 1


def test_every_variant_of_a_changed_page_is_dropped_unasked() -> None:
    kitchen = Kitchen()
    for query in VARIANTS:
        kitchen.get(f"/articles/a{query}")
    _change(kitchen)

    kitchen.cache.drop_stale()

    assert (_kept(kitchen), kitchen.cache._bytes) == ([], 0)


def test_what_is_still_so_stays() -> None:
    kitchen = Kitchen()
    kitchen.get("/articles/a")

    kitchen.cache.drop_stale()
    kitchen.get("/articles/a")

    assert len(kitchen.made) == 1


def test_a_page_that_is_over_is_dropped_unasked() -> None:
    kitchen = Kitchen()
    kitchen.expires_at = NOON + timedelta(minutes=1)
    kitchen.get("/articles/a")
    kitchen.now = kitchen.expires_at

    kitchen.cache.drop_stale()

    assert _kept(kitchen) == []


def test_what_cannot_be_compared_is_dropped() -> None:
    kitchen = Kitchen()
    kitchen.get("/articles/a")
    kitchen.versions.is_away = True

    kitchen.cache.drop_stale()

    assert _kept(kitchen) == []


def test_a_page_that_is_made_meanwhile_stays() -> None:
    kitchen = Kitchen()
    kitchen.get("/articles/a")
    _change(kitchen)
    kitchen.versions.meanwhile = lambda: kitchen.get("/articles/a")

    kitchen.cache.drop_stale()
    kitchen.get("/articles/a")

    assert len(kitchen.made) == 2


@pytest.mark.parametrize("request_for", ["/privacy", "/desk", "/healthz"])
def test_any_request_sweeps_when_it_is_time(request_for: str) -> None:
    kitchen = Kitchen()
    kitchen.get("/articles/a?sort=newest")
    _change(kitchen)

    kitchen.seconds += SWEEP_EVERY_S
    kitchen.get(request_for)

    assert "/articles/a?sort=newest" not in _kept(kitchen)


def test_pages_are_swept_well_within_a_minute() -> None:
    assert SWEEP_EVERY_S <= 30


def test_between_two_sweeps_no_request_looks_at_other_pages() -> None:
    kitchen = Kitchen()
    for number in range(2, 50):
        kitchen.get(f"/?page={number}")
    kitchen.versions.reads = 0
    kitchen.seconds += SWEEP_EVERY_S - 1

    for _ in range(20):
        kitchen.get("/?page=2")

    assert kitchen.versions.reads == 0


def test_a_sweep_asks_once_for_all_pages() -> None:
    kitchen = Kitchen()
    for number in range(2, 50):
        kitchen.get(f"/?page={number}")
    kitchen.versions.reads = 0

    kitchen.seconds += SWEEP_EVERY_S
    for _ in range(5):
        kitchen.get("/?page=2")

    assert kitchen.versions.reads == 1


@pytest.fixture
def ways(app: Flask) -> Iterator[list[Versions]]:
    """Both ways of knowing versions, on each database where they work."""
    with app.app_context():
        engine = prepare_engine(create_engine(**engine_options(db.engine.url.render_as_string(False))))
        made: list[Versions] = [PolledVersions(engine, clock=lambda: 0.0)]
        if engine.dialect.name == "sqlite":
            made.append(SqliteVersions(engine))
    yield made
    for versions in made:
        connection = getattr(versions, "_connection", None)
        if connection is not None:
            connection.close()
    engine.dispose()


def test_a_version_is_read_anew_however_lately_it_was_known(app: Flask, ways: list[Versions]) -> None:
    for versions in ways:
        versions.are_present({"article:1": 0})
    with app.app_context(), writing(db.session):
        bump(db.session, "article:1")

    assert [versions.read({"article:1", "front"}) for versions in ways] == [
        {"article:1": 1, "front": 0} for _ in ways
    ]


def test_versions_of_more_pages_than_a_statement_takes_are_read(app: Flask, ways: list[Versions]) -> None:
    with app.app_context(), writing(db.session):
        bump(db.session, "article:69999")

    for versions in ways:
        found = versions.read({f"article:{number}" for number in range(70_000)})
        assert found is not None
        assert (len(found), sum(found.values())) == (70_000, 1)


def test_without_the_database_no_version_is_read(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'away' / 'forum.sqlite3'}"
    engine = prepare_engine(create_engine(**engine_options(url)))

    assert [way.read({"front"}) for way in (SqliteVersions(engine), PolledVersions(engine))] == [None, None]
    engine.dispose()


@pytest.fixture
def read_site(both_sites: Site) -> Site:
    """A site of which this process keeps every variant of a thread in which somebody wrote who leaves."""
    both_sites.approved(name=LEAVING, email=ADDRESS)
    _read_all(both_sites.app, both_sites.slug)
    assert _holding(both_sites.app)
    return both_sites


def _read_all(app: Flask, slug: str) -> None:
    for path in (
        *(f"/articles/{slug}{query}" for query in VARIANTS),
        f"/articles/{slug}/comments/latest",
        "/",
    ):
        app.test_client().get(path)


def _cache(app: Flask) -> PageCache:
    cache: PageCache = app.extensions["forum_page_cache"]
    return cache


def _holding(app: Flask) -> list[str]:
    """The kept pages that show who leaves."""
    return [key for key, page in _cache(app)._pages.items() if LEAVING.encode() in page.forms.plain.body]


def _erase(site: Site, *, tells: bool = True) -> None:
    """As the writer's page does it."""
    with site.app.app_context():
        with writing(db.session):
            commenter = db.session.scalars(select(Commenter).where(Commenter.email == ADDRESS)).one()
            erase_address(db.session, SIGNER, commenter, keep_texts=False, now=NOW)
        if tells:
            site.app.extensions[AFTER_ERASURE]()


def test_right_after_an_erasure_its_process_keeps_no_page_with_the_name(read_site: Site) -> None:
    _erase(read_site)

    assert _holding(read_site.app) == []


def test_the_memory_of_the_process_holds_no_such_page_any_more(read_site: Site) -> None:
    _erase(read_site)

    gc.collect()
    in_memory = [thing for thing in gc.get_objects() if isinstance(thing, KeptPage)]
    assert [page for page in in_memory if LEAVING.encode() in page.forms.plain.body] == []


def test_another_process_drops_them_with_its_first_request_after_half_a_minute(
    read_site: Site, make_app: AppFactory, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_app(database_url)
    _read_all(other, read_site.slug)
    before = _holding(other)
    _erase(read_site, tells=False)

    later_s = _cache(other)._clock() + SWEEP_EVERY_S
    monkeypatch.setattr(_cache(other), "_clock", lambda: later_s)
    other.test_client().get("/healthz")

    assert len(before) > 2
    assert _holding(other) == []


def test_an_erasure_stands_when_pages_cannot_be_compared(
    read_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cache(read_site.app)._versions, "read", lambda _keys: None)

    _erase(read_site)

    assert _holding(read_site.app) == []
