"""Decisions of moderators: one, or many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.errors import Refusal, Unprocessable
from forum.comments import lifecycle
from forum.comments.errors import ReasonMissing
from forum.comments.models import CommentEvent, Move
from forum.moderation.loaders import get_comment_for_moderator
from forum.moderation.reasons import reason_for

OFFERED = frozenset({Move.APPROVE, Move.REJECT, Move.SPAM, Move.HOLD, Move.REOPEN, Move.UNDO, Move.REMOVE})
"""What the moderators' pages offer."""

BULK = frozenset({Move.APPROVE, Move.REJECT, Move.SPAM, Move.HOLD, Move.REOPEN, Move.REMOVE})
_WITH_REASON = frozenset({Move.REJECT, Move.REMOVE, Move.SPAM})
MAX_NOTE_CHARS = 2_000


class UnknownDecision(Unprocessable):
    """An `action` that is not offered (422)."""

    message = _("Choose what you want to do with the comment.")


class VersionMissing(Unprocessable):
    """A decision that does not say which version of the comment was seen (422)."""

    message = _("This form is not complete. Reload the page and decide again.")


class NothingChosen(Unprocessable):
    """A bulk decision about no comment at all, or about too many (422)."""

    message = _("Tick the comments that you want to decide about.")


class NoteTooLong(Unprocessable):
    """More than `MAX_NOTE_CHARS` (422)."""

    message = _("Keep the note shorter than %(max)s characters.", max=MAX_NOTE_CHARS)


@dataclass(frozen=True)
class Ballot:
    """A decision as it was asked for."""

    action: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Conflict:
    """A comment of a bulk decision that was not decided, and why."""

    comment_id: int
    refusal: Refusal


def decide(
    session: Session, account: Account, comment_id: int, ballot: Ballot, *, version: int, now: datetime
) -> CommentEvent:
    """Decide about one comment. The caller commits.

    :param version: the lock number that the moderator saw.
    :raises UnknownDecision, NoteTooLong, UnknownReason: the ballot makes no sense.
    :raises NotFound: there is no such comment.
    :raises DecidedAlready: somebody was first.
    :raises MoveNotAllowed, ReasonMissing, NothingToUndo: see `forum.comments.lifecycle.move`.
    """
    kind = _kind(ballot, OFFERED)
    comment = get_comment_for_moderator(session, account, comment_id)
    reason = reason_for(ballot.reason)
    return lifecycle.move(
        session, comment, kind, by=lifecycle.staff(account.id), version=version, now=now,
        reason=reason if kind in _WITH_REASON else None, note=ballot.note.strip(),
    )  # fmt: skip


def decide_many(
    session: Session, account: Account, chosen: Iterable[tuple[int, int]], ballot: Ballot, *, now: datetime
) -> tuple[Sequence[CommentEvent], Sequence[Conflict]]:
    """Decide the same about many comments: each on its own, so that one conflict holds up no other.

    The caller commits.

    :param chosen: pairs of comment id and the lock number that the moderator saw.
    :raises UnknownDecision, NoteTooLong, UnknownReason, ReasonMissing: the ballot makes no sense for any of them.
    """
    kind = _kind(ballot, BULK)
    if lifecycle.MOVES[kind].needs_reason and reason_for(ballot.reason) is None:
        raise ReasonMissing
    made: list[CommentEvent] = []
    conflicts: list[Conflict] = []
    for comment_id, version in chosen:
        try:
            with session.begin_nested():
                made.append(decide(session, account, comment_id, ballot, version=version, now=now))
        except Refusal as refusal:
            conflicts.append(Conflict(comment_id, refusal))
    return made, conflicts


def _kind(ballot: Ballot, offered: frozenset[Move]) -> Move:
    if ballot.action not in {kind.value for kind in offered}:
        raise UnknownDecision
    if len(ballot.note) > MAX_NOTE_CHARS:
        raise NoteTooLong
    return Move(ballot.action)
