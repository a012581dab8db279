"""A walk past every page and mail about staff accounts, and past every answer that is a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import escape

from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.links import LinkFor, make_link_token
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
from forum.mail.message import Words
from tests.accounts.work import (
    ADMIN,
    NEWCOMER,
    SECOND_ADMIN,
    account_at,
    link_of,
    mails,
    make_account,
    post,
    rendered,
)
from tests.factories import AUTHOR, MODERATOR, PASSWORD, SIGNER, Site, signed_in

NEW_EMAIL = "nieuw@elders.example"
NO_NAME = "x" * 61
WRITTEN_BY_PEOPLE = (
    *(person.name for person in (ADMIN, SECOND_ADMIN, NEWCOMER)),
    *(person.email for person in (ADMIN, SECOND_ADMIN, NEWCOMER, MODERATOR)),
    "Firefox, Linux", NEW_EMAIL, NO_NAME, "geen adres",
)  # fmt: skip
"""What these pages hold that no catalogue translates."""


def walk(site: Site) -> Iterator[tuple[str, str]]:
    """Name and HTML of each page and mail."""
    admin_id = make_account(site, ADMIN, RoleName.ADMIN)
    admin = signed_in(site.app, admin_id)
    yield from _invitations(site, admin)
    _disable_other_admins(site, admin_id)
    yield from _one_account(admin, admin_id, other_id=site.author_id)
    yield from _own_account(site)
    yield from _links(site)
    yield from _mails(site)


def _invitations(site: Site, admin: FlaskClient) -> Iterator[tuple[str, str]]:
    path = "/desk/accounts/new"
    yield "POST nobody invited", post(admin, path, email="geen adres").text
    yield "POST invited twice", post(admin, path, email=AUTHOR.email, name=NO_NAME, role="editor").text
    form = {"email": NEWCOMER.email, "name": NEWCOMER.name, "role": "editor"}
    yield "GET accounts, one invited", admin.get(post(admin, path, **form).headers["Location"]).text
    yield "POST invited again", post(admin, path, **form).text
    account = account_at(site.app, NEWCOMER.email)
    assert account is not None
    yield "GET an invited account", admin.get(f"/desk/accounts/{account.id}").text
    yield "GET an invitation", site.reader().get(link_of(site.app, LinkFor.INVITATION)).text


def _disable_other_admins(site: Site, admin_id: int) -> None:
    with site.app.app_context(), writing(db.session):
        for account in db.session.scalars(select(Account).where(Account.id != admin_id)):
            account.active = account.active and not account.is_admin


def _one_account(admin: FlaskClient, admin_id: int, *, other_id: int) -> Iterator[tuple[str, str]]:
    own, other = f"/desk/accounts/{admin_id}", f"/desk/accounts/{other_id}"
    yield "GET the own account of an admin", admin.get(own).text
    yield "POST no name", post(admin, other).text
    yield "POST disable oneself", post(admin, f"{own}/disable").text
    yield "POST the last admin steps back", post(admin, own, name=ADMIN.name, role="editor").text
    yield "POST invite an active account", post(admin, f"{other}/invitations").text
    post(admin, f"{other}/disable")
    yield "GET a disabled account", admin.get(f"{other}?done=1").text
    yield "GET accounts, one disabled", admin.get("/desk/accounts").text
    post(admin, f"{other}/enable")


def _own_account(site: Site) -> Iterator[tuple[str, str]]:
    client, path = signed_in(site.app, make_account(site, SECOND_ADMIN, RoleName.EDITOR)), "/desk/account"
    forms = [
        ("email", {"email": "geen adres", "password": PASSWORD}),
        ("email", {"email": SECOND_ADMIN.email, "password": PASSWORD}),
        ("email", {"email": NEW_EMAIL, "password": ""}),
        ("password", {"current_password": PASSWORD, "new_password": "kort"}),
        ("password", {"current_password": PASSWORD, "new_password": NO_NAME * 4}),
    ]
    for action, fields in forms:
        yield f"POST a refused {action}", post(client, f"{path}/{action}", **fields).text
    post(client, f"{path}/email", email=NEW_EMAIL, password=PASSWORD)
    for done in ("email", "password", "session", "sessions"):
        yield f"GET {path} after {done}", client.get(f"{path}?done={done}").text


def _links(site: Site) -> Iterator[tuple[str, str]]:
    reader, asking = site.reader(), "/login/forgotten"
    for done in ("password", "email"):
        yield f"GET /login after {done}", reader.get(f"/login?done={done}").text
    yield "GET a mail is on its way", reader.get(f"{asking}?sent=1").text
    yield "POST no address", reader.post(asking, data={"email": "geen adres"}).text
    for _ in range(11):
        last = reader.post(asking, data={"email": MODERATOR.email})
    yield "POST too many mails", last.text
    path = link_of(site.app, LinkFor.NEW_EMAIL)
    yield "GET a new address", reader.get(path).text
    yield "POST a new address without a press", reader.post(path, data={"press": ""}).text
    account = account_at(site.app, MODERATOR.email)
    assert account is not None
    for age in (timedelta(), timedelta(hours=2)):
        token = make_link_token(SIGNER, LinkFor.RECOVERY, account, asked_at=utc_now() - age)
        yield f"GET a recovery of {age}", reader.get(f"/login/recovery/{token}").text
    spent = make_link_token(SIGNER, LinkFor.INVITATION, account, asked_at=utc_now())
    yield "GET an invitation that was used", reader.get(f"/invitations/{spent}").text


def _mails(site: Site) -> Iterator[tuple[str, str]]:
    account = account_at(site.app, SECOND_ADMIN.email)
    assert account is not None
    with site.app.app_context(), writing(db.session):
        account = db.session.get_one(Account, account.id)
        put_link_mail(db.session, LinkFor.RECOVERY, account, now=utc_now())
        put_email_changed(db.session, account, AUTHOR.email, now=utc_now())
        put_password_changed(db.session, account, now=utc_now())
    for kind in (*LinkFor, EMAIL_CHANGED, PASSWORD_CHANGED):
        yield f"the mail {kind}", _as_page(rendered(site.app, mails(site.app, kind)[-1]))


def _as_page(words: Words) -> str:
    """Subject and text of a mail, without its links, as a page in its language."""
    language = re.search(r'<html lang="\w+">', words.html)
    assert language is not None
    text = re.sub(r"https?://\S+", "", words.text)
    return f"{language[0]}<h1>{escape(words.subject)}</h1><p>{escape(text)}</p>"
