"""A forgotten password: a mail, a link, a press; and nothing that tells who has an account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from forum.accounts.links import LinkFor, LinkSpent, make_link_token
from forum.accounts.models import Account, RoleName
from forum.accounts.own_account import choose_password_by_link
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.mail.models import OutboxMail
from tests.accounts.work import (
    NEW_PASSWORD,
    NEWCOMER,
    account_at,
    can_sign_in,
    composed,
    is_signed_in,
    link_of,
    mails,
    make_account,
    press_button,
)
from tests.factories import AUTHOR, MODERATOR, PASSWORD, SIGNER, Site

UNKNOWN = "niemand.hier@redactie.example"


def _ask(site: Site, email: str, client: FlaskClient | None = None) -> Any:
    return (client or site.reader()).post("/login/forgotten", data={"email": email})


def _change(site: Site, **values: object) -> None:
    with site.app.app_context(), writing(db.session):
        account = db.session.get_one(Account, site.moderator_id)
        for name, value in values.items():
            setattr(account, name, value)


def _token(site: Site, *, age: timedelta = timedelta()) -> str:
    """The token of a link to the moderator."""
    account = account_at(site.app, MODERATOR.email)
    assert account is not None
    return make_link_token(SIGNER, LinkFor.RECOVERY, account, asked_at=utc_now() - age)


@contextmanager
def _written(site: Site) -> Iterator[list[str]]:
    """The tables that get a row meanwhile."""
    tables: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found = re.match(r"INSERT INTO (\w+)", statement)
        tables.extend([found[1]] if found else [])

    with site.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield tables
    event.remove(engine, "before_cursor_execute", note)


def test_a_new_password_is_chosen_by_the_link(both_sites: Site) -> None:
    _ask(both_sites, MODERATOR.email)

    answer = press_button(
        both_sites.reader(), link_of(both_sites.app, "account_recovery"), password=NEW_PASSWORD
    )

    assert answer.status_code == 303
    assert can_sign_in(both_sites, MODERATOR.email, NEW_PASSWORD)
    assert not can_sign_in(both_sites, MODERATOR.email, PASSWORD)
    assert [mail.recipient for mail in mails(both_sites.app, "account_password_changed")] == [MODERATOR.email]


def test_a_new_password_ends_every_session(both_sites: Site) -> None:
    browsers = [both_sites.moderator(), both_sites.moderator()]
    _ask(both_sites, MODERATOR.email)

    press_button(both_sites.reader(), link_of(both_sites.app, "account_recovery"), password=NEW_PASSWORD)

    assert not any(is_signed_in(browser) for browser in browsers)


def test_choosing_a_password_signs_nobody_in(site: Site) -> None:
    _ask(site, MODERATOR.email)
    browser = site.reader()

    press_button(browser, link_of(site.app, "account_recovery"), password=NEW_PASSWORD)

    assert not is_signed_in(browser)


def test_known_unknown_and_disabled_addresses_get_the_same_answer(site: Site) -> None:
    _change(site, active=False)

    answers = [_ask(site, email) for email in (AUTHOR.email, UNKNOWN, MODERATOR.email)]

    assert len({(answer.status_code, answer.headers["Location"], answer.text) for answer in answers}) == 1
    assert [mail.recipient for mail in mails(site.app, "account_recovery")] == [AUTHOR.email]


@pytest.mark.parametrize("email", [AUTHOR.email, UNKNOWN, MODERATOR.email])
def test_a_mail_is_written_for_known_unknown_and_disabled_addresses(both_sites: Site, email: str) -> None:
    """What only some addresses had written, the time of the answer would tell."""
    _change(both_sites, active=False)

    with _written(both_sites) as tables:
        _ask(both_sites, email)

    assert "outbox" in tables
    assert [mail.recipient for mail in mails(both_sites.app, "account_recovery")] == [AUTHOR.email] * (
        email == AUTHOR.email
    )


def test_the_case_of_the_address_makes_no_difference(site: Site) -> None:
    _ask(site, f"  {MODERATOR.email.upper()} ")

    assert [mail.recipient for mail in mails(site.app, "account_recovery")] == [MODERATOR.email]


def test_no_address_stands_in_the_answer(site: Site) -> None:
    browser = site.reader()

    answer = _ask(site, MODERATOR.email, browser)
    page = browser.get(answer.headers["Location"])

    assert MODERATOR.email not in answer.headers["Location"] + page.text


@pytest.mark.parametrize("typed", ["", "geen adres", "a@b", "x" * 3_000 + "@redactie.example"])
def test_what_is_no_address_is_told_and_comes_back(site: Site, typed: str) -> None:
    answer = _ask(site, typed)

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize("email", [MODERATOR.email, UNKNOWN])
def test_a_fourth_mail_within_the_hour_is_refused_known_or_not(site: Site, email: str) -> None:
    answers = [_ask(site, email) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 3600
    assert len(mails(site.app, "account_recovery")) == (3 if email == MODERATOR.email else 0)


def test_one_network_asks_for_ten_mails_an_hour(site: Site) -> None:
    statuses = [_ask(site, f"naam{n}@redactie.example").status_code for n in range(11)]

    assert statuses == [303] * 10 + [429]


def test_another_network_may_still_ask(site: Site) -> None:
    for n in range(11):
        _ask(site, f"naam{n}@redactie.example")

    answer = site.reader().post(
        "/login/forgotten", data={"email": MODERATOR.email}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )

    assert answer.status_code == 303


def test_an_invited_person_who_chose_no_password_gets_the_same_answer_and_no_mail(both_sites: Site) -> None:
    make_account(both_sites, NEWCOMER, RoleName.EDITOR, password=None, invited_at=utc_now())

    answers = [_ask(both_sites, email) for email in (NEWCOMER.email, UNKNOWN)]

    assert len({(answer.status_code, answer.headers["Location"], answer.text) for answer in answers}) == 1
    assert not mails(both_sites.app, "account_recovery")


def test_an_earlier_link_to_recover_gives_no_first_password(site: Site) -> None:
    make_account(site, NEWCOMER, RoleName.EDITOR, password=None, invited_at=utc_now())
    account = account_at(site.app, NEWCOMER.email)
    assert account is not None
    token = make_link_token(SIGNER, LinkFor.RECOVERY, account, asked_at=utc_now())

    assert site.reader().get(f"/login/recovery/{token}").status_code == 410


def test_looking_at_the_link_changes_nothing(site: Site) -> None:
    path = f"/login/recovery/{_token(site)}"

    for method in ("HEAD", "GET", "GET"):
        site.reader().open(path, method=method)

    assert can_sign_in(site, MODERATOR.email, PASSWORD)


def test_a_page_with_a_link_is_kept_by_nobody(site: Site) -> None:
    answer = site.reader().get(f"/login/recovery/{_token(site)}")

    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.text
    assert MODERATOR.email not in answer.text


@pytest.mark.parametrize("mark", ["", "geraden"])
def test_a_post_without_a_press_changes_nothing(site: Site, mark: str) -> None:
    answer = site.reader().post(
        f"/login/recovery/{_token(site)}", data={"password": NEW_PASSWORD, "press": mark}
    )

    assert answer.status_code == 422
    assert not can_sign_in(site, MODERATOR.email, NEW_PASSWORD)


def test_the_link_works_once(site: Site) -> None:
    path = f"/login/recovery/{_token(site)}"
    press_button(site.reader(), path, password=NEW_PASSWORD)

    assert site.reader().get(path).status_code == 410
    assert site.reader().post(path, data={"password": PASSWORD, "press": "x"}).status_code == 410
    assert can_sign_in(site, MODERATOR.email, NEW_PASSWORD)


def test_earlier_links_die_with_the_one_that_was_used(site: Site) -> None:
    earlier, later = (f"/login/recovery/{_token(site, age=timedelta(minutes=m))}" for m in (30, 1))
    press_button(site.reader(), later, password=NEW_PASSWORD)

    assert site.reader().get(earlier).status_code == 410


def test_of_two_who_use_the_link_at_once_one_succeeds(both_sites: Site) -> None:
    app, token, now = both_sites.app, _token(both_sites), utc_now()

    def choose(password_hash: str) -> None:
        choose_password_by_link(db.session, SIGNER, LinkFor.RECOVERY, token, password_hash, now=now)

    def second() -> str:
        with app.app_context():
            try:
                with writing(db.session):
                    choose("the second hash")
            except LinkSpent:
                return "spent"
            return "done"

    with ThreadPoolExecutor(1) as pool:
        with app.app_context(), writing(db.session):
            choose("the first hash")
            outcome = pool.submit(second)
            _wait_until_somebody_waits(db.session)

        assert outcome.result() == "spent"
    account = account_at(app, MODERATOR.email)
    assert account is not None
    assert account.password == "the first hash"


def _wait_until_somebody_waits(session: Session) -> None:
    """Until another transaction stands still for this one; on SQLite it does before it has begun."""
    if session.get_bind().dialect.name != "postgresql":
        return
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    until = utc_now() + timedelta(seconds=4)
    while not session.scalar(waiting) and utc_now() < until:
        pass


def test_an_old_link_says_that_it_is_too_old(site: Site) -> None:
    answer = site.reader().get(f"/login/recovery/{_token(site, age=timedelta(minutes=61))}")

    assert answer.status_code == 410


@pytest.mark.parametrize("path", ["/login/recovery/geraden", "/invitations/geraden", "/new-address/geraden"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_somebody_made_up_is_not_found(site: Site, path: str, method: str) -> None:
    form = {"password": NEW_PASSWORD, "press": "x"} if method == "POST" else None

    assert site.reader().open(path, method=method, data=form).status_code == 404


def test_a_link_to_recover_is_no_invitation(site: Site) -> None:
    assert site.reader().get(f"/invitations/{_token(site)}").status_code == 404


def test_an_account_that_was_disabled_meanwhile_gets_no_password(site: Site) -> None:
    path = f"/login/recovery/{_token(site)}"
    _change(site, active=False)

    assert site.reader().get(path).status_code == 410


def test_the_page_speaks_the_language_of_the_account(site: Site) -> None:
    _change(site, locale="en")

    page = site.reader().get(f"/login/recovery/{_token(site)}").text

    assert '<html lang="en"' in page


def test_no_mail_leaves_for_a_link_that_is_over(site: Site) -> None:
    _ask(site, MODERATOR.email)
    with site.app.app_context(), writing(db.session):
        mail = db.session.get_one(OutboxMail, mails(site.app, "account_recovery")[0].id)
        mail.created_at = utc_now() - timedelta(hours=1)

    assert composed(site.app, mails(site.app, "account_recovery")[0]) is None


@pytest.mark.parametrize("change", [{"active": False}, {"email": "elders@redactie.example"}])
def test_no_mail_leaves_for_an_account_that_changed(site: Site, change: dict[str, object]) -> None:
    _ask(site, MODERATOR.email)

    _change(site, **change)

    assert composed(site.app, mails(site.app, "account_recovery")[0]) is None


def test_the_sign_in_page_leads_there(site: Site) -> None:
    assert 'href="/login/forgotten"' in site.reader().get("/login").text


def test_another_site_cannot_ask_for_mails(site: Site) -> None:
    answer = site.reader().post(
        "/login/forgotten", data={"email": MODERATOR.email}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert not mails(site.app, "account_recovery")
