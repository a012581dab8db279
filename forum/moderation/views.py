"""The moderators' screens: the queue, one comment with its context, decisions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale

from forum.accounts.models import Account, RoleName
from forum.accounts.rights import account_of_request, staff_only
from forum.base.clock import utc_now
from forum.base.errors import MalformedRequest, NotAllowed, NotFound, Refusal
from forum.base.session import db, writing
from forum.comments.models import Comment, RevisionState, State
from forum.comments.revisions import mark_seen
from forum.moderation import decisions, queue
from forum.moderation.decisions import Ballot
from forum.moderation.loaders import get_comment_for_moderator
from forum.moderation.queue import QueueItem
from forum.moderation.reasons import REASONS
from forum.moderation.words import STATES, VERSIONS, decision_in_words, hold_reason_in_words
from forum.text import mark_passages
from forum.web.error_pages import error_page
from forum.web.form_data import read_form, read_list, takes_at_most
from forum.web.request_values import is_own_path, lock_number, positive_int

bp = Blueprint("moderation", __name__)
MAX_DECISION_BYTES = 32 * 1024
MAX_BULK = 200
_CHOICE = re.compile(r"(\d{1,18}):(\d{1,9})")


@bp.get("/moderation")
@staff_only(RoleName.MODERATOR)
def queue_page() -> Response:
    """What waits, oldest first; or what stands in another state."""
    return _queue_page()


@bp.get("/moderation/comments/<comment_id>")
@staff_only(RoleName.MODERATOR)
def comment_page(comment_id: str) -> Response:
    """One comment with its context: the article, the parent, the record of the address, the history."""
    comment = get_comment_for_moderator(db.session, account_of_request(), positive_int(comment_id))
    item = queue.read_item(db.session, comment)
    return _seen(_comment_page(comment, item=item), [item])


@bp.post("/moderation/comments/<comment_id>/decisions")
@staff_only(RoleName.MODERATOR)
@takes_at_most(MAX_DECISION_BYTES)
def decide_one(comment_id: str) -> Response:
    """Decide about one comment."""
    values = read_form(("action", "reason", "note", "message", "passages", "version", "next"))
    ballot = Ballot(values["action"], values["reason"], values["note"], values["message"], values["passages"])
    g.decision = (positive_int(comment_id), ballot)
    account_id = account_of_request().id
    with writing(db.session):
        account = db.session.get_one(Account, account_id)
        decisions.decide(
            db.session,
            account,
            positive_int(comment_id),
            ballot,
            version=lock_number(values["version"], refusal=decisions.VersionMissing),
            now=utc_now(),
        )
    return _back(values["next"], comment_id=int(comment_id))


@bp.post("/moderation/decisions")
@staff_only(RoleName.MODERATOR)
@takes_at_most(MAX_DECISION_BYTES)
def decide_many() -> Response:
    """Decide the same about many comments; those that changed meanwhile are listed."""
    values = read_form(("action", "reason", "note", "next"), multiple=("comment",))
    chosen = _chosen(read_list("comment"))
    ballot = Ballot(values["action"], values["reason"], values["note"])
    account_id = account_of_request().id
    with writing(db.session):
        account = db.session.get_one(Account, account_id)
        made, conflicts = decisions.decide_many(db.session, account, chosen, ballot, now=utc_now())
    lost = [conflict.comment_id for conflict in conflicts]
    return make_response(redirect(_with_outcome(values["next"], len(made), lost), 303))


def _queue_page() -> Response:
    wanted = _filter()
    after = request.args.get("page")
    page = queue.read_queue(db.session, wanted, after=positive_int(after) if after else None)
    response = _page(
        "moderation/queue.html", page=page, wanted=wanted, states=queue.LISTED_STATES, conflicts=_conflicts(),
        done=request.args.get("done", ""),
    )  # fmt: skip
    return _seen(response, page.items)


def _seen(response: Response, items: Sequence[QueueItem]) -> Response:
    """Keep which texts a moderator now has before them: their writers can no longer change them unnoticed.

    The page is made already: a change that comes between made the lock number in it an old one.
    """
    unseen = [
        item.revision.id
        for item in items
        if item.revision.seen_at is None and item.revision.state is RevisionState.WAITING
    ]
    if unseen:
        with writing(db.session):
            mark_seen(db.session, unseen, now=utc_now())
    return response


def _comment_page(
    comment: Comment,
    *,
    item: QueueItem,
    refusal: Refusal | None = None,
    ballot: Ballot | None = None,
) -> Response:
    return _page(
        "moderation/comment.html", status=refusal.status if refusal is not None else 200,
        item=item, history=queue.history_of(db.session, comment),
        refusal=refusal, ballot=ballot or Ballot(""),
    )  # fmt: skip


def _page(template: str, *, status: int = 200, **values: object) -> Response:
    """A moderators' page, with the words that all of them use."""
    language = get_locale().language
    html = render_template(
        template, language=language, reasons=REASONS.values(),
        reason_labels={code: entry.label(language) for code, entry in REASONS.items()},
        mark_passages=mark_passages, hold_reason=hold_reason_in_words, decision_in_words=decision_in_words,
        state_words=STATES, version_words=VERSIONS, **values,
    )  # fmt: skip
    return make_response(html, status)


