"""A migration that makes a SQLite table anew loses nothing that refers to it, and leaves the references at work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command

from forum.config import Settings
from forum.operations.migrate import alembic_config
from tests.conftest import settings_for

_ARTICLE = """
INSERT INTO articles (id, slug, title, lede, kind, state, lang, source, html, text_rules_version, word_count,
    updated_at, comment_policy, view_count, last_number, last_root_number)
VALUES (7, 'een-buurthuis', 'Een buurthuis', '', 'opinion', 'published', 'nl', '', '', 1, 0,
    '2026-11-20 09:30:00.000000', 'premoderated', 3, 0, 0)
"""
_REFER_TO_IT = (
    "INSERT INTO people (id, name) VALUES (1, 'Paul Verbeek')",
    "INSERT INTO bylines (article_id, position, person_id) VALUES (7, 1, 1)",
    "INSERT INTO former_slugs (slug, article_id) VALUES ('vroeger', 7)",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a database at the revision before articles were made anew, with one of them."""
    settings = settings_for(f"sqlite:///{tmp_path / 'forum.sqlite3'}", tmp_path)
    command.upgrade(alembic_config(settings), "0004")
    with connected(tmp_path) as database:
        for statement in (_ARTICLE, *_REFER_TO_IT):
            database.execute(statement)
    return settings


@contextmanager
def connected(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "forum.sqlite3", isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = ON")
        yield database


def test_what_refers_to_an_article_is_still_there(settings: Settings, tmp_path: Path) -> None:
    command.upgrade(alembic_config(settings), "head")

    with connected(tmp_path) as database:
        assert database.execute("SELECT id, slug, view_count, source_format FROM articles").fetchall() == [
            (7, "een-buurthuis", 3, "markdown")
        ]
        assert database.execute("SELECT article_id, person_id FROM bylines").fetchall() == [(7, 1)]
        assert database.execute("SELECT slug, article_id FROM former_slugs").fetchall() == [("vroeger", 7)]


def test_and_goes_with_it_as_before(settings: Settings, tmp_path: Path) -> None:
    command.upgrade(alembic_config(settings), "head")

    with connected(tmp_path) as database:
        database.execute("DELETE FROM articles")
        assert database.execute("SELECT count(*) FROM bylines").fetchone() == (0,)
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("INSERT INTO former_slugs (slug, article_id) VALUES ('later', 7)")


def test_the_id_of_an_article_that_is_gone_is_not_given_again(settings: Settings, tmp_path: Path) -> None:
    command.upgrade(alembic_config(settings), "head")

    with connected(tmp_path) as database:
        database.execute("DELETE FROM articles")
        database.execute(_ARTICLE.replace("(id, ", "(").replace("(7, ", "("))
        assert database.execute("SELECT id FROM articles").fetchone() == (8,)


def test_a_reference_to_nothing_stops_it_and_all_is_as_it_was(settings: Settings, tmp_path: Path) -> None:
    with connected(tmp_path) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("INSERT INTO former_slugs (slug, article_id) VALUES ('van-niemand', 99)")

    with pytest.raises(RuntimeError, match="former_slugs"):
        command.upgrade(alembic_config(settings), "head")

    with connected(tmp_path) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0004",)]
        assert database.execute("SELECT count(*) FROM bylines").fetchone() == (1,)
