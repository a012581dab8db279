"""The writer's own page: every comment of the address, what is followed, and whether mail comes at all.

Below: what the views of the pages behind it (`texts`, `leaving`) share.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from forum.accounts.models import Cadence
from forum.accounts.rights import open_to_everyone
from forum.articles.loaders import get_published_article
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments.commenters import lock_anew
from forum.comments.following.service import (
    CADENCES,
    cadence_from,
    find_followed,
    follow,
    follows_of,
    unfollow,
)
from forum.comments.models import Comment, Commenter, CommentEvent
from forum.comments.writer import own
from forum.comments.writer.own import get_own_comment
from forum.comments.writer.session import writer_of_request
from forum.comments.writer.texts import service
from forum.comments.writer.words import SENTENCES, STATES, TONES, Label, reason_in_words
from forum.web.form_data import read_form, takes_at_most
from forum.web.request_values import positive_int

bp = Blueprint("writer", __name__)
MAX_FORM_BYTES = 8 * 1024
_REASON_LABEL = "forum_reason_label"


@bp.get("/writer")
@open_to_everyone
def page() -> Response:
    """Every own comment, the newest first, with what became of it and what its writer can do."""
    now = utc_now()
    writer = the_writer(now)
    after = request.args.get("after")
    comments = own.read_own(db.session, writer, after=positive_int(after) if after else None, now=now)
    html = render_template(
        "writer/page.html", writer=writer, page=comments, is_first_page=after is None,
        follows=follows_of(db.session, writer), cadences=CADENCES, done=request.args.get("done", ""),
        done_to=request.args.get("comment", type=int),
        state_words=STATES, sentences=SENTENCES, tones=TONES, reason_of=reason_of,
    )  # fmt: skip
    return make_response(html)


@bp.post("/writer/mail")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def switch_mail() -> Response:
    """Stop all mail, or have it again."""
    now = utc_now()
    stopped = read_form(("stop",))["stop"] == "1"
    with writing(db.session):
        service.stop_mail(locked_writer(now), stopped=stopped, now=now)
    return back_to_page("mail-off" if stopped else "mail-on")


@bp.post("/writer/follows/<slug>")
@open_to_everyone
@takes_at_most(MAX_FORM_BYTES)
def change_follow(slug: str) -> Response:
    """Follow a discussion, as often as chosen, or no longer. What was taken down can still be left."""
    now = utc_now()
    chosen = read_form(("cadence",))["cadence"]
    with writing(db.session):
        writer = locked_writer(now)
        article = find_followed(db.session, writer.id, slug)
        if chosen != Cadence.NEVER.value:
            article = article or get_published_article(db.session, slug, now=now)
            done = "followed-again" if writer.mail_stopped_at else "followed"
            follow(db.session, writer, article.id, cadence_from(chosen), now=now)
        else:
            done = "unfollowed"
            if article is not None:
                unfollow(db.session, writer.id, article.id)
    return back_to_page(done)


def init_reason_labels(app: Flask, label: Label) -> None:
    """Have `label` name the reasons of decisions: they are the moderators', and this folder does not know them."""
    app.extensions[_REASON_LABEL] = label


def reason_of(event: CommentEvent | None) -> str | None:
    """Why it was decided so, in words."""
    return reason_in_words(event, cast("Label", current_app.extensions[_REASON_LABEL]))


def signer() -> Signer:
    """The application's."""
    found: Signer = current_app.extensions["forum_signer"]
    return found


def the_writer(now: datetime) -> Commenter:
    """Whose pages are open in this browser. :raises WriterUnknown: nobody's."""
    return writer_of_request(db.session, signer(), now=now)


def locked_writer(now: datetime) -> Commenter:
    """`the_writer`, who is not erased before this transaction ends. :raises WriterUnknown: who was erased meanwhile."""
    lock_anew(db.session, the_writer(now))
    return the_writer(now)


def own_comment(raw_id: str, now: datetime) -> Comment:
    """The comment of the address, if it is the writer's own.

    :raises WriterUnknown, NotFound: see `the_writer` and `get_own_comment`.
    """
    return get_own_comment(db.session, the_writer(now), positive_int(raw_id))


def back_to_page(done: str, *, comment_id: int | None = None) -> Response:
    """To the list, which says what was done, at the comment that it was done to.

    That message has the focus, and so comes into view; a fragment in the address would keep it from that.
    """
    return make_response(redirect(url_for("writer.page", done=done, comment=comment_id), 303))


@bp.after_request
def not_for_search_engines(response: Response) -> Response:
    """After each request of these pages."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response
