"""Taking everything along, and being forgotten."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _

from forum.accounts.rights import open_to_everyone
from forum.base.clock import utc_now
from forum.base.errors import NotFound, Unprocessable
from forum.base.session import db, writing
from forum.comments import erasing
from forum.comments.after_erasure import act_after_erasure
from forum.comments.proving import browser, posted
from forum.comments.writer import session
from forum.comments.writer.leaving.everything import Values, read_everything
from forum.comments.writer.views import (
    not_for_search_engines,
    reason_of,
    signer,
    the_writer,
)
from forum.comments.writer.words import HAPPENINGS, MAILS, STATES
from forum.web.form_data import read_form, takes_at_most
from forum.web.log import log
from forum.web.signed_cookies import SignedCookie

bp = Blueprint("writer_leaving", __name__)
bp.after_request(not_for_search_engines)
MAX_FORM_BYTES = 8 * 1024
_erased_cookie = SignedCookie("erased", timedelta(minutes=5))
NAME, TEXTS = "name", "texts"
"""What can be erased: the name and the address, or the texts too."""


class ChoiceMissing(Unprocessable):
    """Neither the one nor the other (422)."""

    message = _("Choose what has to go.")


@bp.get("/writer/everything.json")
@open_to_everyone
def everything_as_json() -> Response:
    """Everything about the writer, for a program."""
    values = _everything(utc_now())
    body = json.dumps(values, default=_json_value, ensure_ascii=False, indent=1)
    return _file(make_response(body), "json", "application/json")


@bp.get("/writer/everything.html")
@open_to_everyone
def everything_as_page() -> Response:
    """Everything about the writer, to read: one file that needs no other."""
    words = {state.value: str(word) for state, word in STATES.items()}
    happenings = {move.value: str(word) for move, word in HAPPENINGS.items()}
    html = render_template(
        "writer/everything.html", all=_everything(utc_now()), state_words=words, happenings=happenings,
        mail_words=MAILS,
    )  # fmt: skip
    return _file(make_response(html), "html", "text/html; charset=utf-8")


@bp.get("/writer/erase")
@open_to_everyone
def erase_page() -> Response:
    """What can be erased, what that means, and, once chosen, the button."""
    writer = the_writer(utc_now())
    choice = request.args.get("what", "")
    if not choice:
        return make_response(render_template("writer/erase.html", writer=writer))
    if choice not in {NAME, TEXTS}:
        raise NotFound
    return make_response(render_template("writer/erase_button.html", choice=choice, writer=writer))


@bp.post("/writer/erase")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def erase() -> Response:
    """Forget the address, and end the session with it."""
    now = utc_now()
    the_writer(now)
    choice = read_form(("what",))["what"]
    if choice not in {NAME, TEXTS}:
        raise ChoiceMissing
    response = make_response(redirect(url_for("writer_leaving.erased_page"), 303))
    session.end(response)
    browser.forget_proofs(response)
    posted.forget_posts(response)
    _erased_cookie.set(response, [1], now=now)
    with writing(db.session):
        erasing.erase_address(db.session, signer(), the_writer(now), keep_texts=choice == NAME, now=now)
    act_after_erasure(current_app)
    log("writer erased", choice=choice)
    return response


@bp.get("/writer/erased")
@open_to_everyone
def erased_page() -> Response:
    """That it is done; it knows of nobody. A browser that it was just done in forgets what it kept for the form."""
    is_fresh = _erased_cookie.read(now=utc_now()) is not None
    return make_response(render_template("writer/erased.html", is_fresh=is_fresh))


def _everything(now: datetime) -> Values:
    return read_everything(db.session, the_writer(now), reason_of=reason_of, now=now)


def _file(response: Response, ending: str, content_type: str) -> Response:
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = (
        f'attachment; filename="weerwoord-{utc_now():%Y-%m-%d}.{ending}"'
    )
    return response


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
