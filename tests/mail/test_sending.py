"""The outbox is delivered: none is lost, none goes out that should not, one bad mail holds up no other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from flask import Flask, render_template, url_for
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlalchemy.orm import Session

from forum.base.session import db, writing
from forum.mail import delivery, queue, sending, suppression
from forum.mail import outbox as outbox_module
from forum.mail.answers import Outcome
from forum.mail.compose import compose
from forum.mail.delivery import Postman
from forum.mail.kinds import Content, mail_kinds, register_mail
from forum.mail.models import MailState, OutboxMail, SuppressedAddress, SuppressionCause
from forum.mail.sending import PAUSE_AFTER_TROUBLE_S, MailRound, Trouble
from tests.conftest import AppFactory
from tests.factories import SIGNER
from tests.mail.mails import MODERATOR, NOW, READER, deliver, later, put, row, states
from tests.mail.server import Faults, MailServer, html_of, text_of
from tests.web.test_http_errors import lines as lines

OTHER = "ander@lezers.example"


@contextmanager
def composing(app: Flask, compose_: Any) -> Iterator[None]:
    """Have `compose_` say what mails of the kind `test` say."""
    kinds = mail_kinds(app)
    before = kinds["test"]
    kinds["test"] = compose_
    yield
    kinds["test"] = before


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


def test_a_mail_is_in_the_language_of_the_site(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    spoken: list[str] = []

    def say(_session: Session, _mail: OutboxMail, _now: datetime) -> Content:
        spoken.append(render_template("layouts/_themes.html"))
        return Content()

    put(small_outbox)
    with composing(small_app, say):
        deliver(small_app, small_outbox)

    assert 'lang="nl"' in html_of(server.messages[0])
    assert "Kleuren" in spoken[0]


def test_a_mail_to_staff_is_in_their_language(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    def say(_session: Session, _mail: OutboxMail, _now: datetime) -> Content:
        return Content(language="en", why=gettext("Colours"))

    put(small_outbox, to_staff=True, recipient=MODERATOR.email)
    with composing(small_app, say):
        deliver(small_app, small_outbox)

    assert 'lang="en"' in html_of(server.messages[0])
    assert "Colours" in text_of(server.messages[0])


def test_a_mail_knows_its_own_page_addresses(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    def say(_session: Session, _mail: OutboxMail, _now: datetime) -> Content:
        return Content(why=url_for("pages.privacy_page", _external=True))

    put(small_outbox)
    with composing(small_app, say):
        deliver(small_app, small_outbox)

    assert "https://forum.example/privacy" in text_of(server.messages[0])


def test_a_subscription_says_in_the_mail_how_to_end_it(
    small_app: Flask, small_outbox: Session, server: MailServer
) -> None:
    url = "https://forum.example/unsubscribe/x"
    put(small_outbox)
    with composing(small_app, lambda *_: Content(unsubscribe_url=url)):
        deliver(small_app, small_outbox)

    assert url in text_of(server.messages[0])
    assert f'href="{url}"' in html_of(server.messages[0])
    assert server.messages[0]["List-Unsubscribe"] == f"<{url}>"


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
    monkeypatch.setattr(delivery, "TIMEOUT_S", 0.3)
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


@pytest.mark.parametrize(
    ("cause", "staff"), [(SuppressionCause.BOUNCED, MailState.SENT), (SuppressionCause.REFUSED, MailState.STOPPED)]
)  # fmt: skip
def test_a_bounce_never_stops_the_mail_to_staff_and_a_servers_own_refusal_does(
    mailing_app: Flask, outbox: Session, server: MailServer, cause: SuppressionCause, staff: MailState
) -> None:
    put(outbox, "eerder", recipient=MODERATOR.email, to_staff=True)
    put(outbox, "lezer", recipient=MODERATOR.email)
    with writing(outbox):
        suppression.suppress(outbox, SIGNER, MODERATOR.email, cause, now=NOW)
    put(outbox, "herstel", recipient=MODERATOR.email, to_staff=True)

    deliver(mailing_app, outbox)

    assert states(outbox) == {"eerder": staff, "herstel": staff, "lezer": MailState.STOPPED}


@pytest.mark.parametrize("causes", [("bounced", "refused"), ("refused", "bounced")])
def test_of_a_bounce_and_a_refusal_the_refusal_counts(session: Session, causes: tuple[str, str]) -> None:
    for cause in causes:
        with writing(session):
            suppression.suppress(session, SIGNER, READER.email, SuppressionCause(cause), now=NOW)

    assert session.query(SuppressedAddress).one().cause is SuppressionCause.REFUSED


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


def test_an_address_that_the_server_refuses_gets_no_more_mail(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    put(outbox, "een")
    put(outbox, "twee")
    put(outbox, "ander", recipient=OTHER)
    server.faults.refused[READER.email] = "550 5.1.1 no such user"
    deliver(mailing_app, outbox)
    server.faults = Faults()
    put(outbox, "drie")

    deliver(mailing_app, outbox)

    assert server.recipients == [[OTHER]]
    assert states(outbox) == {
        "een": MailState.FAILED, "twee": MailState.STOPPED, "ander": MailState.SENT, "drie": MailState.STOPPED,
    }  # fmt: skip


def test_of_a_refused_address_only_a_hash_is_kept(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    put(outbox)
    server.faults.refused[READER.email] = f"550 5.1.1 <{READER.email}> unknown"
    deliver(mailing_app, outbox)

    kept = outbox.query(SuppressedAddress).one()
    assert kept.cause is SuppressionCause.REFUSED
    assert "noor" not in kept.address_hash
    assert row(outbox).last_answer == "550 5.1.1 <…> unknown"


def test_a_refusal_by_policy_suppresses_nobody(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    put(outbox)
    server.faults.refused[READER.email] = "550 5.7.1 relay access denied"

    deliver(mailing_app, outbox)

    assert states(outbox) == {"een": MailState.FAILED}
    assert outbox.query(SuppressedAddress).count() == 0


def test_a_mail_whose_cause_is_gone_is_not_sent(
    mailing_app: Flask, outbox: Session, server: MailServer
) -> None:
    put(outbox)
    with composing(mailing_app, lambda *_: None):
        deliver(mailing_app, outbox)

    assert states(outbox) == {"een": MailState.STOPPED}
    assert server.messages == []


def test_a_mail_that_cannot_be_composed_is_tried_later_and_holds_up_no_other(
    mailing_app: Flask, outbox: Session, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    def say(_session: Session, mail: OutboxMail, _now: datetime) -> Content:
        if mail.recipient == READER.email:
            raise LookupError(mail.recipient)
        return Content()

    put(outbox, "stuk")
    put(outbox, "heel", recipient=OTHER)
    with composing(mailing_app, say):
        deliver(mailing_app, outbox)

    assert states(outbox) == {"stuk": MailState.WAITING, "heel": MailState.SENT}
    assert (row(outbox, "stuk").due_at, row(outbox, "stuk").last_answer) == (
        later(minutes=1), "not composed: LookupError",
    )  # fmt: skip


def test_a_mail_of_an_unknown_kind_fails(small_app: Flask, small_outbox: Session, server: MailServer) -> None:
    put(small_outbox, kind="later_versie")

    deliver(small_app, small_outbox)

    assert states(small_outbox) == {"een": MailState.FAILED}


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


def test_composing_alone_changes_nothing(small_app: Flask, small_outbox: Session) -> None:
    put(small_outbox)
    mail = row(small_outbox)

    words = compose(small_app, small_outbox, mail, now=NOW)

    assert words is not None
    assert not small_outbox.dirty
    assert states(small_outbox) == {"een": MailState.WAITING}


def test_one_kind_has_one_composer(small_app: Flask) -> None:
    with pytest.raises(ValueError, match="test"):
        register_mail(small_app, "test", lambda *_: None)


def test_a_suppressed_address_that_is_lifted_gets_mail_again(session: Session) -> None:
    with writing(session):
        for _ in range(2):
            suppression.suppress(session, SIGNER, READER.email.upper(), SuppressionCause.BOUNCED, now=NOW)
    was = suppression.is_suppressed(session, SIGNER, READER.email)

    with writing(session):
        suppression.lift(session, SIGNER, READER.email)

    assert was
    assert not suppression.is_suppressed(session, SIGNER, READER.email)
