"""One decision is one decision: repeats, races, versions, events that are only added, and page versions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.comments import lifecycle
from forum.comments.errors import DecidedAlready
from forum.comments.lifecycle import Reason
from forum.comments.models import ActorKind, Ground, Move, State
from tests.comments.scene import Scene
from tests.factories import NOW, make_comment


def test_the_same_decision_by_the_same_person_is_answered_with_the_first_event(scene: Scene) -> None:
    comment = scene.comment()
    first = scene.move(comment, Move.APPROVE, version=1)

    second = scene.move(comment, Move.APPROVE, version=1)

    assert second is first
    assert (comment.version, len(scene.events(comment))) == (2, 2)


def test_the_second_moderator_is_told_who_was_first(scene: Scene) -> None:
    comment = scene.comment()
    first = scene.move(comment, Move.APPROVE, version=1)

    with pytest.raises(DecidedAlready) as refusal:
        scene.move(comment, Move.APPROVE, by=scene.second_moderator, version=1)

    assert refusal.value.event is first


def test_another_decision_by_the_same_person_on_an_old_version_is_refused(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.APPROVE, version=1)

    with pytest.raises(DecidedAlready):
        scene.move(comment, Move.SPAM, version=1)


def test_the_same_decision_for_another_reason_is_another_decision(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.REJECT, version=1, reason=Reason("off_topic"))

    with pytest.raises(DecidedAlready):
        scene.move(comment, Move.REJECT, version=1, reason=Reason("insult"))


def test_a_repeat_of_a_decision_that_others_followed_is_refused(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.APPROVE, version=1)
    scene.move(comment, Move.UNDO, by=scene.second_moderator)

    with pytest.raises(DecidedAlready):
        scene.move(comment, Move.APPROVE, version=1)


def test_a_version_from_the_future_is_refused(scene: Scene) -> None:
    comment = scene.comment()

    with pytest.raises(DecidedAlready):
        scene.move(comment, Move.APPROVE, version=2)


def test_every_move_raises_the_version_by_one_and_adds_one_event(scene: Scene) -> None:
    comment = scene.comment()

    for count, kind in enumerate(
        (Move.HOLD, Move.APPROVE, Move.PICK, Move.UNPICK, Move.REMOVE, Move.UNDO), 2
    ):
        scene.move(comment, kind)

        assert comment.version == count
        assert len(scene.events(comment)) == count


def test_events_are_only_ever_added(scene: Scene) -> None:
    comment = scene.comment()
    seen: list[tuple[Move, State | None, State]] = []

    for kind in (Move.HOLD, Move.APPROVE, Move.UNDO, Move.REJECT, Move.REOPEN, Move.SPAM, Move.ERASE):
        scene.move(comment, kind)
        events = scene.events(comment)

        assert events[: len(seen)] == seen
        seen = events


def test_an_event_says_who_why_and_when(scene: Scene) -> None:
    comment = scene.comment()
    reason = Reason("threat", Ground.LAW, "Wetboek van Strafrecht, art. 285")

    event = lifecycle.move(
        scene.session, comment, Move.REJECT, by=scene.moderator, version=1, now=NOW, reason=reason,
        note="Zie de tweede zin.",
    )  # fmt: skip

    assert (event.by, event.account_id, event.automated) == (
        ActorKind.ACCOUNT,
        scene.moderator.account_id,
        False,
    )
    assert (event.reason_code, event.ground, event.legal_ground) == (
        "threat",
        Ground.LAW,
        reason.legal_ground,
    )
    assert (event.note, event.at, event.comment_version) == ("Zie de tweede zin.", NOW, 2)


def test_a_rules_decision_is_marked_automatic(scene: Scene) -> None:
    comment = scene.comment()

    event = scene.move(comment, Move.SPAM, by=lifecycle.RULE)

    assert (event.automated, event.account_id) == (True, None)


def test_the_date_of_publication_is_that_of_the_first_time(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.APPROVE)
    scene.move(comment, Move.UNDO)

    scene.move(comment, Move.APPROVE, now=NOW + timedelta(days=2))

    assert comment.published_at == NOW


CHANGES = [
    # what happened before, the move, and what it adds to the versions of the article's page and the front page
    ((), Move.APPROVE, (1, 1)),
    ((), Move.REJECT, (0, 0)),
    ((), Move.HOLD, (0, 0)),
    ((), Move.REDACT, (0, 0)),
    ((Move.APPROVE,), Move.UNDO, (1, 1)),
    ((Move.APPROVE,), Move.REMOVE, (1, 1)),
    ((Move.APPROVE,), Move.SPAM, (1, 1)),
    ((Move.APPROVE,), Move.PICK, (1, 0)),
    ((Move.APPROVE,), Move.UNPICK, (0, 0)),
    ((Move.APPROVE, Move.PICK), Move.PICK, (0, 0)),
    ((Move.APPROVE, Move.PICK), Move.UNPICK, (1, 0)),
    ((Move.APPROVE,), Move.REDACT, (1, 0)),
    ((Move.APPROVE,), Move.EDIT, (0, 0)),
    ((Move.APPROVE, Move.EDIT), Move.APPROVE, (1, 0)),
    ((Move.APPROVE, Move.EDIT), Move.REJECT, (0, 0)),
    ((Move.APPROVE,), Move.WITHDRAW, (1, 1)),
    ((Move.APPROVE,), Move.ERASE, (1, 1)),
    ((Move.APPROVE, Move.REMOVE), Move.ERASE, (1, 0)),  # the tombstone's words change
    ((Move.REJECT,), Move.ERASE, (0, 0)),
    ((Move.APPROVE, Move.UNDO), Move.HOLD, (0, 0)),
]


@pytest.mark.parametrize(("before", "kind", "expected"), CHANGES)
def test_page_versions_rise_exactly_when_something_public_changes(
    scene: Scene, before: tuple[Move, ...], kind: Move, expected: tuple[int, int]
) -> None:
    comment = scene.comment()
    by_writer = {Move.EDIT, Move.WITHDRAW}
    for earlier in before:
        scene.move(comment, earlier, by=lifecycle.COMMENTER if earlier in by_writer else None)
    article, front = scene.versions()

    scene.move(comment, kind, by=lifecycle.COMMENTER if kind in by_writer else None)

    assert (
        tuple(after - was for after, was in zip(scene.versions(), (article, front), strict=True)) == expected
    )


def test_a_new_comment_changes_no_public_page(scene: Scene) -> None:
    before = scene.versions()

    make_comment(scene.session, scene.article)

    assert scene.versions() == before
