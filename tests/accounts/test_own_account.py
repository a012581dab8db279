"""What staff change in their own account: the password, and the address, which is proven first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from forum.accounts.links import LinkFor, make_link_token
from forum.accounts.models import Account, RoleName
from forum.base.clock import utc_now
from forum.base.session import db, writing
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
    post,
    press_button,
    session_rows,
)
from tests.factories import AUTHOR, MODERATOR, PASSWORD, SIGNER, Site, csrf_token, signed_in

EMAIL, CHANGE = "/desk/account/email", "/desk/account/password"
NEW_EMAIL = "mirjam@elders.example"
WRONG = "een heel ander geheim"


def _ask(site: Site, email: str = NEW_EMAIL) -> None:
    answer = post(site.moderator(), EMAIL, email=email, password=PASSWORD)
    assert answer.status_code == 303


def test_the_own_page_shows_name_address_and_roles(site: Site) -> None:
    page = site.moderator().get("/desk/account").text

    assert MODERATOR.name in page
    assert f"<dd>{MODERATOR.email}</dd>" in page
    assert "<dd>moderator</dd>" in page


def test_another_password_is_chosen_with_the_present_one(both_sites: Site) -> None:
    answer = post(both_sites.moderator(), CHANGE, current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert answer.status_code == 303
    assert can_sign_in(both_sites, MODERATOR.email, NEW_PASSWORD)
    assert not can_sign_in(both_sites, MODERATOR.email, PASSWORD)
    assert [mail.recipient for mail in mails(both_sites.app, "account_password_changed")] == [MODERATOR.email]


def test_another_password_ends_every_other_session_and_copies_of_this_one(both_sites: Site) -> None:
    here, there = both_sites.moderator(), both_sites.moderator()
    cookie = here.get_cookie("weerwoord")
    assert cookie is not None
    copy = both_sites.reader()
    copy.set_cookie("weerwoord", cookie.value)
    was_in = is_signed_in(copy)

    post(here, CHANGE, current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert was_in
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert not is_signed_in(copy)


def test_forms_work_on_after_a_change_of_password(site: Site) -> None:
    here = site.moderator()
    post(here, CHANGE, current_password=PASSWORD, new_password=NEW_PASSWORD)

    answer = post(here, CHANGE, current_password=NEW_PASSWORD, new_password=PASSWORD)

    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        (WRONG, NEW_PASSWORD, "current_password"),
        ("", NEW_PASSWORD, "current_password"),
        ("x" * 201, NEW_PASSWORD, "current_password"),
        (PASSWORD, "kort", "new_password"),
        (PASSWORD, "x" * 201, "new_password"),
    ],
)
def test_a_password_that_is_not_changed_tells_why(site: Site, current: str, new: str, field: str) -> None:
    here, there = site.moderator(), site.moderator()

    answer = post(here, CHANGE, current_password=current, new_password=new)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert is_signed_in(there)
    assert can_sign_in(site, MODERATOR.email, PASSWORD)


def test_no_password_is_given_back_by_a_refused_form(site: Site) -> None:
    answer = post(site.moderator(), CHANGE, current_password=WRONG, new_password=NEW_PASSWORD)

    assert WRONG not in answer.text
    assert NEW_PASSWORD not in answer.text


def test_guessing_the_present_password_from_an_open_browser_is_slow(site: Site) -> None:
    here = site.moderator()
    token = csrf_token(here)
    form = {"csrf_token": token, "new_password": NEW_PASSWORD}

    answers = [here.post(CHANGE, data=form | {"current_password": f"geheim {n}"}) for n in range(6)]

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert here.post(CHANGE, data=form | {"current_password": PASSWORD}).status_code == 429


def test_a_new_address_counts_only_after_the_press(both_sites: Site) -> None:
    _ask(both_sites)
    before = can_sign_in(both_sites, NEW_EMAIL, PASSWORD)
    still = can_sign_in(both_sites, MODERATOR.email, PASSWORD)

    answer = press_button(both_sites.reader(), link_of(both_sites.app, "account_new_email"))

    assert (before, still) == (False, True)
    assert answer.status_code == 303
    assert can_sign_in(both_sites, NEW_EMAIL, PASSWORD)
    assert account_at(both_sites.app, MODERATOR.email) is None


def test_the_link_goes_to_the_new_address_and_the_news_to_the_former_one(site: Site) -> None:
    _ask(site)
    told_before = list(mails(site.app, "account_email_changed"))

    press_button(site.reader(), link_of(site.app, "account_new_email"))

    assert [mail.recipient for mail in mails(site.app, "account_new_email")] == [NEW_EMAIL]
    assert not told_before
    assert [mail.recipient for mail in mails(site.app, "account_email_changed")] == [MODERATOR.email]


def test_looking_at_the_link_to_a_new_address_changes_nothing(site: Site) -> None:
    _ask(site)
    path = link_of(site.app, "account_new_email")

    for method in ("HEAD", "GET"):
        site.reader().open(path, method=method)
    site.reader().post(path)

    assert account_at(site.app, NEW_EMAIL) is None


def test_a_new_address_takes_the_present_password(site: Site) -> None:
    answer = post(site.moderator(), EMAIL, email=NEW_EMAIL, password=WRONG)

    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert f'value="{NEW_EMAIL}"' in answer.text
    assert not mails(site.app, "account_new_email")


@pytest.mark.parametrize("email", ["", "geen adres", MODERATOR.email, AUTHOR.email.upper()])
def test_an_address_that_cannot_be_taken_is_told(site: Site, email: str) -> None:
    answer = post(site.moderator(), EMAIL, email=email, password=PASSWORD)

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert not mails(site.app, "account_new_email")


def test_the_link_to_a_new_address_works_once(site: Site) -> None:
    _ask(site)
    path = link_of(site.app, "account_new_email")
    press_button(site.reader(), path)

    assert site.reader().get(path).status_code == 410
    assert len(mails(site.app, "account_email_changed")) == 1


def test_an_old_link_to_a_new_address_proves_nothing(site: Site) -> None:
    _ask(site)
    account = account_at(site.app, MODERATOR.email)
    assert account is not None
    token = make_link_token(SIGNER, LinkFor.NEW_EMAIL, account, asked_at=utc_now() - timedelta(hours=25))

    assert site.reader().get(f"/new-address/{token}").status_code == 410


def test_asking_for_another_address_makes_the_first_mail_worthless(site: Site) -> None:
    _ask(site)
    first = link_of(site.app, "account_new_email")
    _ask(site, "mirjam@nergens.example")

    assert site.reader().get(first).status_code == 410
    assert composed(site.app, mails(site.app, "account_new_email")[0]) is None


def test_an_address_that_somebody_got_meanwhile_is_not_taken_twice(site: Site) -> None:
    _ask(site)
    path = link_of(site.app, "account_new_email")
    make_account(site, NEWCOMER, RoleName.EDITOR, email=NEW_EMAIL)

    answer = press_button(site.reader(), path)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert account_at(site.app, MODERATOR.email) is not None


def test_of_two_who_prove_the_same_address_at_once_one_gets_it(both_sites: Site) -> None:
    with both_sites.app.app_context(), writing(db.session):
        tokens = []
        for account_id in (both_sites.author_id, both_sites.moderator_id):
            account = db.session.get_one(Account, account_id)
            account.new_email = NEW_EMAIL
            tokens.append(make_link_token(SIGNER, LinkFor.NEW_EMAIL, account, asked_at=utc_now()))

    with ThreadPoolExecutor(2) as pool:
        statuses = list(
            pool.map(
                lambda token: press_button(both_sites.reader(), f"/new-address/{token}").status_code, tokens
            )
        )

    assert sorted(statuses) == [303, 422]


def test_links_to_the_former_address_die_with_the_change(site: Site) -> None:
    _ask(site)
    site.reader().post("/login/forgotten", data={"email": MODERATOR.email})
    recovery = link_of(site.app, "account_recovery")

    press_button(site.reader(), link_of(site.app, "account_new_email"))

    assert site.reader().get(recovery).status_code == 410


def test_a_disabled_account_proves_no_address(site: Site) -> None:
    _ask(site)
    path = link_of(site.app, "account_new_email")
    with site.app.app_context(), writing(db.session):
        db.session.get_one(Account, site.moderator_id).active = False

    assert site.reader().get(path).status_code == 410


def test_a_fourth_mail_to_a_new_address_within_the_hour_is_refused(site: Site) -> None:
    for _ in range(3):
        _ask(site)

    answer = post(site.moderator(), EMAIL, email=NEW_EMAIL, password=PASSWORD)

    assert answer.status_code == 429
    assert len(mails(site.app, "account_new_email")) == 3


def test_an_unproven_address_is_shown_to_its_owner_only(site: Site) -> None:
    _ask(site)

    own, colleague = site.moderator().get("/desk/account").text, site.author().get("/desk/account").text

    assert NEW_EMAIL in own
    assert NEW_EMAIL not in colleague


@pytest.mark.parametrize("path", [EMAIL, CHANGE, "/desk/account/sessions/end"])
def test_a_change_without_the_token_of_the_form_is_refused(site: Site, path: str) -> None:
    here, there = site.moderator(), site.moderator()
    csrf_token(here)
    form = {
        "email": NEW_EMAIL,
        "password": PASSWORD,
        "current_password": PASSWORD,
        "new_password": NEW_PASSWORD,
    }

    answer = here.post(path, data=form)

    assert answer.status_code == 403
    assert is_signed_in(there)
    assert not mails(site.app, "account_new_email")


def test_a_change_of_password_begins_a_session_of_its_own(site: Site) -> None:
    here = signed_in(site.app, site.moderator_id)

    post(here, CHANGE, current_password=PASSWORD, new_password=NEW_PASSWORD)

    former, present = session_rows(site.app, site.moderator_id)
    assert former.ended_at is not None
    assert present.ended_at is None
