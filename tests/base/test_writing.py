"""`writing`: one transaction that begins at once, sees the present, and leaves all or nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.base.engine import engine_line, engine_options, is_sqlite, sqlite_module
from forum.base.page_versions import PageVersion, bump, current_versions
from forum.base.session import db, lock_key, writing
from tests.factories import Site, make_article


def title(site: Site) -> str:
    with site.app.app_context():
        return db.session.get_one(Article, site.article_id).title


def other_connection() -> Any:
    """A connection that waits for nobody, by the same library: two of them in one process would not see each other."""
    return sqlite_module().connect(db.engine.url.database, timeout=0)


def rename(site: Site, to: str) -> None:
    """Another session changes the title."""

    def work() -> None:
        with site.app.app_context(), writing(db.session):
            db.session.get_one(Article, site.article_id).title = to

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_what_was_written_is_there_afterwards(both_sites: Site) -> None:
    rename(both_sites, "Nieuw")

    assert title(both_sites) == "Nieuw"


def test_an_error_takes_everything_back(both_sites: Site) -> None:
    before = title(both_sites)

    def work() -> None:
        with both_sites.app.app_context(), writing(db.session):
            db.session.get_one(Article, both_sites.article_id).title = "Half"
            db.session.flush()
            raise RuntimeError("midden in het werk")

    with pytest.raises(RuntimeError, match="midden in"):
        work()

    assert title(both_sites) == before


def test_what_was_read_before_is_read_again(both_sites: Site) -> None:
    with both_sites.app.app_context():
        article = db.session.get_one(Article, both_sites.article_id)
        assert article.title != "Nieuw"
        rename(both_sites, "Nieuw")

        with writing(db.session):
            seen = article.title

    assert seen == "Nieuw"


def test_two_who_read_and_then_write_lose_nothing(both_sites: Site) -> None:
    start = threading.Barrier(8)

    def add_view() -> None:
        with both_sites.app.app_context():
            article = db.session.get_one(Article, both_sites.article_id)
            start.wait()
            for _ in range(5):
                with writing(db.session):
                    lock_key(db.session, "views")
                    db.session.refresh(article)
                    article.view_count = article.view_count + 1

    threads = [threading.Thread(target=add_view) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with both_sites.app.app_context():
        assert db.session.get_one(Article, both_sites.article_id).view_count == 40


def test_on_sqlite_the_lock_is_taken_before_the_first_write(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        other = other_connection()
        with pytest.raises(sqlite_module().OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_on_sqlite_a_reader_takes_no_lock(site: Site) -> None:
    with site.app.app_context():
        db.session.get_one(Article, site.article_id)
        other = other_connection()

        other.execute("BEGIN IMMEDIATE")

        other.rollback()
        other.close()


def test_after_a_writing_transaction_reading_takes_no_lock_either(site: Site) -> None:
    with site.app.app_context():
        with writing(db.session):
            pass
        db.session.get_one(Article, site.article_id)
        other = other_connection()

        other.execute("BEGIN IMMEDIATE")

        other.rollback()
        other.close()


def test_a_key_is_held_by_one_transaction_at_a_time(app: Flask) -> None:
    inside: list[int] = []
    most: list[int] = []
    start = threading.Barrier(6)

    def work() -> None:
        with app.app_context():
            start.wait()
            with writing(db.session):
                lock_key(db.session, "een sleutel")
                inside.append(1)
                most.append(len(inside))
                db.session.execute(select(func.count()).select_from(Article))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1] * 6


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("busy_timeout", 5000),
    ],
)
def test_every_sqlite_connection_keeps_what_was_acknowledged(
    sqlite_session: Session, pragma: str, value: object
) -> None:
    assert sqlite_session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_the_operator_is_told_what_stores_the_data(app: Flask) -> None:
    with app.app_context():
        line, warning = engine_line(db.engine)

    assert line.startswith(("SQLite 3.", "PostgreSQL "))
    assert warning is None


def test_an_old_sqlite_and_an_old_postgresql_are_warned_about(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Old:
        sqlite_version_info = (3, 40, 1)

    monkeypatch.setattr("forum.base.engine.sqlite_module", lambda: Old)

    with sqlite_app.app_context():
        line, warning = engine_line(db.engine)

    assert "3.40.1" in line
    assert "3.51.3" in (warning or "")


def test_postgresql_is_driven_by_psycopg_whatever_its_address_says() -> None:
    options = engine_options("postgresql://a:b@127.0.0.1/c")

    assert options["url"].drivername == "postgresql+psycopg"
    assert not is_sqlite("postgresql://a/b")
    assert is_sqlite("sqlite:////tmp/x")


def test_a_bump_raises_each_key_by_one_and_makes_it_when_new(session: Session) -> None:
    with writing(session):
        bump(session, "a", "b", "a")
        bump(session, "b")
        bump(session)

        assert current_versions(session, ["a", "b", "c"]) == {"a": 1, "b": 2, "c": 0}


def test_bumps_at_once_are_all_counted_and_wait_in_no_circle(app: Flask) -> None:
    start = threading.Barrier(6)

    def work(keys: tuple[str, ...]) -> None:
        with app.app_context():
            start.wait()
            for _ in range(5):
                with writing(db.session):
                    bump(db.session, *keys)

    threads = [threading.Thread(target=work, args=(keys,)) for keys in [("a", "b", "c"), ("c", "b", "a")] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        assert dict(db.session.execute(select(PageVersion.key, PageVersion.version)).all()) == {
            "a": 30, "b": 30, "c": 30,
        }  # fmt: skip


def test_a_rolled_back_bump_never_was(session: Session) -> None:
    def work() -> None:
        with writing(session):
            bump(session, "a")
            make_article(session)
            raise RuntimeError("midden in het werk")

    with pytest.raises(RuntimeError, match="midden in"):
        work()

    assert current_versions(session, ["a"]) == {"a": 0}
