"""New versions of a comment's text: by the writer (edit, resubmit) or by staff (redact), shown as such."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum import text
from forum.articles.models import page_key
from forum.base.page_versions import bump
from forum.comments import lifecycle
from forum.comments.errors import EmptyAfterCleaning
from forum.comments.models import Comment, CommentEvent, CommentRevision, Move, RevisionState


def edit(session: Session, comment: Comment, source: str, *, version: int, now: datetime) -> CommentEvent:
    """The writer changes the text: a new version waits; what is published stays until it is approved.

    :raises EmptyAfterCleaning: nothing readable was left. For the rest see `lifecycle.move`.
    """
    return lifecycle.move(
        session, comment, Move.EDIT, by=lifecycle.COMMENTER, version=version, now=now, text=_printed(source)
    )


def resubmit(session: Session, comment: Comment, source: str, *, version: int, now: datetime) -> CommentEvent:
    """The writer answers a return for revision: the comment waits again, at the same place.

    :raises EmptyAfterCleaning: nothing readable was left. For the rest see `lifecycle.move`.
    """
    return lifecycle.move(
        session, comment, Move.RESUBMIT, by=lifecycle.COMMENTER, version=version, now=now, text=_printed(source)
    )  # fmt: skip


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
    """Staff change the text: a new version by them; the writer's is kept. On a published comment it shows at once.

    :raises EmptyAfterCleaning: nothing readable was left. For the rest see `lifecycle.move`.
    """
    return lifecycle.move(
        session, comment, Move.REDACT, by=by, version=version, now=now, note=note, text=_printed(source)
    )


def _printed(source: str) -> lifecycle.NewText:
    source = text.clean_source(source)
    html = text.render_comment(source)
    if text.is_blank(html):
        raise EmptyAfterCleaning
    return lifecycle.NewText(source, html)


def rerender(session: Session, *, after_id: int, limit: int) -> tuple[int | None, int]:
    """Bring up to `limit` older revisions after `after_id` to the present text rules. The caller commits.

    :returns: the id to go on after, or None when all are done; and how many were brought up to date.
    """
    rows = session.execute(
        select(CommentRevision, Comment.article_id)
        .join(Comment, Comment.id == CommentRevision.comment_id)
        .where(CommentRevision.id > after_id, CommentRevision.text_rules_version != text.TEXT_RULES_VERSION)
        .order_by(CommentRevision.id)
        .limit(limit)
    )
    last_id, count, changed_pages = None, 0, set()
    for revision, article_id in rows:
        html = text.render_comment(revision.source)
        if html != revision.html and revision.state is RevisionState.PUBLISHED:
            changed_pages.add(page_key(article_id))
        revision.html, revision.text_rules_version = html, text.TEXT_RULES_VERSION
        last_id, count = revision.id, count + 1
    bump(session, *changed_pages)
    return last_id, count
