"""The states of a comment and the only moves between them. Nothing else writes `Comment.state`.

`begin` lets a comment in (`forum.comments.imported` many at once, from elsewhere), `move` applies one row of the table
in `forum.comments.moves`: one conditional UPDATE on the lock number, the effects on texts and place, one event row,
page versions bumped, mails put into the outbox. The caller commits. `forum.comments.erased` makes one move, `erase`,
for all comments of a writer together.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from forum.articles.models import FRONT_PAGE_KEY, page_key
from forum.base.page_versions import bump
from forum.comments import effects, places
from forum.comments.announcing import announce
from forum.comments.errors import DecidedAlready, MoveNotAllowed, NothingToUndo, ReasonMissing
from forum.comments.models import ActorKind, Comment, CommentEvent, CommentRevision, Move, State
from forum.comments.moves import (
    COMMENTER,
    DECISIONS,
    IMPORTED,
    MOVES,
    NEW_TEXTS,
    RULE,
    STARTS,
    Actor,
    NewText,
    Reason,
    staff,
)
from forum.comments.standing import Standing, Step

__all__ = [
    "COMMENTER", "DECISIONS", "MOVES", "PUBLIC_STATES", "RULE", "Actor", "NewText", "Reason", "begin",
    "bring_up_to_date", "last_event", "move", "staff",
]  # fmt: skip

PUBLIC_STATES = frozenset({State.APPROVED})
_FINAL = NEW_TEXTS | {Move.ERASE}
"""What cannot be undone, nor can a decision before it."""

_TAKE = (
    update(Comment)
    .where(Comment.id == bindparam("comment"), Comment.version == bindparam("seen"))
    .values(state=bindparam("target"), version=bindparam("next"))
)


def begin(
    session: Session,
    comment: Comment,
    text: NewText,
    *,
    by: Actor,
    state: State,
    now: datetime,
    hold_reasons: Iterable[dict[str, str]] = (),
) -> CommentEvent:
    """`submit`: let a new comment in, with the first version of its text. The caller commits.

    :raises MoveNotAllowed: a comment that `by` lets in does not begin there.
    """
    if state not in STARTS[by.kind]:
        raise MoveNotAllowed(state, Move.SUBMIT)
    comment.state, comment.version = state, 1
    writer = by if by.kind is ActorKind.ACCOUNT else COMMENTER
    revision = effects.add_revision(comment, text, by=writer, now=now, hold_reasons=hold_reasons)
    session.add(comment)
    if state in PUBLIC_STATES:
        session.flush()  # comment and published text point at each other: one must be there first
    effects.settle(comment, Standing().after(Step(Move.SUBMIT, None, state, revision.n)))
    _show(session, comment, now)
    _bump_pages(session, comment, before=None)
    return _record(session, comment, Move.SUBMIT, by=by, origin=None, revision=revision, now=now)


def move(
    session: Session,
    comment: Comment,
    kind: Move,
    *,
    by: Actor,
    version: int,
    now: datetime,
    reason: Reason | None = None,
    note: str | None = None,
    text: NewText | None = None,
    in_place: bool = False,
) -> CommentEvent:
    """Make one move of the table. The caller commits.

    The same decision sent again by the same member of staff is answered with the event that it made the first time.

    :param version: the lock number that the actor saw.
    :param text: what `edit`, `resubmit` and `redact` bring, and no other move does.
    :param in_place: the text takes the place of the newest version: nobody but its writer has seen that one.
    :raises DecidedAlready: the comment changed since then.
    :raises MoveNotAllowed: the table has no such row.
    :raises ReasonMissing: the move needs a reason code.
    :raises NothingToUndo: `undo` without a decision that still stands.
    """
    if (kind in NEW_TEXTS) != (text is not None):
        raise ValueError(
            f"{kind.value}: a text belongs to {', '.join(sorted(NEW_TEXTS))} and to nothing else"
        )
    if comment.version != version:
        return _answer_stale(session, comment, kind, by, version, reason, text)
    undone = _decision_to_undo(session, comment) if kind is Move.UNDO else None
    target = _target(comment, kind, by, reason, undone)
    origin, before = comment.state, _face(comment)
    if not _take(session, comment, target, version):
        return _answer_stale(session, comment, kind, by, version, reason, text)
    revision = _apply(
        session, comment, kind, by=by, origin=origin, undone=undone, text=text, in_place=in_place, now=now
    )
    _bump_pages(session, comment, before=before)
    return _record(
        session, comment, kind, by=by, origin=origin, revision=revision, reason=reason, note=note,
        undoes=undone, now=now,
    )  # fmt: skip


def bring_up_to_date(
    session: Session,
    comment: Comment,
    state: State,
    text: NewText | None,
    *,
    version: int,
    at: datetime,
    now: datetime,
) -> CommentEvent:
    """`import`: what another site decided, or its writer changed, since the comment was brought in from there.

    The caller commits. How comments come in the first time: `forum.comments.imported`.

    :param text: the new text, or None when it stayed as it was.
    :param at: when it was written there; also when it was published, if it is public now and was not before.
    :raises DecidedAlready: the comment changed here since `version`.
    :raises MoveNotAllowed: no comment comes in with that state.
    """
    if state not in IMPORTED:
        raise MoveNotAllowed(comment.state, Move.IMPORT)
    origin, before = comment.state, _face(comment)
    if comment.version != version or not _take(session, comment, state, version):
        raise DecidedAlready(last_event(session, comment))
    standing = effects.standing_of(comment)
    revision = effects.revision_in_question(comment)
    if text is not None:
        revision = effects.add_revision(comment, text, by=COMMENTER, now=now)
        session.flush()
    effects.settle(comment, standing.after(Step(Move.IMPORT, origin, state, revision.n)))
    _show(session, comment, at)
    _bump_pages(session, comment, before=before)
    return _record(session, comment, Move.IMPORT, by=RULE, origin=origin, revision=revision, now=now)


def last_event(session: Session, comment: Comment) -> CommentEvent | None:
    """The latest thing that happened to a comment, by sequence."""
    return session.scalars(
        select(CommentEvent)
        .where(CommentEvent.comment_id == comment.id)
        .order_by(CommentEvent.id.desc())
        .limit(1)
    ).first()


def _target(
    comment: Comment, kind: Move, by: Actor, reason: Reason | None, undone: CommentEvent | None
) -> State:
    """The state that the move leads to; refuses what the table does not hold."""
    allowed = MOVES.get(kind)
    if allowed is None or by.kind not in allowed.by:
        raise MoveNotAllowed(comment.state, kind)
    if allowed.needs_reason and reason is None:
        raise ReasonMissing
    if kind in effects.ABOUT_EDITS and comment.state is State.APPROVED and effects.has_waiting_edit(comment):
        return State.APPROVED  # a decision about an edit leaves what is published where it is
    if comment.state not in allowed.origins:
        raise MoveNotAllowed(comment.state, kind)
    if undone is not None:
        return undone.from_state or comment.state
    return allowed.to or comment.state


def _take(session: Session, comment: Comment, target: State, version: int) -> bool:
    """Write state and lock number if, and only if, nobody was first; whether that is so."""
    if target is State.APPROVED and comment.path is None:
        # Before the row of the comment: all take the two in this order.
        places.lock_thread(session, comment.article_id)
    seen = {"comment": comment.id, "seen": version, "target": target, "next": version + 1}
    taken = session.connection().execute(_TAKE, seen)
    if taken.rowcount == 0:
        session.expire(comment)
        return False
    set_committed_value(comment, "state", target)
    set_committed_value(comment, "version", version + 1)
    return True


def _apply(
    session: Session,
    comment: Comment,
    kind: Move,
    *,
    by: Actor,
    origin: State,
    undone: CommentEvent | None,
    text: NewText | None,
    in_place: bool,
    now: datetime,
) -> CommentRevision:
    """What follows from a move that was just taken; the version of the text that it is about."""
    if undone is not None:
        effects.settle(comment, effects.standing_without(session, comment, undone))
        return next(revision for revision in comment.revisions if revision.id == undone.revision_id)
    standing = effects.standing_of(comment)
    revision = effects.revision_of_move(comment, kind, origin)
    if text is not None and in_place:
        effects.replace_text(revision, text)
    elif text is not None:
        revision = effects.add_revision(comment, text, by=by, now=now)
        session.flush()
    effects.settle(comment, standing.after(Step(kind, origin, comment.state, revision.n)))
    if kind is Move.ERASE:
        effects.erase(session, comment)
    _show(session, comment, now)
    return revision


def _show(session: Session, comment: Comment, now: datetime) -> None:
    """Give a comment that is public its date and place, if this is the first time."""
    if comment.state in PUBLIC_STATES:
        comment.published_at = comment.published_at or now
        places.give_place(session, comment)


def _record(
    session: Session,
    comment: Comment,
    kind: Move,
    *,
    by: Actor,
    origin: State | None,
    revision: CommentRevision,
    now: datetime,
    reason: Reason | None = None,
    note: str | None = None,
    undoes: CommentEvent | None = None,
) -> CommentEvent:
    """Add the event row of a move that was made."""
    event = CommentEvent(
        comment=comment,
        revision=revision,
        kind=kind,
        from_state=origin,
        to_state=comment.state,
        by=by.kind,
        account_id=by.account_id,
        automated=by.is_automated,
        reason_code=reason.code if reason else None,
        ground=reason.ground if reason else None,
        legal_ground=reason.legal_ground if reason else None,
        note=note or None,
        comment_version=comment.version,
        undoes_id=undoes.id if undoes else None,
        at=now,
    )
    session.add(event)
    session.flush()
    announce(session, event)
    return event


def _answer_stale(
    session: Session,
    comment: Comment,
    kind: Move,
    by: Actor,
    version: int,
    reason: Reason | None,
    text: NewText | None,
) -> CommentEvent:
    """The event of the same decision made before. :raises DecidedAlready: another one was."""
    last = last_event(session, comment)
    if last is None or last.comment_version != version + 1:
        raise DecidedAlready(last)
    made = (last.kind, last.by, last.account_id, last.reason_code)
    if made != (kind, by.kind, by.account_id, reason.code if reason else None):
        raise DecidedAlready(last)
    if text is not None and comment.newest_revision.source != text.source:
        raise DecidedAlready(last)
    return last


def _decision_to_undo(session: Session, comment: Comment) -> CommentEvent:
    """The last decision that still stands, if the comment is where it put it and its text is the same since."""
    undone_ids = select(CommentEvent.undoes_id).where(
        CommentEvent.comment_id == comment.id, CommentEvent.undoes_id.is_not(None)
    )
    last = session.scalars(
        select(CommentEvent)
        .where(
            CommentEvent.comment_id == comment.id,
            CommentEvent.kind.in_(DECISIONS | _FINAL),
            CommentEvent.id.not_in(undone_ids),
        )
        .order_by(CommentEvent.id.desc())
        .limit(1)
    ).first()
    if last is None or last.kind in _FINAL or last.to_state is not comment.state:
        raise NothingToUndo
    return last


def _face(comment: Comment) -> tuple[object, ...] | None:
    """What of a comment public pages depend on; None while it has no place in the thread."""
    if comment.state in PUBLIC_STATES:
        return comment.state, comment.published_revision_id, comment.is_picked
    return (comment.state,) if comment.path is not None else None


def _bump_pages(session: Session, comment: Comment, *, before: tuple[object, ...] | None) -> None:
    """Bump the thread's page when the comment's face changed, and the front page when its count did."""
    after = _face(comment)
    if after == before:
        return
    was_public = before is not None and before[0] in PUBLIC_STATES
    is_counted_anew = was_public is not (comment.state in PUBLIC_STATES)
    bump(session, page_key(comment.article_id), *([FRONT_PAGE_KEY] if is_counted_anew else []))
