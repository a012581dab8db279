"""Mails to moderators: what they say. Numbers and a link; no visitor's words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask import Flask, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from forum.accounts.mail_preferences import find_recipient
from forum.accounts.models import MailTopic
from forum.base.signing import Signer
from forum.comments.mail_age import age_of
from forum.comments.mails.publications import newest_event
from forum.comments.models import CommentEvent, Move, State
from forum.comments.unsubscribing.links import topic_url
from forum.mail.kinds import Content, register_mail
from forum.mail.models import OutboxMail
from forum.mail.mornings import whole_day
from forum.moderation.queue_mails.waiting import read_waiting

_DECISIONS = (Move.APPROVE, Move.REJECT, Move.SPAM, Move.RETURN, Move.REMOVE)
SUMMARY_LASTS = timedelta(days=3)
"""After an outage of weeks nobody wants to read what each day of it was like."""
WHY = _("You get this mail because you are a moderator. You choose what you get at “My mail” on your desk.")


def compose_waiting(
    topic: MailTopic, signer: Signer, session: Session, mail: OutboxMail, _now: datetime
) -> Content | None:
    """How many comments wait, and since when; nothing when the queue was emptied meanwhile."""
    account = find_recipient(session, mail.account_id, mail.recipient, topic)
    waiting = read_waiting(session)
    if account is None or waiting is None:
        return None
    return Content(
        values={"count": waiting.count, "oldest_at": waiting.oldest_at, "queue_url": _queue_url()},
        language=account.locale,
        unsubscribe_url=topic_url(signer, account, topic),
        why=WHY,
    )


def compose_overdue(
    alarm_after: timedelta, signer: Signer, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """The same, if the oldest still waits too long."""
    waiting = read_waiting(session)
    if waiting is None or now - waiting.oldest_at < alarm_after:
        return None
    return compose_waiting(MailTopic.OVERDUE, signer, session, mail, now)


def compose_summary(
    signer: Signer, zone: ZoneInfo, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """What came, what was decided and what waits; nothing after a day on which nothing happened."""
    if age_of(mail, now) >= SUMMARY_LASTS:
        return None
    account = find_recipient(session, mail.account_id, mail.recipient, MailTopic.SUMMARY)
    start, end = whole_day(date.fromisoformat(mail.facts["day"]), zone)
    came, decided = _numbers(session, start, end)
    waiting = read_waiting(session)
    if account is None or not (came or decided or waiting):
        return None
    return Content(
        values={
            "day": start,
            "came": came,
            "decided": decided,
            "waits": waiting.count if waiting else 0,
            "oldest_at": waiting.oldest_at if waiting else None,
            "queue_url": _queue_url(),
        },
        language=account.locale,
        unsubscribe_url=topic_url(signer, account, MailTopic.SUMMARY),
        why=WHY,
    )


def register_moderator_mails(app: Flask, signer: Signer, *, zone: ZoneInfo, alarm_after: timedelta) -> None:
    """Have the composers of this package speak in the mails of `app`.

    :param zone: whose days the summary counts.
    :param alarm_after: how long a comment waits before it waits too long.
    """
    register_mail(app, "queue_waiting", partial(compose_waiting, MailTopic.QUEUE, signer))
    register_mail(app, "queue_overdue", partial(compose_overdue, alarm_after, signer))
    register_mail(app, "queue_summary", partial(compose_summary, signer, zone))


def _numbers(session: Session, start: datetime, end: datetime) -> tuple[int, int]:
    """How many comments came to the moderators in a period, and how many decisions of it still stand."""
    first, last = newest_event(session, until=start), newest_event(session, until=end)
    undone = select(CommentEvent.undoes_id).where(CommentEvent.undoes_id > first)
    arrives = or_(CommentEvent.kind == Move.CONFIRM, CommentEvent.kind == Move.SUBMIT)
    row = session.execute(
        select(
            func.count().filter(arrives, CommentEvent.to_state == State.PENDING),
            func.count().filter(CommentEvent.kind.in_(_DECISIONS), CommentEvent.id.not_in(undone)),
        ).where(CommentEvent.id > first, CommentEvent.id <= last)
    ).one()
    return row[0], row[1]


def _queue_url() -> str:
    return url_for("moderation.queue_page", _external=True)
