"""One pass over the outbox: claim a mail, compose it, hand it over, mark it; again until none is due."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from forum.base.clock import utc_now
from forum.base.session import writing
from forum.base.signing import Signer
from forum.config import Settings
from forum.mail import queue
from forum.mail.answers import Attempt, Outcome
from forum.mail.compose import UnknownKind, letter_of, sender_of
from forum.mail.delivery import MAIL_WITHIN_S, Postman, Tell
from forum.mail.headers import UnsafeMail
from forum.mail.message import Letter
from forum.mail.models import OutboxMail, SuppressionCause
from forum.mail.suppression import STOPPED_BECAUSE, is_suppressed, suppress

log = logging.getLogger("forum.mail")

PASS_WITHIN_S = 30.0
"""A pass takes no other mail after this long, so that the worker's other jobs have their turn."""
PAUSE_AFTER_TROUBLE_S = 30.0
"""After a failed connection the server is left alone this long: an outage costs each mail few attempts."""
NOTE_AGAIN_AFTER_S = 1.0
NOTE_WITHIN_S = queue.LEASE.total_seconds() - MAIL_WITHIN_S - 30.0
"""So long it is tried to note what became of a mail: then the lease is nearly over, and another worker's turn comes."""


class _NotComposed(Exception):  # noqa: N818 - a verdict: its composer failed, and that is in the log
    """What the mail says could not be made."""


@dataclass
class Trouble:
    """Tells a mail that breaks connections from a server that fails: two mails in a row are the server."""

    _broken_at: int | None = None

    def is_the_servers(self, mail_id: int, outcome: Outcome | None) -> bool:
        """Whether the server fails, after what became of this mail; None: it was not sent, which tells nothing."""
        if outcome is not Outcome.BROKEN:
            self._broken_at = self._broken_at if outcome is None else None
            return outcome is Outcome.TROUBLE
        is_second = self._broken_at not in {None, mail_id}
        self._broken_at = mail_id
        return is_second


@dataclass
class MailRound:
    """The mail job of a worker, which remembers when the mail server last failed.

    :ivar rests_until_s: on the monotonic clock.
    """

    app: Flask
    rests_until_s: float = 0.0
    trouble: Trouble = field(default_factory=Trouble)

    def run(self, session: Session, *, stops: Callable[[], bool] = lambda: False) -> int:
        """Send what is due, unless no mail server is set or it failed a moment ago.

        :param stops: whether to take no other mail.
        :return: how many mails left.
        """
        if time.monotonic() < self.rests_until_s:
            return 0
        ends_s = time.monotonic() + PASS_WITHIN_S
        count, has_failed = deliver_due(
            self.app, session, stops=lambda: stops() or time.monotonic() >= ends_s, trouble=self.trouble
        )
        if has_failed:
            self.rests_until_s = time.monotonic() + PAUSE_AFTER_TROUBLE_S
        return count


def deliver_due(
    app: Flask,
    session: Session,
    *,
    stops: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = utc_now,
    trouble: Trouble | None = None,
) -> tuple[int, bool]:
    """Send what is due, mail by mail, until there is none, the rate is reached, `stops`, or the server fails.

    Without a mail server nothing is done.

    :param trouble: what the pass before met.
    :return: how many mails left, and whether the server failed.
    """
    settings: Settings = app.extensions["forum_settings"]
    if not settings.smtp_url:
        return 0, False
    trouble = trouble or Trouble()
    postman, count, has_failed = postman_of(settings), 0, False
    try:
        while not stops() and not has_failed:
            with writing(session):
                claimed = queue.claim(
                    session, now=clock(), delay=timedelta(seconds=settings.mail_delay_s),
                    per_minute=settings.mail_per_minute,
                )  # fmt: skip
            if claimed is None:
                break
            outcome = _deliver(app, session, postman, claimed, clock)
            count += outcome is Outcome.SENT
            has_failed = trouble.is_the_servers(claimed.mail_id, outcome)
    finally:
        postman.close()
    return count, has_failed


def postman_of(settings: Settings, tell: Tell = lambda _step, _answer: None) -> Postman:
    """Who brings the mails to the site's mail server."""
    return Postman(settings.smtp_url, own_name=sender_of(settings).host, tell=tell)


