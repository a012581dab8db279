"""Every decision can be taken back, and then all is as it was before it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from forum.base.errors import Refusal
from forum.comments import lifecycle
from forum.comments.errors import DecidedAlready, NothingToUndo
from forum.comments.models import Comment, CommentEvent, Move, RevisionState, State
from tests.comments.scene import Scene, face, published, texts
from tests.factories import NOW

DECISIONS = [
    (State.PENDING, Move.APPROVE),
    (State.PENDING, Move.REJECT),
    (State.PENDING, Move.SPAM),
    (State.PENDING, Move.RETURN),
    (State.PENDING, Move.HOLD),
    (State.APPROVED, Move.SPAM),
    (State.APPROVED, Move.REMOVE),
    (State.APPROVED, Move.PICK),
    (State.APPROVED, Move.UNPICK),
    (State.REJECTED, Move.REOPEN),
    (State.SPAM, Move.REOPEN),
    (State.REMOVED, Move.REOPEN),
    (State.RETURNED, Move.REOPEN),
]

_LAST_MOVES = {Move.SUBMIT, Move.WITHDRAW, Move.ERASE}
TRIED = [*(kind for kind in Move if kind not in _LAST_MOVES), Move.UNDO, Move.UNDO]


def without_place(comment: Comment) -> tuple[object, ...]:
    """A comment's face but for its place, which it keeps once it has it."""
    return face(comment)[:-1]


@pytest.mark.parametrize(("origin", "kind"), DECISIONS, ids=str)
def test_undo_takes_a_decision_back_altogether(scene: Scene, origin: State, kind: Move) -> None:
    comment = scene.comment(origin)
    before = without_place(comment)
    decision = scene.move(comment, kind)

    event = scene.move(comment, Move.UNDO)

    assert without_place(comment) == before
    assert (event.undoes_id, event.from_state, event.to_state) == (decision.id, decision.to_state, origin)


def test_decisions_are_undone_one_by_one_to_the_first(scene: Scene) -> None:
    comment = scene.comment()
    faces = []
    for kind in (Move.HOLD, Move.APPROVE, Move.PICK, Move.REMOVE, Move.REOPEN, Move.REJECT):
        faces.append(without_place(comment))
        scene.move(comment, kind)

    for expected in reversed(faces):
        scene.move(comment, Move.UNDO)

        assert without_place(comment) == expected
    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_an_undone_decision_can_be_made_and_undone_again(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.APPROVE)
    scene.move(comment, Move.UNDO)
    scene.move(comment, Move.REJECT)

    scene.move(comment, Move.UNDO)

    assert comment.state is State.PENDING
    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_a_hold_that_an_approval_ended_is_back_when_the_approval_is_undone(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.HOLD)
    scene.move(comment, Move.APPROVE)
    held_while_approved = comment.is_held

    scene.move(comment, Move.UNDO)

    assert (held_while_approved, comment.is_held) == (False, True)


def test_undoing_the_second_of_two_holds_leaves_the_first(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.HOLD)
    scene.move(comment, Move.HOLD, by=scene.second_moderator)

    scene.move(comment, Move.UNDO)

    assert comment.is_held


def test_undoing_the_approval_of_a_second_edit_never_publishes_the_first_one(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    original = published(comment)
    scene.edit(comment, "Nooit goedgekeurd.")
    scene.edit(comment, "Wel goedgekeurd.")
    scene.move(comment, Move.APPROVE)

    scene.move(comment, Move.UNDO)

    assert published(comment) == original
    assert [state for _, state in texts(comment)] == [
        RevisionState.PUBLISHED,
        RevisionState.SUPERSEDED,
        RevisionState.WAITING,
    ]


def test_an_edit_that_waited_at_a_removal_waits_again_when_all_is_undone(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    scene.edit(comment, "Een nieuwe versie.")
    before = without_place(comment)
    scene.move(comment, Move.SPAM)
    scene.move(comment, Move.REOPEN)

    scene.move(comment, Move.UNDO)
    scene.move(comment, Move.UNDO)

    assert without_place(comment) == before


@pytest.mark.parametrize("kind", [Move.APPROVE, Move.REJECT], ids=str)
def test_a_decision_about_an_edit_is_undone_and_the_edit_waits_again(scene: Scene, kind: Move) -> None:
    comment = scene.comment(State.APPROVED)
    scene.edit(comment, "Een nieuwe versie.")
    before = without_place(comment)
    scene.move(comment, kind)

    scene.move(comment, Move.UNDO)

    assert without_place(comment) == before


def test_a_decision_before_an_edit_is_not_undone(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    scene.edit(comment, "Een nieuwe versie.")

    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_a_decision_before_a_redaction_is_not_undone(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    scene.redact(comment, "Een nieuwe versie.")

    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_a_return_is_not_undone_once_the_writer_answered_it(scene: Scene) -> None:
    comment = scene.comment(State.RETURNED)
    scene.move(comment, Move.RESUBMIT, by=lifecycle.COMMENTER)

    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


@pytest.mark.parametrize("kind", [Move.WITHDRAW, Move.ERASE], ids=str)
def test_what_the_writer_took_away_no_moderator_brings_back(scene: Scene, kind: Move) -> None:
    comment = scene.comment(State.APPROVED)
    scene.move(comment, kind, by=lifecycle.COMMENTER)

    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_undo_sent_twice_by_one_moderator_is_one_undo(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    version = comment.version
    first = scene.move(comment, Move.UNDO, version=version)

    second = scene.move(comment, Move.UNDO, version=version)

    assert second is first
    assert comment.state is State.PENDING


def test_another_moderators_undo_comes_too_late(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    version = comment.version
    scene.move(comment, Move.UNDO, version=version)

    with pytest.raises(DecidedAlready):
        scene.move(comment, Move.UNDO, by=scene.second_moderator, version=version)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_story_undo_leads_back_one_decision_at_a_time(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeatable, not to be secret
    comment = scene.comment()
    undoable: list[tuple[object, ...]] = []
    seen_events = 0

    for number in range(120):
        kind = chance.choice(TRIED)
        actor = lifecycle.COMMENTER if kind in {Move.EDIT, Move.RESUBMIT, Move.CONFIRM} else scene.moderator
        before = without_place(comment)
        try:
            event: CommentEvent = scene.move(comment, kind, by=actor, now=NOW + timedelta(minutes=number))
        except Refusal:
            assert kind is not Move.UNDO or not undoable
            assert without_place(comment) == before
            continue
        seen_events += 1
        if kind is Move.UNDO:
            assert without_place(comment) == undoable.pop()
        elif kind in {Move.EDIT, Move.RESUBMIT, Move.REDACT}:
            undoable.clear()
        else:
            undoable.append(before)
        assert event.to_state is comment.state
        assert (published(comment) is not None) is (comment.state is State.APPROVED)

    assert len(scene.events(comment)) == seen_events + 1
    assert seen_events > 30
