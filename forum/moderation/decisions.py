"""Decisions of moderators: one, or many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.errors import Refusal, Unprocessable
from forum.comments import lifecycle
from forum.comments.effects import revision_in_question
from forum.comments.errors import ReasonMissing
from forum.comments.locking import lock_many
from forum.comments.models import Comment, CommentEvent, Move
from forum.moderation.loaders import get_comment_for_moderator
from forum.moderation.reasons import reason_for
from forum.text import clean_source, holds_passage

OFFERED = frozenset({
    Move.APPROVE, Move.REJECT, Move.SPAM, Move.RETURN, Move.HOLD, Move.REOPEN, Move.UNDO, Move.REMOVE,
})  # fmt: skip
"""What the moderators' pages offer."""

BULK = frozenset({Move.APPROVE, Move.REJECT, Move.SPAM, Move.HOLD, Move.REOPEN, Move.REMOVE})
_WITH_REASON = frozenset({Move.REJECT, Move.REMOVE, Move.SPAM})
MAX_NOTE_CHARS = 2_000
MAX_PASSAGES = 20


class UnknownDecision(Unprocessable):
    """An `action` that is not offered (422)."""

    message = _("Choose what you want to do with the comment.")


class VersionMissing(Unprocessable):
    """A decision that does not say which version of the comment was seen (422)."""

    message = _("This form is not complete. Reload the page and decide again.")


class NothingChosen(Unprocessable):
    """A bulk decision about no comment at all, or about too many (422)."""

    message = _("Tick the comments that you want to decide about.")


class MessageMissing(Unprocessable):
    """A return for revision that does not say what the writer should change (422)."""

    message = _("Write to the writer what should be different.")


class PassageNotFound(Unprocessable):
    """A marked passage that the text does not hold, or too many of them (422)."""

    message = _("A marked passage is not in the text. Copy each passage exactly, one on a line, at most %(max)s.",
                max=MAX_PASSAGES)  # fmt: skip


class NoteTooLong(Unprocessable):
    """More than `MAX_NOTE_CHARS` (422)."""

    message = _("Keep the note shorter than %(max)s characters.", max=MAX_NOTE_CHARS)


@dataclass(frozen=True)
class Ballot:
    """A decision as it was asked for.

    :param note: for colleagues.
    :param message: what the writer is asked to change, for a return; `passages`: what of the text it is about, a line
        each.
    """

    action: str
    reason: str = ""
    note: str = ""
    message: str = ""
    passages: str = ""


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
    :raises UnknownDecision, NoteTooLong, UnknownReason, MessageMissing, PassageNotFound: the ballot makes no sense.
    :raises NotFound: there is no such comment.
    :raises DecidedAlready: somebody was first.
    :raises MoveNotAllowed, ReasonMissing, NothingToUndo: see `forum.comments.lifecycle.move`.
    """
    kind = _kind(ballot, OFFERED)
    comment = get_comment_for_moderator(session, account, comment_id)
    reason = reason_for(ballot.reason)
    is_new = comment.version == version
    passages = _passages(comment, ballot) if kind is Move.RETURN and is_new else []
    event = lifecycle.move(
        session, comment, kind, by=lifecycle.staff(account.id), version=version, now=now,
        reason=reason if kind in _WITH_REASON else None, note=ballot.note.strip(),
    )  # fmt: skip
    if kind is Move.RETURN and is_new and event.revision is not None:
        event.revision.remark, event.revision.passages = clean_source(ballot.message), passages
        session.flush()
    return event


def decide_many(
    session: Session, account: Account, chosen: Sequence[tuple[int, int]], ballot: Ballot, *, now: datetime
) -> tuple[Sequence[CommentEvent], Sequence[Conflict]]:
    """Decide the same about many comments: each on its own, so that one conflict holds up no other.

    The caller commits.

    :param chosen: pairs of comment id and the lock number that the moderator saw.
    :raises UnknownDecision, NoteTooLong, UnknownReason, ReasonMissing: the ballot makes no sense for any of them.
    """
    kind = _kind(ballot, BULK)
    if lifecycle.MOVES[kind].needs_reason and reason_for(ballot.reason) is None:
        raise ReasonMissing
    lock_many(session, [comment_id for comment_id, _version in chosen])
    made: list[CommentEvent] = []
    conflicts: list[Conflict] = []
    for comment_id, version in chosen:
        try:
            with session.begin_nested():
                made.append(decide(session, account, comment_id, ballot, version=version, now=now))
        except Refusal as refusal:
            conflicts.append(Conflict(comment_id, refusal))
    return made, conflicts


def _passages(comment: Comment, ballot: Ballot) -> list[str]:
    """The marked passages of a return; the text holds them all.

    :raises MessageMissing, NoteTooLong, PassageNotFound, UnstorableText: see there.
    """
    if not clean_source(ballot.message):
        raise MessageMissing
    if len(ballot.message) > MAX_NOTE_CHARS:
        raise NoteTooLong
    passages = [line.strip() for line in clean_source(ballot.passages).split("\n") if line.strip()]
    html = revision_in_question(comment).html
    if len(passages) > MAX_PASSAGES or not all(holds_passage(html, passage) for passage in passages):
        raise PassageNotFound
    return passages


def _kind(ballot: Ballot, offered: frozenset[Move]) -> Move:
    if ballot.action not in {kind.value for kind in offered}:
        raise UnknownDecision
    if len(ballot.note) > MAX_NOTE_CHARS:
        raise NoteTooLong
    return Move(ballot.action)
