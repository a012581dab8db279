"""The background worker: jobs that `create_app` registers, each run when its time has come."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from flask import Flask, current_app

from forum.mail.delivery import MAIL_WITHIN_S
from forum.operations.heartbeat import Heart
from forum.operations.supervise import ENDING_SIGNALS, SECOND_SIGNAL_AFTER_S
from forum.web.command_line import N_, Group

log = logging.getLogger(__name__)

EXTENSION = "forum_jobs"
HEART = "forum_heart"
STOP = "forum_stop"
LONGEST_WAIT_S = 60.0
GRACE_S = MAIL_WITHIN_S + 10.0
"""How long a worker may take to stop: killed while a mail server looks through a mail, it would send that one again."""


@dataclass
class Job:
    """Work that is done every so often.

    :param every_s: seconds from one start to the next.
    :param run: the work; it is called in an application context of its own and commits what it writes.
    :param whole: what `worker once` does instead, for work that `run` does a part of at each turn.
    """

    name: str
    every_s: float
    run: Callable[[], object]
    due_at_s: float = field(default=0.0, compare=False)
    whole: Callable[[], object] | None = None


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


def stop_of(app: Flask) -> Event:
    """Set when the worker of `app` was asked to stop: a job that takes long looks at it, and ends early."""
    stop: Event = app.extensions.setdefault(STOP, Event())
    return stop


def run_once(app: Flask, now: float) -> float:
    """Run every job that is due. One that fails is logged, and tried again at its next turn.

    :param now: seconds on a clock that never goes back.
    :return: seconds until the next job is due, at most `LONGEST_WAIT_S`.
    """
    for job in jobs_of(app):
        if job.due_at_s <= now:
            job.due_at_s = now + job.every_s
            _run(app, job, job.run)
    return min((job.due_at_s - now for job in jobs_of(app)), default=LONGEST_WAIT_S)


def run_forever(app: Flask, stop: Event, clock: Callable[[], float] = time.monotonic) -> None:
    """Run jobs as they come due, until `stop` is set; a job that is running is finished first."""
    while not stop.is_set():
        stop.wait(min(max(run_once(app, clock()), 0.0), LONGEST_WAIT_S))


def run_until_signal(app: Flask) -> None:
    """`run_forever` until a SIGTERM or SIGINT, saying now and then that it is at work."""
    stop = stop_of(app)
    for number in ENDING_SIGNALS:
        signal.signal(number, _ender(stop))
    heart = app.extensions[HEART] = Heart(app, stop)
    heart.start()
    run_forever(app, stop)


def _ender(stop: Event, clock: Callable[[], float] = time.monotonic) -> Callable[[int, object], None]:
    """What a signal does: the first one asks the worker to stop, another one a second later ends it at once."""
    asked_at_s: list[float] = []

    def end(number: int, _frame: object) -> None:
        asked_at_s.append(clock())
        stop.set()
        if asked_at_s[-1] - asked_at_s[0] >= SECOND_SIGNAL_AFTER_S:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    return end


def _run(app: Flask, job: Job, work: Callable[[], object]) -> bool:
    """Whether the job ended well."""
    heart: Heart | None = app.extensions.get(HEART)
    try:
        if heart is not None:
            heart.busy_since_s = time.monotonic()
        with app.app_context():
            work()
    except Exception:  # one job's fault must not stop the others; it is in the log with its name
        log.exception("job %s failed", job.name)
        return False
    finally:
        if heart is not None:
            heart.busy_since_s = None
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
    failed = [job.name for job in jobs_of(app) if not _run(app, job, job.whole or job.run)]
    if failed:
        raise SystemExit(1)
