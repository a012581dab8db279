"""Forgetting an address that nothing refers to, while a post with it comes in."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from forum.articles.models import Article
from forum.base.session import db, writing
from forum.comments.commenters import commenter_id_for, forget_if_unused, forget_unused
from forum.comments.models import Commenter
from tests.factories import NOW, READER, Site, make_comment

pytestmark = pytest.mark.usefixtures("patient")

LOOKS = 20_000
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)
"""How many others wait for this very transaction."""


def _commenter(site: Site, email: str = READER.email) -> int:
    """An address that nothing refers to yet."""
    with site.app.app_context(), writing(db.session):
        return commenter_id_for(db.session, email, now=NOW)


def _forget(app: Flask, commenter_id: int) -> None:
    with app.app_context(), writing(db.session):
        forget_if_unused(db.session, commenter_id)


def _wait_until_it_is_held_up(work: Future[Any]) -> None:
    """Until the other transaction waits for this one; on SQLite it cannot but do so."""
    if db.session.get_bind().dialect.name == "postgresql":
        assert any(db.session.scalar(_WAITING) or work.done() for _ in range(LOOKS))


def _known(site: Site) -> int:
    with site.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Commenter)) or 0


def test_an_address_with_which_a_post_comes_in_at_this_moment_stays(both_sites: Site) -> None:
    commenter_id = _commenter(both_sites)

    with ThreadPoolExecutor(1) as pool, both_sites.app.app_context():
        with writing(db.session):
            article = db.session.get_one(Article, both_sites.article_id)
            assert make_comment(db.session, article).commenter_id == commenter_id
            forgetting = pool.submit(_forget, both_sites.app, commenter_id)
            _wait_until_it_is_held_up(forgetting)

        forgetting.result(timeout=60)

    assert _known(both_sites) == 1


def test_a_post_that_finds_its_address_just_forgotten_brings_it_anew(both_sites: Site) -> None:
    commenter_id = _commenter(both_sites)

    with ThreadPoolExecutor(1) as pool, both_sites.app.app_context():
        with writing(db.session):
            forget_if_unused(db.session, commenter_id)
            posting = pool.submit(both_sites.comment)
            _wait_until_it_is_held_up(posting)

        posting.result(timeout=60)

    assert _known(both_sites) == 1


def test_of_many_addresses_only_the_unused_ones_go(both_sites: Site) -> None:
    unused = [_commenter(both_sites, f"{n}@lezers.example") for n in range(3)]
    both_sites.comment()
    used = _commenter(both_sites)

    with both_sites.app.app_context(), writing(db.session):
        forget_unused(db.session, [*unused, used])

    assert _known(both_sites) == 1


@pytest.mark.parametrize("nobody", [None, 987_654])
def test_nobody_is_forgotten_without_complaint(site: Site, nobody: int | None) -> None:
    _commenter(site)

    with site.app.app_context(), writing(db.session):
        forget_if_unused(db.session, nobody)

    assert _known(site) == 1
