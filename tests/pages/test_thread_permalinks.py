"""A discussion of two thousand comments opens at each of them: the page that a permalink names holds the comment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.base.session import db, writing
from forum.comments import thread
from forum.comments.models import ActorKind, Comment, CommentRevision, RevisionState, State
from forum.comments.places import path_below
from forum.comments.thread import Place, Sort
from forum.comments.thread_tree import walk
from forum.exchange.demo.generator import generate_thread
from tests.factories import NOW, Site

COMMENTS = 2_000
BRANCHES = 25
ASKED_OVER_HTTP = 40


def _rows(article_id: int) -> Iterator[dict[str, Any]]:
    """The generated thread as rows of the table, published in order of time."""
    ids: dict[str, int] = {}
    places: dict[int, tuple[int, str]] = {}
    roots = 0
    for number, comment in enumerate(generate_thread(COMMENTS, seed=3), start=1):
        parent_id = ids[comment.parent] if comment.parent else None
        roots += parent_id is None
        root, above = places[parent_id] if parent_id else (roots, None)
        ids[comment.key], places[number] = number, (root, path_below(above, number))
        at = NOW + timedelta(minutes=comment.minutes)
        yield {
            "id": number, "article_id": article_id, "parent_id": parent_id, "author_name": comment.name, "lang": "nl",
            "state": State.APPROVED, "number": number, "root_number": root, "path": places[number][1],
            "published_revision_id": number, "submitted_at": at, "published_at": at,
        }  # fmt: skip


def _publish(session: Session, article_id: int) -> None:
    rows = list(_rows(article_id))
    text = {
        "n": 1,
        "source": "Tekst.",
        "html": "<p>Tekst.</p>",
        "text_rules_version": 1,
        "by": ActorKind.COMMENTER,
    }
    revisions = [
        text | {"id": row["id"], "comment_id": row["id"], "state": RevisionState.PUBLISHED, "created_at": NOW}
        for row in rows
    ]
    session.execute(insert(Comment), [row | {"published_revision_id": None} for row in rows])
    session.execute(insert(CommentRevision), revisions)
    session.execute(update(Comment).values(published_revision_id=Comment.id))
    counters = {"last_number": len(rows), "last_root_number": max(row["root_number"] for row in rows)}
    session.execute(update(Article).where(Article.id == article_id).values(counters))


@pytest.fixture
def long_site(site: Site) -> Site:
    """The site with the long discussion below its article."""
    with site.app.app_context(), writing(db.session):
        _publish(db.session, site.article_id)
    return site


def _ids_at(session: Session, article: Article, place: Place, sort: Sort) -> set[int]:
    if place.branch_id is not None:
        page = thread.read_branch(session, article.id, place.branch_id, page=place.page, sort=sort)
    else:
        page = thread.read_page(
            session, article.id, last_root_number=article.last_root_number, page=place.page, sort=sort,
            branches=BRANCHES,
        )  # fmt: skip
    return {step.comment.id for step in walk(page.comments)}


@pytest.mark.parametrize("sort", Sort, ids=str)
def test_each_of_two_thousand_comments_is_on_the_page_that_is_its_place(long_site: Site, sort: Sort) -> None:
    with long_site.app.app_context():
        article = db.session.get_one(Article, long_site.article_id)
        held: dict[Place, set[int]] = {}
        lost = []
        for comment in db.session.query(Comment).order_by(Comment.id):
            place = thread.find_place(db.session, comment, branches=BRANCHES, sort=sort)
            assert place is not None
            if place not in held:
                held[place] = _ids_at(db.session, article, place, sort)
            if comment.id not in held[place]:
                lost.append(comment.id)

        assert lost == []
        assert sum(len(ids) for ids in held.values()) >= COMMENTS


@pytest.mark.parametrize("order", ["", "?sort=newest"])
def test_the_page_to_which_a_permalink_leads_has_the_comment_in_it(long_site: Site, order: str) -> None:
    reader = long_site.reader()
    lost = []

    for comment_id in range(1, COMMENTS + 1, COMMENTS // ASKED_OVER_HTTP):
        answer = reader.get(f"/comments/{comment_id}{order}")
        page, _, fragment = answer.headers["Location"].partition("#")
        if fragment != f"comment-{comment_id}" or f'id="{fragment}"' not in reader.get(page).text:
            lost.append(comment_id)

    assert lost == []
