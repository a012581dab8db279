"""Which comments a page of the thread shows, and in which order."""

from __future__ import annotations

import pytest

from forum.comments import lifecycle, thread
from forum.comments.models import Comment, Move, State
from forum.comments.thread import NoSuchPage, Place, Sort, ThreadPage
from forum.comments.thread_tree import Head, ThreadComment, walk
from tests.comments.scene import Scene, plant


def publish(scene: Scene, parents: list[int | None]) -> list[int]:
    """Public comments in a given shape, approved in order; their ids."""
    ids = plant(scene, parents)
    for comment_id in ids:
        scene.move(scene.session.get_one(Comment, comment_id), Move.APPROVE)
    return ids


def take_away(scene: Scene, comment_id: int, kind: Move = Move.REMOVE) -> None:
    by = lifecycle.COMMENTER if kind is Move.WITHDRAW else None
    scene.move(scene.session.get_one(Comment, comment_id), kind, by=by)
    scene.session.flush()


def rename(scene: Scene, ids: list[int], name: str) -> None:
    for comment_id in ids:
        scene.session.get_one(Comment, comment_id).author_name = name


def read(scene: Scene, page: int = 1, *, sort: Sort = Sort.OLDEST, branches: int = 2) -> ThreadPage:
    scene.session.flush()
    scene.session.refresh(scene.article)
    return thread.read_page(
        scene.session,
        scene.article.id,
        last_root_number=scene.article.last_root_number,
        page=page,
        sort=sort,
        branches=branches,
    )


def shown(page: ThreadPage) -> list[int]:
    """The numbers of the comments on a page, in reading order."""
    return [step.comment.number for step in walk(page.comments)]


def outline(comments: list[ThreadComment] | tuple[ThreadComment, ...]) -> list[object]:
    """Numbers, and below each the list of its replies."""
    return [
        (comment.number, outline(comment.replies)) if comment.replies else comment.number
        for comment in comments
    ]


def test_an_empty_thread_has_one_empty_page(scene: Scene) -> None:
    page = read(scene)

    assert (page.comments, page.total, page.page, page.pages) == ([], 0, 1, 1)


@pytest.mark.parametrize("page", [2, 3, 1_000_000, 0, -1])
def test_there_is_no_page_beyond_the_end(scene: Scene, page: int) -> None:
    publish(scene, [None, None])

    with pytest.raises(NoSuchPage):
        read(scene, page)


def test_a_page_holds_so_many_branches_with_all_their_replies(scene: Scene) -> None:
    publish(scene, [None, None, None, 0, 3, 1])

    assert [shown(read(scene, page)) for page in (1, 2)] == [[1, 4, 5, 2, 6], [3]]
    assert read(scene).total == 6


def test_newest_first_turns_the_branches_round_but_not_what_is_in_them(scene: Scene) -> None:
    publish(scene, [None, None, None, 0, 3, 1])

    pages = [shown(read(scene, page, sort=Sort.NEWEST)) for page in (1, 2)]

    assert pages == [[3, 2, 6], [1, 4, 5]]


def test_replies_stand_below_what_they_answer(scene: Scene) -> None:
    publish(scene, [None, 0, 1, 0, None])

    assert outline(list(read(scene).comments)) == [(1, [(2, [3]), 4]), 5]


def test_what_waits_is_not_shown_nor_counted(scene: Scene) -> None:
    publish(scene, [None])
    plant(scene, [None])

    page = read(scene)

    assert (shown(page), page.total) == ([1], 1)


@pytest.mark.parametrize("kind", [Move.REMOVE, Move.SPAM, Move.WITHDRAW], ids=str)
def test_a_comment_taken_away_with_a_public_reply_leaves_a_tombstone(scene: Scene, kind: Move) -> None:
    root, _ = publish(scene, [None, 0])

    take_away(scene, root, kind)

    tombstone = read(scene).comments[0]
    assert tombstone.is_tombstone
    assert (tombstone.author_name, tombstone.website, tombstone.html, tombstone.published_at) == (
        "",
        None,
        "",
        None,
    )
    assert [reply.number for reply in tombstone.replies] == [2]


@pytest.mark.parametrize(
    ("by", "is_by_writer"),
    [(lifecycle.COMMENTER, True), (lifecycle.RULE, False), (None, False)],
    ids=["writer", "term", "staff"],
)
def test_a_tombstone_names_the_writer_only_when_the_writer_erased(
    scene: Scene, by: lifecycle.Actor | None, is_by_writer: bool
) -> None:
    root, _ = publish(scene, [None, 0])
    take_away(scene, root)

    scene.move(scene.session.get_one(Comment, root), Move.ERASE, by=by)

    assert read(scene).comments[0].by_writer is is_by_writer


