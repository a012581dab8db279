"""Whatever shape a thread has and whatever was decided: every public comment is where its permalink says, once."""

from __future__ import annotations

import random
from collections import Counter
from itertools import chain, count

import pytest
from sqlalchemy import select

from forum.base.errors import Refusal
from forum.comments import lifecycle, thread, thread_tree
from forum.comments.models import Comment, Move, State
from forum.comments.places import MAX_PATH_LEVELS
from forum.comments.thread import NoSuchPage, Place, Sort, ThreadPage
from tests.comments.scene import Scene, plant

BRANCHES = 3
COMMENTS = 120
SEEDS = range(3)


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "MAX_REPLIES_SHOWN", 7)
    monkeypatch.setattr(thread, "REPLIES_PER_BRANCH_PAGE", 20)
    monkeypatch.setattr(thread_tree, "_FETCH_AT_ONCE", 11)


def grow(scene: Scene, seed: int) -> dict[int, Comment]:
    """A thread of a random shape, approved in a random order, with some of it taken away again."""
    chance = random.Random(seed)  # noqa: S311 - to be repeatable, not to be secret
    shape = [
        None
        if index == 0 or chance.random() < 0.15
        else chance.choice([index - 1, chance.randrange(index), chance.randrange(min(index, 5))])
        for index in range(COMMENTS)
    ]
    ids = plant(scene, shape)
    comments = {
        comment.id: comment for comment in scene.session.scalars(select(Comment).where(Comment.id.in_(ids)))
    }
    for comment_id in chance.sample(ids, k=int(COMMENTS * 0.8)):
        scene.move(comments[comment_id], Move.APPROVE)
    for comment_id in chance.sample(ids, k=COMMENTS // 3):
        kind = chance.choice([Move.REMOVE, Move.SPAM, Move.UNDO, Move.WITHDRAW, Move.ERASE])
        try:
            scene.move(comments[comment_id], kind, by=lifecycle.COMMENTER if kind is Move.WITHDRAW else None)
        except Refusal:
            continue
    scene.session.flush()
    scene.session.expire_all()
    return comments


def thread_page(scene: Scene, page: int, sort: Sort = Sort.OLDEST) -> ThreadPage:
    return thread.read_page(
        scene.session, scene.article.id, last_root_number=scene.article.last_root_number, page=page,
        sort=sort, branches=BRANCHES,
    )  # fmt: skip


def ids_on(page: ThreadPage) -> list[int]:
    return [step.comment.id for step in thread_tree.walk(page.comments)]


def expected_order(comments: dict[int, Comment]) -> list[int]:
    """Depth-first in order of publication: public comments, and the ancestors that they stand below."""
    needed = set()
    for comment in comments.values():
        line: Comment | None = comment if comment.state is State.APPROVED else None
        while line is not None and line.id not in needed:
            needed.add(line.id)
            line = comments.get(line.parent_id or 0)
    replies: dict[int | None, list[int]] = {}
    for comment_id in sorted(needed, key=lambda each: comments[each].number or 0):
        replies.setdefault(comments[comment_id].parent_id, []).append(comment_id)
    order, waiting = [], list(reversed(replies.get(None, [])))
    while waiting:
        order.append(waiting.pop())
        waiting.extend(reversed(replies.get(order[-1], [])))
    return order


@pytest.mark.parametrize("sort", Sort, ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_public_comment_stands_where_its_permalink_says(scene: Scene, seed: int, sort: Sort) -> None:
    comments = grow(scene, seed)
    order = expected_order(comments)
    thread_pages = [ids_on(thread_page(scene, page, sort)) for page in range(1, _last_page(scene) + 1)]
    times_on_pages = Counter(chain.from_iterable(thread_pages))
    branch_pages: Counter[Place] = Counter()

    for comment in comments.values():
        place = thread.find_place(scene.session, comment, branches=BRANCHES, sort=sort)

        if comment.id not in order:
            assert place is None
            continue
        assert place is not None
        if place.branch_id is None:
            assert comment.id in thread_pages[place.page - 1]
        else:
            page = thread.read_branch(scene.session, scene.article.id, place.branch_id, page=place.page)
            assert ids_on(page).count(comment.id) == 1
            assert comment.id not in times_on_pages
            branch_pages[place] += 1
    assert branch_pages.total() + times_on_pages.total() == len(order)
    assert max(times_on_pages.values()) == 1


def _last_page(scene: Scene) -> int:
    for page in count(1):
        try:
            thread_page(scene, page + 1)
        except NoSuchPage:
            return page
    raise AssertionError


@pytest.mark.parametrize("seed", SEEDS)
def test_the_whole_thread_is_in_the_order_of_publication_depth_first(scene: Scene, seed: int) -> None:
    comments = grow(scene, seed)

    page = thread.read_whole(scene.session, scene.article.id, sort=Sort.OLDEST)

    assert ids_on(page) == expected_order(comments)
    assert page.total == sum(comment.state is State.APPROVED for comment in comments.values())


@pytest.mark.parametrize("seed", SEEDS)
def test_lists_open_and_close_in_balance_and_replies_are_in_their_parents_list(
    scene: Scene, seed: int
) -> None:
    comments = grow(scene, seed)
    page = thread.read_whole(scene.session, scene.article.id, sort=Sort.OLDEST)
    line: list[int] = []

    for step in thread_tree.walk(page.comments):
        comment = comments[step.comment.id]

        assert (line[-1] if line else None) == comment.parent_id
        if step.comment.replies:
            assert step.closes == 0
            line.append(comment.id)
        else:
            del line[len(line) - step.closes :]
    assert line == []
    assert max(step.comment.level for step in thread_tree.walk(page.comments)) < MAX_PATH_LEVELS


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tombstone_shows_nothing_and_only_where_a_public_reply_needs_it(scene: Scene, seed: int) -> None:
    comments = grow(scene, seed)

    page = thread.read_whole(scene.session, scene.article.id, sort=Sort.OLDEST)

    tombstones = [step.comment for step in thread_tree.walk(page.comments) if step.comment.is_tombstone]
    assert tombstones
    for tombstone in tombstones:
        assert tombstone.replies
        assert (tombstone.author_name, tombstone.html, tombstone.website, tombstone.badge) == (
            "",
            "",
            None,
            None,
        )
        assert comments[tombstone.id].state is not State.APPROVED
