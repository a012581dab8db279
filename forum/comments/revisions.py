"""New versions of a comment's text: by the writer (edit, resubmit) or by staff (redact), shown as such."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forum import spam, text
from forum.articles.models import page_key
from forum.base.page_versions import bump
from forum.comments import lifecycle
from forum.comments.errors import EmptyAfterCleaning
from forum.comments.models import (
    ActorKind,
    Comment,
    CommentEvent,
    CommentRevision,
    Move,
    RevisionState,
    State,
)

EDITED_IN_PLACE_FOR = timedelta(minutes=15)
"""How long after it was sent in a text may be changed without leaving a version behind."""


def edit(
    session: Session,
    comment: Comment,
    source: str,
    *,
    version: int,
    now: datetime,
    html: str | None = None,
) -> CommentEvent:
    """The writer changes the text: a new version waits; what is published stays until it is approved.

    While nobody else has seen the text (see `is_edited_in_place`), it is changed where it stands.

    :param html: `text.render_comment(source)`, where the caller made it before the transaction.
    :raises EmptyAfterCleaning: nothing readable was left. For the rest see `lifecycle.move`.
    """
    told = _told_of_writer(comment)
    event = lifecycle.move(
        session, comment, Move.EDIT, by=lifecycle.COMMENTER, version=version, now=now,
        text=_printed(source, html), in_place=is_edited_in_place(comment, now=now),
    )  # fmt: skip
    _weigh(session, event, told, now=now)
    return event


def is_edited_in_place(comment: Comment, *, now: datetime) -> bool:
    """Whether the newest text is still the writer's alone: it waits, is new, and no moderator had it before them."""
    newest = comment.newest_revision
    return (
        comment.state is State.PENDING
        and newest.state is RevisionState.WAITING
        and newest.by is ActorKind.COMMENTER
        and newest.seen_at is None
        and now < comment.submitted_at + EDITED_IN_PLACE_FOR
    )


def mark_seen(session: Session, revision_ids: Iterable[int], *, now: datetime) -> None:
    """Keep that staff had these versions before them, the first time. The caller commits."""
    session.execute(
        update(CommentRevision)
        .where(CommentRevision.id.in_(set(revision_ids)), CommentRevision.seen_at.is_(None))
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )


def resubmit(
    session: Session,
    comment: Comment,
    source: str,
    *,
    version: int,
    now: datetime,
    html: str | None = None,
) -> CommentEvent:
    """The writer answers a return for revision: the comment waits again, at the same place.

    :param html: as for `edit`.
    :raises EmptyAfterCleaning: nothing readable was left. For the rest see `lifecycle.move`.
    """
    told = _told_of_writer(comment)
    event = lifecycle.move(
        session, comment, Move.RESUBMIT, by=lifecycle.COMMENTER, version=version, now=now,
        text=_printed(source, html),
    )  # fmt: skip
    _weigh(session, event, told, now=now)
    return event


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


def _told_of_writer(comment: Comment) -> list[dict[str, str]]:
    """The hold reasons of the newest version that is by the writer; staff's own have none."""
    by_writer = [revision for revision in comment.revisions if revision.by is ActorKind.COMMENTER]
    return by_writer[-1].hold_reasons if by_writer else []


def _weigh(session: Session, event: CommentEvent, told: Iterable[dict[str, str]], *, now: datetime) -> None:
    """Hold a changed text against the checks of texts, as a new comment's is.

    :param told: of the version before it: what was told of the person and the form stays told.
    """
    revision = event.revision
    if revision is None:
        return
    facts = spam.Facts(
        name=event.comment.author_name, html=revision.html, honeypot="", started_at=None, received_at=now,
        staff_names=(),
    )  # fmt: skip
    found = [reason.as_json() for reason in spam.assess(facts)]
    told_again = {reason["code"] for reason in found} | {"links"}
    kept = [reason for reason in told if reason["code"] not in told_again]
    revision.hold_reasons = kept + found
    session.flush()


def _printed(source: str, html: str | None = None) -> lifecycle.NewText:
    source = text.clean_source(source)
    html = text.render_comment(source) if html is None else html
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
        .with_for_update(
            of=CommentRevision
        )  # else a text that is erased meanwhile would be printed once more
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
