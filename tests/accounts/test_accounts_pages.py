"""The administrators' pages about accounts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from forum.accounts.models import AccountState, RoleName
from forum.articles.models import Person as Byliner
from forum.articles.people import find_or_add_person
from forum.base.session import db, writing
from forum.mail.models import MailState, OutboxMail
from tests.accounts.work import (
    ADMIN,
    EDGE,
    FIREFOX,
    NEW_PASSWORD,
    NEWCOMER,
    account_at,
    admin_of,
    can_sign_in,
    is_signed_in,
    link_of,
    mails,
    make_account,
    post,
    press_button,
    sign_in,
)
from tests.conftest import AppFactory
from tests.factories import AUTHOR, MODERATOR, PASSWORD, Site, csrf_token, make_site

INVITE = "/desk/accounts/new"
FORM = {"email": NEWCOMER.email, "name": NEWCOMER.name, "role": "editor"}


def _page_of(site: Site, email: str) -> str:
    account = account_at(site.app, email)
    assert account is not None
    return f"/desk/accounts/{account.id}"


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


def test_an_invited_person_chooses_a_password_and_signs_in(both_sites: Site) -> None:
    answer = post(admin_of(both_sites), INVITE, **FORM)

    chosen = press_button(
        both_sites.reader(), link_of(both_sites.app, "account_invite"), password=NEW_PASSWORD
    )

    assert (answer.status_code, chosen.status_code) == (303, 303)
    assert chosen.headers["Location"].startswith("/login")
    assert can_sign_in(both_sites, NEWCOMER.email, NEW_PASSWORD)
    assert mails(both_sites.app, "account_password_changed") == []


def test_nobody_signs_in_to_an_invitation_that_is_open(site: Site) -> None:
    post(admin_of(site), INVITE, **FORM)

    assert not can_sign_in(site, NEWCOMER.email, "")
    assert not can_sign_in(site, NEWCOMER.email, PASSWORD)


def test_looking_at_the_link_of_an_invitation_changes_nothing(site: Site) -> None:
    post(admin_of(site), INVITE, **FORM)
    path = link_of(site.app, "account_invite")

    looks = [site.reader().open(path, method=method).status_code for method in ("HEAD", "GET", "GET")]

    account = account_at(site.app, NEWCOMER.email)
    assert looks == [200, 200, 200]
    assert account is not None
    assert account.state is AccountState.INVITED


def test_a_post_without_a_press_chooses_no_password(site: Site) -> None:
    post(admin_of(site), INVITE, **FORM)

    answer = site.reader().post(link_of(site.app, "account_invite"), data={"password": NEW_PASSWORD})

    account = account_at(site.app, NEWCOMER.email)
    assert answer.status_code == 422
    assert account is not None
    assert account.password is None


def test_the_link_of_an_invitation_works_once(site: Site) -> None:
    post(admin_of(site), INVITE, **FORM)
    path = link_of(site.app, "account_invite")
    press_button(site.reader(), path, password=NEW_PASSWORD)

    again = site.reader().get(path)

    assert again.status_code == 410
    assert not can_sign_in(site, NEWCOMER.email, PASSWORD)


@pytest.mark.parametrize("password", ["", "kort", "x" * 201])
def test_a_password_that_is_none_leaves_the_link_as_it_was(site: Site, password: str) -> None:
    post(admin_of(site), INVITE, **FORM)
    path = link_of(site.app, "account_invite")

    answer = press_button(site.reader(), path, password=password)

    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert not password or password not in answer.text
    assert press_button(site.reader(), path, password=NEW_PASSWORD).status_code == 303


def test_an_address_that_has_an_account_is_told_and_everything_typed_comes_back(site: Site) -> None:
    answer = post(admin_of(site), INVITE, **FORM | {"email": AUTHOR.email.upper()})

    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert f'value="{NEWCOMER.name}"' in answer.text
    assert not mails(site.app, "account_invite")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": ""}, "email-error"),
        ({"email": "geen adres"}, "email-error"),
        ({"email": "twee@a.example, drie@b.example"}, "email-error"),
        ({"name": " \u200b "}, "name-error"),
        ({"name": "x" * 61}, "name-error"),
    ],
)
def test_an_invitation_with_a_fault_tells_where(site: Site, wrong: dict[str, str], field: str) -> None:
    answer = post(admin_of(site), INVITE, **FORM | wrong)

    assert answer.status_code == 422
    assert f'id="{field}"' in answer.text
    assert not mails(site.app, "account_invite")


def test_an_account_without_a_role_is_not_made(site: Site) -> None:
    answer = post(admin_of(site), INVITE, email=NEWCOMER.email, name=NEWCOMER.name)

    assert answer.status_code == 422
    assert account_at(site.app, NEWCOMER.email) is None


def test_a_role_that_there_is_not_is_refused(site: Site) -> None:
    assert post(admin_of(site), INVITE, **FORM | {"role": "owner"}).status_code == 400


def test_several_roles_are_given_at_once(site: Site) -> None:
    admin = admin_of(site)

    post(admin, INVITE, **FORM | {"role": ["author", "moderator"]})

    account = account_at(site.app, NEWCOMER.email)
    assert account is not None
    assert account.role_names == {"author", "moderator"}


def test_an_author_gets_the_byline_of_that_name(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        find_or_add_person(db.session, NEWCOMER.name)

    post(admin_of(site), INVITE, **FORM | {"role": "author"})

    with site.app.app_context():
        linked = db.session.scalar(select(Byliner.account_id).where(Byliner.name == NEWCOMER.name))
    account = account_at(site.app, NEWCOMER.email)
    assert account is not None
    assert linked == account.id


def test_becoming_an_author_brings_the_byline_of_that_name(site: Site) -> None:
    with site.app.app_context(), writing(db.session):
        find_or_add_person(db.session, MODERATOR.name)
    admin, path = admin_of(site), _page_of(site, MODERATOR.email)

    post(admin, path, name=MODERATOR.name, role=["moderator", "author"])

    assert f"<dd><bdi>{MODERATOR.name}</bdi></dd>" in admin.get(path).text


def test_a_lost_invitation_is_mailed_again_and_both_links_lead_there(site: Site) -> None:
    admin = admin_of(site)
    post(admin, INVITE, **FORM)
    first = link_of(site.app, "account_invite")

    answer = post(admin, _page_of(site, NEWCOMER.email) + "/invitations")

    assert answer.status_code == 303
    assert len(mails(site.app, "account_invite")) == 2
    assert site.reader().get(first).status_code == 200
    assert site.reader().get(link_of(site.app, "account_invite")).status_code == 200


def test_a_mistyped_invitation_is_told_and_mended(both_sites: Site) -> None:
    admin = admin_of(both_sites)
    post(admin, INVITE, **FORM | {"email": "femke@mistypt.example"})
    page = _page_of(both_sites, "femke@mistypt.example")
    old = link_of(both_sites.app, "account_invite")
    with both_sites.app.app_context(), writing(db.session):
        mail = db.session.scalars(select(OutboxMail)).one()
        mail.state, mail.last_answer = MailState.FAILED, "550 5.1.1 unknown user"

    told = admin.get(page).text
    answer = post(admin, page, **FORM)
    after = admin.get(page).text

    assert "De uitnodiging kwam niet aan." in told
    assert "550 5.1.1 unknown user" in told
    assert answer.headers["Location"].endswith("?done=invited")
    assert "De uitnodiging kwam niet aan." not in after
    assert both_sites.reader().get(old).status_code == 410
    assert mails(both_sites.app, "account_invite")[-1].recipient == NEWCOMER.email
    assert both_sites.reader().get(link_of(both_sites.app, "account_invite")).status_code == 200


def test_an_invitation_is_not_moved_to_an_address_that_has_an_account(site: Site) -> None:
    admin = admin_of(site)
    post(admin, INVITE, **FORM)

    answer = post(admin, _page_of(site, NEWCOMER.email), **FORM | {"email": AUTHOR.email})

    assert answer.status_code == 422
    assert "Er is al een account met dit adres." in answer.text
    assert account_at(site.app, NEWCOMER.email) is not None


def test_the_address_of_an_open_invitation_cannot_be_left_out(site: Site) -> None:
    admin = admin_of(site)
    post(admin, INVITE, **FORM)

    answer = post(admin, _page_of(site, NEWCOMER.email), **FORM | {"email": ""})

    assert answer.status_code == 422


def test_the_address_of_who_came_in_is_not_changed_by_an_admin(site: Site) -> None:
    admin = admin_of(site)

    post(admin, _page_of(site, MODERATOR.email), **FORM | {"role": "moderator"})

    assert account_at(site.app, MODERATOR.email) is not None
    assert account_at(site.app, NEWCOMER.email) is None


def test_a_disabled_invitation_leads_nowhere(site: Site) -> None:
    admin = admin_of(site)
    post(admin, INVITE, **FORM)
    path = link_of(site.app, "account_invite")

    post(admin, _page_of(site, NEWCOMER.email) + "/disable")

    assert site.reader().get(path).status_code == 410


def test_a_disabled_colleague_is_signed_out_at_once_and_stays_out(both_sites: Site) -> None:
    admin, moderator = admin_of(both_sites), both_sites.moderator()

    answer = post(admin, _page_of(both_sites, MODERATOR.email) + "/disable")

    assert answer.status_code == 303
    assert not is_signed_in(moderator)
    assert not can_sign_in(both_sites, MODERATOR.email, PASSWORD)


def test_an_enabled_colleague_signs_in_again_but_no_old_session_lives(site: Site) -> None:
    admin, moderator, path = admin_of(site), site.moderator(), _page_of(site, MODERATOR.email)
    post(admin, path + "/disable")

    post(admin, path + "/enable")

    assert not is_signed_in(moderator)
    assert can_sign_in(site, MODERATOR.email, PASSWORD)


def test_every_session_of_a_colleague_is_ended_from_the_page(both_sites: Site) -> None:
    admin, browsers = admin_of(both_sites), [both_sites.moderator(), both_sites.moderator()]
    author = both_sites.author()

    post(admin, _page_of(both_sites, MODERATOR.email) + "/sessions/end")

    assert not any(is_signed_in(browser) for browser in browsers)
    assert is_signed_in(author)
    assert can_sign_in(both_sites, MODERATOR.email, PASSWORD)


def test_the_page_lists_where_a_colleague_was_signed_in_before(both_sites: Site) -> None:
    admin, page = admin_of(both_sites), _page_of(both_sites, MODERATOR.email)
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
    path = _page_of(site, ADMIN.email)

    own, last = post(admin, path + "/disable"), post(admin, path, name=ADMIN.name, role="editor")

    assert (own.status_code, last.status_code) == (409, 409)
    assert all('role="alert"' in answer.text for answer in (own, last))
    assert is_signed_in(admin)


def test_a_new_role_counts_at_once(site: Site) -> None:
    admin, author = admin_of(site), site.author()

    post(admin, _page_of(site, AUTHOR.email), name=AUTHOR.name, role="moderator")

    assert author.get("/moderation").status_code == 200


def test_the_own_account_has_no_button_that_disables_it(site: Site) -> None:
    admin = admin_of(site)

    own, other = admin.get(_page_of(site, ADMIN.email)).text, admin.get(_page_of(site, AUTHOR.email)).text

    assert "/disable" not in own
    assert "/disable" in other


@pytest.mark.parametrize("account_id", ["0", "x", "4711", "1e3"])
def test_an_account_that_is_not_there_is_not_found(site: Site, account_id: str) -> None:
    assert admin_of(site).get(f"/desk/accounts/{account_id}").status_code == 404


@pytest.mark.parametrize("action", ["", "/invitations", "/disable", "/enable", "/sessions/end"])
def test_a_change_without_the_token_of_the_form_is_refused(site: Site, action: str) -> None:
    admin = admin_of(site)
    csrf_token(admin)

    answer = admin.post(_page_of(site, AUTHOR.email) + action, data={"name": "Ander", "role": "editor"})

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
