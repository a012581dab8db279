"""A WordPress site moves in again: twice, newer, half-way, and with what changed here meanwhile."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forum.articles.models import ArticleState
from forum.base.session import writing
from forum.base.signing import Signer
from forum.comments.models import Commenter, Move, State
from forum.exchange.models import ImportedComment
from forum.exchange.wordpress import comment_batches, post_writing, posts, staging
from forum.exchange.wordpress.comments import digest_of_comment
from tests.exchange.wordpress.exports import comment, export, item, person
from tests.exchange.wordpress.scene import CONFLICT, CREATED, UNCHANGED, UPDATED, Stage, outcomes
from tests.factories import NOW


def test_a_second_run_changes_nothing(stage: Stage) -> None:
    def file() -> io.BytesIO:
        return export(item(1, comment(1), comment(2, 1), comment(3, approved="0")), people=person())

    stage.run(file())
    before = stage.rows()

    report = stage.run(file(), now=NOW + timedelta(days=1))

    assert stage.rows() == before
    assert outcomes(report, "post") == {UNCHANGED: 1}
    assert outcomes(report, "comment") == {UNCHANGED: 3}
    assert outcomes(report, "person") == {UNCHANGED: 1}


def test_a_newer_export_updates_what_is_as_it_came_in(stage: Stage) -> None:
    stage.run(export(item(1, comment(1, approved="0"), comment(2))))

    report = stage.run(
        export(item(1, comment(1), comment(2, content="Beter gezegd."), comment(3, 1), title="Nieuwe kop"))
    )

    first, second, third = stage.comments()
    assert outcomes(report, "post") == {UPDATED: 1}
    assert outcomes(report, "comment") == {CREATED: 1, UPDATED: 2}
    assert stage.article().title == "Nieuwe kop"
    assert (first.state, third.parent_id) == (State.APPROVED, first.id)
    assert [r.source for r in second.revisions] == ["Reactie 2.", "Beter gezegd."]
    assert second.published_revision is second.revisions[1]


def test_a_decision_made_here_is_never_overwritten_and_is_listed(stage: Stage) -> None:
    stage.run(export(item(1, comment(1, approved="0"))))
    stage.move(stage.comments()[0], Move.SPAM)

    report = stage.run(export(item(1, comment(1, approved="1"))))

    assert stage.comments()[0].state is State.SPAM
    assert outcomes(report, "comment") == {CONFLICT: 1}
    assert [(entry.kind, entry.id, entry.code) for entry in report.listed] == [("comment", "1", "conflict")]


def test_an_article_that_was_changed_here_is_left_alone_and_listed(stage: Stage) -> None:
    stage.run(export(item(1)))
    with writing(stage.session):
        stage.article().lede = "Een inleiding van hier."

    report = stage.run(export(item(1, title="Nieuwe kop")))

    assert (stage.article().title, stage.article().lede) == ("Artikel 1", "Een inleiding van hier.")
    assert outcomes(report, "post") == {CONFLICT: 1}


def test_a_comment_that_was_erased_here_does_not_come_back(stage: Stage) -> None:
    stage.run(export(item(1, comment(1))))
    stage.move(stage.comments()[0], Move.ERASE)

    stage.run(export(item(1, comment(1))))
    stage.run(export(item(1, comment(1, content="Anders."))))

    (found,) = stage.comments()
    assert (found.state, found.author_name, [r.source for r in found.revisions]) == (State.ERASED, "", [""])
    assert stage.session.scalars(select(Commenter)).all() == []


def test_what_is_kept_of_an_erased_comment_cannot_be_tried_without_the_key(stage: Stage) -> None:
    stage.run(export(item(1, comment(1))))
    settings = stage.app.extensions["forum_settings"]
    with staging.stage(export(item(1, comment(1))), zone=settings.timezone) as staged:
        (record,) = staged.comments_of(1)

    kept = stage.session.scalars(select(ImportedComment.digest)).one()

    assert kept == digest_of_comment(Signer(settings.secret_key), record)
    assert kept != digest_of_comment(Signer("another key, of at least 32 characters"), record)


def test_an_import_that_was_stopped_is_completed_by_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def file() -> io.BytesIO:
        return export(
            item(1, *(comment(n, n - 1 if n % 3 else 0) for n in range(1, 31))), item(2, comment(31))
        )

    monkeypatch.setattr(comment_batches, "BATCH_COMMENTS", 7)
    remember, calls = comment_batches._remember, []

    def killed(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        remember(*arguments)

    monkeypatch.setattr(comment_batches, "_remember", killed)
    with pytest.raises(KeyboardInterrupt):
        stage.run(file())
    stage.session.rollback()
    came_in = len(stage.comments())
    report = stage.run(file())

    assert came_in == 14
    assert outcomes(report, "comment") == {UNCHANGED: 14, CREATED: 17}
    assert len(stage.comments()) == 31
    assert len({c.number for c in stage.comments() if c.article_id == stage.article().id}) == 30


def test_a_rehearsal_of_a_newer_export_tells_what_the_import_then_does(stage: Stage) -> None:
    def newer() -> io.BytesIO:
        return export(item(1, comment(1), comment(2, 1), comment(3, content="Anders."), comment(4)))

    stage.run(export(item(1, comment(2, 1), comment(3))))

    rehearsed = stage.run(newer(), is_rehearsal=True)
    real = stage.run(newer())

    assert outcomes(real, "comment") == {CREATED: 2, UPDATED: 1, CONFLICT: 1}
    assert rehearsed.tallies == real.tallies


def test_an_editor_who_was_faster_than_the_conversion_is_not_overwritten(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.run(export(item(1)))
    convert = posts.convert_post

    def meanwhile(*arguments: Any, **options: Any) -> Any:
        with writing(stage.session):
            stage.article().state = ArticleState.DRAFT
        return convert(*arguments, **options)

    monkeypatch.setattr(post_writing, "convert_post", meanwhile)
    report = stage.run(export(item(1, title="Nieuwe kop")))

    assert outcomes(report, "post") == {CONFLICT: 1}
    assert (stage.article().state, stage.article().title) == (ArticleState.DRAFT, "Artikel 1")


def test_a_post_that_went_to_the_bin_there_stays_and_is_listed(stage: Stage) -> None:
    stage.run(export(item(1), item(2)))

    report = stage.run(export(item(1, status="trash")))

    assert stage.article().state is ArticleState.PUBLISHED
    assert [entry.id for entry in report.listed if entry.code == "gone_there"] == ["1", "2"]


def test_a_comment_that_moved_to_another_article_keeps_its_place_and_answers_to_it_start_branches(
    stage: Stage,
) -> None:
    stage.run(export(item(1, comment(1)), item(2)))

    report = stage.run(export(item(1), item(2, comment(1), comment(2, 1), comment(3))))

    first, second, third = stage.comments()
    assert outcomes(report, "comment") == {CREATED: 2, CONFLICT: 1}
    assert first.article_id == stage.article().id
    assert (second.parent_id, second.root_number, third.root_number) == (None, 1, 2)
    assert report.remarks["parent_elsewhere"] == 1


def test_an_address_that_was_taken_out_there_is_forgotten_here(stage: Stage) -> None:
    stage.run(export(item(1, comment(1))))

    stage.run(export(item(1, comment(1, author="Anoniem", author_email=""))))

    assert stage.session.scalars(select(Commenter)).all() == []


def test_a_newer_export_brings_its_dates(stage: Stage) -> None:
    stage.run(export(item(1, comment(1, approved="0"))))

    stage.run(export(item(1, comment(1, date_gmt="2020-03-05 10:00:00"))))

    (found,) = stage.comments()
    moment = datetime(2020, 3, 5, 10, 0, tzinfo=UTC)
    assert (found.submitted_at, found.published_at) == (moment, moment)
