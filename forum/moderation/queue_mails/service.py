"""Mails to moderators: when one is due. Each function can be run as often as one likes; the caller commits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from forum.accounts.mail_preferences import preference_of, subscribers
from forum.accounts.models import Account, Cadence, MailPreference, MailTopic
from forum.base.clock import is_to_come
from forum.base.session import lock_key
from forum.mail import outbox
from forum.mail.mornings import last_morning
from forum.mail.outbox import NewMail
from forum.moderation.queue_mails.waiting import read_waiting

QUEUE_AT_MOST_EVERY = timedelta(hours=1)
OVERDUE_AGAIN_AFTER = timedelta(hours=24)
_LOCK = "mails to moderators"


def put_queue_mails(session: Session, *, now: datetime) -> None:
    """Tell who wants it that something waits: at most hourly, and only of what came since the last mail."""
    lock_key(session, _LOCK)
    waiting = read_waiting(session)
    for account in subscribers(session, MailTopic.QUEUE, Cadence.AT_ONCE) if waiting else ():
        kept = preference_of(session, account.id, MailTopic.QUEUE)
        is_new = waiting is not None and waiting.newest_id > (kept.last_event_id or 0)
        if waiting is None or not is_new or not _is_past(kept.last_sent_at, QUEUE_AT_MOST_EVERY, now):
            continue
        kept.last_event_id, kept.last_sent_at = waiting.newest_id, now
        _put_instead(session, _mail("queue_waiting", account, str(waiting.newest_id)), now=now)


def put_overdue_mails(session: Session, *, alarm_after: timedelta, now: datetime) -> None:
    """Tell that the oldest waits too long: once, again each day, and anew after nothing was overdue for a while."""
    lock_key(session, _LOCK)
    waiting = read_waiting(session)
    if waiting is None or now - waiting.oldest_at < alarm_after:
        _all_is_well_again(session)
        return
    for account in subscribers(session, MailTopic.OVERDUE, Cadence.AT_ONCE):
        kept = preference_of(session, account.id, MailTopic.OVERDUE)
        if not _is_past(kept.last_sent_at, OVERDUE_AGAIN_AFTER, now):
            continue
        kept.last_event_id, kept.last_sent_at = waiting.oldest_id, now
        _put_instead(
            session, _mail("queue_overdue", account, f"{waiting.oldest_id}:{now.timestamp():.0f}"), now=now
        )


def put_summaries(session: Session, *, zone: ZoneInfo, now: datetime) -> None:
    """Tell, each morning, what the day before was like."""
    lock_key(session, _LOCK)
    day = (last_morning(now, zone) - timedelta(days=1)).isoformat()
    accounts = subscribers(session, MailTopic.SUMMARY, Cadence.DAILY)
    outbox.put_many(session, [_mail("queue_summary", a, day, day=day) for a in accounts], now=now)


def _all_is_well_again(session: Session) -> None:
    """Forget the last alarm, so that the next is not taken for a repetition."""
    session.execute(
        update(MailPreference)
        .where(MailPreference.topic == MailTopic.OVERDUE, MailPreference.last_sent_at.is_not(None))
        .values(last_sent_at=None)
    )


def _put_instead(session: Session, mail: NewMail, *, now: datetime) -> None:
    """Put a mail, once, and stop what an outage kept of its kind: all of it would tell how the queue is now."""
    if mail.account_id is None or outbox.is_put(session, mail.key):
        return
    outbox.stop_earlier(session, mail.kind, mail.account_id)
    outbox.put(session, mail, now=now)


def _is_past(last: datetime | None, pause: timedelta, now: datetime) -> bool:
    return last is None or now - last >= pause or is_to_come(last, now=now)


def _mail(kind: str, account: Account, about: str, **facts: Any) -> NewMail:
    return NewMail(
        key=f"{kind}:{account.id}:{about}", kind=kind, recipient=account.email, to_staff=True,
        account_id=account.id, facts=facts,
    )  # fmt: skip