@bp.errorhandler(Refusal)
def _refused(refusal: Refusal) -> Response:
    """A refused decision shows the comment as it is now, who was first, and the note that was typed."""
    decision: tuple[int, Ballot] | None = g.get("decision")
    comment = _find_comment(decision[0]) if decision is not None else None
    if decision is None or comment is None:
        return error_page(refusal.status, str(refusal.message), retry_after_s=refusal.retry_after_s)
    item = queue.read_item(db.session, comment)
    return _seen(_comment_page(comment, item=item, refusal=refusal, ballot=decision[1]), [item])


def _filter() -> queue.Filter:
    raw_state = request.args.get("state", State.PENDING.value)
    state = State(raw_state) if raw_state in {state.value for state in queue.LISTED_STATES} else State.PENDING
    article = request.args.get("article", "")
    return queue.Filter(
        state=state,
        article=int(article) if article.isascii() and article.isdigit() and len(article) < 19 else None,
        query=request.args.get("q", "").replace("\0", "").strip()[:200],
    )


def _conflicts() -> list[tuple[Comment, object]]:
    """The comments of a bulk decision that somebody else had decided about, with what happened."""
    ids = [positive_int(raw) for raw in request.args.getlist("conflict")[:MAX_BULK]]
    found = [comment for comment_id in ids if (comment := _find_comment(comment_id)) is not None]
    return [(comment, queue.read_item(db.session, comment).last_decision) for comment in found]


def _find_comment(comment_id: int) -> Comment | None:
    """As `get_comment_for_moderator`, asked anew: the right may have been taken away meanwhile."""
    try:
        return get_comment_for_moderator(db.session, account_of_request(), comment_id)
    except (NotAllowed, NotFound):
        return None


def _chosen(raw: list[str]) -> list[tuple[int, int]]:
    if not raw or len(raw) > MAX_BULK:
        raise decisions.NothingChosen
    matches = [_CHOICE.fullmatch(choice) for choice in raw]
    if not all(matches):
        raise MalformedRequest
    return [(int(match[1]), int(match[2])) for match in matches if match is not None]


def _back(target: str, *, comment_id: int) -> Response:
    """To the page that the form came from, never to another site; the queue then tells that it was done."""
    fallback = url_for("moderation.comment_page", comment_id=comment_id)
    back = target if is_own_path(target) else fallback
    if urlsplit(back).path == url_for("moderation.queue_page"):
        back = _with_outcome(back, 1, [])
    return make_response(redirect(back, 303))


def _with_outcome(target: str, done: int, conflicts: list[int]) -> str:
    """The page that the form came from, told how many decisions were made and where somebody was first."""
    parts = urlsplit(target if is_own_path(target) else url_for("moderation.queue_page"))
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] not in {"done", "conflict"}]
    outcome = [("done", str(done)), *(("conflict", str(comment_id)) for comment_id in conflicts)]
    return f"{parts.path}?{urlencode(kept + outcome)}"
