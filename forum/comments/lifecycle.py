"""The states of a comment and the only moves between them. Nothing else writes `Comment.state`.

`MOVES` is the whole table: who may, from where, to where. `move` applies it: one conditional UPDATE on the lock
number, the effects on revisions and place, one event row, page versions bumped. The caller commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forum.articles.models import FRONT_PAGE_KEY, page_key
from forum.base.page_versions import bump
from forum.comments import effects
from forum.comments.errors import DecidedAlready, MoveNotAllowed, NothingToUndo, ReasonMissing
from forum.comments.models import ActorKind, Comment, CommentEvent, CommentRevision, Ground, Move, State

PUBLIC_STATES = frozenset({State.APPROVED})


@dataclass(frozen=True)
class Actor:
    """Who acts: the commenter, a member of staff, or a rule in their place."""

    kind: ActorKind
    account_id: int | None = None

    @property
    def is_automated(self) -> bool:
        """Whether no person decided."""
        return self.kind is ActorKind.RULE


COMMENTER = Actor(ActorKind.COMMENTER)
RULE = Actor(ActorKind.RULE)


def staff(account_id: int) -> Actor:
    """A member of staff as actor."""
    return Actor(ActorKind.ACCOUNT, account_id)


@dataclass(frozen=True)
class Reason:
    """Why a comment was refused or removed: a code, and the law when that is the ground."""

    code: str
    ground: Ground = Ground.HOUSE_RULE
    legal_ground: str | None = None


@dataclass(frozen=True)
class Allowed:
    """One row of the table. `to` is None when the move decides it itself (a flag, an edit, undo)."""

    by: frozenset[ActorKind]
    origins: frozenset[State]
    to: State | None
    needs_reason: bool = False


_BY_COMMENTER = frozenset({ActorKind.COMMENTER})
_BY_STAFF = frozenset({ActorKind.ACCOUNT, ActorKind.RULE})
_BY_BOTH = _BY_COMMENTER | _BY_STAFF
_ON_PENDING = frozenset({State.PENDING})
_ON_APPROVED = frozenset({State.APPROVED})
_WITHDRAWABLE = frozenset({State.UNCONFIRMED, State.PENDING, State.RETURNED, State.APPROVED})
_REOPENABLE = frozenset({State.REJECTED, State.SPAM, State.REMOVED, State.RETURNED})

MOVES: dict[Move, Allowed] = {
    Move.CONFIRM: Allowed(_BY_COMMENTER, frozenset({State.UNCONFIRMED}), State.PENDING),
    Move.APPROVE: Allowed(_BY_STAFF, _ON_PENDING, State.APPROVED),
    Move.REJECT: Allowed(_BY_STAFF, _ON_PENDING, State.REJECTED, needs_reason=True),
    Move.SPAM: Allowed(_BY_STAFF, _ON_PENDING | _ON_APPROVED, State.SPAM),
    Move.RETURN: Allowed(_BY_STAFF, _ON_PENDING, State.RETURNED),
    Move.RESUBMIT: Allowed(_BY_COMMENTER, frozenset({State.RETURNED}), State.PENDING),
    Move.HOLD: Allowed(_BY_STAFF, _ON_PENDING, None),
    Move.REMOVE: Allowed(_BY_STAFF, _ON_APPROVED, State.REMOVED, needs_reason=True),
    Move.REOPEN: Allowed(_BY_STAFF, _REOPENABLE, State.PENDING),
    Move.UNDO: Allowed(_BY_STAFF, frozenset(State), None),
    Move.PICK: Allowed(_BY_STAFF, _ON_APPROVED, None),
    Move.UNPICK: Allowed(_BY_STAFF, _ON_APPROVED, None),
    Move.EDIT: Allowed(_BY_COMMENTER, _ON_PENDING | _ON_APPROVED, None),
    Move.REDACT: Allowed(_BY_STAFF, _ON_PENDING | _ON_APPROVED, None),
    Move.WITHDRAW: Allowed(_BY_COMMENTER, _WITHDRAWABLE, State.WITHDRAWN),
    Move.ERASE: Allowed(_BY_BOTH, frozenset(State) - {State.ERASED}, State.ERASED),
}
"""Every move but `submit`, which has no state to come from (see `forum.comments.submission`)."""

DECISIONS = frozenset({Move.APPROVE, Move.REJECT, Move.SPAM, Move.RETURN, Move.HOLD, Move.REMOVE, Move.REOPEN,
                       Move.PICK, Move.UNPICK})  # fmt: skip
"""Moves that staff make and that `undo` takes back."""


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
) -> CommentEvent:
    """Make one move of the table. The caller commits.

    The same decision sent again by the same member of staff is answered with the event that it made the first time.

    :param version: the lock number that the actor saw.
    :raises DecidedAlready: the comment changed since then.
    :raises MoveNotAllowed: the table has no such row.
    :raises ReasonMissing: the move needs a reason code.
    :raises NothingToUndo: `undo` without a decision that still stands.
    """
    if comment.version != version:
        return _answer_stale(session, comment, kind, by, version, reason)
    origin = comment.state
    undone = _decision_to_undo(session, comment) if kind is Move.UNDO else None
    target = _target(comment, kind, by, reason, undone)
    revision = effects.revision_of(comment, undone)
    _take(session, comment, target, version)
    effects.apply(session, comment, kind, origin=origin, undone=undone, now=now)
    _bump_pages(session, comment, origin, target)
    return record(
        session, comment, kind, by=by, origin=origin, revision=revision, reason=reason, note=note,
        undoes_id=undone.id if undone else None, now=now,
    )  # fmt: skip


def record(
    session: Session,
    comment: Comment,
    kind: Move,
    *,
    by: Actor,
    origin: State | None,
    revision: CommentRevision | None,
    now: datetime,
    reason: Reason | None = None,
    note: str | None = None,
    undoes_id: int | None = None,
) -> CommentEvent:
    """Add the event row of a move that was made. The caller commits."""
    event = CommentEvent(
        comment_id=comment.id,
        revision_id=revision.id if revision else None,
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
        undoes_id=undoes_id,
        at=now,
    )
    session.add(event)
    session.flush()
    return event


def _target(
    comment: Comment, kind: Move, by: Actor, reason: Reason | None, undone: CommentEvent | None
) -> State:
    """The state that the move leads to; refuses what the table does not hold."""
    allowed = MOVES.get(kind)
    if allowed is None or by.kind not in allowed.by:
        raise MoveNotAllowed(comment.state, kind)
    if allowed.needs_reason and reason is None:
        raise ReasonMissing
    if kind in {Move.APPROVE, Move.REJECT} and effects.has_waiting_edit(comment):
        return State.APPROVED  # a decision about an edit leaves what is published where it is
    if comment.state not in allowed.origins:
        raise MoveNotAllowed(comment.state, kind)
    if undone is not None:
        return undone.from_state or comment.state
    return allowed.to or comment.state


def _take(session: Session, comment: Comment, target: State, version: int) -> None:
    """Write state and lock number if, and only if, nobody was first."""
    session.flush()
    taken = session.execute(
        update(Comment)
        .where(Comment.id == comment.id, Comment.version == version, Comment.state == comment.state)
        .values(state=target, version=version + 1)
        .returning(Comment.version)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    session.refresh(comment, ["state", "version"])
    if taken is None:
        raise DecidedAlready(last_event(session, comment))


def _answer_stale(
    session: Session, comment: Comment, kind: Move, by: Actor, version: int, reason: Reason | None
) -> CommentEvent:
    last = last_event(session, comment)
    is_repeat = (
        last is not None
        and (last.kind, last.by, last.account_id) == (kind, by.kind, by.account_id)
        and last.comment_version == version + 1
        and last.reason_code == (reason.code if reason else None)
    )
    if last is None or not is_repeat:
        raise DecidedAlready(last)
    return last


def last_event(session: Session, comment: Comment) -> CommentEvent | None:
    """The latest thing that happened to a comment, by sequence."""
    return session.scalars(
        select(CommentEvent)
        .where(CommentEvent.comment_id == comment.id)
        .order_by(CommentEvent.id.desc())
        .limit(1)
    ).first()


def _decision_to_undo(session: Session, comment: Comment) -> CommentEvent:
    """The last decision that still stands, provided that the comment is still where it put it."""
    undone_ids = select(CommentEvent.undoes_id).where(
        CommentEvent.comment_id == comment.id, CommentEvent.undoes_id.is_not(None)
    )
    decision = session.scalars(
        select(CommentEvent)
        .where(
            CommentEvent.comment_id == comment.id,
            CommentEvent.kind.in_(DECISIONS),
            CommentEvent.id.not_in(undone_ids),
        )
        .order_by(CommentEvent.id.desc())
        .limit(1)
    ).first()
    if decision is None or decision.to_state is not comment.state or _text_changed_since(session, decision):
        raise NothingToUndo
    return decision


def _text_changed_since(session: Session, decision: CommentEvent) -> bool:
    """Whether the writer or staff changed the text after the decision, which undo must not sweep away."""
    later = session.scalars(
        select(CommentEvent.id)
        .where(
            CommentEvent.comment_id == decision.comment_id,
            CommentEvent.id > decision.id,
            CommentEvent.kind.in_({Move.EDIT, Move.RESUBMIT, Move.REDACT}),
        )
        .limit(1)
    )
    return later.first() is not None


def _bump_pages(session: Session, comment: Comment, origin: State, target: State) -> None:
    if {origin, target} & PUBLIC_STATES or comment.path is not None:
        bump(session, page_key(comment.article_id), FRONT_PAGE_KEY)
