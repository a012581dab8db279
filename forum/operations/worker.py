"""The background worker: jobs that `create_app` registers, each run when its time has come."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from flask import Flask, current_app

from forum.web.command_line import N_, Group

log = logging.getLogger(__name__)

EXTENSION = "forum_jobs"
LONGEST_WAIT_S = 60.0


@dataclass
class Job:
    """Work that is done every so often.

    :param every_s: seconds from one start to the next.
    :param run: the work; it is called in an application context of its own and commits what it writes.
    """

    name: str
    every_s: float
    run: Callable[[], object]
    due_at_s: float = field(default=0.0, compare=False)


def jobs_of(app: Flask) -> list[Job]:
    """The jobs that were registered for `app`."""
    jobs: list[Job] = app.extensions.setdefault(EXTENSION, [])
    return jobs


def register_job(app: Flask, job: Job) -> None:
    """Have the worker of `app` do `job`.

    :raises ValueError: another job has the same name.
    """
    if any(known.name == job.name for known in jobs_of(app)):
        raise ValueError(f"two jobs are called {job.name!r}")
    jobs_of(app).append(job)


def run_once(app: Flask, now: float) -> float:
    """Run every job that is due. One that fails is logged, and tried again at its next turn.

    :param now: seconds on a clock that never goes back.
    :return: seconds until the next job is due, at most `LONGEST_WAIT_S`.
    """
    for job in jobs_of(app):
        if job.due_at_s <= now:
            job.due_at_s = now + job.every_s
            _run(app, job)
    return min((job.due_at_s - now for job in jobs_of(app)), default=LONGEST_WAIT_S)


def run_forever(app: Flask, stop: Event, clock: Callable[[], float] = time.monotonic) -> None:
    """Run jobs as they come due, until `stop` is set; a job that is running is finished first."""
    while not stop.is_set():
        stop.wait(min(max(run_once(app, clock()), 0.0), LONGEST_WAIT_S))


def run_until_signal(app: Flask) -> None:
    """`run_forever` until a SIGTERM or SIGINT."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_forever(app, stop)


def _run(app: Flask, job: Job) -> bool:
    """Whether the job ended well."""
    try:
        with app.app_context():
            job.run()
    except Exception:  # one job's fault must not stop the others; it is in the log with its name
        log.exception("job %s failed", job.name)
        return False
    return True


worker_cli = Group("worker", help=N_("Work in the background: mail, tidying, counts."))


@worker_cli.command("run", help=N_("Run jobs as they come due, until a SIGTERM or Ctrl-C."))
def worker_run() -> None:
    """Run jobs as they come due, until a SIGTERM or Ctrl-C."""
    run_until_signal(current_app._get_current_object())  # type: ignore[attr-defined]


@worker_cli.command("once", help=N_("Run every job once, now. Exit code 1 when one failed."))
def worker_once() -> None:
    """Run every job once, now. Exit code 1 when one failed."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    failed = [job.name for job in jobs_of(app) if not _run(app, job)]
    if failed:
        raise SystemExit(1)
