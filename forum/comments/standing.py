"""How a comment's texts and flags stand after its moves. Pure: one step for each move, a fold for a history.

`undo` needs no rules of its own: it is the history without the decision that is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from forum.comments.models import Move, RevisionState, State

_WITH_A_TEXT_IN_PLAY = frozenset({State.APPROVED, State.PENDING})


class Step(NamedTuple):
    """One move that was made. `revision` is the number (from 1) of the version of the text that it was about."""

    kind: Move
    origin: State | None
    target: State
    revision: int


@dataclass(frozen=True)
class Standing:
    """Which versions of the text are public, wait or were declined, by their numbers; 0 is none."""

    newest: int = 0
    published: int = 0
    waiting: int = 0
    declined: frozenset[int] = frozenset()
    is_held: bool = False
    is_picked: bool = False

    def after(self, step: Step) -> Standing:
        """How it stands once `step` was made. A comment that is not public keeps the text that was."""
        changed = self._texts_after(step)
        return replace(
            changed,
            is_held=step.target is State.PENDING and (self.is_held or step.kind is Move.HOLD),
            is_picked=step.target is State.APPROVED
            and step.kind is not Move.UNPICK
            and (self.is_picked or step.kind is Move.PICK),
        )

    def state_of(self, revision: int) -> RevisionState:
        """Where one version of the text stands."""
        if revision == self.published:
            return RevisionState.PUBLISHED
        if revision == self.waiting:
            return RevisionState.WAITING
        return RevisionState.DECLINED if revision in self.declined else RevisionState.SUPERSEDED

    def _texts_after(self, step: Step) -> Standing:
        match step.kind:
            case Move.IMPORT if step.target not in _WITH_A_TEXT_IN_PLAY:
                return self._declined_at(step.revision)
            case Move.SUBMIT | Move.IMPORT | Move.EDIT | Move.RESUBMIT | Move.REDACT:
                shows = step.target is State.APPROVED and step.kind is not Move.EDIT
                return self._published(step.revision) if shows else self._waiting(step.revision)
            case Move.APPROVE:
                return self._published(step.revision)
            case Move.REOPEN:  # the newest text is what there is to decide about, whatever readers saw
                return replace(self._waiting(self.newest), published=0)
            case Move.ERASE if step.target is State.APPROVED:  # the person, not what is public
                declined = self._all() - {self.published}
                return replace(self, newest=self.published, waiting=0, declined=declined)
            case Move.ERASE:
                return Standing(newest=self.newest, declined=self._all())
            case Move.REJECT | Move.RETURN | Move.WITHDRAW | Move.REMOVE | Move.SPAM:
                return self._declined()
        return self

    def _published(self, revision: int) -> Standing:
        newest = max(self.newest, revision)
        return replace(
            self, newest=newest, published=revision, waiting=0, declined=self.declined - {revision}
        )

    def _waiting(self, revision: int) -> Standing:
        return replace(
            self,
            newest=max(self.newest, revision),
            published=0 if self.published == revision else self.published,
            waiting=revision,
            declined=self.declined - {revision},
        )

    def _all(self) -> frozenset[int]:
        return self.declined | frozenset(range(1, self.newest + 1))

    def _declined(self) -> Standing:
        return replace(self, waiting=0, declined=self.declined | ({self.waiting} - {0}))

    def _declined_at(self, revision: int) -> Standing:
        """A text that came in refused: as if it had waited and been declined."""
        return self._waiting(revision)._declined()


def fold(steps: Iterable[Step]) -> Standing:
    """How a comment stands after a whole history."""
    standing = Standing()
    for step in steps:
        standing = standing.after(step)
    return standing
