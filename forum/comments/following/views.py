"""Following a discussion: the page, what it asks, and the link from the mail."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.accounts.rights import open_to_everyone
from forum.articles.loaders import get_article_to_answer
from forum.articles.models import Article
from forum.base.clock import utc_now
from forum.base.errors import Refusal
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments.commenters import find_commenter, lock_anew
from forum.comments.email_field import EmailRefused, read_writers_email
from forum.comments.following import service
from forum.comments.following.service import CADENCES, UnknownCadence, cadence_from
from forum.comments.models import Commenter
from forum.comments.proving.browser import remember_proof, this_browser_has_proven
from forum.config import Settings
from forum.web import press
from forum.web.client import request_address
from forum.web.form_data import read_form, takes_at_most
from forum.web.limits import Limits

bp = Blueprint("following", __name__)
MAX_FORM_BYTES = 8 * 1024
_RESULTS = frozenset({"mail", "on", "on-again"})
"""What happened: a mail asks to confirm; the discussion is followed; so it is, and all stopped mail comes again."""


@bp.get("/articles/<slug>/follow")
@open_to_everyone
def page(slug: str) -> Response:
    """The form; after it was sent, what happens next. It shows no address: who sits here may be somebody else."""
    article = get_article_to_answer(db.session, slug, now=utc_now())
    result = request.args.get("result", "")
    if result in _RESULTS:
        return _answer("comments/follow_result.html", article=article, result=result)
    return _form_page(article, {"email": "", "cadence": Cadence.DAILY.value}, {})


@bp.post("/articles/<slug>/follow")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def ask(slug: str) -> Response:
    """Follow at once where this browser has proven the address; else a mail asks whether it is meant.

    Whoever types an address gets the same answer whether or not it is known here, and whether or not a mail goes out.
    """
    now = utc_now()
    limits: Limits = current_app.extensions["forum_limits"]
    limits.check_flood(request_address())
    article = get_article_to_answer(db.session, slug, now=now)
    values = read_form(("email", "cadence"))
    try:
        cadence = cadence_from(values["cadence"])
        email = read_writers_email(values["email"], _settings())
    except (EmailRefused, UnknownCadence) as refusal:
        field = "email" if isinstance(refusal, EmailRefused) else "cadence"
        return _form_page(article, values, {field: refusal})
    result = _follow_proven(article.id, email, cadence)
    if result == "mail":
        limits.check_mail_request(request_address())
        with limits.mail_reserved(email) as may_mail:
            if may_mail:
                with writing(db.session):
                    service.ask_to_confirm(db.session, email, article.id, cadence, now=now)
    return make_response(redirect(url_for("following.page", slug=slug, result=result), 303))


@bp.get("/follow/<token>")
@open_to_everyone
def confirm_page(token: str) -> Response:
    """What the link in the mail opens: it changes nothing."""
    return _confirm_page(db.session, token, None)


@bp.post("/follow/<token>")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def confirm(token: str) -> Response:
    """A press of the button: the address is proven, and follows."""
    now = utc_now()
    try:
        press.check_press(_signer(), token, read_form((press.FIELD,))[press.FIELD], now=now)
    except press.NotPressed as refusal:
        return _confirm_page(db.session, token, refusal)
    with writing(db.session):
        followed = service.confirm(db.session, _signer(), token, now=now)
        slug, commenter = followed.article.slug, followed.commenter
    result = "on-again" if followed.resumes_mail else "on"
    response = make_response(redirect(url_for("following.page", slug=slug, result=result), 303))
    remember_proof(response, _signer(), commenter, now=now)
    return response


def _follow_proven(article_id: int, email: str, cadence: Cadence) -> str:
    """Follow, if this browser has proven the address; which of `_RESULTS` that is."""
    now = utc_now()
    with writing(db.session):
        commenter = _proven_here(email, now)
        if commenter is not None:
            lock_anew(db.session, commenter)
            commenter = _proven_here(email, now)
        if commenter is None:
            return "mail"
        was_stopped = commenter.mail_stopped_at is not None
        service.follow(db.session, commenter, article_id, cadence, now=now)
    return "on-again" if was_stopped else "on"


def _proven_here(email: str, now: datetime) -> Commenter | None:
    is_proven = this_browser_has_proven(db.session, _signer(), email, now=now)
    return find_commenter(db.session, email) if is_proven else None


def _form_page(article: Article, values: dict[str, str], refusals: dict[str, Refusal]) -> Response:
    errors = {name: refusal.message for name, refusal in refusals.items()}
    page = render_template(
        "comments/follow.html", article=article, values=values, errors=errors, cadences=CADENCES
    )
    return _unlisted(make_response(page, 422 if errors else 200))


def _confirm_page(session: Session, token: str, refusal: Refusal | None) -> Response:
    now = utc_now()
    asked = service.read_request(session, _signer(), token, now=now)
    template = "comments/follow_confirm.html"
    return _unlisted(
        press.page_with_button(_signer(), token, template, refusal=refusal, now=now, asked=asked, token=token)
    )


def _answer(template: str, **values: object) -> Response:
    return _unlisted(make_response(render_template(template, **values)))


def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["forum_settings"]
    return settings


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
