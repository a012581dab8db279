"""What is erased is written anew only once nobody looks back at it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Connection, make_url, text
from sqlalchemy.orm import Session

from forum.base.session import db, writing
from forum.operations import wiping
from forum.operations.heartbeat import beat
from forum.operations.keeping_jobs import REMOVED, find_remains, wipe_erased
from forum.web.log import logger
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

    assert (was_wiped, bool(find_remains(session))) == (False, True)


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

    assert (was_wiped, bool(find_remains(session))) == (False, True)


def test_it_is_done_as_soon_as_nobody_does(session: Session, earlier: Connection, app: Flask) -> None:
    earlier.rollback()

    assert wiped(session, app.extensions["forum_settings"], now=NOW)


def test_a_role_that_does_not_own_the_tables_counts_nothing_as_wiped_and_says_so(
    session: Session, guest: Flask, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiping, "_nobody_looks_back", lambda _connection: True)
    with writing(session):
        beat(session, REMOVED, now=NOW)

    with guest.app_context():
        was_wiped = wipe_erased(db.session, guest.extensions["forum_settings"], now=NOW)

    assert (was_wiped, bool(find_remains(session))) == (False, True)
    assert [event for event in logged if "own the tables" in event]


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What is logged of events."""
    events: list[str] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            events.append(record.getMessage())

    handler = Noting()
    logger.addHandler(handler)
    yield events
    logger.removeHandler(handler)


@pytest.fixture
def guest(migrated_postgresql: str, make_app: AppFactory) -> Iterator[Flask]:
    """The application as a role that may read and write everything, and owns nothing."""
    role = f"forum_guest_{os.getpid()}"
    with psycopg.connect(migrated_postgresql, autocommit=True) as connection:
        connection.execute(
            f"CREATE ROLE {role} LOGIN PASSWORD 'geheim';"
            f" GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};"
            f" GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}".encode()
        )
        app = make_app(
            make_url(migrated_postgresql)
            .set(username=role, password="geheim")
            .render_as_string(hide_password=False)
        )
        yield app
        with app.app_context():
            db.engine.dispose()
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
