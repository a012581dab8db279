"""Unsubscribing: a page for people, and the one-click post of mail programs (RFC 8058). It needs no sign-in.

A look changes nothing. A post counts with the words `List-Unsubscribe=One-Click`, which only mail programs send, or
with a person's press of a button (`forum.web.press`).
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for

from forum.accounts.models import Cadence
from forum.accounts.rights import open_to_everyone
from forum.base.clock import utc_now
from forum.base.errors import Refusal
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments.unsubscribing.links import read_ticket
from forum.comments.unsubscribing.service import Choice, end, read_standing, take_up_again
from forum.web import press
from forum.web.form_data import read_form, takes_at_most

bp = Blueprint("unsubscribing", __name__)
MAX_FORM_BYTES = 8 * 1024
_ONE_CLICK = "List-Unsubscribe"


@bp.get("/unsubscribe/<token>")
@open_to_everyone
def page(token: str) -> Response:
    """What exactly the link would end, with a button for that, one for all, and one for the way back."""
    return _page(token, was=request.args.get("was", ""))


@bp.post("/unsubscribe/<token>")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def decide(token: str) -> Response:
    """End this, end all, or take it up again."""
    now = utc_now()
    values = read_form((_ONE_CLICK, press.FIELD, "choice", "was"))
    ticket = read_ticket(_signer(), token)
    if values[_ONE_CLICK] == "One-Click":
        with writing(db.session):
            end(db.session, _signer(), ticket, Choice.THIS, now=now)
        return _page(token, was="")
    try:
        press.check_press(_signer(), token, values[press.FIELD], now=now)
    except press.NotPressed as refusal:
        return _page(token, was=values["was"], refusal=refusal)
    was = _end_or_begin(token, values["choice"], _cadence(values["was"]))
    return make_response(redirect(url_for("unsubscribing.page", token=token, was=was), 303))


def _end_or_begin(token: str, choice: str, cadence: Cadence | None) -> str | None:
    """Do what was pressed; how often the mail came before, so that the way back leads there."""
    now, ticket = utc_now(), read_ticket(_signer(), token)
    with writing(db.session):
        before = read_standing(db.session, _signer(), ticket).cadence
        if choice == Choice.AGAIN:
            take_up_again(db.session, _signer(), ticket, cadence, now=now)
            return None
        end(db.session, _signer(), ticket, Choice.ALL if choice == Choice.ALL else Choice.THIS, now=now)
    kept = before or cadence
    return kept.value if kept else None


def _page(token: str, *, was: str, refusal: Refusal | None = None) -> Response:
    now = utc_now()
    standing = read_standing(db.session, _signer(), read_ticket(_signer(), token))
    cadence = _cadence(was)
    response = press.page_with_button(
        _signer(), token, "comments/unsubscribe.html", refusal=refusal, now=now,
        standing=standing, token=token, was=cadence.value if cadence else "",
    )  # fmt: skip
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _cadence(raw: str) -> Cadence | None:
    return next((cadence for cadence in Cadence if cadence.value == raw), None)


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
