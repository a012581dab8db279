"""Signs of life of the background worker, for `/readyz`."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.base.upsert import insert_for
from forum.operations.models import Heartbeat

log = logging.getLogger("forum.worker")

WORKER = "worker"
EVERY_S = 20.0
SILENT_AFTER = timedelta(minutes=2)
LONGEST_JOB_S = 3_600.0
"""A worker whose job takes longer is stuck, and no longer says that it is well."""


def beat(session: Session, name: str, *, now: datetime) -> None:
    """Note that a process is at work. The caller commits."""
    statement = insert_for(session.get_bind().dialect.name, Heartbeat).values(name=name, at=now)
    session.execute(statement.on_conflict_do_update(index_elements=[Heartbeat.name], set_={"at": now}))


def is_silent(session: Session, *, now: datetime) -> bool:
    """Whether a worker was at work once and none is now.

    Where none ever was (a first start's first moment, or development without one), nothing is missed yet.
    """
    last = session.get(Heartbeat, WORKER)
    return last is not None and last.at < now - SILENT_AFTER


class Heart(threading.Thread):
    """Beats while the worker does its jobs, however long one takes, until `stop` is set.

    :ivar busy_since_s: when the present job began, on the monotonic clock; None between jobs.
    """

    def __init__(self, app: Flask, stop: threading.Event) -> None:
        super().__init__(daemon=True, name="heart")
        self._app, self._stop_asked = app, stop
        self.busy_since_s: float | None = None

    def run(self) -> None:
        """Beat at once, then every `EVERY_S`."""
        while True:
            if not self.is_stuck(time.monotonic()):
                self.beat_once()
            if self._stop_asked.wait(EVERY_S):
                return

    def is_stuck(self, now_s: float) -> bool:
        """Whether the present job takes too long."""
        since_s = self.busy_since_s
        return since_s is not None and now_s - since_s > LONGEST_JOB_S

    def beat_once(self) -> None:
        """Beat; whatever goes wrong is logged, and tried again at the next beat: the thread outlives it."""
        try:
            with self._app.app_context(), writing(db.session):
                beat(db.session, WORKER, now=utc_now())
        except Exception:  # no fault, of whatever kind, may end the beat of a worker that is well
            log.warning("the worker's sign of life could not be stored", exc_info=True)
