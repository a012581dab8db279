"""Inviting somebody: the mail, its link, and what an administrator can still change until it is used."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from forum.accounts.models import AccountState
from forum.articles.models import Person as Byliner
from forum.articles.people import find_or_add_person
from forum.base.session import db, writing
from forum.mail.models import MailState, OutboxMail
from tests.accounts.work import (
    NEW_PASSWORD,
    NEWCOMER,
    account_at,
    admin_of,
    can_sign_in,
    link_of,
    mails,
    page_of,
    post,
    press_button,
)
from tests.factories import AUTHOR, MODERATOR, PASSWORD, Site

INVITE = "/desk/accounts/new"
FORM = {"email": NEWCOMER.email, "name": NEWCOMER.name, "role": "editor"}


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


def test_a_lost_invitation_is_mailed_again_and_both_links_lead_there(site: Site) -> None:
    admin = admin_of(site)
    post(admin, INVITE, **FORM)
    first = link_of(site.app, "account_invite")

    answer = post(admin, page_of(site, NEWCOMER.email) + "/invitations")

    assert answer.status_code == 303
    assert len(mails(site.app, "account_invite")) == 2
    assert site.reader().get(first).status_code == 200
    assert site.reader().get(link_of(site.app, "account_invite")).status_code == 200


def test_a_mistyped_invitation_is_told_and_mended(both_sites: Site) -> None:
    admin = admin_of(both_sites)
    post(admin, INVITE, **FORM | {"email": "femke@mistypt.example"})
    page = page_of(both_sites, "femke@mistypt.example")
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

    answer = post(admin, page_of(site, NEWCOMER.email), **FORM | {"email": AUTHOR.email})

    assert answer.status_code == 422
    assert "Er is al een account met dit adres." in answer.text
    assert account_at(site.app, NEWCOMER.email) is not None


def test_the_address_of_an_open_invitation_cannot_be_left_out(site: Site) -> None:
    admin = admin_of(site)
    post(admin, INVITE, **FORM)

    answer = post(admin, page_of(site, NEWCOMER.email), **FORM | {"email": ""})

    assert answer.status_code == 422


def test_the_address_of_who_came_in_is_not_changed_by_an_admin(site: Site) -> None:
    admin = admin_of(site)

    post(admin, page_of(site, MODERATOR.email), **FORM | {"role": "moderator"})

    assert account_at(site.app, MODERATOR.email) is not None
    assert account_at(site.app, NEWCOMER.email) is None


def test_a_disabled_invitation_leads_nowhere(site: Site) -> None:
    admin = admin_of(site)
    post(admin, INVITE, **FORM)
    path = link_of(site.app, "account_invite")

    post(admin, page_of(site, NEWCOMER.email) + "/disable")

    assert site.reader().get(path).status_code == 410
