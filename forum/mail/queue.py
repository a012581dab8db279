"""Which mail goes next, and what became of it. Several workers share the work.

A worker claims one mail with a lease, in a short transaction of its own, and sends it outside any. What it then says
of the mail counts only while the lease is still its own. A worker that dies leaves a lease that runs out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from forum.base.session import lock_key
from forum.mail.delivery import MAIL_WITHIN_S
from forum.mail.models import MailState, OutboxMail

LEASE = timedelta(seconds=2 * MAIL_WITHIN_S)
"""Longer than one mail can take (`MAIL_WITHIN_S`, and before it the look-up of a name)."""
RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 24 * 60))
"""How long after each attempt the next one comes; after the last one the mail has failed."""
_FIRST = tuple(product((True, False), repeat=2))
"""(to staff, awaited): staff go first, then who waits for a mail to go on, then the followers of a busy thread."""


@dataclass(frozen=True)
class Claim:
    """A mail that this worker may send.

    :param attempts: this one counted.
    """

    mail_id: int
    lease: str
    attempts: int


def claim(session: Session, *, now: datetime, delay: timedelta, per_minute: int) -> Claim | None:
    """The next mail, or None when none is due or enough left in the last minute. The caller commits.

    :param delay: how long mails about decisions wait for an undo.
    """
    lock_key(session, "outbox")  # two workers that count at once would both find room for one more
    if _left_lately(session, now) >= per_minute:
        return None
    next_mail = (
        select(OutboxMail.id, OutboxMail.attempts)
        .where(OutboxMail.state == MailState.WAITING, is_due(now, delay), _is_free(now))
        .order_by(OutboxMail.due_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # a mail that is being stopped right now is nobody's next
    )
    for to_staff, awaited in _FIRST:  # four looks at the index are quicker than sorting a long outbox
        is_such = and_(OutboxMail.to_staff == to_staff, OutboxMail.awaited == awaited)
        row = session.execute(next_mail.where(is_such)).one_or_none()
        if row is not None:
            break
    else:
        return None
    claimed = Claim(row.id, secrets.token_hex(16), row.attempts + 1)
    _set(
        session,
        OutboxMail.id == row.id,
        lease=claimed.lease,
        leased_until=now + LEASE,
        attempts=claimed.attempts,
    )
    return claimed


def sent(session: Session, claimed: Claim, answer: str, *, now: datetime) -> None:
    """The server took the mail. It counts even when the mail was stopped meanwhile: it has left."""
    _let_go(session, claimed, state=MailState.SENT, sent_at=now, last_answer=answer)


def try_later(session: Session, claimed: Claim, answer: str, *, now: datetime) -> None:
    """Plan the next attempt; after the last one the mail has failed."""
    if claimed.attempts > len(RETRY_AFTER):
        failed(session, claimed, answer)
        return
    due_at = now + RETRY_AFTER[claimed.attempts - 1]
    # It has waited for an undo already, and does not do so again.
    _let_go(
        session, claimed, OutboxMail.state == MailState.WAITING, due_at=due_at, waits_for_undo=False, last_answer=answer
    )  # fmt: skip


def failed(session: Session, claimed: Claim, answer: str) -> None:
    """It will never be taken: a dead letter, which admins see."""
    _let_go(
        session, claimed, OutboxMail.state == MailState.WAITING, state=MailState.FAILED, last_answer=answer
    )


def stopped(session: Session, claimed: Claim, why: str | None = None) -> None:
    """It is not sent, because nobody wants it any more."""
    _let_go(session, claimed, OutboxMail.state == MailState.WAITING, state=MailState.STOPPED, last_answer=why)


def is_due(now: datetime, delay: timedelta) -> ColumnElement[bool]:
    """Whether a mail's time has come."""
    return or_(
        and_(OutboxMail.waits_for_undo.is_(False), OutboxMail.due_at <= now),
        and_(OutboxMail.waits_for_undo.is_(True), OutboxMail.due_at <= now - delay),
    )


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(OutboxMail.lease.is_(None), OutboxMail.leased_until <= now)


def _left_lately(session: Session, now: datetime) -> int:
    """How many mails left in the last minute, those counted that were taken out in it."""
    minute_ago = now - timedelta(minutes=1)
    left = select(func.count()).where(OutboxMail.sent_at > minute_ago, OutboxMail.sent_at <= now)
    leaving = select(func.count()).where(OutboxMail.leased_until > minute_ago + LEASE)
    return session.execute(left).scalar_one() + session.execute(leaving).scalar_one()


def _let_go(session: Session, claimed: Claim, *where: ColumnElement[bool], **values: Any) -> None:
    """End the claim with what became of the mail, if it is still ours."""
    mine = and_(OutboxMail.id == claimed.mail_id, OutboxMail.lease == claimed.lease)
    _set(session, and_(mine, *where), **values)
    _set(session, mine, lease=None, leased_until=None)


def _set(session: Session, where: ColumnElement[bool], **values: Any) -> None:
    statement = update(OutboxMail).where(where).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))
