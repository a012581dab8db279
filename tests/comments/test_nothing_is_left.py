"""After "erase me" no byte that the site keeps holds the address, or the texts where that was chosen."""

from __future__ import annotations

import json
import logging
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from forum.articles.models import Article
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.after_erasure import EXTENSION as AFTER_ERASURE
from forum.comments.erasing import erase_address
from forum.comments.models import Comment, Commenter, Move
from forum.mail.outbox import NewMail, put
from forum.operations import wiping
from forum.web.log import JsonLines
from tests.factories import NOW, SIGNER, Site, make_comment
from tests.operations.patience import TIMEOUT_S, wiped

pytestmark = pytest.mark.timeout(TIMEOUT_S)

OTHERS = 60
LEAVING = "vertrekt.vandaag@lezers.example"
NAME = "Vera Vertrekker"
SECRET = "sleutelbos-onder-de-mat"
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""PostgreSQL keeps dead rows until the worker comes by, and has no log of its own beside its file."""
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite's file is its dump."""


@pytest.fixture
def log_lines(tmp_path: Path) -> Iterator[Path]:
    """A file with everything that the site logs, below the folder that is searched."""
    path = tmp_path / "site.log"
    handler = logging.FileHandler(path)
    handler.setFormatter(JsonLines())
    logging.getLogger("forum").addHandler(handler)
    yield path
    logging.getLogger("forum").removeHandler(handler)
    handler.close()


@pytest.fixture
def busy_site(both_sites: Site, log_lines: Path) -> Site:
    """A thread in which someone who leaves wrote among many others, and was answered."""
    assert log_lines.exists()
    _write_among_others(both_sites)
    with both_sites.app.app_context(), writing(db.session):
        for comment in db.session.scalars(select(Comment).where(Comment.id % 3 != 0)):
            _approve(both_sites, comment)
        put(db.session, NewMail(key="k", kind="test", recipient=LEAVING), now=NOW)
    own = _public_own(both_sites)
    answer = {"body": "Dat is een goed idee.", "email": "antwoord@lezers.example", "parent_id": str(own)}
    both_sites.post(both_sites.reader(), **answer)
    with both_sites.app.app_context(), writing(db.session):
        _approve(both_sites, db.session.scalars(select(Comment).where(Comment.parent_id == own)).one())
    return both_sites


def _write_among_others(site: Site) -> None:
    """Some write over HTTP, so that limits and logs hear of them; the others only fill the pages of the database."""
    for number in range(0, OTHERS, 20):
        body = f"{SECRET} {number} " + "en nog wat " * number
        site.post(site.reader(), body=body, name=NAME, email=LEAVING)
        with site.app.app_context(), writing(db.session):
            article = db.session.get_one(Article, site.article_id)
            for other in range(number + 1, number + 20):
                source = f"Bijdrage {other} {secrets.token_hex(4)} " + "en nog wat " * (other % 50 * 3)
                make_comment(db.session, article, source=source, email=f"lezer-{other}@lezers.example")


def _approve(site: Site, comment: Comment) -> None:
    by = lifecycle.staff(site.moderator_id)
    lifecycle.move(db.session, comment, Move.APPROVE, by=by, version=comment.version, now=NOW)


def _public_own(site: Site) -> int:
    with site.app.app_context():
        return db.session.scalars(
            select(Comment.id).where(Comment.author_name == NAME, Comment.id % 3 != 0).limit(1)
        ).one()


def erase(site: Site, *, keep_texts: bool) -> None:
    """As the writer's page does it."""
    with site.app.app_context():
        with writing(db.session):
            commenter = db.session.scalars(select(Commenter).where(Commenter.email == LEAVING)).one()
            erase_address(db.session, SIGNER, commenter, keep_texts=keep_texts, now=utc_now())
        site.app.extensions[AFTER_ERASURE]()


def is_sqlite(site: Site) -> bool:
    return bool(site.app.extensions["forum_settings"].database_url.startswith("sqlite"))


def held_in(site: Site, folder: Path, *needles: str) -> list[str]:
    """The files, and the tables of PostgreSQL, in whose bytes one of `needles` is found."""
    holds = [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(needle.encode() in path.read_bytes() for needle in needles)
    ]
    return holds if is_sqlite(site) else holds + _tables_holding(site, needles)


def _tables_holding(site: Site, needles: tuple[str, ...]) -> list[str]:
    """The pages of tables, indexes and TOAST as they lie on the disk: the server reads them for its superuser."""
    with site.app.app_context():
        connection = db.session.connection()
        connection.exec_driver_sql("CHECKPOINT")
        files = connection.exec_driver_sql(
            "SELECT c.relname, pg_relation_filepath(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE n.nspname IN ('public', 'pg_toast') AND c.relkind IN ('r', 'i', 't')"
        ).all()
        found = []
        for name, path in files:
            content = connection.exec_driver_sql("SELECT pg_read_binary_file(%s)", (path,)).scalar_one()
            if any(needle.encode() in bytes(content) for needle in needles):
                found.append(name)
        db.session.rollback()
    return found


