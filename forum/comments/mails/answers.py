"""Mails about one new comment: to whom it answers, and to those who follow the discussion."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.loaders import is_public
from forum.articles.models import Article
from forum.comments.mail_age import is_stale
from forum.comments.mails.context import MailContext, article_url, permalink
from forum.comments.mails.quoting import disarmed, quoted
from forum.comments.mails.truth import knows_of_comment, recipient_of
from forum.comments.models import Badge, Comment, Commenter, Follow, State
from forum.comments.unsubscribing.links import follow_url, replies_url
from forum.mail.kinds import Content
from forum.mail.models import OutboxMail
from forum.web.filters import named


def compose_reply(context: MailContext, session: Session, mail: OutboxMail, now: datetime) -> Content | None:
    """Somebody answered a comment whose writer asked to be told."""
    commenter = recipient_of(session, mail, must_be_proven=context.confirms_email)
    comment = public_comment(session, mail.comment_id, now=now)
    parent = comment.parent if comment is not None else None
    if is_stale(mail, now) or comment is None or commenter is None or knows_of_comment(session, mail):
        return None
    if parent is None or parent.commenter_id != commenter.id or not parent.notify_replies:
        return None
    if context.confirms_email and parent.proven_at is None:
        return None  # somebody else may have typed the address, and ticked the box
    return Content(
        values=_values(context, session, mail, comment, commenter, now),
        unsubscribe_url=replies_url(context.signer, parent, commenter),
        why=_("You get this mail because you asked to be told of answers to your comment."),
    )


def compose_follow_comment(
    context: MailContext, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """A new comment in a discussion that the recipient follows."""
    commenter = recipient_of(session, mail, must_be_proven=True)
    comment = public_comment(session, mail.comment_id, now=now)
    follow = session.get(Follow, mail.facts.get("follow"))
    if is_stale(mail, now) or comment is None or commenter is None or knows_of_comment(session, mail):
        return None
    if follow is None or follow.commenter_id != commenter.id:
        return None
    return Content(
        values=_values(context, session, mail, comment, commenter, now),
        unsubscribe_url=follow_url(context.signer, follow, commenter),
        why=_("You get this mail because you follow this discussion."),
    )


def public_comment(session: Session, comment_id: int | None, *, now: datetime) -> Comment | None:
    """The comment, if readers can see it."""
    return session.scalar(
        select(Comment)
        .join(Article, Article.id == Comment.article_id)
        .where(Comment.id == comment_id, Comment.state == State.APPROVED, is_public(now))
    )


def told(comment: Comment) -> dict[str, Any]:
    """One public comment, as mails show it: who, what it begins with, where it stands."""
    html = comment.published_revision.html if comment.published_revision is not None else ""
    return {
        "name": named(disarmed(comment.author_name)),
        "text": quoted(html),
        "permalink": permalink(comment),
        "is_by_author": comment.badge is Badge.AUTHOR,
        "is_by_staff": comment.badge is not None,
    }


def _values(
    context: MailContext,
    session: Session,
    mail: OutboxMail,
    comment: Comment,
    commenter: Commenter,
    now: datetime,
) -> dict[str, Any]:
    article = session.get_one(Article, comment.article_id)
    return {
        "title": article.title,
        "article_url": article_url(article.slug),
        "comment": told(comment),
        "own_page": context.own_page(commenter, mail, now),
    }
