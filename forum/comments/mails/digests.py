"""The daily and the weekly mail to those who follow a discussion: when one is due, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.base.session import lock_key
from forum.comments.commenters import staying
from forum.comments.mail_age import is_stale
from forum.comments.mails.answers import told
from forum.comments.mails.context import MailContext, article_url
from forum.comments.mails.publications import became_public, newest_event, read_news
from forum.comments.mails.truth import recipient_of
from forum.comments.models import Comment, Commenter, CommentEvent, Follow
from forum.comments.unsubscribing.links import follow_url
from forum.mail import outbox
from forum.mail.kinds import Content
from forum.mail.models import OutboxMail
from forum.mail.mornings import last_monday, last_morning, morning_of
from forum.mail.outbox import NewMail

AT_A_TIME = 500
"""Followers in one transaction, so that others write in between."""
_DAY_OF = {Cadence.DAILY: last_morning, Cadence.WEEKLY: last_monday}


class MadeUp(NamedTuple):
    """How many digests were put, and whether there may be more."""

    mails: int
    is_more: bool


def followed_articles(session: Session, cadence: Cadence) -> Sequence[int]:
    """The articles that somebody follows this often."""
    statement = select(Follow.article_id).where(Follow.cadence == cadence).distinct()
    return session.scalars(statement.order_by(Follow.article_id)).all()


def put_digests(
    session: Session, article_id: int, cadence: Cadence, *, zone: ZoneInfo, now: datetime
) -> MadeUp:
    """Put digests of one discussion that are due into the outbox, each once, and note how far they go.

    A digest goes as far as the last morning (of a Monday), so a run at any later time makes the same one. The caller
    commits, and calls again while `is_more`.

    :param cadence: daily or weekly.
    :param zone: whose mornings count.
    """
    lock_key(session, f"digests {article_id}")
    day = _DAY_OF[cadence](now, zone)
    upto = newest_event(session, until=morning_of(day, zone))
    follows = _follows(session, article_id, cadence, upto)
    news = _news(session, article_id, min((f.last_event_id or 0 for f, _to in follows), default=upto), upto)
    mails = []
    for follow, commenter in follows:
        after = follow.last_event_id or 0
        is_news = any(event_id > after and writer_id != commenter.id for event_id, writer_id in news)
        if is_news and commenter.proven_at is not None and commenter.mail_stopped_at is None:
            mails.append(_digest(follow, commenter, day, after=after, upto=upto))
        follow.last_event_id = upto
    outbox.put_many(session, mails, now=now)
    return MadeUp(len(mails), is_more=len(follows) == AT_A_TIME)


def compose_follow_digest(
    context: MailContext, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """What is new in a discussion since the last digest."""
    commenter = recipient_of(session, mail, must_be_proven=True)
    follow = session.get(Follow, mail.facts.get("follow"))
    if is_stale(mail, now) or commenter is None or follow is None or follow.commenter_id != commenter.id:
        return None
    news = read_news(
        session, _by_others(follow, commenter), after=mail.facts["after"], upto=mail.facts["upto"],
        now=now,
    )  # fmt: skip
    if news is None:
        return None
    article = news.comments[0][1]
    return Content(
        values={
            "title": article.title,
            "article_url": article_url(article.slug),
            "comments": [told(comment) for comment, _article in news.comments],
            "more": news.more,
            "own_page": context.own_page(commenter, mail, now),
        },
        unsubscribe_url=follow_url(context.signer, follow, commenter),
        why=_("You get this mail because you follow this discussion."),
    )


def _by_others(follow: Follow, commenter: Commenter) -> ColumnElement[bool]:
    others = or_(Comment.commenter_id.is_(None), Comment.commenter_id != commenter.id)
    return (Comment.article_id == follow.article_id) & others


def _follows(
    session: Session, article_id: int, cadence: Cadence, upto: int
) -> Sequence[tuple[Follow, Commenter]]:
    """Those whose last digest does not go so far yet; whoever stopped all mail is not told later of what was then."""
    followers = (
        select(Follow, Commenter)
        .join(Commenter, Commenter.id == Follow.commenter_id)
        .where(
            Follow.article_id == article_id,
            Follow.cadence == cadence,
            or_(Follow.last_event_id.is_(None), Follow.last_event_id < upto),
        )
        .order_by(Follow.id)
        .limit(AT_A_TIME)
    )
    return [(follow, commenter) for follow, commenter in session.execute(staying(followers))]


def _news(session: Session, article_id: int, after: int, upto: int) -> Sequence[tuple[int, int | None]]:
    """Events that let a comment of the article in, each with the writer's id."""
    rows = session.execute(
        select(CommentEvent.id, Comment.commenter_id)
        .join(Comment, Comment.id == CommentEvent.comment_id)
        .where(Comment.article_id == article_id, became_public(after, upto))
    )
    return [(event_id, writer_id) for event_id, writer_id in rows]


def _digest(follow: Follow, commenter: Commenter, day: date, *, after: int, upto: int) -> NewMail:
    return NewMail(
        key=f"digest:follow:{follow.id}:{day.isoformat()}", kind="follow_digest", recipient=commenter.email,
        commenter_id=commenter.id, facts={"follow": follow.id, "after": after, "upto": upto},
    )  # fmt: skip
