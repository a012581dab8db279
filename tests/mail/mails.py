"""Mails to put into outboxes, and how they stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.base.session import writing
from forum.mail import outbox
from forum.mail.models import MailState, OutboxMail
from forum.mail.outbox import NewMail
from forum.mail.sending import deliver_due
from tests.factories import AUTHOR, MODERATOR, NOW, READER

OTHER = "ander@lezers.example"

__all__ = [
    "AUTHOR",
    "MODERATOR",
    "NOW",
    "OTHER",
    "READER",
    "deliver",
    "later",
    "put",
    "row",
    "rows",
    "states",
]


def put(session: Session, key: str = "een", *, now: datetime = NOW, **values: Any) -> int:
    """A mail of the kind `test`, to the reader unless told otherwise; its id."""
    with writing(session):
        outbox.put(
            session, NewMail(**{"key": key, "kind": "test", "recipient": READER.email} | values), now=now
        )
        return session.scalars(select(OutboxMail.id).where(OutboxMail.key == key)).one()


def deliver(app: Flask, session: Session, *, at: datetime = NOW, **options: Any) -> tuple[int, bool]:
    """Send what is due at a moment: how many mails left, and whether the server failed."""
    clock: Callable[[], datetime] = lambda: at  # noqa: E731
    return deliver_due(app, session, clock=clock, **options)


def later(**duration: float) -> datetime:
    """So long after the moment at which tests take place."""
    return NOW + timedelta(**duration)


def row(session: Session, key: str = "een") -> OutboxMail:
    """The mail with this key, as it stands in the database."""
    session.rollback()
    return session.scalars(select(OutboxMail).where(OutboxMail.key == key)).one()


def rows(session: Session) -> list[OutboxMail]:
    """Every mail, in order."""
    session.rollback()
    return list(session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def states(session: Session) -> dict[str, MailState]:
    """Where each mail stands, by key."""
    return {mail.key: mail.state for mail in rows(session)}
