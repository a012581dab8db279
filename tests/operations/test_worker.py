"""The background worker does each job at its time, and one failing job stops no other."""

from __future__ import annotations

import logging
from threading import Event

import pytest
from flask import Flask, current_app

from forum.operations.worker import LONGEST_WAIT_S, Job, register_job, run_forever, run_once, worker_cli


@pytest.fixture
def app() -> Flask:
    """An application with no jobs yet."""
    app = Flask("stub")
    app.cli.add_command(worker_cli)
    return app


def failing() -> None:
    """A job that cannot be done."""
    raise OSError("the disk is full")


def test_a_job_runs_when_it_is_due_and_not_before(app: Flask) -> None:
    done: list[float] = []
    register_job(app, Job("count", 10, lambda: done.append(1)))

    waits_s = [run_once(app, now) for now in (100.0, 109.9, 110.0)]

    assert len(done) == 2
    assert waits_s == pytest.approx([10, 0.1, 10])


def test_a_job_runs_in_an_application_context(app: Flask) -> None:
    seen: list[str] = []
    register_job(app, Job("look", 10, lambda: seen.append(current_app.name)))

    run_once(app, 0.0)

    assert seen == ["stub"]


def test_a_failing_job_is_logged_by_name_and_the_next_one_runs(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []
    register_job(app, Job("mail", 10, failing))
    register_job(app, Job("count", 10, lambda: done.append(1)))

    with caplog.at_level(logging.ERROR):
        run_once(app, 0.0)

    assert done == [1]
    assert "job mail failed" in caplog.text


def test_a_failing_job_is_tried_again_at_its_next_turn(app: Flask) -> None:
    tried: list[int] = []
    register_job(app, Job("mail", 10, lambda: tried.append(1) or failing()))  # type: ignore[func-returns-value]

    for now in (0.0, 5.0, 10.0):
        run_once(app, now)

    assert len(tried) == 2


def test_without_jobs_the_worker_still_looks_now_and_then(app: Flask) -> None:
    assert run_once(app, 0.0) == LONGEST_WAIT_S


def test_the_worker_finishes_its_job_and_stops_when_asked(app: Flask) -> None:
    stop, done = Event(), []
    register_job(app, Job("stop", 0, stop.set))
    register_job(app, Job("count", 0, lambda: done.append(1)))

    run_forever(app, stop, clock=lambda: 0.0)

    assert done == [1]


def test_two_jobs_of_one_name_are_refused(app: Flask) -> None:
    register_job(app, Job("mail", 10, failing))

    with pytest.raises(ValueError, match="mail"):
        register_job(app, Job("mail", 20, failing))


def test_once_runs_every_job_and_tells_of_a_failure(app: Flask) -> None:
    done: list[int] = []
    register_job(app, Job("mail", 10, failing))
    register_job(app, Job("count", 10, lambda: done.append(1)))

    result = app.test_cli_runner().invoke(args=["worker", "once"])

    assert result.exit_code == 1
    assert done == [1]
