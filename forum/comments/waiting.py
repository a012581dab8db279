"""How long a comment usually waits for its first decision, in coarse words: what a writer is told to expect."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from babel.dates import format_timedelta
from flask import Flask
from flask_babel import get_locale
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from forum.comments.models import ActorKind, Comment, CommentEvent, Move

WINDOW = timedelta(days=30)
"""Decisions older than this tell nothing of today."""
MIN_DECISIONS = 20
"""With fewer, a median would be chance."""
NEWEST_EVENTS = 5_000
"""Older events are not looked at, so that the cost stays the same however many there are."""
MAX_AGE = timedelta(minutes=5)
"""How long a process says the same."""

_ENDS_THE_WAIT = (Move.APPROVE, Move.REJECT, Move.SPAM, Move.RETURN)
_STEPS = (
    *(timedelta(minutes=minutes) for minutes in (15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 4, 8)),
    *(timedelta(days=days) for days in (1, 2, 3, 7, 14, 30)),
)


def median_wait(session: Session, *, now: datetime) -> timedelta | None:
    """The median time from submission to the first decision by a person; None after too few decisions.

    :param now: current time, UTC.
    """
    earlier = aliased(CommentEvent)
    oldest_id = select(func.max(CommentEvent.id) - NEWEST_EVENTS).scalar_subquery()
    was_decided = select(earlier.id).where(
        earlier.comment_id == CommentEvent.comment_id,
        earlier.id < CommentEvent.id,
        earlier.kind.in_(_ENDS_THE_WAIT),
    )
    rows = session.execute(
        select(CommentEvent.at, Comment.submitted_at)
        .join(Comment, Comment.id == CommentEvent.comment_id)
        .where(
            CommentEvent.id > oldest_id,
            CommentEvent.kind.in_(_ENDS_THE_WAIT),
            CommentEvent.by == ActorKind.ACCOUNT,
            CommentEvent.at > now - WINDOW,
            ~was_decided.exists(),
        )
    ).all()
    if len(rows) < MIN_DECISIONS:
        return None
    return timedelta(seconds=median((at - submitted_at).total_seconds() for at, submitted_at in rows))


def coarse(wait: timedelta) -> timedelta | None:
    """The next longer step that is easily said, such as two hours; None beyond a month."""
    return next((step for step in _STEPS if wait <= step), None)


class UsualWait:
    """The usual wait as this process last read it: public pages say it, and ask for it each time they are made."""

    def __init__(self) -> None:
        self._kept: tuple[datetime, timedelta | None] | None = None

    def in_words(self, session: Session, *, now: datetime) -> str | None:
        """Such as "2 hours", in the reader's language; None when nothing can be said.

        :param now: current time, UTC.
        """
        kept = self._kept
        if kept is None or not timedelta(0) <= now - kept[0] < MAX_AGE:
            kept = self._kept = (now, median_wait(session, now=now))
        step = coarse(kept[1]) if kept[1] is not None else None
        return format_timedelta(step, threshold=1, locale=get_locale() or "en") if step else None


def init_usual_wait(app: Flask) -> None:
    """Let this application keep its usual wait."""
    app.extensions["forum_usual_wait"] = UsualWait()
