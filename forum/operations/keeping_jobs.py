"""What the worker does so that nothing is kept longer than it should be, and what runs right after an erasure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.after_erasure import register_after_erasure
from forum.comments.models import Erasure
from forum.config import Settings
from forum.operations import ledger, retention, wiping
from forum.operations.heartbeat import beat
from forum.operations.last_times import claim, give_back, last_time
from forum.operations.models import Heartbeat
from forum.operations.worker import Job, register_job, stop_of
from forum.web.log import log
from forum.web.page_cache import PageCache

RETENTION, REMOVED = "retention", "removed"
NIGHT_HOURS = range(3, 5)
_MINUTE_S = 60.0
TURN_S = 20.0
"""So long retention works before the worker's other jobs, mail above all, have their turn."""
_RUN_AGAIN = timedelta(hours=20)
_OVERDUE = timedelta(hours=36)
_A_MOMENT = timedelta(microseconds=1)
_NOTED_AT_ONCE = 500


def register_keeping_jobs(app: Flask) -> None:
    """Retention at night, the ledger and the wiping of erased bytes every minute."""
    settings: Settings = app.extensions["forum_settings"]
    register_after_erasure(app, _after_erasure(app, settings))
    register_job(
        app,
        Job(
            "retention", _MINUTE_S,
            lambda: keep_to_terms(db.session, settings, now=utc_now(), stops=_turn_is_over(app)),
            whole=lambda: keep_to_terms(db.session, settings, now=utc_now()),
        ),
    )  # fmt: skip
    register_job(app, Job("note erasures", _MINUTE_S, lambda: ledger.bring_up_to_date(db.session, settings)))
    register_job(app, Job("wipe erased", _MINUTE_S, lambda: wipe_erased(db.session, settings, now=utc_now())))


def keep_to_terms(
    session: Session, settings: Settings, *, now: datetime, stops: Callable[[], bool] = lambda: False
) -> bool:
    """Run retention when it is night in the site's zone, or when the last run is long past; whether it ran.

    :param stops: whether this turn is over; the next one goes on with what is left, at any hour.
    """
    not_since = now - (_RUN_AGAIN if is_night(settings, now) else _OVERDUE)
    with writing(session):
        if not claim(session, RETENTION, now=now, not_since=not_since):
            return False
    removed = list(remove_past(session, settings, now=now, stops=stops))
    if stops() and any(line.rows for line in removed):
        with writing(session):
            give_back(session, RETENTION)
    log("retention", removed={line.what: line.rows for line in removed if line.rows})
    return True


def remove_past(
    session: Session,
    settings: Settings,
    *,
    now: datetime,
    stops: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = utc_now,
) -> Iterator[retention.Removed]:
    """`retention.run`; when there is something to remove, it is noted that its bytes are to be wiped.

    Before it, in case the process is killed; and after it, in case another one wipes meanwhile: that leaves what is
    removed later.

    :param clock: tells when the run has ended.
    """
    if not any(line.rows for line in retention.rehearse(session, settings, now=now)):
        yield from retention.run(session, settings, now=now, stops=stops)
        return
    _note_removed(session, now)
    try:
        yield from retention.run(session, settings, now=now, stops=stops)
    finally:
        _note_removed(session, max(now + _A_MOMENT, clock()))


def _note_removed(session: Session, now: datetime) -> None:
    with writing(session):
        beat(session, REMOVED, now=now)


@dataclass(frozen=True)
class Remains:
    """What was erased, by its writer or by staff, and removed by its term, and may be left in the bytes.

    Each knows whether it was wiped, for moments do not tell: the clock may have been wrong at the one or the other.

    :param erasures: ids.
    :param removed_at: what the last run of retention noted; only something to tell it from the next.
    """

    erasures: Sequence[int]
    removed_at: datetime | None

    def __bool__(self) -> bool:
        return bool(self.erasures) or self.removed_at is not None


def wipe_erased(session: Session, settings: Settings, *, now: datetime) -> bool:
    """Write the database anew when something was erased since the last time; whether that was done.

    A large one only at night, because writers wait meanwhile; by day its log is emptied.
    """
    remains = find_remains(session)
    engine = session.get_bind().engine
    session.rollback()
    if not remains:
        return False
    if wiping.size_bytes(engine) > wiping.REWRITTEN_AT_ONCE_BYTES and not is_night(settings, now):
        wiping.empty_log(engine)
        return False
    if not wiping.rewrite(engine):
        return False
    with writing(session):
        _note_wiped(session, remains)
    return wiping.empty_log(engine)


def find_remains(session: Session) -> Remains:
    """What was erased since the database was last wiped."""
    erasures = session.scalars(select(Erasure.id).where(Erasure.is_wiped.is_(False))).all()
    return Remains(erasures, last_time(session, REMOVED))


def _note_wiped(session: Session, remains: Remains) -> None:
    """Only what was there before: what came meanwhile is wiped the next time."""
    ids = remains.erasures
    for start in range(0, len(ids), _NOTED_AT_ONCE):
        some = Erasure.id.in_(ids[start : start + _NOTED_AT_ONCE])
        session.execute(update(Erasure).where(some).values(is_wiped=True))
    session.execute(delete(Heartbeat).where(Heartbeat.name == REMOVED, Heartbeat.at == remains.removed_at))


def is_night(settings: Settings, now: datetime) -> bool:
    """Whether it is night for the readers."""
    return now.astimezone(settings.timezone).hour in NIGHT_HOURS


def _turn_is_over(app: Flask, clock: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """Tells whether `TURN_S` have passed since now, or the worker was asked to stop."""
    ends_at_s, stop = clock() + TURN_S, stop_of(app)
    return lambda: clock() >= ends_at_s or stop.is_set()


def _after_erasure(app: Flask, settings: Settings) -> Callable[[], None]:
    """Drop the pages that show it, write it into the ledger, and take what was erased out of the log of the database.

    What cannot be done at this moment the worker does within a minute: the erasure itself stands.
    """

    def finish() -> None:
        cache: PageCache = app.extensions["forum_page_cache"]
        cache.drop_stale()
        engine = db.session.get_bind().engine
        try:
            ledger.bring_up_to_date(db.session, settings)
            db.session.rollback()
            wiping.empty_log(engine)
        except (OSError, SQLAlchemyError, engine.dialect.loaded_dbapi.Error):
            log("erasure to be finished by the worker", exc_info=True)

    return finish
