"""The author's answers by themselves: each below what it answers, in the order of the thread."""

from __future__ import annotations

import pytest

from forum.comments import lifecycle
from forum.comments.models import Badge, Comment, Move
from forum.comments.thread import NoSuchPage, Sort, ThreadPage, count_thread
from forum.comments.thread_author import read_author_answers
from forum.comments.thread_tree import ThreadComment
from tests.comments.scene import Scene, plant


def publish(scene: Scene, parents: list[int | None], *, by_author: set[int]) -> list[int]:
    """Public comments in a given shape; those at the indexes `by_author` carry the author's badge. Their ids."""
    ids = plant(scene, parents)
    for index, comment_id in enumerate(ids):
        comment = scene.session.get_one(Comment, comment_id)
        comment.badge = Badge.AUTHOR if index in by_author else None
        scene.move(comment, Move.APPROVE)
    scene.session.flush()
    return ids


def read(scene: Scene, page: int = 1, *, sort: Sort = Sort.OLDEST, questions: int = 10) -> ThreadPage:
    return read_author_answers(scene.session, scene.article.id, page=page, sort=sort, questions=questions)


def outline(comments: list[ThreadComment]) -> list[object]:
    return [(each.number, outline(each.replies)) if each.replies else each.number for each in comments]


def test_an_answer_of_the_author_stands_below_its_question_without_what_others_answered(scene: Scene) -> None:
    publish(scene, [None, 0, 0, None, 2, 3], by_author={2, 5})

    page = read(scene)

    assert outline(list(page.comments)) == [(1, [3]), (4, [6])]
    assert (page.counts.total, page.counts.by_author) == (6, 2)


def test_newest_first_turns_the_questions_round(scene: Scene) -> None:
    publish(scene, [None, 0, None, 2], by_author={1, 3})

    assert outline(list(read(scene, sort=Sort.NEWEST).comments)) == [(3, [4]), (1, [2])]


def test_the_author_may_answer_a_deep_question_and_go_on_about_it(scene: Scene) -> None:
    publish(scene, [None, 0, 1, 2, 3], by_author={3, 4})

    page = read(scene)

    assert outline(list(page.comments)) == [(3, [(4, [5])])]
    (question,) = page.comments
    assert (question.answers, question.answers_here) == ((2, "Lezer 1"), False)


def test_a_comment_of_the_author_that_answers_nobody_stands_by_itself(scene: Scene) -> None:
    publish(scene, [None, None], by_author={1})

    assert outline(list(read(scene).comments)) == [2]


def test_a_removed_question_keeps_its_place_above_the_answer_without_its_words(scene: Scene) -> None:
    question, _ = publish(scene, [None, 0], by_author={1})
    scene.move(scene.session.get_one(Comment, question), Move.WITHDRAW, by=lifecycle.COMMENTER)
    scene.session.flush()

    (shown,) = read(scene).comments

    assert (shown.is_tombstone, shown.html, shown.author_name) == (True, "", "")


def test_a_removed_answer_is_neither_shown_nor_counted(scene: Scene) -> None:
    _, answer = publish(scene, [None, 0], by_author={1})
    scene.move(scene.session.get_one(Comment, answer), Move.REMOVE)
    scene.session.flush()

    assert read(scene).comments == []
    assert count_thread(scene.session, scene.article.id) == (1, 0)


def test_questions_come_page_by_page(scene: Scene) -> None:
    publish(scene, [None, 0, None, 2, None, 4], by_author={1, 3, 5})

    pages = [read(scene, page, questions=2) for page in (1, 2)]

    assert [outline(list(page.comments)) for page in pages] == [[(1, [2]), (3, [4])], [(5, [6])]]
    assert {page.pages for page in pages} == {2}
    with pytest.raises(NoSuchPage):
        read(scene, 3, questions=2)
