"""What can happen to a comment: the table of moves, who makes them, and what they bring along."""

from __future__ import annotations

from dataclasses import dataclass

from forum.comments.models import ActorKind, Ground, Move, State


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
class NewText:
    """The text that a move brings: as typed and as printed."""

    source: str
    html: str


@dataclass(frozen=True)
class Allowed:
    """One row of the table. `to` is None when the move decides it itself (a flag, a new text, undo)."""

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

STARTS: dict[ActorKind, frozenset[State]] = {
    ActorKind.COMMENTER: frozenset({State.UNCONFIRMED, State.PENDING}),
    ActorKind.ACCOUNT: _ON_APPROVED,
    ActorKind.RULE: _ON_APPROVED,
}
"""`submit`: the states in which a comment may begin, by who lets it in (a rule: a policy that publishes at once)."""

IMPORTED = frozenset({State.APPROVED, State.PENDING, State.REJECTED, State.SPAM})
"""`import`: the states in which a comment may come in from another site."""

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
"""Every move but `submit` and `import`, which need no state to come from."""

DECISIONS = frozenset({Move.APPROVE, Move.REJECT, Move.SPAM, Move.RETURN, Move.HOLD, Move.REMOVE, Move.REOPEN,
                       Move.PICK, Move.UNPICK})  # fmt: skip
"""Moves that staff make and that `undo` takes back."""

NEW_TEXTS = frozenset({Move.EDIT, Move.RESUBMIT, Move.REDACT})
"""Moves of the table that bring a new version of the text; a decision before one of them can no longer be undone."""
