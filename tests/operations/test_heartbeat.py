"""The worker says that it is at work, and `/readyz` notices when it no longer does."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.operations import heartbeat
from forum.operations.heartbeat import LONGEST_JOB_S, SILENT_AFTER, WORKER, Heart, beat, is_silent
from forum.operations.models import Heartbeat
from tests.factories import NOW


def beaten(session: Session, *, at: Any = NOW) -> None:
    """A sign of life."""
    with writing(session):
        beat(session, WORKER, now=at)


def test_a_site_that_never_had_a_worker_misses_none(session: Session) -> None:
    assert not is_silent(session, now=NOW)


def test_a_worker_is_missed_after_two_minutes(session: Session) -> None:
    beaten(session)

    assert not is_silent(session, now=NOW + SILENT_AFTER)
    assert is_silent(session, now=NOW + SILENT_AFTER + timedelta(seconds=1))


def test_each_beat_takes_the_place_of_the_last(session: Session) -> None:
    beaten(session)
    beaten(session, at=NOW + timedelta(minutes=5))

    assert session.query(Heartbeat).one().at == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(("ago", "status"), [(timedelta(0), 200), (timedelta(minutes=3), 503)])
def test_a_site_is_ready_while_its_worker_is_at_work(sqlite_app: Flask, ago: timedelta, status: int) -> None:
    with sqlite_app.app_context():
        beaten(db.session, at=utc_now() - ago)

    answer = sqlite_app.test_client().get("/readyz")

    assert answer.status_code == status
    assert ("worker" in answer.text) == (status == 503)


def test_a_heart_beats_until_its_worker_is_asked_to_stop(sqlite_app: Flask) -> None:
    stop = Event()
    stop.set()

    Heart(sqlite_app, stop).run()

    with sqlite_app.app_context():
        assert db.session.query(Heartbeat).count() == 1


def test_a_worker_that_hangs_in_a_job_no_longer_says_that_it_is_well(sqlite_app: Flask) -> None:
    heart = Heart(sqlite_app, Event())
    heart.busy_since_s = 100.0

    assert not heart.is_stuck(100.0 + LONGEST_JOB_S)
    assert heart.is_stuck(101.0 + LONGEST_JOB_S)


def test_between_jobs_nothing_is_stuck(sqlite_app: Flask) -> None:
    assert not Heart(sqlite_app, Event()).is_stuck(1e9)


@pytest.mark.parametrize("problem", [OperationalError("UPDATE", {}, Exception()), OSError(), RuntimeError()])
def test_a_heart_survives_whatever_goes_wrong(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, problem: Exception
) -> None:
    def away(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(heartbeat, "beat", away)

    Heart(sqlite_app, Event()).beat_once()

    assert "sign of life could not be stored" in caplog.text
