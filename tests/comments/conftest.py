"""A scene on each database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from forum import create_app
from forum.accounts.models import RoleName
from forum.base.engine import WRITES
from forum.base.models import Model
from forum.base.session import db
from forum.comments import lifecycle
from tests.comments.scene import SECOND_MODERATOR, Scene
from tests.conftest import settings_for
from tests.factories import MODERATOR, make_account, make_article


@pytest.fixture(scope="session")
def sqlite_stage(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on an SQLite database in which nothing is ever committed."""
    folder = tmp_path_factory.mktemp("stage")
    shutil.copy(migrated_sqlite, folder / "forum.sqlite3")
    yield from _stage(f"sqlite:///{folder / 'forum.sqlite3'}", folder)


@pytest.fixture(scope="session")
def postgresql_stage(migrated_postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The same on PostgreSQL."""
    yield from _stage(migrated_postgresql, tmp_path_factory.mktemp("stage"))


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """One open transaction in which comments are made and decided about, on each database; rolled back at the end."""
    app: Flask = request.getfixturevalue(f"{request.param}_stage")
    with app.app_context():
        db.session.connection(execution_options={WRITES: True})
        _empty(db.session)
        moderator = make_account(db.session, MODERATOR, [RoleName.MODERATOR])
        second = make_account(db.session, SECOND_MODERATOR, [RoleName.MODERATOR])
        article = make_article(db.session)
        yield Scene(db.session, article, lifecycle.staff(moderator.id), lifecycle.staff(second.id))
        db.session.rollback()


def _stage(database_url: str, folder: Path) -> Iterator[Flask]:
    app = create_app(settings_for(database_url, folder))
    yield app
    with app.app_context():
        db.engine.dispose()


def _empty(session: Session) -> None:
    """Put aside what other tests left behind on PostgreSQL, until this transaction is rolled back."""
    if session.get_bind().dialect.name == "postgresql":
        tables = ", ".join(table.name for table in Model.metadata.sorted_tables if table.name != "roles")
        session.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
