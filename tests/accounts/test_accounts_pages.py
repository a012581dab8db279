"""The administrators' pages about accounts."""

from __future__ import annotations

import pytest

from forum.accounts.models import RoleName
from forum.articles.people import find_or_add_person
from forum.base.session import db, writing
from tests.accounts.work import (
    ADMIN,
    EDGE,
    FIREFOX,
    NEWCOMER,
    account_at,
    admin_of,
    can_sign_in,
    is_signed_in,
    make_account,
    page_of,
    post,
    sign_in,
)
from tests.conftest import AppFactory
from tests.factories import AUTHOR, MODERATOR, PASSWORD, Site, csrf_token, make_site

INVITE = "/desk/accounts/new"
FORM = {"email": NEWCOMER.email, "name": NEWCOMER.name, "role": "editor"}


def test_the_list_tells_who_has_an_account_and_who_signed_in(site: Site) -> None:
    admin = admin_of(site)
    site.author()

    page = admin.get("/desk/accounts").text

    for person in (ADMIN, AUTHOR, MODERATOR):
        assert person.name in page
        assert person.email in page
    assert page.count("nog nooit ingelogd") == 1


@pytest.mark.parametrize("path", ["/desk/accounts", INVITE, "/desk/accounts/1"])
def test_no_colleague_sees_the_accounts(site: Site, path: str) -> None:
    answers = [site.author().get(path), site.moderator().get(path)]

    assert {answer.status_code for answer in answers} == {403}
    assert not any(AUTHOR.email in answer.text for answer in answers)


def test_becoming_an_author_brings_the_byline_of_that_name(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        find_or_add_person(db.session, MODERATOR.name)
    admin, path = admin_of(site), page_of(site, MODERATOR.email)

    post(admin, path, name=MODERATOR.name, role=["moderator", "author"])

    assert f"<dd><bdi>{MODERATOR.name}</bdi></dd>" in admin.get(path).text


def test_a_disabled_colleague_is_signed_out_at_once_and_stays_out(both_sites: Site) -> None:
    admin, moderator = admin_of(both_sites), both_sites.moderator()

    answer = post(admin, page_of(both_sites, MODERATOR.email) + "/disable")

    assert answer.status_code == 303
    assert not is_signed_in(moderator)
    assert not can_sign_in(both_sites, MODERATOR.email, PASSWORD)


def test_an_enabled_colleague_signs_in_again_but_no_old_session_lives(site: Site) -> None:
    admin, moderator, path = admin_of(site), site.moderator(), page_of(site, MODERATOR.email)
    post(admin, path + "/disable")

    post(admin, path + "/enable")

    assert not is_signed_in(moderator)
    assert can_sign_in(site, MODERATOR.email, PASSWORD)


def test_every_session_of_a_colleague_is_ended_from_the_page(both_sites: Site) -> None:
    admin, browsers = admin_of(both_sites), [both_sites.moderator(), both_sites.moderator()]
    author = both_sites.author()

    post(admin, page_of(both_sites, MODERATOR.email) + "/sessions/end")

    assert not any(is_signed_in(browser) for browser in browsers)
    assert is_signed_in(author)
    assert can_sign_in(both_sites, MODERATOR.email, PASSWORD)


def test_the_page_lists_where_a_colleague_was_signed_in_before(both_sites: Site) -> None:
    admin, page = admin_of(both_sites), page_of(both_sites, MODERATOR.email)
    for agent in (EDGE, FIREFOX):
        browser = both_sites.reader()
        sign_in(both_sites, MODERATOR.email, PASSWORD, browser, agent=agent)
        browser.post("/logout", data={"csrf_token": csrf_token(browser)})
    both_sites.author()

    before, _, earlier = admin.get(page).text.partition('id="earlier-sessions"')

    assert [name in earlier for name in ("Edge, Windows", "Firefox, Linux")] == [True, True]
    assert earlier.count('<th scope="row">') == 2
    assert "Edge, Windows" not in before


def test_what_stands_in_the_way_is_told_on_the_page(site: Site) -> None:
    admin = admin_of(site)
    path = page_of(site, ADMIN.email)

    own, last = post(admin, path + "/disable"), post(admin, path, name=ADMIN.name, role="editor")

    assert (own.status_code, last.status_code) == (409, 409)
    assert all('role="alert"' in answer.text for answer in (own, last))
    assert is_signed_in(admin)


def test_a_new_role_counts_at_once(site: Site) -> None:
    admin, author = admin_of(site), site.author()

    post(admin, page_of(site, AUTHOR.email), name=AUTHOR.name, role="moderator")

    assert author.get("/moderation").status_code == 200


def test_the_own_account_has_no_button_that_disables_it(site: Site) -> None:
    admin = admin_of(site)

    own, other = admin.get(page_of(site, ADMIN.email)).text, admin.get(page_of(site, AUTHOR.email)).text

    assert "/disable" not in own
    assert "/disable" in other


@pytest.mark.parametrize("account_id", ["0", "x", "4711", "1e3"])
def test_an_account_that_is_not_there_is_not_found(site: Site, account_id: str) -> None:
    assert admin_of(site).get(f"/desk/accounts/{account_id}").status_code == 404


@pytest.mark.parametrize("action", ["", "/invitations", "/disable", "/enable", "/sessions/end"])
def test_a_change_without_the_token_of_the_form_is_refused(site: Site, action: str) -> None:
    admin = admin_of(site)
    csrf_token(admin)

    answer = admin.post(page_of(site, AUTHOR.email) + action, data={"name": "Ander", "role": "editor"})

    account = account_at(site.app, AUTHOR.email)
    assert answer.status_code == 403
    assert account is not None
    assert (account.name, account.active) == (AUTHOR.name, True)


def test_a_name_is_shown_as_text_only(site: Site) -> None:
    make_account(site, NEWCOMER, RoleName.EDITOR, name="<b>Sanne</b>")

    page = admin_of(site).get("/desk/accounts").text

    assert "<b>Sanne</b>" not in page
    assert "&lt;b&gt;Sanne" in page


@pytest.mark.parametrize(("smtp_url", "told"), [("", True), ("smtp://localhost:2525", False)])
def test_it_is_told_when_no_mail_can_leave(
    sqlite_url: str, make_app: AppFactory, smtp_url: str, told: bool
) -> None:
    site = make_site(make_app(sqlite_url, FORUM_SMTP_URL=smtp_url, FORUM_LOCALE="en"))

    page = admin_of(site).get("/desk/accounts").text

    assert ("No mail server has been set" in page) is told
