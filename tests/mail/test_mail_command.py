"""`flask mail test` tells an operator what the mail server answers; the worker's job sends what waits."""

from __future__ import annotations

import pytest
from flask import Flask

from forum.base.session import db
from forum.mail.models import MailState
from forum.operations.worker import jobs_of, run_once, stop_of
from tests.factories import READER
from tests.mail.mails import put, states
from tests.mail.server import Faults, MailServer


def test_a_test_mail_arrives_and_each_answer_is_told(small_app: Flask, server: MailServer) -> None:
    result = small_app.test_cli_runner().invoke(args=["mail", "test", READER.email])

    assert result.exit_code == 0
    assert len(server.letters_to(READER.email)) == 1
    assert "220 mail.test.example" in result.output
    assert "250 taken" in result.output


def test_a_test_mail_stands_in_no_outbox(small_app: Flask, server: MailServer) -> None:
    small_app.test_cli_runner().invoke(args=["mail", "test", READER.email])

    with small_app.app_context():
        assert states(db.session) == {}


@pytest.mark.parametrize(
    "faults",
    [
        Faults(answers={"RCPT": "550 5.1.1 nobody\x1b[31m here"}),
        Faults(answers={"DATA": "451 4.3.0 later"}),
        Faults(answers={"CONNECT": "554 go away"}),
    ],
)
def test_a_test_mail_that_was_not_taken_ends_with_the_answer(
    small_app: Flask, server: MailServer, faults: Faults
) -> None:
    server.faults = faults

    result = small_app.test_cli_runner().invoke(args=["mail", "test", READER.email])

    assert result.exit_code == 1
    assert next(iter(faults.answers.values()))[:3] in result.output
    assert "\x1b" not in result.output


def test_a_test_mail_to_an_unreachable_server_fails_plainly(small_app: Flask, server: MailServer) -> None:
    server.refuse_connections()

    result = small_app.test_cli_runner().invoke(args=["mail", "test", READER.email])

    assert result.exit_code == 1
    assert "Connection refused" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "address", ["", "geen adres", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example"]
)
def test_a_test_mail_goes_to_one_address_only(small_app: Flask, server: MailServer, address: str) -> None:
    result = small_app.test_cli_runner().invoke(args=["mail", "test", address])

    assert result.exit_code == 1
    assert server.messages == []


def test_without_a_mail_server_a_test_mail_names_the_setting(sqlite_app: Flask) -> None:
    result = sqlite_app.test_cli_runner().invoke(args=["mail", "test", READER.email])

    assert result.exit_code == 1
    assert "FORUM_SMTP_URL" in result.output


def test_the_worker_sends_what_waits(small_app: Flask, server: MailServer) -> None:
    with small_app.app_context():
        put(db.session)

    run_once(small_app, 0.0)

    assert len(server.messages) == 1


def test_a_worker_that_was_asked_to_stop_leaves_mails_for_the_next(
    small_app: Flask, server: MailServer
) -> None:
    with small_app.app_context():
        put(db.session)
    stop_of(small_app).set()

    run_once(small_app, 0.0)

    assert server.messages == []


def test_worker_once_sends_everything_that_is_due(small_app: Flask, server: MailServer) -> None:
    with small_app.app_context():
        for number in range(20):
            put(db.session, str(number))

    result = small_app.test_cli_runner().invoke(args=["worker", "once"])

    assert result.exit_code == 0
    with small_app.app_context():
        assert set(states(db.session).values()) == {MailState.SENT}


def test_worker_once_can_be_run_twice(small_app: Flask, server: MailServer) -> None:
    with small_app.app_context():
        put(db.session)

    codes = [small_app.test_cli_runner().invoke(args=["worker", "once"]).exit_code for _ in range(2)]

    assert codes == [0, 0]
    assert len(server.messages) == 1


def test_the_mail_job_comes_every_few_seconds(small_app: Flask) -> None:
    job = next(job for job in jobs_of(small_app) if job.name == "deliver mail")

    assert job.every_s <= 2
