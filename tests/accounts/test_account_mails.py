"""What the mails to staff about their own account say."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from forum.accounts.links import LinkFor
from forum.accounts.mails import (
    EMAIL_CHANGED,
    PASSWORD_CHANGED,
    put_email_changed,
    put_link_mail,
    put_password_changed,
)
from forum.accounts.models import Account, RoleName
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.mail.models import OutboxMail
from tests.accounts.work import NEWCOMER, composed, mails, make_account, rendered
from tests.conftest import AppFactory
from tests.factories import NOW, Site, make_site

KINDS = [*(purpose.value for purpose in LinkFor), EMAIL_CHANGED, PASSWORD_CHANGED]
NEW_EMAIL = "sanne@elders.example"
FORMER_EMAIL = "sanne@vroeger.example"
BASE_URL = "http://127.0.0.1:8000"
NAME = '<a href="https://evil.example">Sanne</a>'


def _mail(site: Site, kind: str, **values: object) -> OutboxMail:
    """A mail of this kind to an account that may have it."""
    password = {"password": None} if kind == LinkFor.INVITATION else {}
    account_id = make_account(
        site, NEWCOMER, RoleName.EDITOR, name=NAME, new_email=NEW_EMAIL, **password, **values
    )
    with site.app.app_context(), writing(db.session):
        account = db.session.get_one(Account, account_id)
        if kind == EMAIL_CHANGED:
            put_email_changed(db.session, account, FORMER_EMAIL, now=utc_now())
        elif kind == PASSWORD_CHANGED:
            put_password_changed(db.session, account, now=utc_now())
        else:
            put_link_mail(db.session, LinkFor(kind), account, now=utc_now())
    return mails(site.app, kind)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_to_staff_leaves_early_and_holds_no_text(site: Site, kind: str) -> None:
    mail = _mail(site, kind)

    assert (mail.to_staff, mail.facts, mail.waits_for_undo) == (True, {}, False)
    assert "@" not in mail.key


@pytest.mark.parametrize(
    ("kind", "recipient"),
    [
        ("account_invite", NEWCOMER.email),
        ("account_recovery", NEWCOMER.email),
        ("account_new_email", NEW_EMAIL),
        ("account_email_changed", FORMER_EMAIL),
        ("account_password_changed", NEWCOMER.email),
    ],
)
def test_each_mail_goes_to_the_address_that_it_is_for(site: Site, kind: str, recipient: str) -> None:
    assert _mail(site, kind).recipient == recipient


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_a_mail_names_no_address_and_no_name_that_could_be_a_link(site: Site, kind: str, part: str) -> None:
    words = getattr(rendered(site.app, _mail(site, kind)), part)

    assert words.strip()
    assert "@" not in words
    assert "evil.example" not in words


@pytest.mark.parametrize("kind", list(LinkFor))
def test_the_link_stands_in_both_parts(site: Site, kind: str) -> None:
    mail = _mail(site, kind)
    content = composed(site.app, mail)

    assert content is not None
    path = urlsplit(content.values["url"]).path
    words = rendered(site.app, mail)
    assert f"{BASE_URL}{path}" in words.text
    assert f'href="{BASE_URL}{path}"' in words.html


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_speaks_the_language_of_its_account(site: Site, kind: str) -> None:
    words = rendered(site.app, _mail(site, kind, locale="en"))

    assert "You have this mail because" in words.text
    assert '<html lang="en"' in words.html


@pytest.mark.parametrize("locale", ["nl", "en"])
def test_without_a_choice_a_mail_speaks_the_language_of_the_site(
    sqlite_url: str, make_app: AppFactory, locale: str
) -> None:
    site = make_site(make_app(sqlite_url, FORUM_LOCALE=locale))

    words = rendered(site.app, _mail(site, "account_invite"))

    assert f'<html lang="{locale}"' in words.html


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_about_an_account_that_is_gone_is_not_sent(site: Site, kind: str) -> None:
    mail = _mail(site, kind)
    with site.app.app_context(), writing(db.session):
        db.session.delete(db.session.get_one(Account, mail.account_id))

    assert composed(site.app, mails(site.app, kind)[0]) is None


def test_an_address_that_is_the_accounts_again_is_not_told_that_it_is_another(site: Site) -> None:
    mail = _mail(site, EMAIL_CHANGED)
    with site.app.app_context(), writing(db.session):
        db.session.get_one(Account, mail.account_id).email = FORMER_EMAIL

    assert composed(site.app, mail) is None


def test_asking_twice_is_two_mails_and_the_same_moment_one(site: Site) -> None:
    account_id = make_account(site, NEWCOMER, RoleName.EDITOR)

    with site.app.app_context(), writing(db.session):
        account = db.session.get_one(Account, account_id)
        for moment in (NOW, NOW, NOW + timedelta(seconds=1)):
            put_link_mail(db.session, LinkFor.RECOVERY, account, now=moment)

    assert len(mails(site.app, "account_recovery")) == 2


def test_a_mail_of_an_open_invitation_is_not_sent_once_a_password_was_chosen(site: Site) -> None:
    mail = _mail(site, "account_invite")
    with site.app.app_context(), writing(db.session):
        db.session.get_one(Account, mail.account_id).password = "$argon2id$…"

    assert composed(site.app, mail) is None
