"""Everything that is kept about a writer, for the writer: as plain values that become JSON or a page.

Nothing of other people is in it: what was answered is named by its id, staff not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.comments.models import (
    ActorKind,
    Comment,
    Commenter,
    CommentEvent,
    CommentRevision,
    Follow,
    State,
    Submission,
)
from forum.mail.models import OutboxMail

Values = dict[str, Any]


def read_everything(
    session: Session, writer: Commenter, *, reason_of: Callable[[CommentEvent], str | None], now: datetime
) -> Values:
    """All of it.

    :param reason_of: why something was decided, in words.
    """
    return {
        "made_at": now,
        "address": writer.email,
        "known_since": writer.created_at,
        "proven_at": writer.proven_at,
        "mail_stopped_at": writer.mail_stopped_at,
        "comments": _comments(session, writer, reason_of),
        "follows": _follows(session, writer),
        "mails": _mails(session, writer),
    }


def _comments(
    session: Session, writer: Commenter, reason_of: Callable[[CommentEvent], str | None]
) -> list[Values]:
    is_own = Comment.commenter_id == writer.id
    rows = session.execute(
        select(Comment, Article.slug, Article.title)
        .join(Article, Article.id == Comment.article_id)
        .where(is_own, Comment.state != State.ERASED)
        .order_by(Comment.id)
    ).all()
    own = select(Comment.id).where(is_own)
    versions = _by_comment(
        session.scalars(
            select(CommentRevision)
            .where(CommentRevision.comment_id.in_(own))
            .order_by(CommentRevision.comment_id, CommentRevision.n)
        ).all()
    )
    events = _by_comment(
        session.scalars(
            select(CommentEvent).where(CommentEvent.comment_id.in_(own)).order_by(CommentEvent.id)
        ).all()
    )
    forms = _by_comment(session.scalars(select(Submission).where(Submission.comment_id.in_(own))).all())
    return [
        {
            "id": comment.id,
            "article": {"slug": slug, "title": title},
            "number": comment.number,
            "answers_comment": comment.parent_id,
            "name": comment.author_name,
            "website": comment.website,
            "language": comment.lang,
            "state": comment.state.value,
            "mail_about_answers": comment.notify_replies,
            "sent_in_at": comment.submitted_at,
            "published_at": comment.published_at,
            "forms_received_at": [form.received_at for form in forms.get(comment.id, [])],
            "versions": [_version(revision) for revision in versions.get(comment.id, [])],
            "events": [_event(event, reason_of(event)) for event in events.get(comment.id, [])],
        }
        for comment, slug, title in rows
    ]


def _version(revision: CommentRevision) -> Values:
    return {
        "number": revision.n,
        "by": "you" if revision.by is ActorKind.COMMENTER else "moderators",
        "at": revision.created_at,
        "state": revision.state.value,
        "text": revision.source,
        "html": revision.html,
        "asked_by_moderators": revision.remark,
        "passages": revision.passages or [],
    }


def _event(event: CommentEvent, reason: str | None) -> Values:
    return {
        "what": event.kind.value,
        "by": {"commenter": "you", "account": "moderators", "rule": "rule"}[event.by.value],
        "at": event.at,
        "from": event.from_state.value if event.from_state else None,
        "to": event.to_state.value,
        "reason": reason,
    }


def _follows(session: Session, writer: Commenter) -> list[Values]:
    rows = session.execute(
        select(Article.slug, Article.title, Follow.cadence, Follow.created_at)
        .join(Article, Article.id == Follow.article_id)
        .where(Follow.commenter_id == writer.id)
        .order_by(Follow.id)
    )
    return [
        {"article": {"slug": slug, "title": title}, "how_often": cadence.value, "since": since}
        for slug, title, cadence, since in rows
    ]


def _mails(session: Session, writer: Commenter) -> list[Values]:
    """What was mailed to the address or waits to be, but for what it got as a member of staff."""
    rows = session.execute(
        select(OutboxMail.kind, OutboxMail.state, OutboxMail.created_at, OutboxMail.sent_at)
        .where(OutboxMail.recipient == writer.email, OutboxMail.to_staff.is_(False))
        .order_by(OutboxMail.id)
    )
    return [
        {"kind": kind, "state": state.value, "made_at": made_at, "sent_at": sent_at}
        for kind, state, made_at, sent_at in rows
    ]


def _by_comment(rows: Sequence[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.comment_id, []).append(row)
    return found
