"""Small cookies of readers: read by their owner, altered by nobody, over when their time is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, Response

from forum.web.signed_cookies import SignedCookie
from tests.conftest import AppFactory
from tests.factories import NOW

COOKIE = SignedCookie("koek", timedelta(hours=1))
OTHER = SignedCookie("ander", timedelta(hours=1))


def _set(app: Flask, cookie: SignedCookie = COOKIE) -> str:
    """The `Set-Cookie` of a cookie with one payload."""
    with app.test_request_context():
        response = Response()
        cookie.set(response, [7, "zeven"], now=NOW)
        return str(response.headers["Set-Cookie"])


def _read(app: Flask, value: str, *, name: str = "koek", later: timedelta = timedelta(0)) -> object:
    with app.test_request_context(headers={"Cookie": f"{name}={value}"}):
        return COOKIE.read(now=NOW + later)


def _value(line: str) -> str:
    return line.partition("=")[2].partition(";")[0]


def test_what_was_set_is_read(sqlite_app: Flask) -> None:
    assert _read(sqlite_app, _value(_set(sqlite_app))) == [7, "zeven"]


def test_nothing_is_read_without_a_cookie(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        assert COOKIE.read(now=NOW) is None


def test_it_counts_until_its_last_second(sqlite_app: Flask) -> None:
    value = _value(_set(sqlite_app))

    assert _read(sqlite_app, value, later=timedelta(minutes=59, seconds=59)) == [7, "zeven"]
    assert _read(sqlite_app, value, later=timedelta(hours=1)) is None


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_one_altered_letter_makes_it_worthless(sqlite_app: Flask, place: int) -> None:
    letters = list(_value(_set(sqlite_app)))
    letters[place] = "A" if letters[place] != "A" else "Q"

    assert _read(sqlite_app, "".join(letters)) is None


def test_one_cookie_is_not_taken_for_another(sqlite_app: Flask) -> None:
    assert _read(sqlite_app, _value(_set(sqlite_app, OTHER))) is None


def test_scripts_and_other_sites_have_no_part_in_it(sqlite_app: Flask) -> None:
    line = _set(sqlite_app)

    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=3600"} <= set(line.split("; "))


def test_with_https_it_is_bound_to_the_host(make_app: AppFactory, sqlite_url: str) -> None:
    line = _set(make_app(sqlite_url, FORUM_BASE_URL="https://forum.example"))

    assert line.startswith("__Host-koek=")
    assert "Secure" in line.split("; ")
    assert "Domain" not in line


def test_it_is_forgotten_when_it_is_deleted(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        response = Response()
        COOKIE.delete(response)

    assert response.headers["Set-Cookie"].startswith("koek=;")
    assert "Max-Age=0" in response.headers["Set-Cookie"]


def test_an_answer_tells_whether_it_changes_the_cookie(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        untouched, set_, deleted = Response(), Response(), Response()
        OTHER.set(untouched, [1], now=NOW)
        COOKIE.set(set_, [1], now=NOW)
        COOKIE.delete(deleted)

        assert [COOKIE.is_changed_by(response) for response in (untouched, set_, deleted)] == [
            False, True, True,
        ]  # fmt: skip
