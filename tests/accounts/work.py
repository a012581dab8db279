"""What tests of accounts do over and over: read the mails to staff, follow their links, press their buttons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.models import Account, AccountSession, RoleName
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.mail.compose import compose
from forum.mail.kinds import Content, mail_kinds
from forum.mail.message import Words
from forum.mail.models import OutboxMail
from tests import factories
from tests.factories import Person, Site, csrf_token, signed_in

ADMIN = Person("Femke Bos", "femke.bos@redactie.example")
SECOND_ADMIN = Person("Joris Blom", "joris.blom@redactie.example")
NEWCOMER = Person("Sanne Smit", "sanne.smit@redactie.example")
NEW_PASSWORD = "drie ganzen over de dijk"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
    " Safari/537.36 Edg/140.0.0.0"
)


def make_account(site: Site, person: Person, *roles: RoleName, **values: Any) -> int:
    """An account; its id."""
    with site.app.app_context(), writing(db.session):
        account = factories.make_account(db.session, person, roles)
        for name, value in values.items():
            setattr(account, name, value)
        return account.id


def admin_of(site: Site, person: Person = ADMIN) -> FlaskClient:
    """A browser in which a new administrator is signed in."""
    return signed_in(site.app, make_account(site, person, RoleName.ADMIN))


def account_at(app: Flask, email: str) -> Account | None:
    """The account with this address, read anew."""
    with app.app_context():
        return db.session.scalar(select(Account).where(Account.email == email))


def mails(app: Flask, kind: str) -> Sequence[OutboxMail]:
    """The mails of a kind in the outbox, oldest first."""
    with app.app_context():
        return db.session.scalars(
            select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.id)
        ).all()


def composed(app: Flask, mail: OutboxMail) -> Content | None:
    """What the mail would say if it were sent now."""
    with app.test_request_context("/"):
        return mail_kinds(app)[mail.kind](db.session, mail, utc_now())


def rendered(app: Flask, mail: OutboxMail) -> Words:
    """What the mail would say, in whose language, if it were sent now."""
    with app.app_context():
        words = compose(app, db.session, mail, now=utc_now())
    assert words is not None
    return words


def link_of(app: Flask, kind: str) -> str:
    """The path of the link in the newest mail of a kind."""
    content = composed(app, mails(app, kind)[-1])
    assert content is not None
    return str(urlsplit(content.values["url"]).path)


def page_of(site: Site, email: str) -> str:
    """The path of the administrators' page about an account."""
    account = account_at(site.app, email)
    assert account is not None
    return f"/desk/accounts/{account.id}"


def press_button(client: FlaskClient, path: str, **fields: str) -> Any:
    """Open a page that a link leads to, fill it in, and press its button."""
    found = re.search(r'name="press" value="([^"]+)"', client.get(path).text)
    assert found is not None, f"no button at {path}"
    return client.post(path, data={"press": found[1], **fields})


def post(client: FlaskClient, path: str, **fields: Any) -> Any:
    """Post a form of the staff pages."""
    return client.post(path, data={"csrf_token": csrf_token(client), **fields})


def sign_in(
    site: Site, email: str, password: str, client: FlaskClient | None = None, agent: str = FIREFOX
) -> Any:
    """Sign in through the form; the answer."""
    browser = client or site.reader()
    form = {"email": email, "password": password, "csrf_token": csrf_token(browser, "/login")}
    return browser.post("/login", data=form, headers={"User-Agent": agent})


def can_sign_in(site: Site, email: str, password: str) -> bool:
    """Whether address and password open the staff pages."""
    return bool(sign_in(site, email, password).status_code == 302)


def is_signed_in(client: FlaskClient) -> bool:
    """Whether the staff pages are open to this browser."""
    status = client.get("/desk").status_code
    assert status in {200, 302}
    return bool(status == 200)


def session_rows(app: Flask, account_id: int) -> Sequence[AccountSession]:
    """Every session of an account, ended or not, oldest first."""
    with app.app_context():
        return db.session.scalars(
            select(AccountSession).where(AccountSession.account_id == account_id).order_by(AccountSession.id)
        ).all()
