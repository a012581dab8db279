"""Mails that wait, were sent or failed, and addresses that take none."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.base.models import BigId, Model, UtcDateTime, enum_column


class MailState(StrEnum):
    """Where a mail stands. `stopped`: its cause was taken back, or nobody wants it any more."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"


class SuppressionCause(StrEnum):
    """Why an address takes no more mail."""

    REFUSED = "refused"
    BOUNCED = "bounced"


class OutboxMail(Model):
    """One mail to one address, written in the transaction of the event that causes it.

    Mails to staff leave first, then those that somebody is waiting for (`awaited`), then the rest. It holds
    no text: what it says is composed when it is sent, from what is true then. `key` is unique per event and recipient,
    and the Message-ID follows from it and the id. `facts` holds ids and small facts, never a text or an address.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "state", "to_staff", "awaited", "due_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str | None] = mapped_column(String(254), index=True)
    to_staff: Mapped[bool] = mapped_column(default=False)
    awaited: Mapped[bool] = mapped_column(default=False)
    commenter_id: Mapped[int | None] = mapped_column(BigId, index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("comment_events.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    waits_for_undo: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MailState] = mapped_column(enum_column(MailState, "state"), default=MailState.WAITING)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    last_answer: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class SuppressedAddress(Model):
    """An address that a mail server does not know. Only a keyed hash is kept: enough to know it again."""

    __tablename__ = "suppressed_addresses"

    address_hash: Mapped[str] = mapped_column(String(32), primary_key=True)
    cause: Mapped[SuppressionCause] = mapped_column(enum_column(SuppressionCause, "cause"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
