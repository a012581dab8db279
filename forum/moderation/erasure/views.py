"""An admin erases a comment for good, as a law or its writer may ask: a page that asks first, and its button."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, url_for

from forum.accounts.models import Account, RoleName
from forum.accounts.rights import account_of_request, staff_only
from forum.base.clock import utc_now
from forum.base.errors import Conflict
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments import erasing, lifecycle
from forum.comments.after_erasure import act_after_erasure
from forum.comments.errors import DecidedAlready
from forum.moderation import queue
from forum.moderation.loaders import get_comment_for_admin
from forum.web.form_data import read_form, takes_at_most
from forum.web.log import log
from forum.web.request_values import lock_number, positive_int

bp = Blueprint("moderation_erasing", __name__)
MAX_FORM_BYTES = 8 * 1024


@bp.get("/moderation/comments/<comment_id>/erasure")
@staff_only(RoleName.ADMIN)
def erase_page(comment_id: str) -> Response:
    """What goes, and the button."""
    return _page(comment_id)


@bp.post("/moderation/comments/<comment_id>/erasure")
@staff_only(RoleName.ADMIN)
@takes_at_most(MAX_FORM_BYTES)
def erase(comment_id: str) -> Response:
    """Empty the comment. Twice is as good as once; one that changed meanwhile is shown anew."""
    version = lock_number(read_form(("version",))["version"])
    account_id, signer = account_of_request().id, _signer()
    try:
        with writing(db.session):
            account = db.session.get_one(Account, account_id)
            comment = get_comment_for_admin(db.session, account, positive_int(comment_id))
            erasing.erase_comment(
                db.session,
                signer,
                comment,
                by=lifecycle.staff(account_id),
                version=version,
                now=utc_now(),
            )
    except DecidedAlready:
        return _page(comment_id, refusal=Conflict())
    act_after_erasure(current_app)
    log("comment erased", comment=int(comment_id), account=account_id)
    return make_response(redirect(url_for("moderation.comment_page", comment_id=comment_id), 303))


def _page(comment_id: str, *, refusal: Conflict | None = None) -> Response:
    comment = get_comment_for_admin(db.session, account_of_request(), positive_int(comment_id))
    html = render_template(
        "moderation/erase.html", item=queue.read_item(db.session, comment), refusal=refusal
    )
    return make_response(html, refusal.status if refusal else 200)


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
