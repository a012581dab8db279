"""One's own account: the address, the password, and where one is signed in."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for

from forum.accounts import sessions
from forum.accounts.addresses import normalised_address
from forum.accounts.mail_limits import reserve_mail
from forum.accounts.models import Account
from forum.accounts.own_account import ask_new_email, store_new_password
from forum.accounts.passwords import UnfitPassword
from forum.accounts.rights import account_of_request, staff_only
from forum.accounts.session_check import token_of_request
from forum.accounts.sign_in import (
    MAX_SIGN_IN_BYTES,
    WrongPassword,
    check_own_password,
    hash_of_new_password,
    sign_in_anew,
)
from forum.accounts.words import ROLES
from forum.base.clock import utc_now
from forum.base.errors import Unprocessable
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.web.client import request_address
from forum.web.form_data import read_form, takes_at_most
from forum.web.limits import Limits
from forum.web.request_values import positive_int

bp = Blueprint("own_account", __name__)


@bp.get("/desk/account")
@staff_only()
def page() -> Response:
    """The account of who is signed in."""
    return _page()


@bp.post("/desk/account/email")
@staff_only()
@takes_at_most(MAX_SIGN_IN_BYTES)
def change_email() -> Response:
    """Mail a link to a new address; nothing changes before it is proven."""
    values = read_form(("email", "password"))
    try:
        email = normalised_address(values["email"])
        check_own_password(account_of_request(), values["password"])
        _reserve_mail(email)
        account_id = account_of_request().id
        with writing(db.session):
            ask_new_email(db.session, db.session.get_one(Account, account_id), email, now=utc_now())
    except WrongPassword as refusal:
        return _page(typed=values["email"], password=refusal)
    except Unprocessable as refusal:
        return _page(typed=values["email"], email=refusal)
    return _back("email")


@bp.post("/desk/account/password")
@staff_only()
@takes_at_most(MAX_SIGN_IN_BYTES)
def change_password() -> Response:
    """Choose another password; every other browser is signed out."""
    values = read_form(("current_password", "new_password"))
    account_id = account_of_request().id
    try:
        check_own_password(account_of_request(), values["current_password"])
        password_hash = hash_of_new_password(values["new_password"])
    except WrongPassword as refusal:
        return _page(current_password=refusal)
    except UnfitPassword as refusal:
        return _page(new_password=refusal)
    with writing(db.session):
        account = db.session.get_one(Account, account_id)
        store_new_password(db.session, account, password_hash, now=utc_now())
    sign_in_anew(db.session.get_one(Account, account_id))
    return _back("password")


@bp.post("/desk/account/sessions/<session_id>/end")
@staff_only()
def end_session(session_id: str) -> Response:
    """Sign one browser out."""
    account_id = account_of_request().id
    with writing(db.session):
        sessions.end_session(db.session, account_id, positive_int(session_id), now=utc_now())
    return _back("session")


@bp.post("/desk/account/sessions/end")
@staff_only()
def end_other_sessions() -> Response:
    """Sign every other browser out."""
    account_id = account_of_request().id
    with writing(db.session):
        sessions.end_other_sessions(db.session, account_id, token_of_request(), now=utc_now())
    return _back("sessions")


def _page(*, typed: str = "", **refusals: Unprocessable) -> Response:
    """The page, with what is wrong at the fields named in `refusals`."""
    account = account_of_request()
    html = render_template(
        "accounts/own.html", account=account, roles=ROLES, typed_email=typed,
        errors={field: str(refusal.message) for field, refusal in refusals.items()},
        sessions=sessions.live_sessions(db.session, account.id, now=utc_now()),
        own_hash=sessions.hash_of_token(token_of_request()), done=request.args.get("done", ""),
    )  # fmt: skip
    return make_response(html, Unprocessable.status if refusals else 200)


def _back(done: str) -> Response:
    return make_response(redirect(url_for("own_account.page", done=done), 303))


def _reserve_mail(email: str) -> None:
    limits: Limits = current_app.extensions["forum_limits"]
    signer: Signer = current_app.extensions["forum_signer"]
    reserve_mail(limits.storage, signer, email=email, address=request_address())
