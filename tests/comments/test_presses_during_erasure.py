"""Whoever presses a button while their address is being erased waits for that, and is told that it is gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Response
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.commenters import find_commenter
from forum.comments.erasing import erase_address
from forum.comments.following.service import link_token
from forum.comments.models import Comment, Commenter, Follow
from forum.comments.proving.browser import remember_proof
from forum.comments.unsubscribing.links import replies_url
from forum.comments.writer.links import writer_token
from forum.web import press
from tests.comments.writer.pages import Writer, writer
from tests.factories import READER, SIGNER, Site

ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time: nobody meets anybody half-way."""
PRESS = re.compile(r'name="press" value="([^"]+)"')
LOOKS = 20_000
Press = Callable[[], int]
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)
"""How many others wait for this very transaction."""


def _reader(session: Session) -> Commenter:
    found = find_commenter(session, READER.email)
    assert found is not None
    return found


def _button(noor: Writer, path: str, **form: str) -> Press:
    """A button behind a link from a mail; it is looked at already."""
    mark = PRESS.search(noor.page(path))
    assert mark is not None
    return lambda: int(noor.press(path, press=mark[1], **form).status_code)


def _link(noor: Writer, make: Callable[[Commenter], str]) -> str:
    with noor.site.app.test_request_context():
        return make(_reader(db.session))


def link_to_the_own_page(noor: Writer) -> Press:
    return _button(noor, _link(noor, lambda c: f"/writer/{writer_token(SIGNER, c, now=utc_now())}"))


def link_to_follow(noor: Writer) -> Press:
    article_id = noor.site.article_id
    return _button(
        noor, _link(noor, lambda c: f"/follow/{link_token(SIGNER, c, article_id, Cadence.DAILY, now=utc_now())}")
    )  # fmt: skip


def link_to_unsubscribe_from_all(noor: Writer) -> Press:
    def make(commenter: Commenter) -> str:
        comment = db.session.scalars(select(Comment)).one()
        return replies_url(SIGNER, comment, commenter).removeprefix("http://127.0.0.1:8000")

    return _button(noor, _link(noor, make), choice="all", was="")


def form_to_follow(noor: Writer) -> Press:
    with noor.site.app.test_request_context():
        response = Response()
        remember_proof(response, SIGNER, _reader(db.session), now=utc_now())
    name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
    noor.client.set_cookie(name, value)
    path = f"/articles/{noor.site.slug}/follow"
    return lambda: int(noor.press(path, email=READER.email, cadence="daily").status_code)


def own_page_no_mail(noor: Writer) -> Press:
    return lambda: int(noor.press("/writer/mail", stop="1").status_code)


def own_page_follow(noor: Writer) -> Press:
    return lambda: int(noor.press(f"/writer/follows/{noor.site.slug}", cadence="daily").status_code)


def own_page_answers(noor: Writer) -> Press:
    return lambda: int(noor.press("/writer/comments/1/answers", notify="1").status_code)


def own_page_erase(noor: Writer) -> Press:
    return lambda: int(noor.press("/writer/erase", what="texts").status_code)


@pytest.fixture
def noor(both_sites: Site, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A reader with a comment, whose page is open; she needs no time to look before she presses."""
    monkeypatch.setattr(press, "LOOK_AT_LEAST", timedelta(0))
    both_sites.comment()
    return writer(both_sites)


@ONLY_POSTGRESQL
@pytest.mark.parametrize(
    ("button", "status"),
    [
        (link_to_the_own_page, 404),
        (link_to_follow, 404),
        (link_to_unsubscribe_from_all, 303),
        (form_to_follow, 303),
        (own_page_no_mail, 403),
        (own_page_follow, 403),
        (own_page_answers, 403),
        (own_page_erase, 303),
    ],
)
def test_a_press_during_an_erasure_fails_no_worse_than_one_after_it(
    noor: Writer, button: Callable[[Writer], Press], status: int
) -> None:
    pressed_by_noor = button(noor)
    with noor.site.app.app_context(), writing(db.session), ThreadPoolExecutor(1) as pool:
        erase_address(db.session, SIGNER, _reader(db.session), keep_texts=False, now=utc_now())
        pressed = pool.submit(pressed_by_noor)
        assert any(db.session.scalar(_WAITING) or pressed.done() for _ in range(LOOKS))
        db.session.commit()

        assert pressed.result(timeout=30) == status

    with noor.site.app.app_context():
        assert db.session.scalars(select(Follow)).all() == []
        assert not db.session.scalars(select(Comment)).one().notify_replies
