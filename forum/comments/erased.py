"""`erase` for all comments of a writer at once, who may have thousands: what `lifecycle.move` does for a single one.

States, lock numbers, events and pages. Texts and names are emptied by `forum.comments.erasing`, in the same
transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.orm import Session

from forum.articles.models import FRONT_PAGE_KEY, page_key
from forum.base.page_versions import bump
from forum.comments.lifecycle import PUBLIC_STATES
from forum.comments.models import (
    ActorKind,
    Comment,
    CommentEvent,
    CommentRevision,
    Move,
    RevisionState,
    State,
)


def erase_all(session: Session, commenter_id: int, *, keep_published: bool, now: datetime) -> None:
    """Move every comment of a writer to `erased`; with `keep_published`, all that are not public. The caller commits.

    What stays public gets an event and a new lock number too: whoever decides about it has not seen it so.
    """
    is_own = Comment.commenter_id == commenter_id
    kept = PUBLIC_STATES if keep_published else frozenset[State]()
    rows = _locked(session, is_own)
    if not rows:
        return
    _change_states(session, is_own, kept)
    session.execute(insert(CommentEvent), [_event(**row, kept=kept, now=now) for row in rows])
    pages = {page_key(row["article_id"]) for row in rows if row["path"] is not None}
    bump(session, *pages, *([FRONT_PAGE_KEY] if pages else []))


def _locked(session: Session, is_own: ColumnElement[bool]) -> list[dict[str, Any]]:
    """The comments that are not erased yet, each with the version of its text that is public, else the newest."""
    newest = select(func.max(CommentRevision.id)).where(CommentRevision.comment_id == Comment.id)
    revision = func.coalesce(Comment.published_revision_id, newest.correlate(Comment).scalar_subquery())
    rows = session.execute(
        select(
            Comment.id, Comment.article_id, Comment.state, Comment.version, Comment.path,
            revision.label("revision_id"),
        )
        .where(is_own, Comment.state != State.ERASED)
        .order_by(Comment.id)
        .with_for_update(of=Comment)
    )  # fmt: skip
    return [dict(row) for row in rows.mappings()]


def _change_states(session: Session, is_own: ColumnElement[bool], kept: frozenset[State]) -> None:
    own, is_kept = select(Comment.id).where(is_own), Comment.state.in_(kept)
    public = select(Comment.published_revision_id).where(
        is_own, is_kept, Comment.published_revision_id.is_not(None)
    )
    for change in (
        update(CommentRevision)
        .where(CommentRevision.comment_id.in_(own), CommentRevision.id.not_in(public))
        .values(state=RevisionState.DECLINED),
        update(Comment).where(is_own).values(version=Comment.version + 1),
        update(Comment)
        .where(is_own, ~is_kept)
        .values(state=State.ERASED, published_revision_id=None, is_held=False, is_picked=False),
    ):
        session.execute(change.execution_options(synchronize_session=False))


def _event(
    *,
    id: int,
    state: State,
    version: int,
    revision_id: int,
    kept: frozenset[State],
    now: datetime,
    **_place: object,
) -> dict[str, object]:
    return {
        "comment_id": id,
        "revision_id": revision_id,
        "kind": Move.ERASE,
        "from_state": state,
        "to_state": state if state in kept else State.ERASED,
        "by": ActorKind.COMMENTER,
        "automated": False,
        "comment_version": version + 1,
        "at": now,
    }
