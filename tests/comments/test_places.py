"""Numbers and places: given once, in order of publication, and never changed."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from forum.comments.models import Comment, Move
from forum.comments.places import MAX_PATH_LEVELS, SEGMENT_CHARS, path_below, path_levels, segment
from tests.comments.scene import Scene, plant
from tests.factories import make_comment

CHAIN = 800
"""Levels; an index row of PostgreSQL would hold a path of 670. `script/prove import` has a chain of 5,000."""


def approve(scene: Scene, comment_id: int) -> Comment:
    comment = scene.session.get_one(Comment, comment_id)
    scene.move(comment, Move.APPROVE)
    return comment


def place(comment: Comment) -> tuple[int | None, int | None, str | None]:
    return comment.number, comment.root_number, comment.path


def places(scene: Scene) -> dict[int, tuple[int | None, int | None, str | None]]:
    scene.session.flush()
    rows = scene.session.execute(select(Comment.id, Comment.number, Comment.root_number, Comment.path))
    return {comment_id: (number, root, path) for comment_id, number, root, path in rows}


def test_a_segment_is_five_digits_that_sort_like_the_numbers() -> None:
    numbers = [0, 1, 9, 10, 31, 32, 33, 1_023, 1_024, 1_000_000, 32**5 - 1]

    segments = [segment(number) for number in numbers]

    assert segments == sorted(segments)
    assert {len(text) for text in segments} == {SEGMENT_CHARS}
    assert segments[:3] == ["00000", "00001", "00009"]


def test_more_comments_than_a_path_can_order_are_refused() -> None:
    with pytest.raises(ValueError, match="more comments"):
        segment(32**5)


def test_a_path_stops_growing_at_a_hundred_levels() -> None:
    path = None
    for number in range(1, 251):
        path = path_below(path, number)

    assert path is not None
    assert path_levels(path) == MAX_PATH_LEVELS
    assert path.endswith(segment(250))
    assert path.startswith(segment(1) + segment(2))


def test_numbers_are_given_in_the_order_of_publication(scene: Scene) -> None:
    first, second, third = plant(scene, [None, None, None])

    numbers = [approve(scene, comment_id).number for comment_id in (third, first, second)]

    assert numbers == [1, 2, 3]


def test_each_branch_gets_the_next_root_number_and_its_replies_share_it(scene: Scene) -> None:
    ids = plant(scene, [None, None, 0, 1, 2])

    placed = [place(approve(scene, comment_id)) for comment_id in ids]

    assert [(number, root) for number, root, _ in placed] == [(1, 1), (2, 2), (3, 1), (4, 2), (5, 1)]
    assert [path for _, _, path in placed] == [
        "00001",
        "00002",
        "0000100003",
        "0000200004",
        "000010000300005",
    ]


def test_a_place_survives_every_later_move(scene: Scene) -> None:
    comment = scene.comment()
    scene.move(comment, Move.APPROVE)
    before = place(comment)
    make = [
        Move.UNDO,
        Move.APPROVE,
        Move.REMOVE,
        Move.REOPEN,
        Move.REJECT,
        Move.REOPEN,
        Move.APPROVE,
        Move.SPAM,
    ]

    for kind in make:
        scene.move(comment, kind)

        assert place(comment) == before


def test_what_is_published_later_changes_no_place_before_it(scene: Scene) -> None:
    shape: list[int | None] = [None, 0, 0, None, 1, 1, 3, 0]
    ids = plant(scene, shape)
    order = [5, 0, 7, 3, 2, 6, 4, 1]
    seen: dict[int, object] = {}

    for index in order:
        approve(scene, ids[index])
        now = {comment_id: found for comment_id, found in places(scene).items() if found[0] is not None}

        assert now | seen == now
        seen = dict(now)


def test_a_reply_that_becomes_public_first_gives_its_ancestors_their_places_before_it(scene: Scene) -> None:
    root, middle, reply = plant(scene, [None, 0, 1])

    approve(scene, reply)

    assert [found[:2] for _, found in sorted(places(scene).items())] == [(1, 1), (2, 1), (3, 1)]
    assert places(scene)[reply][2] == places(scene)[middle][2] + segment(3)  # type: ignore[operator]
    assert places(scene)[root][2] == segment(1)


def test_an_ancestor_that_got_its_place_so_keeps_it_when_it_becomes_public(scene: Scene) -> None:
    root, reply = plant(scene, [None, 0])
    loaded = scene.session.get_one(Comment, root)
    assert loaded.path is None
    approve(scene, reply)
    before = places(scene)

    approve(scene, root)

    assert places(scene) == before


def test_a_waiting_comment_has_no_number(scene: Scene) -> None:
    comment = make_comment(scene.session, scene.article)

    assert place(comment) == (None, None, None)


@pytest.mark.timeout(400)  # some seconds on a quiet machine, and other tests run beside it
def test_a_long_chain_approved_in_any_order_has_its_places(scene: Scene) -> None:
    ids = plant(scene, [None, *range(CHAIN - 1)])
    order = list(ids)
    random.Random(CHAIN).shuffle(order)  # noqa: S311 - to be repeatable, not to be secret

    for comment_id in order:
        approve(scene, comment_id)

    found = places(scene)
    numbers = [found[comment_id][0] for comment_id in ids]
    assert numbers == list(range(1, CHAIN + 1)), (
        "the deepest ones were approved before some of their ancestors"
    )
    assert {root for _, root, _ in found.values()} == {1}
    paths = [found[comment_id][2] or "" for comment_id in ids]
    assert paths == sorted(paths)
    assert max(map(len, paths)) == MAX_PATH_LEVELS * SEGMENT_CHARS
