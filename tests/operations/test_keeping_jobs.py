"""Retention runs at night, in turns, and what it erases leaves the bytes too, whoever wipes while it works."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from forum.base.session import writing
from forum.comments.erasing import erase_comment
from forum.comments.models import (
    Comment,
    State,
)
from forum.operations import keeping_jobs, retention, retention_commands, wiping
from forum.operations.retention import CHUNK
from forum.operations.worker import stop_of
from tests.comments.scene import Scene
from tests.factories import NOW, SIGNER
from tests.operations.patience import TIMEOUT_S, wiped
from tests.operations.test_retention import YEAR, made, settings_of

pytestmark = pytest.mark.timeout(TIMEOUT_S)

BEGIN = NOW + timedelta(days=365)
DURING, END, AFTER = (BEGIN + timedelta(minutes=minutes) for minutes in (10, 20, 21))


def spam(stage: Scene) -> None:
    with writing(stage.session):
        stage.comment(State.SPAM)


def test_what_is_erased_after_a_wipe_in_the_middle_of_a_run_is_wiped_too(app: Flask, stage: Scene) -> None:
    spam(stage)
    settings = settings_of(app)
    lines = keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: END)

    before_spam = next(lines)
    wiped_during = wiped(stage.session, settings, now=DURING)
    removed = list(lines)

    assert (before_spam.rows, wiped_during, any(line.rows for line in removed)) == (0, True, True)
    assert wiped(stage.session, settings, now=AFTER)


def test_so_it_is_when_the_run_breaks_off(app: Flask, stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    spam(stage)
    settings = settings_of(app)

    def broken(*_arguments: object, **_named: object) -> None:
        raise OSError("the disk is full")

    lines = keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: END)
    next(lines)
    assert wiped(stage.session, settings, now=DURING)
    monkeypatch.setattr(retention, "_remove_past", broken)
    with pytest.raises(OSError, match="disk"):
        list(lines)

    assert wiped(stage.session, settings, now=AFTER)


def test_a_run_that_finds_nothing_has_nothing_wiped(app: Flask, stage: Scene) -> None:
    settings = settings_of(app)

    list(keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: END))

    assert not wiped(stage.session, settings, now=AFTER)


def test_a_clock_that_went_back_hides_nothing(app: Flask, stage: Scene) -> None:
    spam(stage)
    settings = settings_of(app)

    list(keeping_jobs.remove_past(stage.session, settings, now=BEGIN, clock=lambda: NOW))

    assert wiped(stage.session, settings, now=DURING)


def test_it_runs_at_night_once_and_not_by_day(app: Flask, stage: Scene) -> None:
    night = NOW.replace(hour=2, minute=30)  # 03:30 in Amsterdam
    run_at = [night, night + timedelta(minutes=10), night + timedelta(hours=9), night + timedelta(days=1)]

    ran = [keeping_jobs.keep_to_terms(stage.session, settings_of(app), now=now) for now in run_at]

    assert ran == [True, False, False, True]


def test_a_worker_that_is_off_at_night_does_it_by_day(app: Flask, stage: Scene) -> None:
    noon = NOW.replace(hour=11)
    keeping_jobs.keep_to_terms(stage.session, settings_of(app), now=noon)

    ran = [
        keeping_jobs.keep_to_terms(stage.session, settings_of(app), now=noon + timedelta(hours=hours))
        for hours in (24, 37)
    ]

    assert ran == [False, True]


def test_a_turn_ends_after_its_time_and_the_next_goes_on_at_any_hour(app: Flask, stage: Scene) -> None:
    with writing(stage.session):
        for number in range(2 * CHUNK):
            stage.comment(State.SPAM, source=f"Koop nu {number}")
    late = NOW.replace(hour=11) + YEAR
    settings, left = settings_of(app), []

    ran = []
    for minute, stops in enumerate((lambda: True, lambda: False, lambda: False)):
        now = late + timedelta(minutes=minute)
        ran.append(keeping_jobs.keep_to_terms(stage.session, settings, now=now, stops=stops))
        left.append(stage.session.scalar(select(func.count()).where(Comment.state == State.SPAM)))
        stage.session.rollback()

    assert (ran, left) == ([True, True, False], [CHUNK, 0, 0])


def test_a_turn_is_over_when_its_seconds_are_or_when_the_worker_is_to_stop(sqlite_app: Flask) -> None:
    clock = iter([0.0, 1.0, keeping_jobs.TURN_S, 1.0])
    over = keeping_jobs._turn_is_over(sqlite_app, lambda: next(clock))

    told = [over(), over()]
    stop_of(sqlite_app).set()

    assert [*told, over()] == [False, True, True]


def test_by_hand_all_of_it_is_done(app: Flask, stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping_jobs, "TURN_S", 0.0)
    with writing(stage.session):
        for number in range(CHUNK + 1):
            stage.comment(State.SPAM, source=f"Koop nu {number}")
    monkeypatch.setattr(retention_commands, "utc_now", lambda: NOW + YEAR)

    result = app.test_cli_runner().invoke(args=["retention", "run"])

    assert result.exit_code == 0, result.output
    assert stage.session.scalar(select(func.count()).where(Comment.state == State.SPAM)) == 0


def test_what_ended_is_wiped_from_the_bytes_too_and_only_then(app: Flask, stage: Scene) -> None:
    made(stage, State.SPAM)
    run_at = [NOW + timedelta(days=1), NOW + YEAR]

    was_wiped = []
    for now in run_at:
        keeping_jobs.keep_to_terms(stage.session, settings_of(app), now=now)
        was_wiped.append(wiped(stage.session, settings_of(app), now=now))

    assert was_wiped == [False, True]


def erase(stage: Scene, *, now: datetime) -> None:
    with writing(stage.session):
        comment = stage.comment(State.APPROVED)
        by, version = stage.moderator, comment.version
        erase_comment(stage.session, SIGNER, comment, by=by, version=version, now=now)


def wipe(app: Flask, stage: Scene, *, now: datetime) -> bool:
    return wiped(stage.session, settings_of(app), now=now)


def test_what_was_erased_while_the_clock_was_ahead_is_wiped_once(app: Flask, stage: Scene) -> None:
    erase(stage, now=NOW + YEAR)

    was_wiped = [wipe(app, stage, now=NOW + timedelta(minutes=minutes)) for minutes in range(3)]

    assert was_wiped == [True, False, False]


def test_what_is_erased_after_a_wipe_by_a_clock_that_was_ahead_is_wiped_too(app: Flask, stage: Scene) -> None:
    erase(stage, now=NOW + YEAR)
    wipe(app, stage, now=NOW + YEAR)
    erase(stage, now=NOW)

    assert wipe(app, stage, now=NOW)


def test_so_it_is_with_what_ended(app: Flask, stage: Scene) -> None:
    was_wiped = []
    for now in (BEGIN + YEAR, BEGIN):
        spam(stage)
        list(keeping_jobs.remove_past(stage.session, settings_of(app), now=now, clock=iter([now]).__next__))
        was_wiped += [wipe(app, stage, now=now), wipe(app, stage, now=now)]

    assert was_wiped == [True, False, True, False]


def test_what_is_erased_while_the_database_is_written_anew_is_wiped_the_next_time(
    app: Flask, stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_engine: Engine) -> bool:
        erase(stage, now=NOW)
        return True

    erase(stage, now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(wiping, "rewrite", meanwhile)
        wipe(app, stage, now=NOW)

    assert [wipe(app, stage, now=NOW), wipe(app, stage, now=NOW)] == [True, False]


def test_a_run_by_a_clock_that_was_ahead_keeps_none_from_running(app: Flask, stage: Scene) -> None:
    night = NOW.replace(hour=2, minute=30)
    run_at = [night + YEAR, night, night + timedelta(minutes=1)]

    ran = [keeping_jobs.keep_to_terms(stage.session, settings_of(app), now=now) for now in run_at]

    assert ran == [True, True, False]


def test_of_two_workers_whose_clocks_differ_a_little_one_runs(app: Flask, stage: Scene) -> None:
    night = NOW.replace(hour=2, minute=30)
    run_at = [night + timedelta(seconds=1), night]

    ran = [keeping_jobs.keep_to_terms(stage.session, settings_of(app), now=now) for now in run_at]

    assert ran == [True, False]
