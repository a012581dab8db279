"""A person who presses a button is told from a mail scanner that follows links, runs scripts and posts forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask, Response, make_response, request
from flask.testing import FlaskClient

from forum.accounts.rights import open_to_everyone
from forum.web import press
from tests.comments.proving.mailbox import Clock
from tests.conftest import AppFactory
from tests.factories import NOW, SIGNER

NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
CHROMIUM = {"Sec-CH-UA": '"Chromium";v="148"'} | NAVIGATES
BY_A_PERSON = {"Sec-Fetch-User": "?1"}
CHROME_UA = {
    "User-Agent": "Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36"
}
FIREFOX_UA = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0"}
OLD_FIREFOX_UA = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:78.0) Gecko/20100101 Firefox/78.0"}
OLD_CHROME_UA = {
    "User-Agent": "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/63.0.3239.84 Safari/537.36"
}
SAFARI_UA = {
    "User-Agent": "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
}
FIREFOX_IOS_UA = {
    "User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/152.0 Mobile/15E148 Safari/605.1"
}


@pytest.fixture
def clock() -> Clock:
    """What time the page thinks it is."""
    return Clock(NOW)


@pytest.fixture
def browser(sqlite_app: Flask, clock: Clock) -> FlaskClient:
    """A browser, and a page about a thing with a button."""
    return _browser(sqlite_app, clock)


@pytest.fixture
def https_browser(make_app: AppFactory, sqlite_url: str, clock: Clock) -> FlaskClient:
    """The same on a site with https."""
    return _browser(make_app(sqlite_url, FORUM_BASE_URL="https://forum.example"), clock)


def _browser(app: Flask, clock: Clock) -> FlaskClient:

    @open_to_everyone
    def page(what: str) -> Response:
        if request.method == "POST":
            press.check_press(SIGNER, what, request.form.get(press.FIELD, ""), now=clock.now)
            return make_response("pressed")
        mark, secret = press.mark_of_page(SIGNER, what, now=clock.now)
        response = make_response(mark)
        press.keep(response, secret, now=clock.now)
        return response

    app.add_url_rule("/button/<what>", "button", page, methods=["GET", "POST"])
    return app.test_client()


def _press(browser: FlaskClient, mark: str, what: str = "een", headers: Mapping[str, str] = {}) -> int:
    return browser.post(f"/button/{what}", data={press.FIELD: mark}, headers=dict(headers)).status_code


def _why(browser: FlaskClient, mark: str) -> str:
    return browser.post("/button/een", data={press.FIELD: mark}).text


def test_a_person_who_looks_and_presses_is_heard(browser: FlaskClient, clock: Clock) -> None:
    mark = browser.get("/button/een").text
    clock.wait(seconds=1)

    assert _press(browser, mark) == 200


def test_the_same_press_again_is_heard_again(browser: FlaskClient, clock: Clock) -> None:
    mark = browser.get("/button/een").text
    clock.wait(seconds=5)
    _press(browser, mark)

    assert _press(browser, mark) == 200


def test_nobody_reads_within_a_second(browser: FlaskClient, clock: Clock) -> None:
    mark = browser.get("/button/een").text
    clock.wait(seconds=0.999)

    assert _press(browser, mark) == 422
    assert "zo snel" in _why(browser, mark)


def test_a_page_that_lay_open_too_long_is_shown_anew(browser: FlaskClient, clock: Clock) -> None:
    mark = browser.get("/button/een").text

    clock.now += press.PRESS_WITHIN - timedelta(seconds=1)
    assert _press(browser, mark) == 200

    clock.wait(seconds=1)
    assert _press(browser, mark) == 422


def test_a_post_without_the_mark_is_no_press(browser: FlaskClient, clock: Clock) -> None:
    browser.get("/button/een")
    clock.wait(seconds=5)

    assert browser.post("/button/een").status_code == 422
    assert _press(browser, "geraden") == 422


def test_a_post_without_the_cookie_of_the_page_is_no_press(
    browser: FlaskClient, sqlite_app: Flask, clock: Clock
) -> None:
    mark = browser.get("/button/een").text
    clock.wait(seconds=5)

    assert _press(sqlite_app.test_client(), mark) == 422
    assert "cookies" in _why(sqlite_app.test_client(), mark)


def test_the_cookie_of_another_visit_is_no_press(
    browser: FlaskClient, sqlite_app: Flask, clock: Clock
) -> None:
    mark = browser.get("/button/een").text
    other = sqlite_app.test_client()
    other.get("/button/een")
    clock.wait(seconds=5)

    assert _press(other, mark) == 422


def test_the_mark_of_another_page_is_no_press(browser: FlaskClient, clock: Clock) -> None:
    mark = browser.get("/button/een").text
    clock.wait(seconds=5)

    assert _press(browser, mark, "twee") == 422


def test_two_pages_that_lie_open_beside_each_other_can_both_be_pressed(
    browser: FlaskClient, clock: Clock
) -> None:
    marks = {what: browser.get(f"/button/{what}").text for what in ("een", "twee")}
    clock.wait(seconds=5)

    assert [_press(browser, mark, what) for what, mark in marks.items()] == [200, 200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (CHROMIUM | {"Sec-Fetch-User": "?1"}, 200),
        (CHROMIUM, 422),  # a script sent the form
        (CHROMIUM | {"Sec-Fetch-User": "?0"}, 422),
        (CHROMIUM | {"Sec-Fetch-Mode": "cors", "Sec-Fetch-User": "?1"}, 422),  # a script's own request
        ({"Sec-Fetch-Mode": "same-origin"}, 422),
        ({"Sec-CH-UA": "Chromium"}, 200),  # an address without https sends no Fetch Metadata
        (
            {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"},
            200,
        ),  # a browser that does not tell
        ({}, 200),
        (CHROME_UA | NAVIGATES | BY_A_PERSON, 200),
        (CHROME_UA | NAVIGATES, 422),
        (FIREFOX_UA | NAVIGATES | BY_A_PERSON, 200),
        (FIREFOX_UA | NAVIGATES, 422),
        (SAFARI_UA | NAVIGATES, 200),  # does not tell who acted
        (FIREFOX_IOS_UA | NAVIGATES, 200),  # Safari by another name
        (OLD_FIREFOX_UA, 200),
        (FIREFOX_UA, 200),  # no https here
    ],
)
def test_a_browser_that_tells_of_its_users_acts_is_believed_when_it_tells_of_none(
    browser: FlaskClient, clock: Clock, headers: dict[str, str], status: int
) -> None:
    mark = browser.get("/button/een").text
    clock.wait(seconds=5)

    assert _press(browser, mark, headers=headers) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (CHROME_UA, 422),
        (FIREFOX_UA, 422),
        (CHROME_UA | NAVIGATES | BY_A_PERSON, 200),
        (FIREFOX_UA | NAVIGATES | BY_A_PERSON, 200),
        (OLD_CHROME_UA, 200),
        (OLD_FIREFOX_UA, 200),
        (SAFARI_UA, 200),
        (FIREFOX_IOS_UA, 200),
        ({"User-Agent": "Lynx/2.9.0"}, 200),
        ({"User-Agent": "Mozilla/5.0 Firefox/"}, 200),
    ],
)
def test_over_https_a_present_browser_always_tells_how_it_came(
    https_browser: FlaskClient, clock: Clock, headers: dict[str, str], status: int
) -> None:
    mark = https_browser.get("/button/een", base_url="https://forum.example").text
    clock.wait(seconds=5)

    answer = https_browser.post(
        "/button/een", base_url="https://forum.example", data={press.FIELD: mark}, headers=headers
    )

    assert answer.status_code == status
