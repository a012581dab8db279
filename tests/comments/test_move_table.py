"""The states of a comment and the only moves between them: the table of the product, written out again."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import pytest

from forum.base.errors import Refusal
from forum.comments import lifecycle
from forum.comments.errors import MoveNotAllowed, NothingToUndo, ReasonMissing
from forum.comments.models import ActorKind, Comment, Move, State
from tests.comments.scene import NEW_TEXT, Scene
from tests.factories import NOW, make_comment

S, M = State, Move
COMMENTER, STAFF = {ActorKind.COMMENTER}, {ActorKind.ACCOUNT, ActorKind.RULE}

ROWS: list[tuple[Move, set[ActorKind], dict[State, State]]] = [
    (M.CONFIRM, COMMENTER, {S.UNCONFIRMED: S.PENDING}),
    (M.APPROVE, STAFF, {S.PENDING: S.APPROVED}),
    (M.REJECT, STAFF, {S.PENDING: S.REJECTED}),
    (M.SPAM, STAFF, {S.PENDING: S.SPAM, S.APPROVED: S.SPAM}),
    (M.RETURN, STAFF, {S.PENDING: S.RETURNED}),
    (M.RESUBMIT, COMMENTER, {S.RETURNED: S.PENDING}),
    (M.HOLD, STAFF, {S.PENDING: S.PENDING}),
    (M.REMOVE, STAFF, {S.APPROVED: S.REMOVED}),
    (M.REOPEN, STAFF, dict.fromkeys((S.REJECTED, S.SPAM, S.REMOVED, S.RETURNED), S.PENDING)),
    # The comments of this test were decided about once or twice: undo leads to where the last decision began.
    (M.UNDO, STAFF, {S.APPROVED: S.PENDING, S.REJECTED: S.PENDING, S.SPAM: S.PENDING, S.RETURNED: S.PENDING,
                     S.REMOVED: S.APPROVED}),
    (M.PICK, STAFF, {S.APPROVED: S.APPROVED}),
    (M.UNPICK, STAFF, {S.APPROVED: S.APPROVED}),
    (M.EDIT, COMMENTER, {S.PENDING: S.PENDING, S.APPROVED: S.APPROVED}),
    (M.REDACT, STAFF, {S.PENDING: S.PENDING, S.APPROVED: S.APPROVED}),
    (M.WITHDRAW, COMMENTER, dict.fromkeys((S.UNCONFIRMED, S.PENDING, S.RETURNED, S.APPROVED), S.WITHDRAWN)),
    (M.ERASE, COMMENTER | STAFF, dict.fromkeys(set(S) - {S.ERASED}, S.ERASED)),
]  # fmt: skip

TABLE = {
    (kind, actor, origin): to
    for kind, actors, ways in ROWS
    for actor in actors
    for origin, to in ways.items()
}
TRIED = [kind for kind in Move if kind is not Move.SUBMIT]


def actor_of(scene: Scene, kind: ActorKind) -> lifecycle.Actor:
    return {
        ActorKind.COMMENTER: lifecycle.COMMENTER,
        ActorKind.ACCOUNT: scene.moderator,
        ActorKind.RULE: lifecycle.RULE,
    }[kind]


def tried(scene: Scene, comment: Comment, kind: Move, actor: ActorKind) -> State | None:
    """Where a move leads, or None when it is refused; taken back afterwards."""
    with scene.session.begin_nested() as savepoint:
        try:
            scene.move(comment, kind, by=actor_of(scene, actor))
            outcome: State | None = comment.state
        except Refusal:
            outcome = None
        savepoint.rollback()
    scene.session.expire_all()
    return outcome


@pytest.mark.parametrize("origin", list(State), ids=str)
def test_from_each_state_the_moves_of_the_table_are_made_and_all_others_refused(
    scene: Scene, origin: State
) -> None:
    comment = scene.comment(origin)
    attempts = list(product(TRIED, ActorKind))

    outcomes = {(kind, actor): tried(scene, comment, kind, actor) for kind, actor in attempts}

    assert outcomes == {(kind, actor): TABLE.get((kind, actor, origin)) for kind, actor in attempts}


@pytest.mark.parametrize("origin", list(State), ids=str)
def test_a_refused_move_leaves_no_trace(scene: Scene, origin: State) -> None:
    comment = scene.comment(origin)
    scene.session.flush()
    before = (comment.state, comment.version, scene.events(comment), len(comment.revisions), scene.versions())

    for kind, actor in product(TRIED, ActorKind):
        if (kind, actor, origin) not in TABLE:
            with pytest.raises(Refusal):
                scene.move(comment, kind, by=actor_of(scene, actor))
    scene.session.flush()
    scene.session.expire_all()

    after = (comment.state, comment.version, scene.events(comment), len(comment.revisions), scene.versions())
    assert after == before


def test_nothing_is_submitted_a_second_time(scene: Scene) -> None:
    for state in State:
        comment = scene.comment(state)

        with pytest.raises(MoveNotAllowed):
            scene.move(comment, Move.SUBMIT)


@pytest.mark.parametrize("actor", list(ActorKind), ids=str)
def test_a_comment_begins_only_where_the_one_who_lets_it_in_may_put_it(
    scene: Scene, actor: ActorKind
) -> None:
    begins = {
        ActorKind.COMMENTER: {State.UNCONFIRMED, State.PENDING},
        ActorKind.ACCOUNT: {State.APPROVED},
        ActorKind.RULE: {State.APPROVED},
    }
    taken = set()

    for state in State:
        comment = Comment(article_id=scene.article.id, author_name="Noor de Wit", lang="nl", submitted_at=NOW)
        with suppress(MoveNotAllowed):
            lifecycle.begin(scene.session, comment, NEW_TEXT, by=actor_of(scene, actor), state=state, now=NOW)
            taken.add(state)

    assert taken == begins[actor]


def test_a_policy_that_publishes_at_once_is_marked_automatic_and_the_text_stays_the_readers(
    scene: Scene,
) -> None:
    comment = Comment(article_id=scene.article.id, author_name="Noor de Wit", lang="nl", submitted_at=NOW)

    event = lifecycle.begin(
        scene.session, comment, NEW_TEXT, by=lifecycle.RULE, state=State.APPROVED, now=NOW
    )

    assert (event.automated, event.by, comment.number) == (True, ActorKind.RULE, 1)
    assert comment.newest_revision.by is ActorKind.COMMENTER


@pytest.mark.parametrize(("origin", "kind"), [(S.PENDING, M.REJECT), (S.APPROVED, M.REMOVE)], ids=str)
def test_a_refusal_or_removal_needs_a_reason(scene: Scene, origin: State, kind: Move) -> None:
    comment = scene.comment(origin)

    with pytest.raises(ReasonMissing):
        lifecycle.move(scene.session, comment, kind, by=scene.moderator, version=comment.version, now=NOW)


@pytest.mark.parametrize("kind", [Move.EDIT, Move.RESUBMIT, Move.REDACT], ids=str)
def test_a_move_that_brings_a_text_cannot_come_without_one(scene: Scene, kind: Move) -> None:
    comment = scene.comment()

    with pytest.raises(ValueError, match="a text belongs to"):
        lifecycle.move(scene.session, comment, kind, by=scene.moderator, version=1, now=NOW)


def test_no_other_move_takes_a_text(scene: Scene) -> None:
    comment = scene.comment()

    with pytest.raises(ValueError, match="approve: a text belongs to"):
        lifecycle.move(
            scene.session, comment, Move.APPROVE, by=scene.moderator, version=1, now=NOW, text=NEW_TEXT
        )


@pytest.mark.parametrize("state", [S.UNCONFIRMED, S.PENDING, S.WITHDRAWN, S.ERASED], ids=str)
def test_without_a_decision_there_is_nothing_to_undo(scene: Scene, state: State) -> None:
    comment = scene.comment(state)

    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_a_new_comment_waits_with_one_revision_and_one_event(scene: Scene) -> None:
    comment = make_comment(scene.session, scene.article)

    assert (comment.state, comment.version, comment.number, comment.path) == (State.PENDING, 1, None, None)
    assert [revision.n for revision in comment.revisions] == [1]
    assert scene.events(comment) == [(Move.SUBMIT, None, State.PENDING)]