def _deliver(
    app: Flask, session: Session, postman: Postman, claimed: queue.Claim, clock: Callable[[], datetime]
) -> Outcome | None:
    """What became of a claimed mail; None: it was not sent, for a reason of its own."""
    mail = session.get(OutboxMail, claimed.mail_id, populate_existing=True)
    if mail is None:
        return None
    try:
        letter = _letter(app, session, mail, claimed, now=clock())
    except (_NotComposed, UnknownKind, UnsafeMail) as problem:
        with writing(session):
            _mark_unwritten(session, claimed, problem, now=clock())
        return None
    if letter is None:
        with writing(session):
            _stop(session, app.extensions["forum_signer"], claimed)
        return None
    session.rollback()  # nothing is held open while the mail server takes its time
    attempt = postman.send(letter)
    _note(session, app.extensions["forum_signer"], claimed, attempt, clock)
    log.info("mail", extra={"fields": {"mail": claimed.mail_id, "outcome": attempt.outcome.value}})
    return attempt.outcome


def _letter(
    app: Flask, session: Session, mail: OutboxMail, claimed: queue.Claim, *, now: datetime
) -> Letter | None:
    """The finished mail, or None when it is not to be sent."""
    signer: Signer = app.extensions["forum_signer"]
    if mail.recipient is None or is_suppressed(session, signer, mail.recipient, to_staff=mail.to_staff):
        return None
    if claimed.attempts > len(queue.RETRY_AFTER) + 1:
        raise UnsafeMail("the worker ended each time it tried to send it")
    try:
        return letter_of(app, session, mail, now=now)
    except (UnknownKind, UnsafeMail):
        raise
    except Exception as error:  # whatever is wrong with one mail must not hold up the others
        log.exception("a mail could not be composed", extra={"fields": {"mail": claimed.mail_id}})
        raise _NotComposed(type(error).__name__) from error


def _mark_unwritten(session: Session, claimed: queue.Claim, problem: Exception, *, now: datetime) -> None:
    if isinstance(problem, _NotComposed):
        queue.try_later(session, claimed, f"not composed: {problem}", now=now)
    elif isinstance(problem, UnknownKind):
        queue.failed(session, claimed, f"not composed: unknown kind {problem}")
    else:
        queue.failed(session, claimed, f"not sent: {problem}")


def _stop(session: Session, signer: Signer, claimed: queue.Claim) -> None:
    mail = session.get(OutboxMail, claimed.mail_id)
    is_known = (
        mail is not None
        and mail.recipient is not None
        and is_suppressed(session, signer, mail.recipient, to_staff=mail.to_staff)
    )
    queue.stopped(session, claimed, STOPPED_BECAUSE if is_known else None)


def _note(
    session: Session, signer: Signer, claimed: queue.Claim, attempt: Attempt, clock: Callable[[], datetime]
) -> None:
    """Mark what became of the mail, and try again while the database is away: else a mail that left would go again."""
    until_s = time.monotonic() + NOTE_WITHIN_S
    while True:
        try:
            with writing(session):
                _mark(session, signer, claimed, attempt, now=clock())
            return
        except (DBAPIError, PoolTimeout):
            if time.monotonic() >= until_s:
                raise
            log.warning("what became of a mail could not be stored yet", exc_info=True)
            time.sleep(NOTE_AGAIN_AFTER_S)


def _mark(session: Session, signer: Signer, claimed: queue.Claim, attempt: Attempt, *, now: datetime) -> None:
    if attempt.outcome is Outcome.SENT:
        queue.sent(session, claimed, attempt.answer, now=now)
    elif attempt.outcome in {Outcome.LATER, Outcome.BROKEN, Outcome.TROUBLE}:
        queue.try_later(session, claimed, attempt.answer, now=now)
    else:
        queue.failed(session, claimed, attempt.answer)
    if attempt.outcome is Outcome.REFUSED:
        mail = session.get(OutboxMail, claimed.mail_id)
        if mail is not None and mail.recipient:  # else it was erased meanwhile, and nothing is kept of it
            suppress(session, signer, mail.recipient, SuppressionCause.REFUSED, now=now)
