"""Who is told by mail of what happens to a comment: outbox rows in the transaction of the event."""

from __future__ import annotations

from sqlalchemy.orm import Session

from forum.comments.models import CommentEvent
from forum.mail import outbox


def announce(session: Session, event: CommentEvent) -> None:
    """Put the mails that follow from `event` into the outbox, and stop those of a decision that it takes back.

    The caller has flushed, and commits. What a mail says is composed when it is sent (`forum.comments.mails`).
    """
    if event.undoes_id is not None:
        outbox.stop_of_event(session, event.undoes_id)
