"""The outbox: where a mail is put in the transaction of its event, and taken back with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from forum.base.upsert import insert_for
from forum.mail.models import MailState, OutboxMail

STOPPED_BY_RESTORE = "restored"
"""What `last_answer` says of a mail that waited when its backup was made: most were sent since."""


@dataclass(frozen=True, kw_only=True)
class NewMail:
    """A mail to put into the outbox.

    :param key: unique per event and recipient; the second time it is the same mail.
    :param kind: the name that it was registered under (`forum.mail.kinds`), and of its folder in `templates/mail/`.
    :param to_staff: a mail to staff leaves before those to readers.
    :param awaited: somebody sits and waits for it, and needs it to go on: it leaves before those that only tell.
    :param waits_for_undo: it leaves only when the decision can no longer be undone quietly (`FORUM_MAIL_DELAY_S`).
    :param facts: ids and small things for the one who composes it; never a text or an address.
    :param due_at: not before this moment; default: at once.
    """

    key: str
    kind: str
    recipient: str
    to_staff: bool = False
    awaited: bool = False
    waits_for_undo: bool = False
    commenter_id: int | None = None
    account_id: int | None = None
    comment_id: int | None = None
    event_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


def put(session: Session, mail: NewMail, *, now: datetime) -> None:
    """Put a mail into the outbox, once: the same key again changes nothing. The caller commits."""
    put_many(session, [mail], now=now)


def put_many(session: Session, mails: Iterable[NewMail], *, now: datetime) -> None:
    """Put many mails into the outbox at once, each as `put` does: a thread may have thousands who follow it."""
    rows = [
        {
            "key": mail.key, "kind": mail.kind, "recipient": mail.recipient, "to_staff": mail.to_staff,
            "awaited": mail.awaited, "waits_for_undo": mail.waits_for_undo, "commenter_id": mail.commenter_id,
            "account_id": mail.account_id,
            "comment_id": mail.comment_id, "event_id": mail.event_id, "facts": dict(mail.facts),
            "state": MailState.WAITING, "due_at": mail.due_at or now, "attempts": 0, "created_at": now,
        }
        for mail in mails
    ]  # fmt: skip
    if rows:
        statement = insert_for(session.get_bind().dialect.name, OutboxMail)
        session.connection().execute(statement.on_conflict_do_nothing(index_elements=[OutboxMail.key]), rows)


def is_put(session: Session, key: str) -> bool:
    """Whether a mail with this key was put, whatever became of it."""
    return session.scalar(select(OutboxMail.id).where(OutboxMail.key == key)) is not None


def failure_of(session: Session, kind: str, account_id: int) -> str | None:
    """What the mail server said of the newest mail of this kind to an account, if it did not arrive.

    Empty when it was stopped before, None when nothing is known against it.
    """
    newest = session.scalars(
        select(OutboxMail)
        .where(OutboxMail.account_id == account_id, OutboxMail.kind == kind)
        .order_by(OutboxMail.id.desc())
        .limit(1)
    ).first()
    if newest is None or newest.state not in {MailState.FAILED, MailState.STOPPED}:
        return None
    return (newest.last_answer or "") if newest.state is MailState.FAILED else ""


def take_back(session: Session, key: str) -> None:
    """Delete a mail that was put in this very transaction. The caller commits."""
    session.execute(
        delete(OutboxMail).where(OutboxMail.key == key).execution_options(synchronize_session=False)
    )


def stop_of_event(session: Session, event_id: int) -> None:
    """Stop what still waits because of an event that was taken back. The caller commits.

    A mail that is leaving at this moment keeps its lease: if it does leave, the outbox says so.
    """
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.event_id == event_id, OutboxMail.state == MailState.WAITING)
        .values(state=MailState.STOPPED)
        .execution_options(synchronize_session=False)
    )


def was_dropped(session: Session, event_id: int, commenter_id: int | None) -> bool:
    """Whether a mail about an event to this commenter was put and then dropped, and none was sent: it was not heard."""
    theirs = (OutboxMail.event_id == event_id, OutboxMail.commenter_id == commenter_id)
    states = set(session.scalars(select(OutboxMail.state).where(*theirs)))
    return MailState.STOPPED in states and MailState.SENT not in states


def stop_earlier(session: Session, kind: str, account_id: int) -> None:
    """Stop what waits for an account and says less than the next mail of its kind will. The caller commits."""
    session.execute(
        update(OutboxMail)
        .where(
            OutboxMail.account_id == account_id,
            OutboxMail.kind == kind,
            OutboxMail.state == MailState.WAITING,
        )
        .values(state=MailState.STOPPED)
        .execution_options(synchronize_session=False)
    )


def forget_recipient(session: Session, address: str) -> None:
    """Delete every mail to a reader's address, waiting or past: who is erased gets none, and leaves no trace here.

    The caller commits. A mail that is being delivered at this moment may still arrive. Mail to staff stays: an
    account may have the same address.
    """
    session.execute(
        delete(OutboxMail)
        .where(OutboxMail.recipient == address, OutboxMail.to_staff.is_(False))
        .execution_options(synchronize_session=False)
    )
