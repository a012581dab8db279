"""The door of the writer's own page: asking for the link, opening it by a press, closing the page again."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for

from forum.accounts.rights import open_to_everyone
from forum.base.clock import utc_now
from forum.base.errors import Refusal
from forum.base.session import db, writing
from forum.base.signing import Signer, TokenExpired
from forum.comments.commenters import lock_anew
from forum.comments.email_field import EmailRefused, read_email
from forum.comments.proving import browser, posted
from forum.comments.proving.service import prove
from forum.comments.writer import links, session
from forum.comments.writer.opening import send_link
from forum.web import press
from forum.web.client import request_address
from forum.web.error_pages import refusal_page
from forum.web.form_data import read_form, takes_at_most
from forum.web.limits import Limits
from forum.web.log import log

bp = Blueprint("writer_door", __name__)
MAX_FORM_BYTES = 8 * 1024


@bp.get("/writer/link")
@open_to_everyone
def door() -> Response:
    """Where a writer asks for the link to the own page."""
    return _door()


@bp.post("/writer/link")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def ask_for_link() -> Response:
    """Send the link, if the address has comments here. The answer is the same for every address."""
    now = utc_now()
    typed = read_form(("email",))["email"]
    limits: Limits = current_app.extensions["forum_limits"]
    limits.check_mail_request(request_address())
    try:
        email = read_email(typed)
    except EmailRefused as refusal:
        return _door(refusal, typed=typed)
    with ExitStack() as reservation, writing(db.session):
        if reservation.enter_context(limits.mail_reserved(email)):
            send_link(db.session, _signer(), email, now=now)
    return _to_door(sent=1)


@bp.get("/writer/<token>")
@open_to_everyone
def opening(token: str) -> Response:
    """What the link opens: a button, and nothing of the writer yet."""
    return _opening(token, utc_now())


@bp.post("/writer/<token>")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def open_page(token: str) -> Response:
    """The button was pressed: the address is proven, and the writer's page is open in this browser."""
    now = utc_now()
    try:
        press.check_press(_signer(), token, read_form((press.FIELD,))[press.FIELD], now=now)
    except press.NotPressed as refusal:
        return _opening(token, now, refusal)
    response = make_response(redirect(url_for("writer.page"), 303))
    with writing(db.session):
        lock_anew(db.session, links.get_commenter_of_link(db.session, _signer(), token, now=now))
        commenter = links.get_commenter_of_link(db.session, _signer(), token, now=now)
        prove(commenter, now=now)
        session.begin(response, _signer(), commenter, now=now)
        browser.remember_proof(response, _signer(), commenter, now=now)
    log("writer's page opened", commenter=commenter.id)
    return response


@bp.post("/writer/close")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def close_page() -> Response:
    """Close the page in this browser. Twice is as good as once."""
    response = _to_door(closed=1)
    session.end(response)
    return response


@bp.post("/writer/forget")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def forget_browser() -> Response:
    """Close the page, and have this browser forget every address that it has proven, and what came from it."""
    response = _to_door(forgotten=1)
    session.end(response)
    browser.forget_proofs(response)
    posted.forget_posts(response)
    return response


@bp.app_errorhandler(session.WriterUnknown)
def _to_the_door(refusal: session.WriterUnknown) -> Response:
    """A look goes to the door; what was posted comes back with the refusal."""
    return _to_door() if request.method in {"GET", "HEAD"} else refusal_page(refusal)


@bp.errorhandler(TokenExpired)
def _link_too_old(refusal: TokenExpired) -> Response:
    return _door(refusal)


def _door(refusal: Refusal | None = None, *, typed: str = "") -> Response:
    html = render_template(
        "writer/door.html", refusal=refusal, typed=typed, was_sent="sent" in request.args,
        was_closed="closed" in request.args, was_forgotten="forgotten" in request.args, days=links.LINK_LASTS.days,
    )  # fmt: skip
    return make_response(html, refusal.status if refusal else 200)


def _opening(token: str, now: datetime, refusal: press.NotPressed | None = None) -> Response:
    links.get_commenter_of_link(db.session, _signer(), token, now=now)
    return press.page_with_button(
        _signer(), token, "writer/opening.html", refusal=refusal, now=now, token=token
    )


def _to_door(**outcome: Any) -> Response:
    return make_response(redirect(url_for("writer_door.door", **outcome), 303))


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
