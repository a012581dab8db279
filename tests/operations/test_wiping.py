"""What is erased is written anew only once nobody looks back at it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from forum.base.session import db, writing
from forum.operations import wiping
from forum.operations.heartbeat import beat
from forum.operations.keeping_jobs import REMOVED, has_remains, wipe_erased
from tests.conftest import AppFactory
from tests.factories import NOW
from tests.operations.patience import TIMEOUT_S, wiped

pytestmark = pytest.mark.timeout(TIMEOUT_S)


@pytest.fixture
def app(migrated_postgresql: str, make_app: AppFactory) -> Flask:
    """On PostgreSQL: on SQLite whoever writes the file anew is alone."""
    return make_app(migrated_postgresql)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session in which nothing was removed yet."""
    with app.app_context():
        _forget_removals()  # of the tests before, whoever they were
        yield db.session
        _forget_removals()


def _forget_removals() -> None:
    db.session.execute(text("DELETE FROM heartbeats"))
    db.session.commit()


@pytest.fixture
def earlier(session: Session) -> Iterator[Connection]:
    """Somebody who reads a moment of the past, as a backup does; something was removed since."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SELECT count(*) FROM comments"))
        with writing(session):
            beat(session, REMOVED, now=NOW)
        yield connection


def test_nothing_counts_as_wiped_while_somebody_looks_back(
    session: Session, earlier: Connection, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiping, "LOOK_BACK_WITHIN_S", 0.0)
    settings = app.extensions["forum_settings"]

    was_wiped = wipe_erased(session, settings, now=NOW)

    assert (was_wiped, has_remains(session)) == (False, True)


def test_a_writer_in_another_database_of_the_server_is_waited_for(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiping, "LOOK_BACK_WITHIN_S", 0.0)
    elsewhere = db.engine.url.set(drivername="postgresql", database="postgres")
    with writing(session):
        beat(session, REMOVED, now=NOW)

    with psycopg.connect(elsewhere.render_as_string(hide_password=False)) as other:
        other.execute("SELECT pg_current_xact_id()")
        was_wiped = wipe_erased(session, app.extensions["forum_settings"], now=NOW)

    assert (was_wiped, has_remains(session)) == (False, True)


def test_it_is_done_as_soon_as_nobody_does(session: Session, earlier: Connection, app: Flask) -> None:
    earlier.rollback()

    assert wiped(session, app.extensions["forum_settings"], now=NOW)
