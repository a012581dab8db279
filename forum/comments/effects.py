"""What a move does beside the state: which revision is published or waits, the place, the flags, an erasure."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum.comments import places
from forum.comments.models import (
    Comment,
    Commenter,
    CommentEvent,
    CommentRevision,
    Move,
    RevisionState,
    State,
    Submission,
)

_FLAGS = {Move.HOLD: ("is_held", True), Move.PICK: ("is_picked", True), Move.UNPICK: ("is_picked", False)}


def has_waiting_edit(comment: Comment) -> bool:
    """Whether a newer text of a published comment waits for a decision."""
    return comment.state is State.APPROVED and comment.waiting_revision is not None


def revision_of(comment: Comment, undone: CommentEvent | None) -> CommentRevision:
    """The revision that a move is about: what the undone decision was about, what waits, else the newest."""
    if undone is not None and undone.revision_id is not None:
        return next(r for r in comment.revisions if r.id == undone.revision_id)
    return comment.waiting_revision or comment.published_revision or comment.newest_revision


def apply(
    session: Session,
    comment: Comment,
    kind: Move,
    *,
    origin: State,
    undone: CommentEvent | None,
    now: datetime,
) -> None:
    """Carry out what follows from a move that was just taken. The caller commits.

    :param origin: the state before the move; `comment.state` is the one after it.
    """
    flag_move = undone.kind if undone is not None else kind
    if flag_move in _FLAGS:
        name, value = _FLAGS[flag_move]
        setattr(comment, name, value if undone is None else not value)
        return
    if kind is Move.ERASE:
        _erase(session, comment)
        return
    comment.is_held = comment.is_held and comment.state is State.PENDING
    comment.is_picked = comment.is_picked and comment.state is State.APPROVED
    if origin is State.APPROVED and comment.state is State.APPROVED:
        _settle_edit(comment, kind, undone)
    else:
        _settle(comment, origin)
    if comment.state is State.APPROVED:
        comment.published_at = comment.published_at or now
        places.give_place(session, comment)
    session.flush()


def publish_revision(comment: Comment, revision: CommentRevision) -> None:
    """Make `revision` the public text; the one before it stays as history."""
    if comment.published_revision is not None and comment.published_revision is not revision:
        comment.published_revision.state = RevisionState.SUPERSEDED
    revision.state = RevisionState.PUBLISHED
    comment.published_revision = revision


def _settle(comment: Comment, origin: State) -> None:
    """Give the revisions the states that belong to the comment's new one."""
    newest = comment.newest_revision
    if comment.state is State.PENDING:
        newest.state = RevisionState.WAITING
        if comment.published_revision is newest:
            comment.published_revision = None
    elif comment.state is State.APPROVED:
        if origin is State.PENDING or comment.published_revision is None:
            publish_revision(comment, newest)
    elif origin is not State.APPROVED and newest.state is RevisionState.WAITING:
        newest.state = RevisionState.DECLINED


def _settle_edit(comment: Comment, kind: Move, undone: CommentEvent | None) -> None:
    """A decision about an edit of a published comment, or its undoing; the comment's state stays."""
    if undone is not None:
        revision = revision_of(comment, undone)
        if undone.kind is Move.APPROVE:
            earlier = [
                r for r in comment.revisions if r.n < revision.n and r.state is RevisionState.SUPERSEDED
            ]
            publish_revision(comment, earlier[-1])
        revision.state = RevisionState.WAITING
    elif (waiting := comment.waiting_revision) is not None:
        if kind is Move.APPROVE:
            publish_revision(comment, waiting)
        elif kind is Move.REJECT:
            waiting.state = RevisionState.DECLINED


def _erase(session: Session, comment: Comment) -> None:
    """Empty text and person in every revision; the place and the history stay."""
    for revision in comment.revisions:
        revision.source = revision.html = ""
        revision.hold_reasons = []
        revision.state = RevisionState.DECLINED
    commenter_id, comment.commenter_id = comment.commenter_id, None
    comment.author_name, comment.website, comment.published_revision = "", None, None
    comment.is_held = comment.is_picked = comment.notify_replies = False
    session.execute(delete(Submission).where(Submission.comment_id == comment.id))
    session.flush()
    has_more = session.scalar(select(Comment.id).where(Comment.commenter_id == commenter_id).limit(1))
    if commenter_id is not None and has_more is None:
        session.execute(delete(Commenter).where(Commenter.id == commenter_id))
