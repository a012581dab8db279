"""Throw-away addresses: told to moderators, refused, or let be, as the operator says."""

from __future__ import annotations

import subprocess
import sys

import pytest
from disposable_email_domains import blocklist
from sqlalchemy import select

from forum.base.session import db
from forum.comments.models import CommentRevision
from forum.moderation.words import hold_reason_in_words
from forum.spam import HoldReason, assess
from forum.spam.disposable import is_disposable
from tests.conftest import AppFactory
from tests.factories import Site, make_site
from tests.spam.test_checks import facts

THROWN_AWAY = "noor@yopmail.com"


def _site(make_app: AppFactory, url: str, policy: str) -> Site:
    return make_site(make_app(url, FORUM_DISPOSABLE_EMAIL=policy, FORUM_LOCALE="en"))


def _reasons(site: Site) -> list[dict[str, str]]:
    with site.app.app_context():
        return list(db.session.scalars(select(CommentRevision)).one().hold_reasons)


@pytest.mark.parametrize("domain", ["yopmail.com", "mailinator.com", "a.b.yopmail.com", "xn--yaho-sqa.com"])
def test_a_domain_on_the_list_and_what_lies_below_it_is_disposable(domain: str) -> None:
    assert is_disposable(domain)


def test_a_domain_in_other_letters_is_looked_up_as_the_dns_knows_it() -> None:
    assert "xn--yaho-sqa.com" in blocklist

    assert is_disposable(b"xn--yaho-sqa.com".decode("idna"))


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "lezers.example", "com", "", "notyopmail.com", "yopmail.com.example", "." * 300, "é" * 80],
)
def test_any_other_domain_is_not(domain: str) -> None:
    assert not is_disposable(domain)


def test_a_throw_away_address_is_told_with_its_domain() -> None:
    assert assess(facts(disposable_domain="yopmail.com")) == [HoldReason("disposable_email", "yopmail.com")]


def test_moderators_read_it_in_words(make_app: AppFactory, sqlite_url: str) -> None:
    site = _site(make_app, sqlite_url, "hold")

    with site.app.test_request_context():
        words = hold_reason_in_words({"code": "disposable_email", "detail": "yopmail.com"})

    assert words == "The address is a throw-away one: yopmail.com"


def test_held_is_what_a_comment_from_a_throw_away_address_is(make_app: AppFactory, sqlite_url: str) -> None:
    site = _site(make_app, sqlite_url, "hold")

    answer = site.post(email=THROWN_AWAY)

    assert answer.status_code == 303
    assert _reasons(site) == [{"code": "disposable_email", "detail": "yopmail.com"}]


def test_refused_with_the_text_kept_is_what_it_is_where_the_operator_says_so(
    make_app: AppFactory, sqlite_url: str
) -> None:
    site = _site(make_app, sqlite_url, "refuse")

    answer = site.post(email=THROWN_AWAY, body="Een tekst die blijft staan.")

    assert answer.status_code == 422
    assert "throw-away address" in answer.text
    assert "Een tekst die blijft staan." in answer.text


def test_a_correction_to_a_throw_away_address_is_refused_there_too(
    make_app: AppFactory, sqlite_url: str
) -> None:
    app = make_app(
        sqlite_url, FORUM_DISPOSABLE_EMAIL="refuse", FORUM_CONFIRM_EMAIL="always", FORUM_LOCALE="en"
    )
    site = make_site(app)
    receipt = site.post().headers["Location"]

    answer = site.reader().post(f"{receipt}/address", data={"email": THROWN_AWAY})

    assert answer.status_code == 422
    assert "throw-away address" in answer.text


def test_nothing_is_said_of_it_where_it_is_allowed(make_app: AppFactory, sqlite_url: str) -> None:
    site = _site(make_app, sqlite_url, "allow")

    answer = site.post(email=THROWN_AWAY)

    assert answer.status_code == 303
    assert _reasons(site) == []


def test_the_list_is_not_read_at_the_start() -> None:
    look = "import sys, forum.comments.forms; print('disposable_email_domains' in sys.modules)"

    printed = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "False"
