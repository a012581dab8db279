"""Signing in and out, and what a session is worth."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from forum.accounts.models import Account
from forum.accounts.sessions import end_sessions
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.web.request_values import is_own_path
from tests import factories
from tests.conftest import AppFactory
from tests.factories import MODERATOR, PASSWORD, Site, csrf_token

WRONG = "een heel ander geheim"


def _sign_in(
    client: FlaskClient,
    email: str = MODERATOR.email,
    password: str = PASSWORD,
    *,
    query: str = "",
    **fields: str,
) -> Any:
    form = {"email": email, "password": password, "csrf_token": csrf_token(client, f"/login{query}")}
    return client.post(f"/login{query}", data=form | fields)


def _is_signed_in(client: FlaskClient) -> bool:
    return bool(client.get("/desk").status_code == 200)


def _without_token(page: str) -> str:
    return re.sub(r'value="[^"]{40,}"', "", page)


def _change(site: Site, **values: object) -> None:
    with site.app.app_context(), writing(db.session):
        account = db.session.get_one(Account, site.moderator_id)
        for name, value in values.items():
            setattr(account, name, value)


def test_the_right_password_signs_in(site: Site) -> None:
    client = site.reader()

    answer = _sign_in(client)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk")
    assert _is_signed_in(client)


def test_the_case_of_an_address_makes_no_difference(site: Site) -> None:
    client = site.reader()

    _sign_in(client, MODERATOR.email.upper())

    assert _is_signed_in(client)


def test_known_unknown_and_disabled_accounts_get_the_same_answer(site: Site) -> None:
    known = _sign_in(site.reader(), MODERATOR.email, WRONG)
    unknown = _sign_in(site.reader(), "niemand.hier@redactie.example", WRONG)
    _change(site, active=False)
    disabled = _sign_in(site.reader(), MODERATOR.email, PASSWORD)

    pages = [_without_token(answer.text).replace(MODERATOR.email, "").replace("niemand.hier@redactie.example", "")
             for answer in (known, unknown, disabled)]  # fmt: skip
    assert {answer.status_code for answer in (known, unknown, disabled)} == {200}
    assert pages[0] == pages[1] == pages[2]
    assert 'role="alert"' in pages[0]


def test_an_unknown_address_costs_a_password_check_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr("flask_security.forms.hash_password", hashed.append)

    _sign_in(site.reader(), "niemand.hier@redactie.example", WRONG)

    assert hashed == [WRONG]


def test_a_wrong_password_is_given_back_to_nobody(site: Site) -> None:
    answer = _sign_in(site.reader(), password=WRONG)

    assert WRONG not in answer.text


def test_after_five_wrong_passwords_the_account_is_shut_for_this_network(site: Site) -> None:
    client = site.reader()
    for _ in range(5):
        _sign_in(client, password=WRONG)

    answer = _sign_in(client)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert not _is_signed_in(client)


def test_a_shut_account_tells_nothing_about_its_existence(site: Site) -> None:
    client = site.reader()
    for _ in range(5):
        _sign_in(client, "niemand.hier@redactie.example", WRONG)

    assert _sign_in(client, "niemand.hier@redactie.example", WRONG).status_code == 429


def test_a_network_has_thirty_attempts_a_minute(site: Site) -> None:
    client = site.reader()
    token = csrf_token(client, "/login")

    answers = [
        client.post(
            "/login", data={"email": f"naam{n}@redactie.example", "password": "", "csrf_token": token}
        )
        for n in range(31)
    ]

    assert {answer.status_code for answer in answers[:30]} == {200}
    assert answers[30].status_code == 429


def test_no_session_begins_without_the_token_of_the_form(site: Site) -> None:
    client = site.reader()

    answer = client.post("/login", data={"email": MODERATOR.email, "password": PASSWORD})

    assert answer.status_code == 403
    assert not _is_signed_in(client)


def test_a_password_of_megabytes_is_not_even_read(site: Site) -> None:
    assert _sign_in(site.reader(), password="x" * 20_000).status_code == 413


def test_no_cookie_outlives_the_browser(site: Site) -> None:
    client = site.reader()

    answer = _sign_in(client, remember="y")

    cookies = SimpleCookie("; ".join(answer.headers.getlist("Set-Cookie")))
    assert list(cookies) == ["weerwoord"]
    assert not cookies["weerwoord"]["expires"]
    assert not cookies["weerwoord"]["max-age"]


@pytest.mark.parametrize(
    ("base_url", "name", "secure"),
    [("http://127.0.0.1:8000", "weerwoord", False), ("https://forum.example", "__Host-weerwoord", True)],
)
def test_the_cookie_is_as_narrow_as_the_address_allows(
    sqlite_url: str, make_app: AppFactory, base_url: str, name: str, secure: bool
) -> None:
    app = make_app(sqlite_url, FORUM_BASE_URL=base_url)
    factories.make_site(app)

    answer = app.test_client().get("/login", base_url=base_url)

    cookie = SimpleCookie(answer.headers["Set-Cookie"])[name]
    assert (bool(cookie["secure"]), bool(cookie["httponly"]), cookie["samesite"]) == (secure, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_ended_sessions_are_over_everywhere(site: Site) -> None:
    first, second = site.moderator(), site.moderator()
    with site.app.app_context(), writing(db.session):
        end_sessions(db.session, db.session.get_one(Account, site.moderator_id), now=utc_now())

    assert not _is_signed_in(first)
    assert not _is_signed_in(second)


def test_a_disabled_account_loses_its_sessions(site: Site) -> None:
    moderator = site.moderator()
    _change(site, active=False)

    assert not _is_signed_in(moderator)


def test_a_role_taken_away_counts_at_once(site: Site) -> None:
    moderator = site.moderator()
    _change(site, roles=[])

    assert moderator.get("/moderation").status_code == 403


def test_signing_out_takes_a_press(site: Site) -> None:
    moderator = site.moderator()

    looked = moderator.get("/logout")
    still_in = _is_signed_in(moderator)
    pressed = moderator.post("/logout", data={"csrf_token": csrf_token(moderator)})

    assert (looked.status_code, still_in) == (405, True)
    assert (pressed.status_code, pressed.headers["Location"]) == (302, "/")
    assert not _is_signed_in(moderator)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(site: Site, target: str) -> None:
    in_form, in_address = site.reader(), site.reader()

    answers = [_sign_in(in_form, next=target), _sign_in(in_address, query="?" + urlencode({"next": target}))]

    assert all(is_own_path(answer.headers["Location"]) for answer in answers)


def test_signing_in_leads_back_to_the_page_that_asked_for_it(site: Site) -> None:
    client = site.reader()

    answer = _sign_in(client, query="?next=/moderation?state%3Dspam")

    assert answer.headers["Location"] == "/moderation?state=spam"


def test_a_session_planted_before_signing_in_is_worth_nothing_afterwards(site: Site) -> None:
    attacker = site.reader()
    planted = csrf_token(attacker, "/login")
    cookie = attacker.get_cookie("weerwoord")
    assert cookie is not None
    victim = site.reader()
    victim.set_cookie("weerwoord", cookie.value)

    _sign_in(victim)

    assert _is_signed_in(victim)
    assert not _is_signed_in(attacker)
    answer = victim.post("/moderation/decisions", data={"csrf_token": planted, "action": "approve"})
    assert answer.status_code == 403


def test_a_signed_in_visitor_of_the_sign_in_page_is_sent_on(site: Site) -> None:
    answer = site.moderator().get("/login")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/desk")


def test_no_token_is_handed_out_to_programs(site: Site) -> None:
    client = site.reader()
    token = csrf_token(client, "/login")

    answer = client.post(
        "/login?include_auth_token",
        json={"email": MODERATOR.email, "password": PASSWORD, "csrf_token": token},
        headers={"Accept": "application/json"},
    )

    assert answer.status_code == 415
    assert "token" not in answer.text