def test_the_tombstone_of_a_comment_that_was_not_erased_has_no_word_of_it(scene: Scene) -> None:
    root, _ = publish(scene, [None, 0])

    take_away(scene, root, Move.WITHDRAW)

    assert not read(scene).comments[0].by_writer


def test_a_comment_taken_away_without_replies_leaves_nothing(scene: Scene) -> None:
    root, reply = publish(scene, [None, 0])

    take_away(scene, reply)

    assert shown(read(scene)) == [1]
    assert root


def test_tombstones_stand_only_as_long_as_a_public_reply_needs_them(scene: Scene) -> None:
    root, middle, reply = publish(scene, [None, 0, 1])
    take_away(scene, root)
    take_away(scene, middle)
    needed = shown(read(scene))

    take_away(scene, reply)

    assert (needed, shown(read(scene))) == ([1, 2, 3], [])


def test_an_empty_page_stays_a_page(scene: Scene) -> None:
    ids = publish(scene, [None, None, None])

    take_away(scene, ids[2])

    assert shown(read(scene, 2)) == []


def test_a_long_branch_is_cut_and_says_how_many_public_replies_are_left(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "MAX_REPLIES_SHOWN", 3)
    ids = publish(scene, [None, 0, 0, 0, 0, 4, 0, None])
    take_away(scene, ids[4])

    page = read(scene)

    assert shown(page) == [1, 2, 3, 4, 8]
    assert [comment.more_replies for comment in page.comments] == [2, 0]


def test_a_branch_page_shows_the_whole_branch_page_by_page(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "REPLIES_PER_BRANCH_PAGE", 4)
    ids = publish(scene, [None, 0, 0, None, 1, 0, 0])

    pages = [thread.read_branch(scene.session, scene.article.id, ids[0], page=page) for page in (1, 2)]

    assert [shown(page) for page in pages] == [[1, 2, 5, 3], [6, 7]]
    assert {(page.pages, page.branch_id) for page in pages} == {(2, ids[0])}
    with pytest.raises(NoSuchPage):
        thread.read_branch(scene.session, scene.article.id, ids[0], page=3)


def test_a_tombstone_at_the_end_of_a_branch_page_stays_on_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "REPLIES_PER_BRANCH_PAGE", 2)
    ids = publish(scene, [None, 0, 1])
    take_away(scene, ids[1])

    pages = [thread.read_branch(scene.session, scene.article.id, ids[0], page=page) for page in (1, 2)]

    assert [shown(page) for page in pages] == [[1, 2], [3]]


def test_a_branch_may_be_any_comment_in_the_thread(scene: Scene) -> None:
    ids = publish(scene, [None, 0, 1, 1, 0])

    page = thread.read_branch(scene.session, scene.article.id, ids[1], page=1)

    assert shown(page) == [2, 3, 4]


def test_the_branch_of_a_comment_that_is_not_in_this_thread_does_not_exist(scene: Scene) -> None:
    (public,) = publish(scene, [None])
    (waiting,) = plant(scene, [None])

    for article_id, comment_id in [
        (scene.article.id, waiting),
        (scene.article.id, 999_999),
        (scene.article.id + 1, public),
    ]:
        with pytest.raises(NoSuchPage):
            thread.read_branch(scene.session, article_id, comment_id, page=1)


def test_a_branch_with_nothing_public_in_it_does_not_exist(scene: Scene) -> None:
    (comment_id,) = publish(scene, [None])
    take_away(scene, comment_id)

    with pytest.raises(NoSuchPage):
        thread.read_branch(scene.session, scene.article.id, comment_id, page=1)


def test_the_whole_thread_stands_on_one_page(scene: Scene) -> None:
    publish(scene, [None, None, 0, None, 2])

    oldest, newest = (
        thread.read_whole(scene.session, scene.article.id, sort=sort) for sort in (Sort.OLDEST, Sort.NEWEST)
    )

    assert (shown(oldest), shown(newest)) == ([1, 3, 5, 2, 4], [4, 2, 1, 3, 5])
    assert oldest.is_whole


def test_the_whole_thread_ends_at_its_maximum(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "MAX_WHOLE_THREAD", 3)
    publish(scene, [None, None, None, None])

    oldest, newest = (
        thread.read_whole(scene.session, scene.article.id, sort=sort) for sort in (Sort.OLDEST, Sort.NEWEST)
    )

    assert (shown(oldest), oldest.total, oldest.is_cut) == ([1, 2, 3], 4, True)
    assert (shown(newest), newest.total, newest.is_cut) == ([4, 3, 2], 4, True)


def test_a_whole_thread_that_ends_within_a_branch_says_what_is_left_of_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "MAX_WHOLE_THREAD", 3)
    publish(scene, [None, None, 1, 1, 1])

    page = thread.read_whole(scene.session, scene.article.id, sort=Sort.OLDEST)

    assert outline(list(page.comments)) == [1, (2, [3])]
    assert [comment.more_replies for comment in page.comments] == [0, 2]


