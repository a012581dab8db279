"""Many identical posts at one moment: one comment, and the same answer for all."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.errors import DecidedAlready
from forum.comments.models import Comment, Commenter, CommentEvent, Move, Submission
from tests.factories import NOW, Site

pytestmark = pytest.mark.usefixtures("patient")

AT_ONCE = 30


def at_once(site: Site, *forms: dict[str, str]) -> list[Any]:
    """The answers to posts that all start at the same moment."""
    start = Barrier(len(forms))

    def post(fields: dict[str, str]) -> Any:
        browser = site.reader()
        start.wait()
        return site.post(browser, **fields)

    with ThreadPoolExecutor(len(forms)) as threads:
        return list(threads.map(post, forms))


def count(site: Site, model: type[Comment] | type[Submission] | type[Commenter]) -> int:
    with site.app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_identical_posts_with_an_id_are_one_comment_all_answered_alike(both_sites: Site) -> None:
    answers = at_once(both_sites, *[{"submission_id": "een-en-hetzelfde"}] * AT_ONCE)

    assert Counter(answer.status_code for answer in answers) == {303: AT_ONCE}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert (count(both_sites, Comment), count(both_sites, Submission)) == (1, 1)


def test_identical_posts_without_an_id_are_one_comment_and_the_others_get_no_link(both_sites: Site) -> None:
    answers = at_once(both_sites, *[{"submission_id": ""}] * AT_ONCE)

    assert Counter(answer.status_code for answer in answers) == {303: 1, 200: AT_ONCE - 1}
    assert len({answer.text for answer in answers if answer.status_code == 200}) == 1
    assert not any("/submissions/" in answer.text for answer in answers if answer.status_code == 200)
    assert count(both_sites, Comment) == 1


def test_one_id_with_many_texts_is_one_comment_and_the_rest_refused(both_sites: Site) -> None:
    forms = [{"submission_id": "een", "body": f"Dit is tekst nummer {n}."} for n in range(12)]

    answers = at_once(both_sites, *forms)

    assert Counter(answer.status_code for answer in answers) == {303: 1, 422: 11}
    assert count(both_sites, Comment) == 1


def test_different_comments_by_one_new_address_make_one_commenter(both_sites: Site) -> None:
    answers = at_once(both_sites, *[{"body": f"Dit is tekst nummer {n}."} for n in range(12)])

    assert {answer.status_code for answer in answers} == {303}
    assert (count(both_sites, Comment), count(both_sites, Commenter)) == (12, 1)


def test_of_many_moderators_at_once_one_decides(both_sites: Site) -> None:
    comment_id = both_sites.comment()
    start = Barrier(8)

    def decide(n: int) -> bool:
        """Two people, each sending two decisions twice; whether it was made, now or by the same one before."""
        by = lifecycle.staff(both_sites.moderator_id if n % 2 else both_sites.author_id)
        kind = Move.APPROVE if n % 4 < 2 else Move.SPAM
        with both_sites.app.app_context():
            start.wait()
            try:
                with writing(db.session):
                    comment = db.session.get_one(Comment, comment_id)
                    event = lifecycle.move(db.session, comment, kind, by=by, version=1, now=NOW)
                    return event.comment_version == 2
            except DecidedAlready as refusal:
                return refusal.event is None  # never: it names who was first

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(decide, range(8)))

    assert sum(answers) == 2, "the one who decided, and the same decision sent again by the same person"
    with both_sites.app.app_context():
        events = db.session.scalar(
            select(func.count()).select_from(CommentEvent).where(CommentEvent.comment_id == comment_id)
        )
    assert events == 2


def test_comments_approved_at_once_get_numbers_without_gap_or_double(both_sites: Site) -> None:
    root = both_sites.approved()
    ids = [both_sites.comment(parent_id=root if n % 2 else None, source=f"Tekst {n}.") for n in range(8)]
    start = Barrier(len(ids))

    def approve(comment_id: int) -> None:
        with both_sites.app.app_context():
            start.wait()
            with writing(db.session):
                comment = db.session.get_one(Comment, comment_id)
                lifecycle.move(db.session, comment, Move.APPROVE, by=lifecycle.RULE, version=1, now=NOW)

    with ThreadPoolExecutor(len(ids)) as threads:
        list(threads.map(approve, ids))

    with both_sites.app.app_context():
        rows = db.session.execute(select(Comment.number, Comment.root_number, Comment.parent_id)).all()
    assert sorted(row.number for row in rows) == list(range(1, 10))
    assert sorted(row.root_number for row in rows if row.parent_id is None) == [1, 2, 3, 4, 5]
    assert {row.root_number for row in rows if row.parent_id is not None} == {1}
