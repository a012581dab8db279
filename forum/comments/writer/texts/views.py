"""One own comment: changing its text, answering a return, withdrawing it, confirming it, mail about answers."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime

from flask import Blueprint, Response, current_app, make_response, render_template, request

from forum import text
from forum.accounts.rights import open_to_everyone
from forum.base.clock import utc_now
from forum.base.errors import MalformedRequest, NotFound, Refusal
from forum.base.session import db, writing
from forum.comments import revisions
from forum.comments.errors import DecidedAlready
from forum.comments.forms import CommentForm
from forum.comments.lifecycle import last_event
from forum.comments.models import Comment, CommentRevision, State
from forum.comments.writer import own
from forum.comments.writer.session import WriterUnknown
from forum.comments.writer.texts import service
from forum.comments.writer.views import (
    back_to_page,
    locked_writer,
    not_for_search_engines,
    own_comment,
    reason_of,
    the_writer,
)
from forum.comments.writer.words import SENTENCES
from forum.config import Settings
from forum.web.client import request_address
from forum.web.form_data import read_form, takes_at_most
from forum.web.limits import Limits
from forum.web.log import log
from forum.web.request_values import lock_number

bp = Blueprint("writer_comments", __name__)
bp.after_request(not_for_search_engines)
MAX_FORM_BYTES = 8 * 1024


@bp.get("/writer/comments/<comment_id>/text")
@open_to_everyone
def text_page(comment_id: str) -> Response:
    """The text in a form; above it, for a comment that was sent back, what the moderators ask.

    `?text=change` puts the change into it that was refused, so that its writer can go on from there.
    """
    now = utc_now()
    return _text_page(own_comment(comment_id, now), now)


@bp.post("/writer/comments/<comment_id>/text")
@open_to_everyone
def change_text(comment_id: str) -> Response:
    """Take a changed text in. One that is refused comes back."""
    now = utc_now()
    values = read_form(("body", "version", "preview"))
    _limits().check_flood(request_address())
    comment = own_comment(comment_id, now)
    form = CommentForm(values=CommentForm().values | {"body": values["body"]})
    printed, version = _printed(form), lock_number(values["version"])
    if printed is None or values["preview"]:
        return _text_page_again(comment, now, form, printed, version)
    done = "sent-again" if comment.state is State.RETURNED else "changed"
    try:
        _store(comment_id, values["body"], printed, version, now)
    except (NotFound, WriterUnknown):
        raise
    except Refusal as refusal:
        return _text_page(
            own_comment(comment_id, now), now, form=form, refusal=refusal, status=refusal.status
        )
    log("comment changed by its writer", comment=comment.id)
    return back_to_page(done, comment_id=comment.id)


@bp.get("/writer/comments/<comment_id>/withdraw")
@open_to_everyone
def withdraw_page(comment_id: str) -> Response:
    """Asks once whether it is meant."""
    return _withdraw_page(own_comment(comment_id, utc_now()))


@bp.post("/writer/comments/<comment_id>/withdraw")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def withdraw(comment_id: str) -> Response:
    """Take the comment back."""
    now = utc_now()
    version = read_form(("version",))["version"]
    try:
        with writing(db.session):
            comment = own_comment(comment_id, now)
            service.withdraw(db.session, comment, version=lock_number(version), now=now)
    except (NotFound, WriterUnknown):
        raise
    except Refusal as refusal:
        return _withdraw_page(own_comment(comment_id, now), refusal=refusal)
    log("comment withdrawn", comment=int(comment_id))
    return back_to_page("withdrawn", comment_id=int(comment_id))


@bp.post("/writer/comments/<comment_id>/confirmation")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def confirm(comment_id: str) -> Response:
    """Let a comment through to the moderators: this page was opened by a mail to its address."""
    now = utc_now()
    version = read_form(("version",))["version"]
    with writing(db.session):
        comment = own_comment(comment_id, now)
        service.confirm(db.session, comment, version=lock_number(version), now=now)
    return back_to_page("confirmed", comment_id=int(comment_id))


@bp.post("/writer/comments/<comment_id>/answers")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def hear_of_answers(comment_id: str) -> Response:
    """Have mail about answers to this comment, or no longer."""
    now = utc_now()
    wanted = read_form(("notify",))["notify"] == "1"
    with writing(db.session):
        was_stopped = locked_writer(now).mail_stopped_at is not None
        service.hear_of_answers(db.session, own_comment(comment_id, now), wanted=wanted)
    done = "answers-off" if not wanted else "answers-on-again" if was_stopped else "answers-on"
    return back_to_page(done, comment_id=int(comment_id))


def _store(comment_id: str, source: str, html: str, version: int, now: datetime) -> None:
    """One transaction, within the limits of posting; a change that nobody has seen yet only counts against floods."""
    with ExitStack() as reservation, writing(db.session):
        comment = own_comment(comment_id, now)
        if not revisions.is_edited_in_place(comment, now=now):
            email = the_writer(now).email
            reservation.enter_context(
                _limits().reserved(email=email, address=request_address(), is_proven=True)
            )
        service.change_text(db.session, comment, source, html, version=version, now=now)


def _printed(form: CommentForm) -> str | None:
    settings: Settings = current_app.extensions["forum_settings"]
    try:
        return form.preview(settings)
    except text.UnstorableText:
        raise MalformedRequest from None


def _text_page_again(
    comment: Comment, now: datetime, form: CommentForm, preview: str | None, version: int
) -> Response:
    """The form with the lock number that it had: a look at a text must not make it win over a decision."""
    is_stale = comment.version != version
    refusal = DecidedAlready(last_event(db.session, comment)) if is_stale else None
    status = 422 if preview is None else 409 if is_stale else 200
    return _text_page(
        comment, now, form=form, preview=preview, refusal=refusal, version=version, status=status
    )


def _text_page(
    comment: Comment,
    now: datetime,
    *,
    form: CommentForm | None = None,
    preview: str | None = None,
    refusal: Refusal | None = None,
    version: int | None = None,
    status: int = 200,
) -> Response:
    item = own.read_one(db.session, comment, now=now)
    marked = text.mark_passages(item.revision.html, item.revision.passages or ())
    html = render_template(
        "writer/text.html", item=item, body=form.values["body"] if form else _begun_from(item).source,
        errors=form.errors if form else {}, preview=preview, refusal=refusal, marked=marked,
        version=comment.version if version is None else version,
        sentence=SENTENCES[comment.state], reason=reason_of(item.decision),
    )  # fmt: skip
    response = make_response(html, status)
    if refusal is not None and refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


def _begun_from(item: own.OwnComment) -> CommentRevision:
    """The text that the form begins with."""
    wants_change = request.args.get("text") == "change"
    return item.change if wants_change and item.change else item.revision


def _withdraw_page(comment: Comment, *, refusal: Refusal | None = None) -> Response:
    item = own.read_one(db.session, comment, now=utc_now())
    settings: Settings = current_app.extensions["forum_settings"]
    html = render_template(
        "writer/withdraw.html", item=item, refusal=refusal, sentence=SENTENCES[comment.state],
        days=settings.keep_refused_days,
    )  # fmt: skip
    return make_response(html, refusal.status if refusal else 200)


def _limits() -> Limits:
    limits: Limits = current_app.extensions["forum_limits"]
    return limits
