"""What a move does beside the state: new versions of the text, which one is public or waits, the flags, an erasure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from forum.comments.commenters import forget_if_unused
from forum.comments.models import (
    Comment,
    CommentEvent,
    CommentRevision,
    Move,
    RevisionState,
    State,
    Submission,
)
from forum.comments.moves import Actor, NewText
from forum.comments.standing import Standing, Step, fold
from forum.text import TEXT_RULES_VERSION

ABOUT_EDITS = frozenset({Move.APPROVE, Move.REJECT})
"""Decisions that, of a public comment, are about the edit that waits."""


def has_waiting_edit(comment: Comment) -> bool:
    """Whether a newer text of a comment that was published waits for a decision."""
    return comment.published_revision is not None and comment.waiting_revision is not None


def revision_in_question(comment: Comment) -> CommentRevision:
    """The version that a decision is about: what waits, else what is published, else the newest."""
    return comment.waiting_revision or comment.published_revision or comment.newest_revision


def revision_of_move(comment: Comment, kind: Move, origin: State) -> CommentRevision:
    """The version that a move is about: of what happens to a public comment, only a decision about its edit is not
    about the text that readers see.
    """
    if origin is State.APPROVED and kind not in ABOUT_EDITS and comment.published_revision is not None:
        return comment.published_revision
    return revision_in_question(comment)


def add_revision(
    comment: Comment,
    text: NewText,
    *,
    by: Actor,
    now: datetime,
    hold_reasons: Iterable[dict[str, str]] = (),
) -> CommentRevision:
    """One more version of the text; where it stands follows from the move that brings it."""
    revision = CommentRevision(
        n=len(comment.revisions) + 1,
        source=text.source,
        html=text.html,
        text_rules_version=TEXT_RULES_VERSION,
        by=by.kind,
        account_id=by.account_id,
        state=RevisionState.WAITING,
        hold_reasons=list(hold_reasons),
        created_at=now,
    )
    comment.revisions.append(revision)
    return revision


def replace_text(revision: CommentRevision, text: NewText) -> None:
    """Change a version of the text that nobody but its writer has seen."""
    revision.source, revision.html = text.source, text.html
    revision.text_rules_version = TEXT_RULES_VERSION


def standing_of(comment: Comment) -> Standing:
    """How texts and flags stand now."""
    published, waiting = comment.published_revision, comment.waiting_revision
    return Standing(
        newest=comment.newest_revision.n,
        published=published.n if published else 0,
        waiting=waiting.n if waiting else 0,
        declined=frozenset(r.n for r in comment.revisions if r.state is RevisionState.DECLINED),
        is_held=comment.is_held,
        is_picked=comment.is_picked,
    )


def standing_without(session: Session, comment: Comment, undone: CommentEvent) -> Standing:
    """How texts and flags stood before the last decision that still stands."""
    events = session.scalars(
        select(CommentEvent).where(CommentEvent.comment_id == comment.id).order_by(CommentEvent.id)
    ).all()
    taken_back = {event.undoes_id for event in events} | {undone.id}
    numbers = {revision.id: revision.n for revision in comment.revisions}
    return fold(
        Step(event.kind, event.from_state, event.to_state, numbers[event.revision_id])
        for event in events
        if event.id not in taken_back and event.undoes_id is None and event.revision_id is not None
    )


def settle(comment: Comment, standing: Standing) -> None:
    """Write down how texts and flags stand. What is published must have been flushed."""
    for revision in comment.revisions:
        revision.state = standing.state_of(revision.n)
    published = comment.revisions[standing.published - 1] if standing.published else None
    comment.published_revision_id = published.id if published else None
    comment.is_held, comment.is_picked = standing.is_held, standing.is_picked


EMPTIED: dict[str, Any] = {
    "source": "",
    "html": "",
    "hold_reasons": [],
    "remark": None,
    "passages": None,
    "account_id": None,
}
"""What is left of a version of a text that was erased."""


def erase(session: Session, comment: Comment) -> None:
    """Empty text and person in every revision; the place and the history stay. The caller commits."""
    for revision in comment.revisions:
        for name, nothing in EMPTIED.items():
            setattr(revision, name, nothing)
    commenter_id, comment.commenter_id = comment.commenter_id, None
    comment.account_id = comment.badge = comment.website = None
    comment.author_name = ""
    comment.notify_replies = False
    session.flush()
    session.execute(delete(Submission).where(Submission.comment_id == comment.id))
    # A note may quote the text, or name its writer.
    session.execute(update(CommentEvent).where(CommentEvent.comment_id == comment.id).values(note=None))
    forget_if_unused(session, commenter_id)
