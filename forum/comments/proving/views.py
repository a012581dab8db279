"""Confirming a comment by the link in a mail; asking for that mail again, or for one to another address."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime

from flask import Blueprint, Response, current_app, make_response, redirect, url_for
from flask_babel import ngettext

from forum.accounts.rights import open_to_everyone
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.base.signing import Signer, TokenExpired
from forum.comments import loaders
from forum.comments.commenters import lock_commenter
from forum.comments.email_field import EmailRefused, disposable_domain, read_writers_email
from forum.comments.models import Comment, State
from forum.comments.proving import browser, posted, service
from forum.comments.views import submission_response, usual_wait
from forum.config import Settings
from forum.web import press
from forum.web.client import request_address
from forum.web.error_pages import error_page
from forum.web.form_data import read_form, takes_at_most
from forum.web.limits import Limits, TooManyPosts
from forum.web.log import log

bp = Blueprint("proving", __name__)
MAX_FORM_BYTES = 8 * 1024


@bp.get("/confirm/<token>")
@open_to_everyone
def confirm_page(token: str) -> Response:
    """What the link in the mail opens: the text as it will look, and a button. It changes nothing."""
    return _confirm_page(token, utc_now())


@bp.post("/confirm/<token>")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def confirm(token: str) -> Response:
    """The button was pressed: the comment goes to the moderators, and this browser has proven the address."""
    now = utc_now()
    try:
        press.check_press(_signer(), token, read_form((press.FIELD,))[press.FIELD], now=now)
    except press.NotPressed as refusal:
        return _confirm_page(token, now, refusal=refusal)
    response = make_response(redirect(url_for("proving.confirm_page", token=token), 303))
    with writing(db.session):
        commenter = service.confirm(db.session, _signer(), token, now=now)
        browser.remember_proof(response, _signer(), commenter, now=now)
    log("address confirmed", commenter=commenter.id)
    return response


@bp.post("/submissions/<token>/mail")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def send_again(token: str) -> Response:
    """Send the mail that confirms a comment once more. The answer is the same whether or not one goes out."""
    now = utc_now()
    _limits().check_mail_request(request_address())
    with ExitStack() as reservation, writing(db.session):
        _ask_to_confirm(reservation, _locked_comment(token), now)
    return _to_submission(token, asked="again")


@bp.post("/submissions/<token>/address")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def correct_address(token: str) -> Response:
    """Give an unconfirmed comment another address: the mail goes there, and the link of the earlier one is dead."""
    now = utc_now()
    typed = read_form(("email",))["email"]
    try:
        _limits().check_mail_request(request_address())
        email = read_writers_email(typed, _settings())
        with ExitStack() as reservation, writing(db.session):
            comment, _article = loaders.get_submitted_comment(db.session, _signer(), token)
            if not posted.was_sent_from_here(comment.id, now=now):
                raise posted.NotSentFromHere
            _reserve_correction(reservation, comment, email, now)
            domain = disposable_domain(email, _settings())
            service.correct_address(db.session, comment, email, disposable_domain=domain, now=now)
            _ask_to_confirm(reservation, comment, now)
    except (EmailRefused, TooManyPosts) as refusal:
        return submission_response(token, typed=typed, refusal=refusal)
    return _to_submission(token, asked="address")


def _locked_comment(token: str) -> Comment:
    """The comment of a submission page, with its writer locked: whom an erasure takes now gets no other mail.

    :raises NotFound: see `loaders.get_submitted_comment`.
    """
    comment, _article = loaders.get_submitted_comment(db.session, _signer(), token)
    lock_commenter(db.session, comment.commenter_id)
    db.session.expire_all()  # what was read before the lock may have changed
    return loaders.get_submitted_comment(db.session, _signer(), token)[0]


def _reserve_correction(reservation: ExitStack, comment: Comment, email: str, now: datetime) -> None:
    """A comment takes a place under the address that it is given, or corrections would go around that limit."""
    if service.address_of(db.session, comment) != email:
        is_proven = browser.this_browser_has_proven(db.session, _signer(), email, now=now)
        reservation.enter_context(_limits().correction_reserved(email=email, is_proven=is_proven))


def _ask_to_confirm(reservation: ExitStack, comment: Comment, now: datetime) -> None:
    """A mail, if one may go to the address this hour.

    None is needed where this browser has proven the address meanwhile; one that is about to leave is enough.
    """
    if comment.state is not State.UNCONFIRMED:
        return
    email = service.address_of(db.session, comment)
    if browser.this_browser_has_proven(db.session, _signer(), email, now=now):
        service.confirm_comment(db.session, comment, now=now)
    elif not service.has_waiting_mail(db.session, comment, email) and reservation.enter_context(
        _limits().mail_reserved(email)
    ):
        service.send_confirmation(db.session, _signer(), comment, now=now)


def _confirm_page(token: str, now: datetime, *, refusal: press.NotPressed | None = None) -> Response:
    comment, article, commenter = service.get_comment_of_link(db.session, _signer(), token, now=now)
    is_proven_here = browser.this_browser_has_proven(db.session, _signer(), commenter.email, now=now)
    response = press.page_with_button(
        _signer(), token, "comments/confirm.html", refusal=refusal, now=now, comment=comment, article=article,
        revision=comment.newest_revision, token=token, is_proven_here=is_proven_here, usual_wait=usual_wait(),
    )  # fmt: skip
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.errorhandler(TokenExpired)
def _link_too_old(refusal: TokenExpired) -> Response:
    words = ngettext(
        "This link worked for %(num)s day, and that is over. A comment that was not confirmed by then has been "
        "erased; you can write it again below the article.",
        "This link worked for %(num)s days, and they are over. A comment that was not confirmed by then has been "
        "erased; you can write it again below the article.",
        _settings().keep_unconfirmed_days,
    )
    return error_page(refusal.status, words)


def _to_submission(token: str, *, asked: str) -> Response:
    return make_response(redirect(url_for("comments.submission_page", token=token, asked=asked), 303))


def _limits() -> Limits:
    limits: Limits = current_app.extensions["forum_limits"]
    return limits


def _settings() -> Settings:
    settings: Settings = current_app.extensions["forum_settings"]
    return settings


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
