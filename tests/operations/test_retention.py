"""Everything ends by its term, nothing before it, and what waits for a moderator never."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.accounts.models import AccountSession, Cadence
from forum.base.session import writing
from forum.comments import lifecycle
from forum.comments.models import (
    ActorKind,
    Comment,
    Commenter,
    CommentEvent,
    Erasure,
    Follow,
    Move,
    State,
    Submission,
)
from forum.config import Settings
from forum.mail.models import MailState, OutboxMail, SuppressedAddress, SuppressionCause
from forum.mail.outbox import NewMail, put
from forum.operations import retention
from forum.operations.retention import CHUNK, NOT_PUBLIC
from forum.web.network_keys import NetworkKey, network_hash
from tests.comments.scene import Scene
from tests.factories import NOW, READER, Site, make_comment, make_draft

WEEK, YEAR = timedelta(days=7), timedelta(days=365)
MOMENT = timedelta(microseconds=1)


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["forum_settings"]
    return settings


def made(stage: Scene, state: State = State.PENDING, **values: Any) -> int:
    with writing(stage.session):
        return stage.comment(state, **values).id


def states(session: Session, *ids: int) -> list[State]:
    return [session.get_one(Comment, id, populate_existing=True).state for id in ids]


def run(stage: Scene, app: Flask, *, after: timedelta) -> dict[str, int]:
    lines = retention.run(stage.session, settings_of(app), now=NOW + after)
    return {line.what: line.rows for line in lines if line.rows}


def test_an_unconfirmed_comment_is_erased_after_its_week_and_not_before(app: Flask, stage: Scene) -> None:
    comment = made(stage, State.UNCONFIRMED)

    run(stage, app, after=WEEK)
    before = states(stage.session, comment)
    stage.session.rollback()
    run(stage, app, after=WEEK + MOMENT)

    assert before == [State.UNCONFIRMED]
    assert states(stage.session, comment) == [State.ERASED]


def test_the_address_of_an_unconfirmed_comment_goes_with_it(app: Flask, stage: Scene) -> None:
    made(stage, State.UNCONFIRMED)

    run(stage, app, after=WEEK + MOMENT)

    assert stage.session.scalars(select(Commenter.email)).all() == []


@pytest.mark.parametrize("state", NOT_PUBLIC, ids=str)
def test_what_is_not_public_is_emptied_200_days_after_the_last_event(
    app: Flask, stage: Scene, state: State
) -> None:
    comment = made(stage, state)

    run(stage, app, after=timedelta(days=200))
    before = states(stage.session, comment)
    stage.session.rollback()
    run(stage, app, after=timedelta(days=200) + MOMENT)

    assert before == [state]
    assert states(stage.session, comment) == [State.ERASED]


def test_a_decision_begins_the_term_anew(app: Flask, stage: Scene) -> None:
    id = made(stage, State.REJECTED)
    with writing(stage.session):
        comment = stage.session.get_one(Comment, id)
        stage.move(comment, Move.REOPEN, now=NOW + timedelta(days=150))
        stage.move(comment, Move.SPAM, now=NOW + timedelta(days=151))

    run(stage, app, after=timedelta(days=300))

    assert states(stage.session, id) == [State.SPAM]


@pytest.mark.parametrize("state", [State.PENDING, State.APPROVED])
def test_what_waits_or_is_public_is_never_touched(app: Flask, stage: Scene, state: State) -> None:
    id = made(stage, state)

    run(stage, app, after=10 * YEAR)

    comment = stage.session.get_one(Comment, id)
    assert (comment.state, comment.newest_revision.source != "") == (state, True)


def test_a_rule_did_it_and_the_history_says_so(app: Flask, stage: Scene) -> None:
    id = made(stage, State.SPAM)

    run(stage, app, after=YEAR)

    event = stage.session.scalars(
        select(CommentEvent).where(CommentEvent.comment_id == id).order_by(CommentEvent.id.desc()).limit(1)
    ).one()
    assert (event.kind, event.by, event.automated) == (Move.ERASE, ActorKind.RULE, True)


def test_the_answers_to_a_removed_comment_keep_their_place(app: Flask, stage: Scene) -> None:
    parent = made(stage, State.APPROVED)
    answer = made(stage, State.APPROVED, parent_id=parent)
    with writing(stage.session):
        stage.move(stage.session.get_one(Comment, parent), Move.REMOVE)
    place = stage.session.get_one(Comment, answer).path
    stage.session.rollback()

    run(stage, app, after=YEAR)

    kept = stage.session.get_one(Comment, answer)
    assert (kept.state, kept.path, kept.parent_id) == (State.APPROVED, place, parent)


def test_a_whole_wave_of_spam_goes_in_chunks(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        for number in range(2 * CHUNK + 3):
            stage.comment(State.SPAM, source=f"Koop nu {number}")

    removed = run(stage, app, after=YEAR)

    assert removed["Refused, removed, withdrawn and returned comments, and spam"] == 2 * CHUNK + 3
    assert stage.session.scalar(select(func.count()).where(Comment.state == State.SPAM)) == 0


def test_a_run_that_was_interrupted_is_taken_up_by_the_next(
    app: Flask, stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(stage.session):
        for number in range(CHUNK + 1):
            stage.comment(State.SPAM, source=f"Koop nu {number}")
    lines = retention.run(stage.session, settings_of(app), now=NOW + YEAR)
    with monkeypatch.context() as broken:
        broken.setattr(retention, "CHUNK", 10)
        broken.setattr(lifecycle, "move", _failing_after(lifecycle.move, 15))
        with pytest.raises(OSError, match="disk"):
            list(lines)
    done_by_first = stage.session.scalar(select(func.count()).where(Comment.state == State.ERASED))
    stage.session.rollback()

    run(stage, app, after=YEAR)

    assert done_by_first == 10
    assert stage.session.scalar(select(func.count()).where(Comment.state == State.ERASED)) == CHUNK + 1


def _failing_after(move: Any, times: int) -> Any:
    left = iter(range(times))

    def moved(*arguments: Any, **named: Any) -> Any:
        if next(left, None) is None:
            raise OSError("the disk is full")
        return move(*arguments, **named)

    return moved


def test_the_second_run_finds_nothing(app: Flask, stage: Scene) -> None:
    made(stage, State.SPAM)
    run(stage, app, after=YEAR)

    removed = run(stage, app, after=YEAR)

    assert removed == {}


def test_an_address_that_only_follows_a_thread_stays(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        follower = Commenter(email="volger@lezers.example", created_at=NOW)
        stage.session.add(follower)
        stage.session.flush()
        stage.session.add(
            Follow(
                commenter_id=follower.id,
                article_id=stage.article.id,
                cadence=Cadence.DAILY,
                created_at=NOW,
            )
        )
        stage.session.add(Commenter(email="niemand@lezers.example", created_at=NOW))

    run(stage, app, after=YEAR)

    assert stage.session.scalars(select(Commenter.email)).all() == ["volger@lezers.example"]


def test_hashes_of_networks_end_after_30_days_with_their_keys(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        mark = network_hash(stage.session, "203.0.113.7", now=NOW)
        make_comment(stage.session, stage.article, network_hash=mark)

    run(stage, app, after=timedelta(days=30))
    kept = stage.session.scalars(select(Submission.network_hash)).all()
    stage.session.rollback()
    run(stage, app, after=timedelta(days=37))

    assert kept == [mark]
    assert stage.session.scalars(select(Submission.network_hash)).all() == [None]
    assert stage.session.scalars(select(NetworkKey.period)).all() == []


def test_a_key_stays_as_long_as_one_of_its_hashes(app: Flask, stage: Scene) -> None:
    sunday = NOW + timedelta(days=2)  # NOW is a Friday
    with writing(stage.session):
        mark = network_hash(stage.session, "203.0.113.7", now=sunday)
        make_comment(stage.session, stage.article, network_hash=mark, now=sunday)

    run(stage, app, after=timedelta(days=31))

    assert stage.session.scalars(select(Submission.network_hash)).all() == [mark]
    assert len(stage.session.scalars(select(NetworkKey.period)).all()) == 1


def test_the_form_of_a_public_comment_ends_and_that_of_a_waiting_one_does_not(
    app: Flask, stage: Scene
) -> None:
    made(stage, State.APPROVED)
    waiting = made(stage, State.PENDING, source="Nog niet bekeken.")

    run(stage, app, after=YEAR)

    assert stage.session.scalars(select(Submission.comment_id)).all() == [waiting]


@pytest.mark.parametrize("state", list(MailState), ids=str)
def test_mails_end_after_90_days_also_those_that_never_left(
    app: Flask, stage: Scene, state: MailState
) -> None:
    with writing(stage.session):
        stage.session.add(
            OutboxMail(
                key="k", kind="test", recipient="a@lezers.example", state=state, due_at=NOW, created_at=NOW
            )
        )

    run(stage, app, after=timedelta(days=90))
    kept = stage.session.scalars(select(OutboxMail.state)).all()
    stage.session.rollback()
    run(stage, app, after=timedelta(days=90) + MOMENT)

    assert kept == [state]
    assert stage.session.scalars(select(OutboxMail.state)).all() == []


def test_a_mail_that_is_leaving_at_this_moment_is_left_alone(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        stage.session.add(
            OutboxMail(key="k", kind="test", recipient="a@lezers.example", state=MailState.WAITING, due_at=NOW,
                       created_at=NOW, lease="mine", leased_until=NOW + YEAR + MOMENT)
        )  # fmt: skip

    run(stage, app, after=YEAR)

    assert stage.session.scalar(select(func.count()).select_from(OutboxMail)) == 1


def test_the_mail_that_asks_to_confirm_goes_with_its_comment(app: Flask, stage: Scene) -> None:
    comment = made(stage, State.UNCONFIRMED)
    with writing(stage.session):
        mail = NewMail(key="k", kind="confirm", recipient=READER.email, comment_id=comment)
        put(stage.session, mail, now=NOW)

    run(stage, app, after=WEEK + MOMENT)

    assert stage.session.scalars(select(OutboxMail.recipient)).all() == []


def test_a_mail_is_kept_90_days_from_its_sending(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        stage.session.add(
            OutboxMail(key="k", kind="test", recipient="a@lezers.example", state=MailState.SENT, due_at=NOW,
                       created_at=NOW, sent_at=NOW + timedelta(days=3))
        )  # fmt: skip

    run(stage, app, after=timedelta(days=92))

    assert stage.session.scalar(select(func.count()).select_from(OutboxMail)) == 1


def test_an_address_that_took_no_mail_may_be_tried_again_after_a_year(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        stage.session.add(SuppressedAddress(address_hash="a" * 32, cause=SuppressionCause.BOUNCED, at=NOW))

    run(stage, app, after=YEAR)
    kept = stage.session.scalar(select(func.count()).select_from(SuppressedAddress))
    stage.session.rollback()
    run(stage, app, after=YEAR + MOMENT)

    assert kept == 1
    assert stage.session.scalar(select(func.count()).select_from(SuppressedAddress)) == 0


def test_sessions_of_staff_end_90_days_after_they_were_last_seen(
    app: Flask, stage: Scene, both_sites: Site
) -> None:
    with writing(stage.session):
        for number, seen_at in enumerate((NOW, NOW + timedelta(days=5))):
            stage.session.add(
                AccountSession(account_id=both_sites.author_id, token_hash=f"{number:064}", browser="Firefox, Linux",
                               signed_in_at=NOW, last_seen_at=seen_at)
            )  # fmt: skip

    run(stage, app, after=timedelta(days=91))

    assert stage.session.scalars(select(AccountSession.token_hash)).all() == [f"{1:064}"]


def test_what_ends_by_its_term_needs_no_line_in_the_ledger(app: Flask, stage: Scene) -> None:
    made(stage, State.SPAM)

    run(stage, app, after=YEAR)

    assert stage.session.scalar(select(func.count()).select_from(Erasure)) == 0


def test_a_rehearsal_counts_and_changes_nothing(app: Flask, stage: Scene) -> None:
    id = made(stage, State.SPAM)

    lines = list(retention.rehearse(stage.session, settings_of(app), now=NOW + YEAR))

    counted = {line.what: line.rows for line in lines if line.rows}
    assert counted["Refused, removed, withdrawn and returned comments, and spam"] == 1
    assert states(stage.session, id) == [State.SPAM]


def test_the_command_prints_a_line_for_each_term(sqlite_app: Flask) -> None:
    result = sqlite_app.test_cli_runner().invoke(args=["retention", "run", "--dry-run"])

    assert result.exit_code == 0, result.output
    assert len(result.output.splitlines()) == len(retention.TERMS) + 1


def test_readers_keep_posting_between_two_chunks(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        for number in range(CHUNK + 1):
            stage.comment(State.SPAM, source=f"Koop nu {number}")
    posted: list[int] = []

    for line in retention.run(stage.session, settings_of(app), now=NOW + YEAR):
        if line.rows and not posted:
            posted.append(made(stage, State.PENDING, source="Tussendoor geschreven."))

    assert states(stage.session, *posted) == [State.PENDING]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_a_writer_whom_somebody_else_holds_is_left_to_the_next_run(app: Flask, stage: Scene) -> None:
    comment = made(stage, State.SPAM)
    with Session(stage.session.get_bind().engine) as other:
        other.execute(select(Commenter.id).with_for_update())
        run(stage, app, after=YEAR)
        before = states(stage.session, comment)
        stage.session.rollback()
        other.rollback()

    run(stage, app, after=YEAR)

    assert (before, states(stage.session, comment)) == ([State.SPAM], [State.ERASED])


def test_no_address_of_a_draft_outlives_its_comment(app: Flask, stage: Scene) -> None:
    draft = make_draft()
    made(stage, State.WITHDRAWN)

    run(stage, app, after=YEAR)

    assert draft.email not in stage.session.scalars(select(Commenter.email)).all()
