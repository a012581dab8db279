"""Which mail goes next, on both databases: staff first, oldest first, one worker each, so many a minute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from forum.base.session import db, writing
from forum.mail import outbox, queue
from forum.mail.models import MailState, OutboxMail
from forum.mail.queue import LEASE, RETRY_AFTER, Claim
from tests.mail.mails import NOW, later, put, row, rows, states

DELAY = timedelta(seconds=60)


def claim(session: Session, *, at: datetime = NOW, per_minute: int = 120) -> Claim | None:
    """Claim the next mail."""
    with writing(session):
        return queue.claim(session, now=at, delay=DELAY, per_minute=per_minute)


def claimed(session: Session, *, at: datetime = NOW, per_minute: int = 120) -> Claim:
    """Claim the next mail, of which there is one."""
    found = claim(session, at=at, per_minute=per_minute)
    assert found is not None
    return found


def key_of(session: Session, found: Claim | None) -> str | None:
    """The key of what was claimed."""
    return session.get_one(OutboxMail, found.mail_id).key if found else None


def test_nothing_is_next_in_an_empty_outbox(session: Session) -> None:
    assert claim(session) is None


def test_staff_come_first_then_the_oldest(session: Session) -> None:
    put(session, "jong", due_at=later(minutes=-1))
    put(session, "oud", due_at=later(minutes=-9))
    put(session, "redactie", to_staff=True)

    order = [key_of(session, claim(session)) for _ in range(4)]

    assert order == ["redactie", "oud", "jong", None]


def test_who_waits_for_a_mail_goes_before_the_followers_of_a_busy_thread(session: Session) -> None:
    for number in range(3):
        put(session, f"volger {number}", due_at=later(hours=-1))
    put(session, "bevestig", awaited=True)
    put(session, "redactie", to_staff=True)
    put(session, "uitnodiging", to_staff=True, awaited=True)

    order = [key_of(session, claim(session)) for _ in range(4)]

    assert order == ["uitnodiging", "redactie", "bevestig", "volger 0"]


def test_a_mail_waits_for_its_time(session: Session) -> None:
    put(session, due_at=later(minutes=5))

    assert claim(session, at=later(minutes=4, seconds=59)) is None
    assert claim(session, at=later(minutes=5)) is not None


def test_a_mail_about_a_decision_waits_until_it_can_no_longer_be_undone(session: Session) -> None:
    put(session, waits_for_undo=True)

    assert claim(session, at=later(seconds=59)) is None
    assert claim(session, at=later(seconds=60)) is not None


def test_a_claimed_mail_is_nobody_elses_until_its_lease_ends(session: Session) -> None:
    put(session)
    first = claimed(session)

    assert claim(session, at=NOW + LEASE - timedelta(seconds=1)) is None
    second = claimed(session, at=NOW + LEASE)
    assert (second.mail_id, second.attempts) == (first.mail_id, 2)
    assert second.lease != first.lease


def test_what_the_first_worker_says_after_its_lease_ended_no_longer_counts(session: Session) -> None:
    put(session)
    first = claimed(session)
    second = claimed(session, at=NOW + LEASE)

    with writing(session):
        queue.failed(session, first, "550 no")

    mail = row(session)
    assert (mail.state, mail.lease) == (MailState.WAITING, second.lease)


def test_no_more_leave_in_a_minute_than_are_allowed(session: Session) -> None:
    for key in "abc":
        put(session, key)
    first = claimed(session, per_minute=2)
    with writing(session):
        queue.sent(session, first, "250 ok", now=NOW)
    claim(session, per_minute=2)  # another worker is about to send it

    assert claim(session, per_minute=2) is None
    assert claim(session, at=later(seconds=61), per_minute=2) is not None


def test_many_workers_at_once_never_claim_one_mail_twice_nor_too_many(app: Flask) -> None:
    with app.app_context():
        for number in range(40):
            put(db.session, str(number))

    def work(_: int) -> list[int]:
        with app.app_context():
            return [found.mail_id for _ in range(5) if (found := claim(db.session, per_minute=25))]

    with ThreadPoolExecutor(8) as pool:
        ids = [mail_id for found in pool.map(work, range(8)) for mail_id in found]

    assert len(ids) == len(set(ids)) == 25


def test_a_mail_that_was_taken_says_when_and_with_which_answer(session: Session) -> None:
    put(session)
    found = claimed(session)
    with writing(session):
        queue.sent(session, found, "250 queued", now=later(seconds=1))

    mail = row(session)
    assert (mail.state, mail.sent_at, mail.last_answer) == (MailState.SENT, later(seconds=1), "250 queued")
    assert (mail.lease, mail.leased_until) == (None, None)


def test_attempts_come_ever_later_and_end_in_a_dead_letter(session: Session) -> None:
    put(session)
    now, waits = NOW, []

    while (found := claim(session, at=now)) is not None:
        with writing(session):
            queue.try_later(session, found, "451 later", now=now)
        waits.append(row(session).due_at - now)
        now = max(now, row(session).due_at)

    mail = row(session)
    assert waits[:-1] == list(RETRY_AFTER)
    assert [wait.total_seconds() for wait in RETRY_AFTER] == [60, 300, 1_800, 7_200, 21_600, 86_400]
    assert (mail.state, mail.attempts, mail.last_answer) == (MailState.FAILED, 7, "451 later")


def test_a_mail_that_is_tried_again_does_not_wait_for_an_undo_twice(session: Session) -> None:
    put(session, waits_for_undo=True)
    found = claimed(session, at=later(seconds=60))
    with writing(session):
        queue.try_later(session, found, "451 later", now=later(seconds=60))

    assert claim(session, at=later(seconds=120)) is not None


@pytest.mark.parametrize("outcome", ["failed", "later"])
def test_a_mail_stopped_while_it_was_leaving_stays_stopped_unless_it_left(
    session: Session, outcome: str
) -> None:
    put(session)
    found = claimed(session)
    _stop(session)

    with writing(session):
        if outcome == "failed":
            queue.failed(session, found, "550 no")
        else:
            queue.try_later(session, found, "451 later", now=NOW)

    assert states(session) == {"een": MailState.STOPPED}
    assert claim(session, at=later(days=9)) is None


def test_a_mail_stopped_while_it_was_leaving_says_so_when_it_left(session: Session) -> None:
    put(session)
    found = claimed(session)
    _stop(session)

    with writing(session):
        queue.sent(session, found, "250 ok", now=NOW)

    assert states(session) == {"een": MailState.SENT}


def test_a_mail_whose_reader_was_erased_meanwhile_leaves_nothing(session: Session) -> None:
    put(session)
    found = claimed(session)
    with writing(session):
        session.execute(delete(OutboxMail))

    with writing(session):
        queue.sent(session, found, "250 ok", now=NOW)

    assert rows(session) == []


def test_the_same_key_twice_is_one_mail(session: Session) -> None:
    first = put(session, "een")
    second = put(session, "een", recipient="ander@lezers.example")

    assert first == second
    assert len(rows(session)) == 1


def test_forgetting_somebody_deletes_their_mails_and_nobody_elses(session: Session) -> None:
    put(session, "weg")
    put(session, "blijft", recipient="ander@lezers.example")

    with writing(session):
        outbox.forget_recipient(session, "noor.de.wit@lezers.example")

    assert list(states(session)) == ["blijft"]


def _stop(session: Session) -> None:
    """As an undo does, to a mail that is being delivered."""
    with writing(session):
        session.query(OutboxMail).update({OutboxMail.state: MailState.STOPPED})
