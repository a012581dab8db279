"""What a browser has proven counts in that browser alone, and for that address alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Response
from sqlalchemy import select

from forum.base.session import db, writing
from forum.comments import commenters
from forum.comments.models import Commenter, State
from forum.comments.proving import browser as proven
from tests.comments.proving.mailbox import Town
from tests.factories import NOW, READER, SIGNER


def test_the_next_comment_of_the_same_browser_needs_no_mail(both_towns: Town) -> None:
    browser = both_towns.browser()
    both_towns.prove(browser)
    both_towns.deliver()

    both_towns.post(browser, body="Nog een reactie.")

    assert both_towns.states() == [State.PENDING, State.PENDING]
    assert both_towns.waiting() == []


def test_another_browser_with_the_same_address_must_prove_it_again(town: Town) -> None:
    town.prove(town.browser())
    town.deliver()

    town.post(town.browser(), body="Nog een reactie.")

    assert town.states() == [State.PENDING, State.UNCONFIRMED]
    assert len(town.waiting()) == 1


def test_the_same_browser_with_another_address_must_prove_that_one(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)

    town.post(browser, email="anna@lezers.example", body="Van iemand anders hier in huis.")

    assert town.states() == [State.PENDING, State.UNCONFIRMED]


def test_two_addresses_of_one_browser_both_stay_proven(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)
    town.prove(browser, email="anna@lezers.example", body="Van Anna.")

    town.post(browser, body="Weer de eerste.")
    town.post(browser, email="anna@lezers.example", body="Weer Anna.")

    assert town.states() == [State.PENDING] * 4


def test_a_browser_keeps_the_five_addresses_that_it_proved_last(town: Town) -> None:
    browser = town.browser()
    for number in range(6):
        town.prove(browser, email=f"lezer{number}@lezers.example", body=f"Reactie {number}.")

    town.post(browser, email="lezer0@lezers.example", body="De eerste is vergeten.")
    town.post(browser, email="lezer1@lezers.example", body="De tweede nog niet.")

    assert town.states()[-2:] == [State.UNCONFIRMED, State.PENDING]


def test_posting_proves_nothing(town: Town) -> None:
    browser = town.browser()

    town.site.post(browser)

    assert browser.get_cookie("proven") is None


def test_a_site_that_asks_for_no_proof_sets_no_cookie_at_a_post(trusting_town: Town) -> None:
    answer = trusting_town.site.post(trusting_town.browser())

    assert "Set-Cookie" not in answer.headers


def test_public_pages_are_the_same_for_a_browser_with_a_proof(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)
    path = f"/articles/{town.site.slug}"

    ours, others = browser.get(path), town.browser().get(path)

    assert ours.text == others.text
    assert "Set-Cookie" not in ours.headers
    assert "Cookie" not in ours.headers.get("Vary", "")


def test_the_proof_lasts_a_year(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)
    town.clock.wait(days=364)
    town.post(browser, body="Na een klein jaar.")

    town.clock.wait(days=2)
    town.post(browser, body="Na ruim een jaar.")

    assert town.states() == [State.PENDING, State.PENDING, State.UNCONFIRMED]


def test_the_cookie_holds_no_address_and_no_script_can_read_it(town: Town) -> None:
    browser = town.browser()
    town.post(browser)

    answer = town.press(browser, town.link())

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("proven="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert READER.email.partition("@")[0] not in cookie


def _kept(town: Town, *payload: object) -> list[proven.Proof]:
    """What a browser that brings a cookie with this payload has proven."""
    with town.site.app.test_request_context():
        response = Response()
        proven._cookie.set(response, list(payload), now=NOW)  # type: ignore[arg-type]
        cookie = response.headers["Set-Cookie"].partition(";")[0]
    with town.site.app.test_request_context(headers={"Cookie": cookie}):
        return proven.proofs_of_browser(now=NOW)


@pytest.mark.parametrize("payload", [(), (1,), ("a", "b"), (1, 2), ("x", 1, 3)])
def test_a_cookie_of_another_shape_proves_nothing(town: Town, payload: tuple[object, ...]) -> None:
    assert _kept(town, *payload) == []


@pytest.mark.parametrize(
    "cookie", ["", "proven=", "proven=rommel", "proven=WzEsMl0.AAAA", "proven=" + "x" * 5000]
)
def test_a_cookie_that_is_not_ours_proves_nothing(town: Town, cookie: str) -> None:
    with town.site.app.test_request_context(headers={"Cookie": cookie}):
        assert proven.proofs_of_browser(now=NOW) == []


@pytest.mark.parametrize("came_next", ["nieuw@lezers.example", "gewist@lezers.example"])
def test_the_proof_of_an_erased_address_is_none_for_who_gets_its_id(town: Town, came_next: str) -> None:
    app, erased = town.site.app, Commenter(id=1, email="gewist@lezers.example", created_at=NOW, proven_at=NOW)
    later = NOW + timedelta(days=3)
    with app.app_context(), writing(db.session):
        db.session.add(Commenter(id=1, email=came_next, created_at=later, proven_at=later))
    old = [(1, commenters.mark_of(SIGNER, erased))]

    with app.app_context():
        found = [proven.has_proven(db.session, SIGNER, email, old) for email in (came_next, erased.email)]

    assert found == [False, False]


def test_an_address_that_the_store_does_not_hold_for_proven_is_not_proven(town: Town) -> None:
    app = town.site.app
    with app.app_context(), writing(db.session):
        db.session.add(Commenter(id=1, email=READER.email, created_at=NOW))

    with app.app_context():
        proofs = [(1, commenters.mark_of(SIGNER, db.session.get_one(Commenter, 1)))]
        assert not proven.has_proven(db.session, SIGNER, READER.email, proofs)


def test_remembering_the_same_address_again_keeps_it_once(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)
    town.clock.wait(hours=2)
    town.post(town.browser(), body="Elders geschreven, hier bevestigd.")
    town.press(browser, town.link())

    kept = browser.get_cookie("proven")

    assert kept is not None
    with town.site.app.test_request_context(headers={"Cookie": f"proven={kept.value}"}):
        assert len(proven.proofs_of_browser(now=town.clock.now + timedelta(days=1))) == 1


def test_who_stopped_all_mail_is_told_so_when_asking_for_answers_and_nobody_else_is(town: Town) -> None:
    browser, stranger = town.browser(), town.browser()
    town.prove(browser)
    with town.site.app.app_context(), writing(db.session):
        db.session.scalars(select(Commenter)).one().mail_stopped_at = town.clock()

    own = browser.get(town.post(browser, body="Nog een reactie.", notify_replies="1"))
    typed = stranger.get(town.post(stranger, body="Van een ander.", notify_replies="1"))

    assert "You have stopped all mail from us" in own.text
    assert "You have stopped all mail from us" not in typed.text
