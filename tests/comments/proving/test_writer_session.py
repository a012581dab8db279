"""The session of a writer's own page: two hours since its last use, twelve in all; its owner or an erasure ends it."""

from __future__ import annotations

import pytest
from flask import Flask, Response, make_response
from flask.testing import FlaskClient

from forum.accounts.rights import open_to_everyone
from forum.base.session import db, writing
from forum.comments.models import Commenter
from forum.comments.writer import session
from tests.comments.proving.mailbox import Clock
from tests.conftest import AppFactory
from tests.factories import NOW, READER, SIGNER


@pytest.fixture
def clock() -> Clock:
    """The clock of the page below."""
    return Clock(NOW)


@pytest.fixture
def app(make_app: AppFactory, sqlite_url: str, clock: Clock) -> Flask:
    """An application with a page of a writer, who has proven the address, and the way into it."""
    app = make_app(sqlite_url, FORUM_LOCALE="en")

    @open_to_everyone
    def begin() -> Response:
        response = make_response("open")
        session.begin(response, SIGNER, db.session.get_one(Commenter, 1), now=clock.now)
        return response

    @open_to_everyone
    def page() -> str:
        return session.writer_of_request(db.session, SIGNER, now=clock.now).email

    @open_to_everyone
    def leave() -> Response:
        session.writer_of_request(db.session, SIGNER, now=clock.now)
        response = make_response("closed")
        session.end(response)
        return response

    app.add_url_rule("/begin", view_func=begin)
    app.add_url_rule("/own", view_func=page, methods=["GET", "POST"])
    app.add_url_rule("/leave", view_func=leave, methods=["POST"])
    with app.app_context(), writing(db.session):
        db.session.add(Commenter(id=1, email=READER.email, created_at=NOW, proven_at=NOW))
    return app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A browser in which the writer's page is open."""
    browser = app.test_client()
    browser.get("/begin")
    return browser


def test_the_page_knows_its_writer(browser: FlaskClient) -> None:
    assert browser.get("/own").text == READER.email


def test_a_browser_without_a_session_is_sent_to_the_door(app: Flask) -> None:
    answer = app.test_client().get("/own")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/writer/link")


def test_what_is_posted_without_a_session_comes_back(app: Flask) -> None:
    answer = app.test_client().post("/own", data={"body": "Mijn betere tekst."})

    assert answer.status_code == 403
    assert "Mijn betere tekst." in answer.text


def test_the_session_ends_two_hours_after_the_last_use(browser: FlaskClient, clock: Clock) -> None:
    clock.wait(hours=2)

    assert browser.get("/own").status_code == 303


def test_each_use_begins_the_two_hours_anew(browser: FlaskClient, clock: Clock) -> None:
    for _ in range(3):
        clock.wait(hours=1, minutes=59)
        assert browser.get("/own").status_code == 200


def _use_for(browser: FlaskClient, clock: Clock, *, minutes: int) -> None:
    """Use the page each hour and a half."""
    for _ in range(minutes // 90):
        clock.wait(minutes=90)
        browser.get("/own")
    clock.wait(minutes=minutes % 90)


def test_the_session_ends_after_twelve_hours_however_often_it_is_used(
    browser: FlaskClient, clock: Clock
) -> None:
    _use_for(browser, clock, minutes=12 * 60 - 1)
    assert browser.get("/own").status_code == 200

    clock.wait(minutes=1)
    assert browser.get("/own").status_code == 303


def test_opening_the_page_again_begins_the_twelve_hours_anew(browser: FlaskClient, clock: Clock) -> None:
    _use_for(browser, clock, minutes=11 * 60)
    browser.get("/begin")
    _use_for(browser, clock, minutes=11 * 60)

    assert browser.get("/own").status_code == 200


def test_the_session_is_over_once_it_was_ended(browser: FlaskClient) -> None:
    answer = browser.post("/leave")

    assert len(answer.headers.getlist("Set-Cookie")) == 1
    assert browser.get("/own").status_code == 303


def test_closing_at_the_door_ends_the_session_and_works_twice(browser: FlaskClient) -> None:
    answers = [browser.post("/writer/close") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert browser.get("/own").status_code == 303


@pytest.mark.parametrize(("path", "is_kept"), [("/writer/close", True), ("/writer/forget", False)])
def test_closing_forgets_the_proven_addresses_only_when_asked(
    browser: FlaskClient, path: str, is_kept: bool
) -> None:
    browser.set_cookie("proven", "a proof")

    browser.post(path)

    assert (browser.get_cookie("proven") is not None) is is_kept
    assert browser.get("/own").status_code == 303


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/writer/close", "Your page is closed in this browser."),
        ("/writer/forget", "no longer knows your address"),
    ],
)
def test_closing_says_what_was_done(browser: FlaskClient, path: str, sentence: str) -> None:
    answer = browser.post(path, follow_redirects=True)

    assert sentence in answer.text


@pytest.mark.parametrize("path", ["/writer/close", "/writer/forget"])
def test_another_site_cannot_close_the_page(browser: FlaskClient, path: str) -> None:
    answer = browser.post(path, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert browser.get("/own").status_code == 200


def test_the_session_of_an_erased_address_is_over(browser: FlaskClient, app: Flask) -> None:
    with app.app_context(), writing(db.session):
        db.session.delete(db.session.get_one(Commenter, 1))

    assert browser.get("/own").status_code == 303


def test_the_session_opens_nothing_of_who_has_the_id_now(browser: FlaskClient, app: Flask) -> None:
    with app.app_context(), writing(db.session):
        db.session.get_one(Commenter, 1).email = "nieuw@lezers.example"

    assert browser.get("/own").status_code == 303


def test_an_address_that_is_not_proven_has_no_page(browser: FlaskClient, app: Flask) -> None:
    with app.app_context(), writing(db.session):
        db.session.get_one(Commenter, 1).proven_at = None

    assert browser.get("/own").status_code == 303


def test_the_cookie_is_hidden_from_scripts_and_names_nobody(app: Flask) -> None:
    cookie = app.test_client().get("/begin").headers["Set-Cookie"]

    assert cookie.startswith("writer=")
    assert "HttpOnly" in cookie
    assert READER.email.partition("@")[0] not in cookie


@pytest.mark.parametrize("value", ["", "rommel", "WzEsMl0.AAAA"])
def test_a_cookie_that_is_not_ours_opens_nothing(app: Flask, value: str) -> None:
    browser = app.test_client()
    browser.set_cookie("writer", value)

    assert browser.get("/own").status_code == 303


def test_the_proof_of_a_browser_is_no_session(app: Flask, browser: FlaskClient) -> None:
    cookie = browser.get_cookie("writer")
    assert cookie is not None
    other = app.test_client()
    other.set_cookie("proven", cookie.value)

    assert other.get("/own").status_code == 303
