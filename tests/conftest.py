"""Fixtures: an application on each database, three named people, and a clock that stands still."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from forum import create_app
from forum.base import engine, writers
from forum.base.session import db
from forum.config import Settings, load_settings
from forum.operations.migrate import upgrade
from tests import factories, services
from tests.comments.mails.post import Post
from tests.web.limit_places import close_storage

GENEROUS_LIMITS = {
    "FORUM_COMMENT_LIMITS": "1000000 per second",
    "FORUM_NETWORK_LIMITS": "1000000 per second",
    "FORUM_FLOOD_LIMIT": "1000000 per second",
}
PATIENCE_S = 60
AppFactory = Callable[..., Flask]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that run on PostgreSQL carry its mark, so that `-m "not postgresql"` leaves them out."""
    for item in items:
        if "postgresql" in getattr(item, "callspec", _NO_CALLSPEC).params.values():
            item.add_marker("postgresql")


class _NO_CALLSPEC:  # noqa: N801
    params: dict[str, object] = {}


def skip_or_fail(what: str) -> None:
    """Skip a test whose service is missing; a failure where `FORUM_TEST_REQUIRE=all` says that it must be there."""
    if os.environ.get("FORUM_TEST_REQUIRE") == "all":
        pytest.fail(f"{what} is missing, and FORUM_TEST_REQUIRE=all")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that tests copy."""
    folder = tmp_path_factory.mktemp("migrated")
    upgrade(load_settings({"FORUM_INSTANCE_PATH": str(folder)}))
    return folder / "forum.sqlite3"


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database of this test process."""
    server = services.address(services.POSTGRESQL_VARIABLE)
    if not services.postgresql_answers(server):
        skip_or_fail("PostgreSQL")
    name = f"forum_test_{worker_id}_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    folder = tmp_path_factory.mktemp("postgresql")
    upgrade(load_settings({"FORUM_DATABASE_URL": url, "FORUM_INSTANCE_PATH": str(folder)}))
    yield url
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database: each test that asks for it runs on both."""
    if request.param == "sqlite":
        return _copied(request.getfixturevalue("migrated_sqlite"), tmp_path)
    url: str = request.getfixturevalue("migrated_postgresql")
    _empty(url)
    return url


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """An empty, migrated SQLite database."""
    return _copied(migrated_sqlite, tmp_path)


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[AppFactory]:
    """Builds applications: `make_app(database_url, FORUM_LOCALE="en")`. Limits are generous unless given."""
    apps: list[Flask] = []

    def make(database_url: str, **environ: str) -> Flask:
        app = create_app(settings_for(database_url, tmp_path, **environ))
        app.testing = False  # errors become pages, as readers get them
        app.jinja_env.bytecode_cache = _compiled
        apps.append(app)
        return app

    yield make
    for app in apps:
        with app.app_context():
            app.extensions["forum_view_counts"].flush()
            db.engine.dispose()
        close_storage(app.extensions["forum_limits"].storage)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications made after this wait long for locks and connections: for tests in which many meet on purpose.

    A site answers 503 after 5 s, which says nothing of what the tests ask: on a busy machine the one who holds the
    lock may take as long.
    """
    for module, name in (
        (engine, "BUSY_TIMEOUT_S"), (writers, "BUSY_TIMEOUT_S"), (engine, "STATEMENT_TIMEOUT_S"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, PATIENCE_S)


@pytest.fixture
def app(database_url: str, make_app: AppFactory) -> Flask:
    """The application, once on each database."""
    return make_app(database_url)


@pytest.fixture
def sqlite_app(sqlite_url: str, make_app: AppFactory) -> Flask:
    """The application on SQLite, for behaviour that the database has no part in."""
    return make_app(sqlite_url)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of `app`."""
    with app.app_context():
        yield db.session


@pytest.fixture
def sqlite_session(sqlite_app: Flask) -> Iterator[Session]:
    """A session of `sqlite_app`."""
    with sqlite_app.app_context():
        yield db.session


@pytest.fixture
def client(sqlite_app: Flask) -> FlaskClient:
    """A reader's browser on `sqlite_app`, without cookies."""
    return sqlite_app.test_client()


@pytest.fixture
def site(sqlite_app: Flask) -> factories.Site:
    """`sqlite_app` with one open article by the author, and the three people."""
    return factories.make_site(sqlite_app)


@pytest.fixture
def both_sites(app: Flask) -> factories.Site:
    """`app` (on each database) with one open article by the author, and the three people."""
    return factories.make_site(app)


@pytest.fixture
def post(site: factories.Site) -> Post:
    """A post office on SQLite."""
    return Post(site)


@pytest.fixture
def both_posts(both_sites: factories.Site) -> Post:
    """A post office on each database."""
    return Post(both_sites)


def settings_for(database_url: str, folder: Path, **environ: Any) -> Settings:
    """Settings of a test application in a folder of its own."""
    return load_settings(
        GENEROUS_LIMITS
        | {"FORUM_DATABASE_URL": database_url, "FORUM_INSTANCE_PATH": str(folder / "instance")}
        | {"FORUM_SECRET_KEY": factories.SECRET_KEY}
        | environ
    )


def _copied(template: Path, folder: Path) -> str:
    shutil.copy(template, folder / "forum.sqlite3")
    return f"sqlite:///{folder / 'forum.sqlite3'}"


def _empty(url: str) -> None:
    """Empty every table but those that migrations fill, and count from one again.

    Deleting the few rows of a test takes a tenth of the time of a TRUNCATE, which makes every file anew.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute(_DELETE_ALL)
        except InsufficientPrivilege:  # only a superuser may leave the references unchecked meanwhile
            connection.execute(_TRUNCATE_ALL)


_TABLES = "schemaname = 'public' AND tablename NOT IN ('alembic_version', 'roles')"
_DELETE_ALL = f"""DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE {_TABLES} LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
        FROM pg_sequences WHERE schemaname = 'public' AND sequencename <> 'roles_id_seq';
END $$""".encode()
_TRUNCATE_ALL = f"""DO $$ BEGIN
    EXECUTE (SELECT format('TRUNCATE %s RESTART IDENTITY CASCADE', string_agg(quote_ident(tablename), ', '))
        FROM pg_tables WHERE {_TABLES});
END $$""".encode()


class _CompiledOnce(BytecodeCache):
    """Templates compiled for one application serve the next: compiling is most of what a page costs in a test."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_compiled = _CompiledOnce()