def test_a_branch_says_how_many_public_answers_it_has_and_from_how_many_names(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "MAX_REPLIES_SHOWN", 2)
    ids = publish(scene, [None, 0, 1, 1, 0, None])
    rename(scene, ids[2:5], "Noor de Wit")
    take_away(scene, ids[1])

    first, second = read(scene).comments

    assert first.head == Head(replies=3, names=1, left_out=2)
    assert second.head == Head(replies=0, names=0, left_out=0)


def test_a_branch_page_tells_of_the_whole_branch_where_its_first_comment_stands(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "REPLIES_PER_BRANCH_PAGE", 2)
    ids = publish(scene, [None, 0, 0, 0])

    pages = [thread.read_branch(scene.session, scene.article.id, ids[0], page=page) for page in (1, 2)]

    assert [[comment.head for comment in page.comments] for page in pages] == [[Head(3, 3, 0)], [None, None]]


def test_a_comment_knows_how_far_in_it_stands_on_its_page(scene: Scene) -> None:
    ids = publish(scene, [None, *range(5)])

    page = thread.read_branch(scene.session, scene.article.id, ids[1], page=1)

    told = [(step.comment.number, step.comment.step, step.comment.told_by) for step in walk(page.comments)]
    assert told == [(2, 1, "words"), (3, 2, "place"), (4, 3, "desk"), (5, 4, "desk"), (6, 5, "words")]


def test_the_newest_public_comments_are_told_by_number_and_id(scene: Scene) -> None:
    ids = publish(scene, [None, 0, None, None])
    plant(scene, [None])
    take_away(scene, ids[2])

    assert thread.read_newest(scene.session, scene.article.id, limit=2) == [(4, ids[3]), (2, ids[1])]


def test_a_reply_deeper_than_paths_grow_says_whom_it_answers(scene: Scene) -> None:
    publish(scene, [None, *range(103)])

    steps = list(walk(read(scene).comments))
    deepest = list(walk(thread.read_whole(scene.session, scene.article.id, sort=Sort.OLDEST).comments))[
        -1
    ].comment

    assert len(steps) == thread.MAX_REPLIES_SHOWN + 1
    assert (deepest.number, deepest.level) == (104, 100)
    assert deepest.answers == (103, "Lezer 102")


def test_a_redacted_comment_says_so_and_an_edited_one_does_not(scene: Scene) -> None:
    ids = publish(scene, [None, None])
    redacted, edited = (scene.session.get_one(Comment, comment_id) for comment_id in ids)
    scene.redact(redacted, "Zonder het nummer.")
    scene.edit(edited, "Beter gezegd.")
    scene.move(edited, Move.APPROVE)

    page = read(scene)

    assert [(comment.redacted, comment.html) for comment in page.comments] == [
        (True, "<p>Zonder het nummer.</p>"),
        (False, "<p>Beter gezegd.</p>"),
    ]


def test_an_edit_that_waits_is_on_no_page(scene: Scene) -> None:
    (comment_id,) = publish(scene, [None])
    scene.edit(scene.session.get_one(Comment, comment_id), "Nog niet gelezen.")

    assert "Nog niet" not in str(read(scene).comments)


def test_a_comment_without_a_place_is_nowhere(scene: Scene) -> None:
    (comment_id,) = plant(scene, [None])

    comment = scene.session.get_one(Comment, comment_id)

    assert thread.find_place(scene.session, comment, branches=2) is None


def test_a_tombstone_is_found_at_its_place_and_what_left_none_is_not(scene: Scene) -> None:
    ids = publish(scene, [None, None, None, 2])
    take_away(scene, ids[2])
    take_away(scene, ids[1])

    oldest, newest = (
        [
            thread.find_place(scene.session, scene.session.get_one(Comment, each), branches=2, sort=sort)
            for each in ids
        ]
        for sort in (Sort.OLDEST, Sort.NEWEST)
    )

    assert oldest == [Place(1), None, Place(2), Place(2)]
    assert newest == [Place(2), None, Place(1), Place(1)]


def test_public_comments_are_counted_for_each_article(scene: Scene) -> None:
    ids = publish(scene, [None, None, 0])
    take_away(scene, ids[1])

    counts = thread.count_public(scene.session, [scene.article.id, scene.article.id + 1])

    assert counts == {scene.article.id: 2}
    assert scene.session.get_one(Comment, ids[1]).state is State.REMOVED


def test_a_nameless_writer_is_told_from_one_who_is_not_public(scene: Scene) -> None:
    root, answer, _below = publish(scene, [None, 0, 1])
    nameless = scene.session.get_one(Comment, root)
    nameless.author_name = ""
    scene.session.flush()
    take_away(scene, answer, Move.REMOVE)

    first = read(scene).comments[0]

    assert first.replies[0].answers == (1, "")
    assert first.replies[0].replies[0].answers == (2, None)
