"""The daily mail to authors: new comments on all their articles together. When one is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from forum.accounts.mail_preferences import preference_of, subscribers
from forum.accounts.models import Account, Cadence, MailTopic
from forum.articles.models import Article
from forum.base.session import lock_key
from forum.comments.mails.publications import became_public, newest_event
from forum.comments.models import Comment, CommentEvent
from forum.desk.service import own_articles
from forum.mail import outbox
from forum.mail.mornings import last_morning, morning_of
from forum.mail.outbox import NewMail


def put_author_digests(session: Session, *, zone: ZoneInfo, now: datetime) -> None:
    """Put the digests that are due into the outbox, each once, and note how far they go. The caller commits.

    The first one that an author gets begins a day before.
    """
    lock_key(session, "digests of authors")
    day = last_morning(now, zone)
    upto = newest_event(session, until=morning_of(day, zone))
    day_before = newest_event(session, until=morning_of(day - timedelta(days=1), zone))
    for account in subscribers(session, MailTopic.NEW_COMMENTS, Cadence.DAILY):
        kept = preference_of(session, account.id, MailTopic.NEW_COMMENTS)
        after = day_before if kept.last_event_id is None else kept.last_event_id
        if after >= upto:
            continue
        if _has_news(session, account, after, upto):
            facts = {"after": after, "upto": upto}
            key = f"digest:author:{account.id}:{day.isoformat()}"
            outbox.put(session, _mail(account, key, facts), now=now)
        kept.last_event_id = upto


def by_readers_for(account: Account) -> ColumnElement[bool]:
    """The condition under which a comment is one that `account` gets mail about."""
    return Comment.account_id.is_(None) & own_articles(account)


def _has_news(session: Session, account: Account, after: int, upto: int) -> bool:
    found = session.scalar(
        select(CommentEvent.id)
        .join(Comment, Comment.id == CommentEvent.comment_id)
        .join(Article, Article.id == Comment.article_id)
        .where(became_public(after, upto), by_readers_for(account))
        .limit(1)
    )
    return found is not None


def _mail(account: Account, key: str, facts: dict[str, int]) -> NewMail:
    return NewMail(
        key=key,
        kind="author_digest",
        recipient=account.email,
        to_staff=True,
        account_id=account.id,
        facts=facts,
    )
