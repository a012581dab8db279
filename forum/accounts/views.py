"""The pages that a forgotten password and the links in mails to staff lead to. Nobody is signed in here."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for

from forum.accounts.addresses import normalised_address
from forum.accounts.links import LinkFor, account_of_link
from forum.accounts.mail_limits import reserve_mail
from forum.accounts.models import Account
from forum.accounts.own_account import ask_recovery, choose_password_by_link, prove_new_email
from forum.accounts.rights import open_to_everyone
from forum.accounts.sign_in import MAX_SIGN_IN_BYTES, hash_of_new_password
from forum.base.clock import utc_now
from forum.base.errors import Unprocessable
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.web import press
from forum.web.client import request_address
from forum.web.form_data import read_form, takes_at_most
from forum.web.languages import speak
from forum.web.limits import Limits

bp = Blueprint("accounts", __name__)


@bp.get("/login/forgotten")
@open_to_everyone
def forgotten_page() -> Response:
    """The form that asks for a mail; after it was sent, what happens next."""
    return make_response(
        render_template("accounts/forgotten.html", sent="sent" in request.args, email="", error="")
    )


@bp.post("/login/forgotten")
@open_to_everyone
@takes_at_most(MAX_SIGN_IN_BYTES)
def ask_for_recovery() -> Response:
    """Mail a link, if the address has an account that may sign in; the answer is the same when it has none."""
    typed = read_form(("email",))["email"]
    try:
        email = normalised_address(typed)
    except Unprocessable as refusal:
        page = render_template("accounts/forgotten.html", sent=False, email=typed, error=refusal.message)
        return make_response(page, refusal.status)
    limits: Limits = current_app.extensions["forum_limits"]
    reserve_mail(limits.storage, _signer(), email=email, address=request_address())
    with writing(db.session):
        ask_recovery(db.session, email, now=utc_now())
    return make_response(redirect(url_for("accounts.forgotten_page", sent=1), 303))


@bp.get("/login/recovery/<token>")
@open_to_everyone
def recovery_page(token: str) -> Response:
    """Where who forgot a password chooses another."""
    return _password_page(LinkFor.RECOVERY, token)


@bp.post("/login/recovery/<token>")
@open_to_everyone
@takes_at_most(MAX_SIGN_IN_BYTES)
def recover(token: str) -> Response:
    """Take the new password; the account is signed out everywhere."""
    return _choose_password(LinkFor.RECOVERY, token)


@bp.get("/invitations/<token>")
@open_to_everyone
def invitation_page(token: str) -> Response:
    """Where who is invited chooses a password."""
    return _password_page(LinkFor.INVITATION, token)


@bp.post("/invitations/<token>")
@open_to_everyone
@takes_at_most(MAX_SIGN_IN_BYTES)
def accept_invitation(token: str) -> Response:
    """Take the first password of an account."""
    return _choose_password(LinkFor.INVITATION, token)


@bp.get("/new-address/<token>")
@open_to_everyone
def new_email_page(token: str) -> Response:
    """Where a new address is proven, by a button."""
    return _new_email_page(token)


@bp.post("/new-address/<token>")
@open_to_everyone
@takes_at_most(MAX_SIGN_IN_BYTES)
def prove_email(token: str) -> Response:
    """Make the proven address that of the account."""
    now = utc_now()
    _linked_account(LinkFor.NEW_EMAIL, token)
    try:
        press.check_press(_signer(), token, read_form((press.FIELD,))[press.FIELD], now=now)
        with writing(db.session):
            prove_new_email(db.session, _signer(), token, now=now)
    except Unprocessable as refusal:
        return _new_email_page(token, refusal=refusal)
    return make_response(redirect(url_for("security.login", done="email"), 303))


def _choose_password(purpose: LinkFor, token: str) -> Response:
    now = utc_now()
    _linked_account(purpose, token)  # before the work of a hash
    values = read_form(("password", press.FIELD))
    try:
        press.check_press(_signer(), token, values[press.FIELD], now=now)
        password_hash = hash_of_new_password(values["password"])
        with writing(db.session):
            choose_password_by_link(db.session, _signer(), purpose, token, password_hash, now=now)
    except Unprocessable as refusal:
        return _password_page(purpose, token, refusal=refusal)
    return make_response(redirect(url_for("security.login", done="password"), 303))


def _password_page(purpose: LinkFor, token: str, *, refusal: Unprocessable | None = None) -> Response:
    account = _linked_account(purpose, token)
    is_new = purpose is LinkFor.INVITATION
    return _page_with_button("accounts/choose_password.html", token, account, refusal, is_new=is_new)


def _new_email_page(token: str, *, refusal: Unprocessable | None = None) -> Response:
    account = _linked_account(LinkFor.NEW_EMAIL, token)
    return _page_with_button("accounts/new_email.html", token, account, refusal)


def _linked_account(purpose: LinkFor, token: str) -> Account:
    """The account of the link; the page speaks its language."""
    account = account_of_link(db.session, _signer(), purpose, token, now=utc_now())
    speak(account.locale)
    return account


def _page_with_button(
    template: str, token: str, account: Account, refusal: Unprocessable | None, **values: object
) -> Response:
    return press.page_with_button(
        _signer(), token, template, refusal=refusal, now=utc_now(), account=account, **values
    )


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
