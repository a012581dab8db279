"""How the page cache learns that a page version was bumped, on each database."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import create_engine

from forum.base.engine import engine_options, prepare_engine
from forum.base.page_versions import bump
from forum.base.session import db, writing
from forum.web.versions import PolledVersions, SqliteVersions, versions_of


def _bump(app: Flask, key: str) -> None:
    with app.app_context(), writing(db.session):
        bump(db.session, key)


def test_each_database_has_its_way_of_knowing(app: Flask) -> None:
    with app.app_context():
        ways = {"sqlite": SqliteVersions, "postgresql": PolledVersions}

        assert type(versions_of(db.engine)) is ways[db.engine.dialect.name]


def test_on_sqlite_a_commit_is_known_at_once_in_every_process(sqlite_app: Flask, sqlite_url: str) -> None:
    here, elsewhere = (prepare_engine(create_engine(**engine_options(sqlite_url))) for _ in range(2))
    known = [SqliteVersions(here), SqliteVersions(elsewhere)]
    before = [versions.are_present({"article:1": 0}) for versions in known]

    _bump(sqlite_app, "article:1")
    after = [versions.are_present({"article:1": 0}) for versions in known]
    present = [versions.are_present({"article:1": 1, "front": 0}) for versions in known]
    for engine, versions in zip((here, elsewhere), known, strict=True):
        versions._connection.close()  # type: ignore[union-attr]
        engine.dispose()

    assert (before, after, present) == ([True, True], [False, False], [True, True])


def test_on_postgresql_a_commit_is_known_within_the_tolerated_age(app: Flask) -> None:
    clock = [100.0]
    with app.app_context():
        versions = PolledVersions(db.engine, max_age_s=0.1, clock=lambda: clock[0])
    before = versions.are_present({"article:1": 0})

    _bump(app, "article:1")
    clock[0] += 0.05
    tolerated = versions.are_present({"article:1": 0})
    clock[0] += 0.06
    after = versions.are_present({"article:1": 0})

    assert (before, tolerated, after) == (True, True, False)


def test_the_tolerated_age_is_below_what_was_promised() -> None:
    with_default = PolledVersions(create_engine("sqlite://"))

    assert with_default._max_age_s < 0.2


def test_without_the_database_no_page_counts_as_present(tmp_path: Any) -> None:
    engine = prepare_engine(
        create_engine(**engine_options(f"sqlite:///{tmp_path / 'away' / 'forum.sqlite3'}"))
    )

    assert not SqliteVersions(engine).are_present({"front": 0})
    assert not PolledVersions(engine).are_present({"front": 0})
    engine.dispose()
