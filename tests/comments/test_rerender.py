"""`flask comments rerender` brings older texts to the present rules."""

from __future__ import annotations

from sqlalchemy import select

from forum.articles.models import Article
from forum.base.session import db, writing
from forum.comments.models import CommentRevision, Move, State
from forum.comments.revisions import rerender
from forum.text import TEXT_RULES_VERSION
from tests.comments.scene import Scene
from tests.factories import Site, make_comment


def age(revision: CommentRevision, html: str = "<p>Oud.</p>") -> None:
    revision.html, revision.text_rules_version = html, TEXT_RULES_VERSION - 1


def test_an_older_text_is_printed_again_and_its_page_made_again(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="*Nieuw*")
    age(comment.newest_revision)
    article, front = scene.versions()

    result = rerender(scene.session, after_id=0, limit=10)

    assert result == (comment.newest_revision.id, 1)
    assert "<em>Nieuw</em>" in comment.newest_revision.html
    assert comment.newest_revision.text_rules_version == TEXT_RULES_VERSION
    assert scene.versions() == (article + 1, front)


def test_a_text_that_comes_out_the_same_changes_no_page(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    age(comment.newest_revision, comment.newest_revision.html)
    before = scene.versions()

    rerender(scene.session, after_id=0, limit=10)

    assert scene.versions() == before


def test_a_text_that_waits_changes_no_page(scene: Scene) -> None:
    comment = scene.comment()
    age(comment.newest_revision)
    before = scene.versions()

    rerender(scene.session, after_id=0, limit=10)

    assert scene.versions() == before
    assert "Oud." not in comment.newest_revision.html


def test_the_present_rules_leave_nothing_to_do(scene: Scene) -> None:
    scene.comment()

    assert rerender(scene.session, after_id=0, limit=10) == (None, 0)


def test_an_erased_text_stays_empty(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    scene.move(comment, Move.ERASE)
    age(comment.newest_revision, "")

    rerender(scene.session, after_id=0, limit=10)

    assert comment.newest_revision.html == ""


def test_the_work_is_done_in_batches(scene: Scene) -> None:
    for _ in range(5):
        age(scene.comment().newest_revision)
    scene.session.flush()

    first, count = rerender(scene.session, after_id=0, limit=3)
    rest = rerender(scene.session, after_id=first or 0, limit=3)

    assert (count, rest[1]) == (3, 2)


def test_the_command_renders_everything_and_does_nothing_the_second_time(both_sites: Site) -> None:
    with both_sites.app.app_context(), writing(db.session):
        article = db.session.get_one(Article, both_sites.article_id)
        for n in range(3):
            age(make_comment(db.session, article, source=f"Tekst {n}.").newest_revision)
    run = both_sites.app.test_cli_runner().invoke

    first, second = run(args=["comments", "rerender"]), run(args=["comments", "rerender"])

    assert (first.exit_code, first.output.split()[0]) == (0, "3")
    assert (second.exit_code, second.output.split()[0]) == (0, "0")
    with both_sites.app.app_context():
        assert "<p>Oud.</p>" not in db.session.scalars(select(CommentRevision.html)).all()
