"""The outbox is delivered: none is lost, none goes out that should not, one bad mail holds up no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlalchemy.orm import Session

from forum.base.session import db, writing
from forum.mail import outbox as outbox_module
from forum.mail import queue, sending
from forum.mail.answers import Outcome
from forum.mail.delivery import Postman
from forum.mail.models import MailState, OutboxMail, SuppressedAddress
from forum.mail.sending import PAUSE_AFTER_TROUBLE_S, MailRound, Trouble
from tests.conftest import AppFactory
from tests.mail.mails import NOW, OTHER, READER, deliver, later, put, row, states
from tests.mail.patience import wait_shortly
from tests.mail.server import Faults, MailServer
from tests.web.test_http_errors import lines as lines


def test_a_mail_in_the_outbox_arrives_once(mailing_app: Flask, outbox: Session, server: MailServer) -> None:
    put(outbox)

    results = [deliver(mailing_app, outbox), deliver(mailing_app, outbox)]

    assert results == [(1, False), (0, False)]
    assert len(server.letters_to(READER.email)) == 1
    assert states(outbox) == {"een": MailState.SENT}


@pytest.mark.parametrize(
    "error", [OperationalError("UPDATE", {}, Exception("locked")), WaitedTooLong("busy")]
)
def test_a_mail_that_left_is_noted_as_soon_as_the_database_is_back(
    small_app: Flask,
    small_outbox: Session,
    server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    errors, note = [error, error], queue.sent

    def sent(*arguments: Any, **values: Any) -> None:
        if errors:
            raise errors.pop()
        note(*arguments, **values)

    put(small_outbox)
    monkeypatch.setattr(queue, "sent", sent)
    monkeypatch.setattr(sending, "NOTE_AGAIN_AFTER_S", 0.0)

    deliver(small_app, small_outbox)

    assert states(small_outbox) == {"een": MailState.SENT}
    assert len(server.messages) == 1


def test_a_mail_that_cannot_be_noted_before_its_lease_ends_is_left_to_the_next_worker(
    small_app: Flask, small_outbox: Session, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sent(*_: Any, **__: Any) -> None:
        raise WaitedTooLong("busy")

    put(small_outbox)
    monkeypatch.setattr(queue, "sent", sent)
    monkeypatch.setattr(sending, "NOTE_WITHIN_S", 0.0)

    with pytest.raises(WaitedTooLong):
        deliver(small_app, small_outbox)

    assert states(small_outbox) == {"een": MailState.WAITING}


def test_a_second_copy_bears_the_same_message_id(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    put(outbox)
    server.faults = Faults(drops_after_data=True)
    deliver(mailing_app, outbox)
    server.faults = Faults()
    deliver(mailing_app, outbox, at=later(minutes=1))

    assert len(server.messages) == 2
    assert len(set(server.message_ids())) == 1
    assert states(outbox) == {"een": MailState.SENT}


def test_a_failing_server_is_left_alone_after_one_mail(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    for key in "abc":
        put(outbox, key)
    server.refuse_connections()

    result = deliver(mailing_app, outbox)

    assert result == (0, True)
    assert [row(outbox, key).attempts for key in "abc"] == [1, 0, 0]
    assert row(outbox, "a").due_at == later(minutes=1)
    assert row(outbox, "a").lease is None


@pytest.mark.parametrize("fault", ["hangs", "421", "hangs up"])
def test_a_mail_at_which_the_connection_breaks_holds_up_no_other(
    mailing_app: Flask, outbox: Session, server: MailServer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    wait_shortly(monkeypatch, lambda sent: READER.email in sent)
    server.breaks_at[READER.email] = fault
    put(outbox, "stuk")
    for key in "abc":
        put(outbox, key, recipient=f"{key}@lezers.example")

    result = deliver(mailing_app, outbox)

    assert result == (3, False)
    assert states(outbox) == {"stuk": MailState.WAITING} | dict.fromkeys("abc", MailState.SENT)
    assert row(outbox, "stuk").due_at == later(minutes=1)


def test_two_mails_in_a_row_at_which_the_connection_breaks_are_a_failing_server(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    for key in "abcd":
        put(outbox, key)
    server.faults.answers["RCPT"] = "421 4.3.2 going down"

    result = deliver(mailing_app, outbox)

    assert result == (0, True)
    assert [row(outbox, key).attempts for key in "abcd"] == [1, 1, 0, 0]


def test_one_mail_that_breaks_connections_again_and_again_is_not_the_server() -> None:
    trouble = Trouble()

    verdicts = [trouble.is_the_servers(7, Outcome.BROKEN) for _ in range(3)]

    assert verdicts == [False, False, False]


@pytest.mark.parametrize(
    ("between", "is_the_servers"), [(Outcome.SENT, False), (Outcome.LATER, False), (None, True)]
)
def test_only_a_mail_that_the_server_judged_shows_that_it_works(
    between: Outcome | None, is_the_servers: bool
) -> None:
    trouble = Trouble()
    trouble.is_the_servers(1, Outcome.BROKEN)

    trouble.is_the_servers(2, between)

    assert trouble.is_the_servers(3, Outcome.BROKEN) is is_the_servers


def test_a_round_remembers_at_which_mail_the_connection_broke_in_the_one_before(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    mails = MailRound(small_app)
    server.faults.answers["RCPT"] = "421 4.3.2 going down"
    put(small_outbox, "een")
    mails.run(small_outbox)
    put(small_outbox, "twee")
    mails.run(small_outbox)

    put(small_outbox, "drie")
    mails.run(small_outbox)

    assert [row(small_outbox, key).attempts for key in ("een", "twee", "drie")] == [1, 1, 0]


def test_all_mails_arrive_after_an_outage(mailing_app: Flask, outbox: Session, server: MailServer) -> None:
    for key in "abc":
        put(outbox, key)
    server.refuse_connections()
    deliver(mailing_app, outbox)
    server.listen()

    deliver(mailing_app, outbox, at=later(minutes=1))

    assert len(server.messages) == 3
    assert set(states(outbox).values()) == {MailState.SENT}


def test_a_passing_refusal_holds_up_no_other_mail(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    put(outbox, "later")
    put(outbox, "nu", recipient=OTHER)
    server.faults.refused[READER.email] = "451 4.2.0 greylisted"

    result = deliver(mailing_app, outbox)

    assert result == (1, False)
    assert states(outbox) == {"later": MailState.WAITING, "nu": MailState.SENT}
    assert row(outbox, "later").last_answer == "451 4.2.0 greylisted"


def test_a_mail_that_would_go_to_somebody_else_is_never_sent(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    put(small_outbox, recipient=f"{READER.email}, {OTHER}")

    deliver(small_app, small_outbox)

    assert server.messages == []
    assert states(small_outbox) == {"een": MailState.FAILED}


def test_a_mail_that_kills_its_worker_each_time_is_given_up(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    mail_id = put(small_outbox)
    with writing(small_outbox):
        small_outbox.get_one(OutboxMail, mail_id).attempts = 7

    deliver(small_app, small_outbox)

    assert states(small_outbox) == {"een": MailState.FAILED}
    assert server.messages == []


def test_a_mail_to_nobody_any_more_is_stopped(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    mail_id = put(small_outbox)
    with writing(small_outbox):
        small_outbox.get_one(OutboxMail, mail_id).recipient = None

    deliver(small_app, small_outbox)

    assert states(small_outbox) == {"een": MailState.STOPPED}


def test_an_undone_decision_stops_its_mail(mailing_app: Flask, outbox: Session, server: MailServer) -> None:
    put(outbox, waits_for_undo=True)
    with writing(outbox):
        outbox.query(OutboxMail).update({OutboxMail.state: MailState.STOPPED})

    deliver(mailing_app, outbox, at=later(minutes=2))

    assert server.messages == []


def test_somebody_who_is_erased_while_the_server_thinks_is_not_written_about_again(
    mailing_app: Flask, outbox: Session, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(outbox)
    server.faults.refused[READER.email] = "550 5.1.1 unknown"
    send = Postman.send

    def erase_meanwhile(postman: Postman, letter: Any) -> Any:
        with mailing_app.app_context(), writing(db.session):
            outbox_module.forget_recipient(db.session, READER.email)
        return send(postman, letter)

    monkeypatch.setattr(Postman, "send", erase_meanwhile)
    deliver(mailing_app, outbox)

    assert states(outbox) == {}
    assert outbox.query(SuppressedAddress).count() == 0


def test_nothing_is_locked_while_the_server_thinks(
    mailing_app: Flask, outbox: Session, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(outbox)
    written: list[int] = []
    send = Postman.send

    def write_meanwhile(postman: Postman, letter: Any) -> Any:
        assert not outbox.in_transaction()
        with mailing_app.app_context():
            written.append(put(db.session, "intussen", recipient=OTHER, due_at=later(days=1)))
        return send(postman, letter)

    monkeypatch.setattr(Postman, "send", write_meanwhile)
    deliver(mailing_app, outbox)

    assert len(written) == 1


def test_workers_at_once_send_each_mail_once(mailing_app: Flask, server: MailServer) -> None:
    with mailing_app.app_context():
        for number in range(20):
            put(db.session, str(number))

    def work(_: int) -> int:
        with mailing_app.app_context():
            return deliver(mailing_app, db.session)[0]

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(work, range(4)))

    assert sum(counts) == len(server.messages) == len(set(server.message_ids())) == 20


def test_no_more_leave_in_a_minute_than_the_setting_says(
    database_url: str, make_app: AppFactory, server: MailServer
) -> None:
    app = make_app(database_url, FORUM_SMTP_URL=server.url, FORUM_MAIL_PER_MINUTE="5")
    with app.app_context():
        for number in range(7):
            put(db.session, str(number))

        counts = [deliver(app, db.session, at=at)[0] for at in (NOW, later(seconds=30), later(seconds=61))]

    assert counts == [5, 0, 2]


def test_without_a_mail_server_nothing_happens(app: Flask, session: Session) -> None:
    put(session)

    result = deliver(app, session)

    assert result == (0, False)
    assert row(session).attempts == 0


def test_a_worker_that_is_asked_to_stop_takes_no_other_mail(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    for key in "abc":
        put(small_outbox, key)

    deliver(small_app, small_outbox, stops=lambda: len(server.messages) >= 1)

    assert len(server.messages) == 1


def test_a_round_after_trouble_rests_and_then_goes_on(
    small_app: Flask, small_outbox: Session, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(small_outbox, "een")
    put(small_outbox, "twee")
    moment_s = 1_000.0
    monkeypatch.setattr("forum.mail.sending.time.monotonic", lambda: moment_s)
    mails = MailRound(small_app)
    server.refuse_connections()
    mails.run(small_outbox)
    server.listen()

    rested = mails.run(small_outbox)
    moment_s += PAUSE_AFTER_TROUBLE_S
    went_on = mails.run(small_outbox)

    assert (rested, went_on) == (0, 1)


def test_the_log_of_a_delivery_holds_no_address(
    small_app: Flask, small_outbox: Session, server: MailServer, lines: list[str]
) -> None:
    put(small_outbox, "een")
    put(small_outbox, "twee", recipient=f"{READER.email}, {OTHER}")
    put(small_outbox, "drie", recipient=OTHER)
    server.faults.refused[OTHER] = f"550 5.1.1 {OTHER}"

    deliver(small_app, small_outbox)

    logged = "\n".join(lines)
    assert '"outcome": "sent"' in logged
    assert "@" not in logged
