"""New versions of a comment's text: by the writer (edit, resubmit) or by staff (redact), shown as such."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum import text
from forum.articles.models import page_key
from forum.base.page_versions import bump
from forum.comments import effects, lifecycle
from forum.comments.errors import EmptyAfterCleaning
from forum.comments.models import Comment, CommentEvent, CommentRevision, Move, RevisionState, State


def edit(session: Session, comment: Comment, source: str, *, version: int, now: datetime) -> CommentEvent:
    """The writer changes the text: a new version waits; what is published stays until it is approved."""
    return _revise(session, comment, Move.EDIT, source, by=lifecycle.COMMENTER, version=version, now=now)


def resubmit(session: Session, comment: Comment, source: str, *, version: int, now: datetime) -> CommentEvent:
    """The writer answers a return for revision: the comment waits again, at the same place."""
    return _revise(session, comment, Move.RESUBMIT, source, by=lifecycle.COMMENTER, version=version, now=now)


def redact(
    session: Session,
    comment: Comment,
    source: str,
    *,
    by: lifecycle.Actor,
    version: int,
    now: datetime,
    note: str | None = None,
) -> CommentEvent:
    """Staff change the text: a new version by them; the writer's is kept. On a published comment it shows at once."""
    event = _revise(session, comment, Move.REDACT, source, by=by, version=version, now=now, note=note)
    if comment.state is State.APPROVED:
        effects.publish_revision(comment, comment.newest_revision)
        session.flush()
    return event


def _revise(
    session: Session,
    comment: Comment,
    kind: Move,
    source: str,
    *,
    by: lifecycle.Actor,
    version: int,
    now: datetime,
    note: str | None = None,
) -> CommentEvent:
    html = text.render_comment(source)
    if text.is_blank(html):
        raise EmptyAfterCleaning
    for revision in comment.revisions:
        if revision.state is RevisionState.WAITING:
            revision.state = RevisionState.SUPERSEDED
    comment.revisions.append(
        CommentRevision(
            n=comment.newest_revision.n + 1,
            source=source,
            html=html,
            text_rules_version=text.TEXT_RULES_VERSION,
            by=by.kind,
            account_id=by.account_id,
            state=RevisionState.WAITING,
            hold_reasons=[],
            created_at=now,
        )
    )
    session.flush()
    return lifecycle.move(session, comment, kind, by=by, version=version, now=now, note=note)


def rerender(session: Session, *, after_id: int, limit: int) -> tuple[int | None, int]:
    """Bring up to `limit` older revisions after `after_id` to the present text rules. The caller commits.

    :returns: the id to go on after, or None when all are done; and how many were brought up to date.
    """
    rows = session.scalars(
        select(CommentRevision)
        .where(CommentRevision.id > after_id, CommentRevision.text_rules_version != text.TEXT_RULES_VERSION)
        .order_by(CommentRevision.id)
        .limit(limit)
    ).all()
    for revision in rows:
        html = text.render_comment(revision.source)
        revision.text_rules_version = text.TEXT_RULES_VERSION
        if html != revision.html:
            revision.html = html
            bump(session, page_key(revision.comment.article_id))
    return (rows[-1].id if rows else None), len(rows)