def finish(site: Site) -> None:
    """What the worker does within a minute."""
    with site.app.app_context():
        settings = site.app.extensions["forum_settings"]
        assert wiped(db.session, settings, now=utc_now())


def test_the_search_finds_what_is_there(busy_site: Site, tmp_path: Path) -> None:
    found = held_in(busy_site, tmp_path, LEAVING)

    assert found, "a search that finds nothing proves nothing"


@ONLY_SQLITE
def test_at_once_no_byte_of_the_files_holds_address_name_or_text(busy_site: Site, tmp_path: Path) -> None:

    erase(busy_site, keep_texts=False)

    assert held_in(busy_site, tmp_path, LEAVING, NAME, SECRET) == []


def test_a_minute_later_neither_does_a_page_of_any_table(busy_site: Site, tmp_path: Path) -> None:
    erase(busy_site, keep_texts=False)

    finish(busy_site)

    assert held_in(busy_site, tmp_path, LEAVING, NAME, SECRET) == []


def test_who_leaves_the_texts_leaves_no_address_and_no_name(busy_site: Site, tmp_path: Path) -> None:
    erase(busy_site, keep_texts=True)

    finish(busy_site)

    assert held_in(busy_site, tmp_path, LEAVING, NAME) == []
    assert held_in(busy_site, tmp_path, SECRET) != []


@pytest.mark.parametrize("keep_texts", [True, False])
def test_pages_that_were_kept_are_made_again_without_them(busy_site: Site, keep_texts: bool) -> None:
    reader = busy_site.reader()
    path = f"/articles/{busy_site.slug}?all=1"
    before = reader.get(path).text
    erase(busy_site, keep_texts=keep_texts)

    pages = [reader.get(address).text for address in (path, "/", f"/articles/{busy_site.slug}")]

    assert NAME in before
    assert all(NAME not in page and LEAVING not in page for page in pages)
    assert keep_texts or all(SECRET not in page for page in pages)


@pytest.mark.parametrize("keep_texts", [True, False])
def test_the_answers_of_others_stand_where_they_stood(busy_site: Site, keep_texts: bool) -> None:
    before = _places(busy_site)

    erase(busy_site, keep_texts=keep_texts)
    finish(busy_site)

    assert _places(busy_site) == before


def _places(site: Site) -> list[tuple[object, ...]]:
    with site.app.app_context():
        rows = db.session.execute(
            select(Comment.id, Comment.parent_id, Comment.number, Comment.root_number, Comment.path, Comment.depth)
            .order_by(Comment.id)
        )  # fmt: skip
        return [tuple(row) for row in rows]


@ONLY_POSTGRESQL
def test_a_dump_holds_nothing(busy_site: Site, tmp_path: Path) -> None:
    erase(busy_site, keep_texts=False)
    url = busy_site.app.extensions["forum_settings"].database_url

    dump = subprocess.run(["pg_dump", url], check=True, capture_output=True, cwd=tmp_path).stdout

    assert all(needle.encode() not in dump for needle in (LEAVING, NAME, SECRET))


def test_logs_hold_lines_and_none_of_it(busy_site: Site, log_lines: Path) -> None:
    erase(busy_site, keep_texts=False)

    lines = log_lines.read_text().splitlines()

    assert len([line for line in lines if json.loads(line)["event"] == "request"]) > 3
    assert all(needle not in line for line in lines for needle in (LEAVING, NAME, SECRET))


@ONLY_SQLITE
def test_a_reader_in_the_way_delays_it_and_the_worker_makes_up_for_it(
    busy_site: Site, tmp_path: Path
) -> None:
    with busy_site.app.app_context():
        engine = db.engine
        with engine.connect() as reading:
            reading.exec_driver_sql("SELECT count(*) FROM comments").one()
            erase(busy_site, keep_texts=False)
            delayed = held_in(busy_site, tmp_path, LEAVING)

    finish(busy_site)

    assert delayed != []
    assert held_in(busy_site, tmp_path, LEAVING, NAME, SECRET) == []


def test_a_large_database_is_written_anew_at_night_only(
    busy_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiping, "REWRITTEN_AT_ONCE_BYTES", 1)
    erase(busy_site, keep_texts=False)
    settings = busy_site.app.extensions["forum_settings"]
    noon, night = (NOW.replace(hour=hour) for hour in (11, 2))

    with busy_site.app.app_context():
        was_wiped = [wiped(db.session, settings, now=now) for now in (noon, night)]

    assert was_wiped == [False, True]


def test_without_an_erasure_there_is_nothing_to_wipe(both_sites: Site) -> None:
    with both_sites.app.app_context():
        was_wiped = wiped(db.session, both_sites.app.extensions["forum_settings"], now=NOW)

    assert was_wiped is False
