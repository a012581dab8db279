"""What a writer does with an own comment: change it, answer a return, confirm it, withdraw it, hear of answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from forum import text
from forum.comments import lifecycle, revisions
from forum.comments.effects import revision_in_question
from forum.comments.models import Comment, Commenter, Move, State


def change_text(
    session: Session, comment: Comment, source: str, html: str, *, version: int, now: datetime
) -> None:
    """Edit the text, or answer a return for revision with a new one. The caller commits.

    An edit that changes nothing is none. Whoever changes it here has proven the address: it is theirs from then on.

    :param html: `text.render_comment(source)`, made before the transaction.
    :raises DecidedAlready: the comment changed since `version`.
    :raises MoveNotAllowed: its text can no longer be changed.
    :raises EmptyAfterCleaning: nothing readable was left.
    """
    if comment.state is State.RETURNED:
        revisions.resubmit(session, comment, source, html=html, version=version, now=now)
        _is_theirs(comment, now)
    elif comment.version != version or not _is_unchanged(comment, source):
        revisions.edit(session, comment, source, html=html, version=version, now=now)
        _is_theirs(comment, now)


def _is_unchanged(comment: Comment, source: str) -> bool:
    can_change = comment.state in lifecycle.MOVES[Move.EDIT].origins
    return can_change and text.clean_source(source) == revision_in_question(comment).source


def withdraw(session: Session, comment: Comment, *, version: int, now: datetime) -> None:
    """Take the comment back; it can be sent in anew, but not brought back. The caller commits.

    :raises DecidedAlready: the comment changed since `version`.
    :raises MoveNotAllowed: it cannot be withdrawn any more.
    """
    if comment.state is not State.WITHDRAWN:
        lifecycle.move(session, comment, Move.WITHDRAW, by=lifecycle.COMMENTER, version=version, now=now)


def confirm(session: Session, comment: Comment, *, version: int, now: datetime) -> None:
    """Let an unconfirmed comment through to the moderators: whoever is here has proven the address.

    The caller commits.

    :raises DecidedAlready: the comment changed since `version`.
    """
    if comment.state is not State.PENDING:
        lifecycle.move(session, comment, Move.CONFIRM, by=lifecycle.COMMENTER, version=version, now=now)
        _is_theirs(comment, now)


def _is_theirs(comment: Comment, now: datetime) -> None:
    """The address is proven for this very comment."""
    comment.proven_at = comment.proven_at or now


def hear_of_answers(session: Session, comment: Comment, *, wanted: bool) -> None:
    """Have mail about answers to this comment, or no longer. The caller holds the writer, and commits.

    Whoever had stopped all mail asks for mail again by this, so that the wish does not stay without effect.
    """
    comment.notify_replies = wanted
    if wanted and comment.commenter is not None:
        comment.commenter.mail_stopped_at = None
    session.flush()


def stop_mail(commenter: Commenter, *, stopped: bool, now: datetime) -> None:
    """Stop all mail that was not asked for just then, or have it again. The caller commits."""
    commenter.mail_stopped_at = (commenter.mail_stopped_at or now) if stopped else None
