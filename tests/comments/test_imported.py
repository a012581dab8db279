"""Comments that come in from another site: states, places, histories; and what a newer export says later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from forum.base.ids import take_ids
from forum.comments import lifecycle
from forum.comments.errors import DecidedAlready, MoveNotAllowed
from forum.comments.imported import Arrival, bring_in
from forum.comments.lifecycle import NewText
from forum.comments.models import Comment, CommentRevision, Move, RevisionState, State
from tests.comments.scene import Scene
from tests.factories import NOW, make_article

WRITTEN = NOW - timedelta(days=900)


def arrivals(scene: Scene, *rows: tuple[State, int | None]) -> list[Arrival]:
    """A batch: each row a state, and the place in the batch of what it answers."""
    ids = take_ids(scene.session, Comment, len(rows))
    return [
        Arrival(
            id=ids[at],
            parent_id=None if parent is None else ids[parent],
            commenter_id=None,
            badge=None,
            name="Joke Visser",
            website=None,
            lang="nl",
            state=state,
            source=f"Tekst {at}",
            html=f"<p>Tekst {at}</p>",
            at=WRITTEN + timedelta(minutes=at),
        )
        for at, (state, parent) in enumerate(rows)
    ]


def brought_in(scene: Scene, *rows: tuple[State, int | None]) -> list[Comment]:
    batch = arrivals(scene, *rows)
    bring_in(scene.session, scene.article.id, batch, now=NOW)
    return [scene.session.get_one(Comment, arrival.id) for arrival in batch]


def test_a_comment_keeps_the_state_and_the_dates_that_it_had(scene: Scene) -> None:
    approved, pending, spam, refused = brought_in(
        scene, (State.APPROVED, None), (State.PENDING, None), (State.SPAM, None), (State.REJECTED, None)
    )

    assert [c.state for c in (approved, pending, spam, refused)] == [
        State.APPROVED, State.PENDING, State.SPAM, State.REJECTED,
    ]  # fmt: skip
    assert (approved.submitted_at, approved.published_at) == (WRITTEN, WRITTEN)
    assert pending.published_at is None
    assert [c.newest_revision.state for c in (approved, pending, spam, refused)] == [
        RevisionState.PUBLISHED, RevisionState.WAITING, RevisionState.DECLINED, RevisionState.DECLINED,
    ]  # fmt: skip


def test_the_history_says_that_it_was_brought_in(scene: Scene) -> None:
    (comment,) = brought_in(scene, (State.APPROVED, None))

    assert scene.events(comment) == [(Move.IMPORT, None, State.APPROVED)]


def test_places_are_those_that_one_by_one_would_have_given(scene: Scene) -> None:
    shape = [(State.APPROVED, None), (State.APPROVED, 0), (State.APPROVED, None), (State.APPROVED, 1),
             (State.APPROVED, 2), (State.APPROVED, 0)]  # fmt: skip
    at_once = [(c.number, c.root_number, c.path) for c in brought_in(scene, *shape)]
    other = make_article(scene.session)
    one_by_one = []
    made: list[Comment] = []
    for state, parent in shape:
        comment = Comment(
            article_id=other.id, parent_id=made[parent].id if parent is not None else None,
            author_name="Joke Visser", lang="nl", submitted_at=WRITTEN,
        )  # fmt: skip
        lifecycle.begin(
            scene.session, comment, NewText("x", "<p>x</p>"), by=lifecycle.RULE, state=state, now=NOW
        )
        made.append(comment)
        one_by_one.append((comment.number, comment.root_number, comment.path))

    assert at_once == one_by_one


def test_an_approved_reply_gives_its_waiting_parent_a_place(scene: Scene) -> None:
    parent, reply = brought_in(scene, (State.PENDING, None), (State.APPROVED, 0))

    assert (parent.number, parent.root_number) == (1, 1)
    assert reply.path is not None
    assert parent.path is not None
    assert reply.path.startswith(parent.path)
    assert parent.state is State.PENDING


def test_a_reply_in_a_later_batch_finds_its_parent(scene: Scene) -> None:
    (parent,) = brought_in(scene, (State.PENDING, None))
    (id_,) = take_ids(scene.session, Comment, 1)
    (template,) = arrivals(scene, (State.APPROVED, None))
    values = {name: getattr(template, name) for name in template.__slots__}

    bring_in(
        scene.session, scene.article.id, [Arrival(**values | {"id": id_, "parent_id": parent.id})], now=NOW
    )

    scene.session.expire_all()
    reply = scene.session.get_one(Comment, id_)
    assert (reply.depth, reply.root_number, parent.number, reply.number) == (1, 1, 1, 2)


def test_a_waiting_one_takes_its_place_when_it_is_approved(scene: Scene) -> None:
    first, second = brought_in(scene, (State.PENDING, None), (State.APPROVED, None))

    scene.move(first, Move.APPROVE)

    assert (second.number, first.number) == (1, 2)


def test_ids_are_never_used_again(scene: Scene) -> None:
    brought_in(scene, (State.APPROVED, None), (State.PENDING, None))
    ids = set(scene.session.scalars(select(Comment.id)))

    later = scene.comment()

    assert later.id not in ids
    assert later.id > max(ids)


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.RETURNED, State.REMOVED, State.ERASED])
def test_nothing_comes_in_with_another_state(scene: Scene, state: State) -> None:
    with pytest.raises(MoveNotAllowed):
        brought_in(scene, (state, None))


@pytest.mark.parametrize("to", [State.APPROVED, State.SPAM, State.REJECTED])
def test_a_newer_export_decides_about_a_comment_that_waited_there(scene: Scene, to: State) -> None:
    (comment,) = brought_in(scene, (State.PENDING, None))

    lifecycle.bring_up_to_date(scene.session, comment, to, None, version=1, at=WRITTEN, now=NOW)

    assert (comment.state, comment.version) == (to, 2)
    assert (comment.number is not None) is (to is State.APPROVED)
    assert scene.events(comment)[-1] == (Move.IMPORT, State.PENDING, to)


def test_a_newer_text_replaces_the_published_one_and_the_old_one_is_kept(scene: Scene) -> None:
    (comment,) = brought_in(scene, (State.APPROVED, None))

    lifecycle.bring_up_to_date(
        scene.session,
        comment,
        State.APPROVED,
        NewText("Beter", "<p>Beter</p>"),
        version=1,
        at=WRITTEN,
        now=NOW,
    )

    states = scene.session.scalars(
        select(CommentRevision.state)
        .where(CommentRevision.comment_id == comment.id)
        .order_by(CommentRevision.n)
    ).all()
    assert states == [RevisionState.SUPERSEDED, RevisionState.PUBLISHED]


def test_what_was_decided_here_is_never_overwritten(scene: Scene) -> None:
    (comment,) = brought_in(scene, (State.PENDING, None))
    scene.move(comment, Move.REJECT)

    with pytest.raises(DecidedAlready):
        lifecycle.bring_up_to_date(
            scene.session, comment, State.APPROVED, None, version=1, at=WRITTEN, now=NOW
        )

    assert comment.state is State.REJECTED


def test_a_decision_about_an_imported_comment_can_be_undone(scene: Scene) -> None:
    (comment,) = brought_in(scene, (State.PENDING, None))
    scene.move(comment, Move.APPROVE)

    scene.move(comment, Move.UNDO)

    assert comment.state is State.PENDING
    assert comment.waiting_revision is not None
