"""A comment's way in: the reply form as a page, the post, the writer's receipt, the permalink."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from forum.accounts.rights import open_to_everyone
from forum.articles.loaders import get_article_to_answer
from forum.articles.models import Article
from forum.base.clock import utc_now
from forum.base.errors import MalformedRequest, NotFound, Refusal, Unavailable
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments import loaders, mistyped, submission, thread
from forum.comments.errors import CommentsClosed, ParentGone, SubmissionIdReused
from forum.comments.forms import CommentForm
from forum.comments.models import Comment, State
from forum.comments.preview.views import check_preview_limit, printed
from forum.comments.proving import browser, posted
from forum.comments.proving import service as proving
from forum.comments.submission import CommentDraft, Receipt
from forum.comments.waiting import UsualWait
from forum.config import Settings
from forum.text import UnstorableText, excerpt
from forum.web.client import network_prefixes, request_address
from forum.web.error_pages import DATABASE_AWAY, refusal_page
from forum.web.limits import Limits
from forum.web.log import log
from forum.web.network_keys import network_hash
from forum.web.request_values import positive_int

bp = Blueprint("comments", __name__)


@bp.get("/articles/<slug>/comments/new")
@open_to_everyone
def new_comment(slug: str) -> Response:
    """The reply form as a page of its own: what "Reply" is without JavaScript."""
    now = utc_now()
    article = get_article_to_answer(db.session, slug, now=now)
    if not article.takes_comments(now):
        raise CommentsClosed
    form = CommentForm()
    if request.args.get("parent"):
        parent = loaders.get_public_comment(db.session, article, positive_int(request.args["parent"]))
        form.values["parent_id"] = str(parent.id)
    form.values["started_at"] = str(int(now.timestamp() * 1000))
    return _reply_page(slug, form, article=article)


@bp.post("/articles/<slug>/comments")
@open_to_everyone
def post_comment(slug: str) -> Response:
    """Take a comment in. Never acts on a staff session."""
    now = utc_now()
    form = g.comment_form = CommentForm.from_request()
    if form.values["preview"]:
        return _show_preview(slug, form, now)
    limits: Limits = current_app.extensions["forum_limits"]
    limits.check_flood(request_address())
    article = g.article = get_article_to_answer(db.session, slug, now=now)
    draft = _checked(form)
    if draft is None:
        if not article.takes_comments(now):
            raise CommentsClosed
        return _reply_page(slug, form, article=article, status=422)
    receipt = _take_in(article, draft, now)
    if receipt.token is None:
        return make_response(render_template("comments/already_received.html", article=article))
    response = make_response(redirect(url_for("comments.submission_page", token=receipt.token), 303))
    if receipt.comment_id is not None and receipt.waits_for_proof:
        kept = timedelta(days=_settings().keep_unconfirmed_days)
        posted.remember_post(response, receipt.comment_id, now=now, lasts=kept)
    return response


@bp.get("/submissions/<token>")
@open_to_everyone
def submission_page(token: str) -> Response:
    """This one comment for the browser that posted it."""
    return submission_response(token)


def submission_response(token: str, *, typed: str = "", refusal: Refusal | None = None) -> Response:
    """The writer's receipt; while the address is to be proven it says so, and offers to correct it.

    :param typed: an address that was refused with `refusal`, given back.
    """
    comment, article = loaders.get_submitted_comment(db.session, _signer(), token)
    html = render_template(
        "comments/submission.html", comment=comment, article=article, revision=comment.newest_revision, token=token,
        sent=loaders.begin_of_submission_id(db.session, comment), usual_wait=usual_wait(), typed=typed,
        refusal=refusal, unconfirmed=_unconfirmed(comment), has_stopped_mail=_has_stopped_mail(comment),
    )  # fmt: skip
    response = make_response(html, refusal.status if refusal else 200)
    response.headers["X-Robots-Tag"] = "noindex"
    if refusal is not None and refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


def _has_stopped_mail(comment: Comment) -> bool:
    """Whether its writer asked to hear of answers and has stopped all mail; told only who has proven to be that."""
    commenter = comment.commenter
    if not comment.notify_replies or commenter is None or commenter.mail_stopped_at is None:
        return False
    return browser.this_browser_has_proven(db.session, _signer(), commenter.email, now=utc_now())


def _unconfirmed(comment: Comment) -> dict[str, object] | None:
    """What the receipt says of an address that is to be proven."""
    if comment.state is not State.UNCONFIRMED:
        return None
    email = proving.address_of(db.session, comment)
    is_own = posted.was_sent_from_here(comment.id, now=utc_now())
    return {
        "email": email if is_own else posted.masked(email),
        "is_own": is_own,
        "meant": mistyped.suggest(email) if is_own else None,
        "has_mail": proving.has_mail(db.session, comment, email),
        "is_refused": proving.is_refused(db.session, comment, email),
        "asked": request.args.get("asked"),
        "days": _settings().keep_unconfirmed_days,
    }


@bp.get("/comments/<comment_id>")
@open_to_everyone
def permalink(comment_id: str) -> Response:
    """Where a comment stands in its thread, in the order that the link asks for."""
    comment, article = loaders.get_placed_comment(db.session, positive_int(comment_id), now=utc_now())
    sort = thread.Sort.NEWEST if request.args.get("sort") == "newest" else thread.Sort.OLDEST
    place = thread.find_place(db.session, comment, branches=_settings().branches_per_page, sort=sort)
    if place is None:
        raise NotFound
    parameters: dict[str, Any] = {"sort": sort.value} if sort is thread.Sort.NEWEST else {}
    if place.branch_id is not None:
        parameters["branch"] = place.branch_id
    if place.page > 1:
        parameters["page"] = place.page
    return make_response(
        redirect(
            url_for("pages.article_page", slug=article.slug, **parameters, _anchor=f"comment-{comment.id}"),
            302,
        )
    )


def _show_preview(slug: str, form: CommentForm, now: datetime) -> Response:
    """The form as a page with the text as it will look: what "Preview" is without JavaScript. It is no post."""
    check_preview_limit()
    article = g.article = get_article_to_answer(db.session, slug, now=now)
    if not article.takes_comments(now):
        raise CommentsClosed
    html = printed(form)
    return _reply_page(slug, form, article=article, status=422 if html is None else 200, preview=html)


def _checked(form: CommentForm) -> CommentDraft | None:
    try:
        return form.check(_settings())
    except UnstorableText:
        raise MalformedRequest from None


def _take_in(article: Article, draft: CommentDraft, now: datetime) -> Receipt:
    """One transaction: the answer to a repeated post, or a place within the limits and a stored comment.

    The limits are reserved inside, so that of many identical posts at once only the first counts; a refusal of any
    kind gives the place back.
    """
    limits: Limits = current_app.extensions["forum_limits"]
    with ExitStack() as reservation, writing(db.session):
        receipt = submission.find_replay(db.session, _signer(), article, draft, now=now)
        if receipt is None:
            address = request_address()
            is_proven = browser.this_browser_has_proven(db.session, _signer(), draft.email, now=now)
            reservation.enter_context(
                limits.reserved(email=draft.email, address=address, is_proven=is_proven)
            )
            state = State.UNCONFIRMED if _settings().confirms_email and not is_proven else State.PENDING
            network = network_prefixes(address)[0][0]
            draft = replace(draft, network_hash=network_hash(db.session, network, now=now))
            comment = submission.submit(
                db.session, _signer(), article, draft, now=now, state=state, is_proven=is_proven
            )
            may_mail = limits.mail_reserved(draft.email, asked_from=address)
            if state is State.UNCONFIRMED and reservation.enter_context(may_mail):
                proving.send_confirmation(db.session, _signer(), comment, now=now)
            receipt = Receipt.of(_signer(), comment, is_new=True)
    if receipt.is_new:
        log("comment received", comment=receipt.comment_id, article=article.id)
    return receipt


def _reply_page(
    slug: str,
    form: CommentForm,
    *,
    article: Article | None,
    status: int = 200,
    refusal: Refusal | None = None,
    preview: str | None = None,
) -> Response:
    """The reply form as a page, with what was typed. Without an article when the database is away."""
    if not form.values["submission_id"] or isinstance(refusal, SubmissionIdReused) or "form" in form.errors:
        form.values["submission_id"] = str(uuid.uuid4())
    parent = _parent_shown(article, form, refusal)
    page = render_template(
        "comments/reply.html", slug=slug, article=article, form=form, parent=parent, refusal=refusal,
        is_closed=isinstance(refusal, CommentsClosed), preview=preview,
        usual_wait=usual_wait() if article else None,
    )  # fmt: skip
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    if refusal is not None and refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


def _parent_shown(
    article: Article | None, form: CommentForm, refusal: Refusal | None
) -> tuple[Comment, str] | None:
    """The comment that is answered, and the beginning of its text."""
    if isinstance(refusal, ParentGone):
        form.values["parent_id"] = ""
    if article is None or form.parent_id is None:
        return None
    try:
        parent = loaders.get_public_comment(db.session, article, form.parent_id)
    except NotFound:
        return None
    html = parent.published_revision.html if parent.published_revision else ""
    return parent, excerpt(html, 280)


@bp.errorhandler(Refusal)
def _refuse_with_text(refusal: Refusal) -> Response:
    """A refused post comes back as the form with everything that was typed."""
    form: CommentForm | None = g.get("comment_form")
    if form is None or isinstance(refusal, NotFound):
        return refusal_page(
            refusal
        )  # which gives the text back too; an article that is not there takes no form
    slug = (request.view_args or {}).get("slug", "")
    article = None if isinstance(refusal, Unavailable) else g.get("article")
    return _reply_page(slug, form, article=article, status=refusal.status, refusal=refusal)


def _database_away(_error: Exception) -> Response:
    log("database away", exc_info=True)
    return _refuse_with_text(Unavailable())


for _error in DATABASE_AWAY:
    bp.register_error_handler(_error, _database_away)


def usual_wait() -> str | None:
    """How long moderators have taken of late, in words."""
    kept: UsualWait = current_app.extensions["forum_usual_wait"]
    return kept.in_words(db.session, now=utc_now())


def _settings() -> Settings:
    settings: Settings = current_app.extensions["forum_settings"]
    return settings


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
