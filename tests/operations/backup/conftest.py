"""A site that can be destroyed and put back, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from forum.articles.models import Article
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments import lifecycle
from forum.comments.models import Comment, State
from forum.config import Settings
from forum.operations.backup.archive import Manifest
from forum.operations.backup.creating import create
from forum.operations.backup.restoring import Restored, restore
from forum.operations.ledger import add_to_ledger, erased_in
from forum.operations.migrate import upgrade
from tests.comments.scene import Scene
from tests.conftest import AppFactory, settings_for
from tests.factories import NOW, SIGNER, Site, make_site
from tests.proofs.databases import scratch_database

LATER = NOW + timedelta(hours=1)


@dataclass
class Stored:
    """A site, and what an operator does to it."""

    app: Flask
    site: Site
    folder: Path

    @property
    def settings(self) -> Settings:
        """Its settings."""
        settings: Settings = self.app.extensions["forum_settings"]
        return settings

    @property
    def is_sqlite(self) -> bool:
        """Whether it is stored in a file."""
        return self.settings.database_url.startswith("sqlite")

    @property
    def backup(self) -> Path:
        """Where its backup is."""
        return self.folder / "backup.tar"

    @property
    def ledger(self) -> Path:
        """Where its ledger is."""
        return self.settings.erasure_ledger

    def scene(self) -> Scene:
        """Its article and moderator, in the session of the present context."""
        article = db.session.get_one(Article, self.site.article_id)
        moderator = lifecycle.staff(self.site.moderator_id)
        return Scene(db.session, article, moderator, moderator)

    def comment(self, state: State = State.PENDING, **values: Any) -> int:
        """A stored comment; its id."""
        with self.app.app_context(), writing(db.session):
            return self.scene().comment(state, **values).id

    def create(self, *, now: datetime = NOW) -> Manifest:
        """Back it up."""
        with self.app.app_context():
            add_to_ledger(self.ledger, erased_in(db.session))
            db.session.rollback()
            return create(db.engine, self.settings, SIGNER, self.backup, now=now)[1]

    def restore(
        self,
        *,
        replace_data: bool = True,
        any_key: bool = False,
        no_ledger: bool = False,
        signer: Signer = SIGNER,
        now: datetime = LATER,
        path: Path | None = None,
        **changed: Any,
    ) -> Restored:
        """Put the backup back."""
        settings = replace(self.settings, **changed)
        with self.app.app_context():
            db.session.rollback()
            return restore(
                db.engine, settings, signer, path or self.backup,
                replace=replace_data, any_key=any_key, no_ledger=no_ledger, now=now,
            )  # fmt: skip

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.app.app_context():
            found = [tuple(row) for row in db.session.execute(text(sql))]
            db.session.rollback()
            return found

    def run(self, sql: str) -> None:
        """Change something, as no service would."""
        with self.app.app_context(), writing(db.session):
            db.session.execute(text(sql))

    def state_of(self, comment_id: int) -> State:
        """Where a comment stands."""
        with self.app.app_context():
            return db.session.get_one(Comment, comment_id).state


@pytest.fixture(scope="session")
def postgresql_template(
    migrated_postgresql: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The URL of a migrated database that nobody is connected to, to copy."""
    with scratch_database() as url:
        upgrade(settings_for(url, tmp_path_factory.mktemp("template")))
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(
    request: pytest.FixtureRequest, tmp_path: Path, make_app: AppFactory, migrated_sqlite: Path
) -> Iterator[Stored]:
    """A site with an article, once on each database, each of its own: a restore needs to be alone."""
    if request.param == "sqlite":
        file = tmp_path / "forum.sqlite3"
        file.write_bytes(migrated_sqlite.read_bytes())
        yield _stored(make_app, f"sqlite:///{file}", tmp_path)
        return
    with scratch_database(request.getfixturevalue("postgresql_template")) as url:
        yield _stored(make_app, url, tmp_path)


def _stored(make_app: AppFactory, url: str, folder: Path) -> Stored:
    app = make_app(url)
    return Stored(app, make_site(app), folder)


@pytest.fixture
def changed(stored: Stored) -> Stored:
    """A site that has gone on since its backup."""
    stored.comment(State.APPROVED, source="Ervoor.")
    stored.create()
    stored.comment(State.APPROVED, source="Erna.")
    return stored
