"""Presses, corrections and posts at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, text

from forum.base.session import db, writing
from forum.comments.erasing import erase_address
from forum.comments.models import Comment, Commenter, CommentEvent, Move, State
from forum.comments.proving import service
from forum.mail.models import OutboxMail
from tests.comments.proving.mailbox import Town
from tests.factories import READER, SIGNER

pytestmark = pytest.mark.usefixtures("patient")

CROWD = 8
ROUNDS = 4
"""With two of each, no more mails than a network may ask for within an hour."""
RIGHT = "noor@lezers.example"
LOOKS = 20_000
ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time: nobody meets anybody half-way."""
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)
"""How many others wait for this very transaction."""


def _at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action gives when all begin together."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait(timeout=60)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def _mark(page: str) -> str:
    return page.split('name="press" value="')[1].split('"')[0]


def test_many_presses_at_once_are_one_confirmation(both_towns: Town) -> None:
    both_towns.post()
    link, browsers = both_towns.link(), [both_towns.browser() for _ in range(CROWD)]
    marks = [_mark(browser.get(link).text) for browser in browsers]
    both_towns.clock.wait(seconds=3)

    answers = _at_once(
        *(
            lambda browser=browser, mark=mark: browser.post(link, data={"press": mark}).status_code
            for browser, mark in zip(browsers, marks, strict=True)
        )
    )

    assert answers == [303] * CROWD
    with both_towns.site.app.app_context():
        confirmed = select(func.count()).where(CommentEvent.kind == Move.CONFIRM)
        assert db.session.scalar(confirmed) == 1


def test_a_press_and_a_correction_at_once_leave_one_of_the_two(both_towns: Town) -> None:
    browser, mailbox = both_towns.browser(), both_towns.browser()
    receipt = both_towns.post(browser)
    link = both_towns.link()
    mark = _mark(mailbox.get(link).text)
    both_towns.clock.wait(seconds=3)

    statuses = _at_once(
        lambda: mailbox.post(link, data={"press": mark}).status_code,
        lambda: browser.post(f"{receipt}/address", data={"email": RIGHT}).status_code,
    )

    assert statuses in ([303, 409], [404, 303])
    with both_towns.site.app.app_context():
        comment = db.session.scalars(select(Comment)).one()
        owner = db.session.get_one(Commenter, comment.commenter_id)
        assert (comment.state, owner.email, owner.proven_at is not None) in {
            (State.PENDING, READER.email, True), (State.UNCONFIRMED, RIGHT, False),
        }  # fmt: skip


@contextmanager
def _press_that_waits(town: Town) -> Iterator[Future[int]]:
    """What a press is answered with; by now it waits for the transaction of this context."""
    mailbox, link = town.browser(), town.link()
    mark = _mark(mailbox.get(link).text)
    town.clock.wait(seconds=3)
    with ThreadPoolExecutor(1) as pool:
        press = pool.submit(lambda: mailbox.post(link, data={"press": mark}).status_code)
        assert any(db.session.scalar(_WAITING) or press.done() for _ in range(LOOKS))
        yield press


@ONLY_POSTGRESQL
def test_a_press_waits_for_a_correction_and_neither_fails(both_towns: Town) -> None:
    both_towns.post()
    with both_towns.site.app.app_context(), writing(db.session):
        db.session.execute(select(Commenter.id).with_for_update())  # what a correction does first
        with _press_that_waits(both_towns) as press:
            comment, now = db.session.scalars(select(Comment)).one(), both_towns.clock.now
            service.correct_address(db.session, comment, RIGHT, disposable_domain="", now=now)
            db.session.commit()
            assert press.result(timeout=60) == 404

    assert both_towns.states() == [State.UNCONFIRMED]
    assert not both_towns.is_proven()


@ONLY_POSTGRESQL
def test_a_press_waits_for_an_erasure_and_neither_fails(both_towns: Town) -> None:
    both_towns.post()
    with both_towns.site.app.app_context(), writing(db.session):
        writer = db.session.scalars(
            select(Commenter).with_for_update(key_share=True)
        ).one()  # what it does first
        with _press_that_waits(both_towns) as press:
            erase_address(db.session, SIGNER, writer, keep_texts=False, now=both_towns.clock.now)
            db.session.commit()
            assert press.result(timeout=60) == 404

    assert both_towns.states() == [State.ERASED]


@ONLY_POSTGRESQL
def test_the_mail_asked_for_again_waits_for_an_erasure_and_is_not_put(both_towns: Town) -> None:
    browser = both_towns.browser()
    receipt = both_towns.post(browser)
    both_towns.deliver()
    with both_towns.site.app.app_context(), writing(db.session), ThreadPoolExecutor(1) as pool:
        writer = db.session.scalars(select(Commenter)).one()
        erase_address(db.session, SIGNER, writer, keep_texts=False, now=both_towns.clock.now)
        asked = pool.submit(lambda: browser.post(f"{receipt}/mail").status_code)
        assert any(db.session.scalar(_WAITING) or asked.done() for _ in range(LOOKS))
        db.session.commit()
        assert asked.result(timeout=30) == 404

    assert both_towns.outbox() == []


def test_many_posts_of_one_address_at_once_get_three_mails(both_towns: Town) -> None:
    browsers = [both_towns.browser() for _ in range(CROWD)]

    answers = _at_once(
        *(
            lambda browser=browser, n=n: both_towns.site.post(browser, body=f"Reactie {n}.").status_code
            for n, browser in enumerate(browsers)
        )
    )

    assert answers == [303] * CROWD
    assert both_towns.states() == [State.UNCONFIRMED] * CROWD
    with both_towns.site.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(OutboxMail)) == 3


def test_many_requests_for_the_mail_at_once_put_one_beside_the_first(both_towns: Town) -> None:
    browser = both_towns.browser()
    receipt = both_towns.post(browser)
    both_towns.deliver()

    _at_once(*(lambda: both_towns.browser().post(f"{receipt}/mail") for _ in range(CROWD)))

    assert len(both_towns.waiting()) == 1


def _correction(town: Town, *, former: str, email: str) -> Callable[[], int]:
    """A comment is posted with one address; what its correction to another is answered with."""
    browser = town.browser()
    receipt = town.post(browser, email=former, body=f"Van {former}.")
    return lambda: browser.post(f"{receipt}/address", data={"email": email}).status_code


def test_a_correction_while_another_post_brings_the_former_address_is_no_error(both_towns: Town) -> None:
    for n in range(ROUNDS):
        mistyped = f"tikfout{n}@lezers.example"

        statuses = _at_once(
            _correction(both_towns, former=mistyped, email=RIGHT),
            partial(both_towns.post, email=mistyped, body="Zo heet ik echt."),
        )

        assert statuses[0] == 303


def test_two_corrections_crosswise_are_no_error(both_towns: Town) -> None:
    for n in range(ROUNDS):
        one, other = f"een{n}@lezers.example", f"twee{n}@lezers.example"

        statuses = _at_once(
            _correction(both_towns, former=one, email=other),
            _correction(both_towns, former=other, email=one),
        )

        assert statuses == [303, 303]
