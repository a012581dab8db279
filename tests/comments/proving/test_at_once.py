"""Presses, corrections and posts at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

from sqlalchemy import func, select

from forum.base.session import db
from forum.comments.models import Comment, Commenter, CommentEvent, Move, State
from forum.mail.models import OutboxMail
from tests.comments.proving.mailbox import Town
from tests.factories import READER

CROWD = 8
ROUNDS = 4
"""With two of each, no more mails than a network may ask for within an hour."""
RIGHT = "noor@lezers.example"


def _at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action gives when all begin together."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
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

    _at_once(
        lambda: mailbox.post(link, data={"press": mark}),
        lambda: browser.post(f"{receipt}/address", data={"email": RIGHT}),
    )

    with both_towns.site.app.app_context():
        comment = db.session.scalars(select(Comment)).one()
        owner = db.session.get_one(Commenter, comment.commenter_id)
        assert (comment.state, owner.email, owner.proven_at is not None) in {
            (State.PENDING, READER.email, True), (State.UNCONFIRMED, RIGHT, False),
        }  # fmt: skip


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
