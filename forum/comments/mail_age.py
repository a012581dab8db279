"""How old a mail is when it leaves: after an outage, or because a mail server was set late."""

from __future__ import annotations

from datetime import datetime, timedelta

from forum.mail.models import OutboxMail

STALE_AFTER = timedelta(days=14)
"""What is only news by then is not told any more. What somebody must hear, as a refusal and its reason, is."""


def age_of(mail: OutboxMail, now: datetime) -> timedelta:
    """How long ago the mail was put into the outbox; never negative, if clocks differ."""
    return max(now - mail.created_at, timedelta())


def is_stale(mail: OutboxMail, now: datetime) -> bool:
    """Whether news of that day is no longer worth a mail."""
    return age_of(mail, now) >= STALE_AFTER


def link_begins_at(mail: OutboxMail, now: datetime) -> datetime:
    """From when a link in the mail counts: its `created_at`, or a whole number of days later when it leaves late.

    So the link works for almost its whole time, and further tries of a mail within the day send the same one.
    """
    return mail.created_at + timedelta(days=age_of(mail, now).days)
