"""The mail that an operator sends to see whether mail arrives."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from forum.mail.kinds import Content
from forum.mail.models import OutboxMail

KIND = "test"


def compose_trial(session: Session, mail: OutboxMail, now: datetime) -> Content:  # noqa: ARG001
    """It says the same to everybody."""
    return Content()


def trial_to(address: str, *, now: datetime) -> OutboxMail:
    """A test mail that is in no outbox."""
    return OutboxMail(
        key=f"{KIND}:{secrets.token_hex(8)}",
        kind=KIND,
        recipient=address,
        facts={},
        created_at=now,
        due_at=now,
    )
