"""Handing mails to a real server: one connection for many, every wait bounded, no password in the clear."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.mail import delivery
from forum.mail.answers import Outcome
from forum.mail.delivery import MAIL_WITHIN_S, MAILS_PER_CONNECTION, Postman, is_loopback
from forum.mail.message import Letter
from forum.mail.queue import LEASE
from tests.factories import READER
from tests.mail.patience import SHORT_S, TEXT, at, be_late, wait_shortly
from tests.mail.server import Faults, MailServer

DATA = b"From: noreply@forum.example\r\nTo: noor@lezers.example\r\nSubject: x\r\n\r\n.\r\n..\r\nDag\r\n"
LETTER = Letter("noreply@forum.example", READER.email, DATA, needs_utf8=False)
LETTER_UTF8 = Letter("noreply@forum.example", "renée@lezers.example", DATA, needs_utf8=True)


@pytest.fixture
def postman(server: MailServer) -> Iterator[Postman]:
    """A postman for the server."""
    postman = Postman(server.url, own_name="forum.example")
    yield postman
    postman.close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that nobody vouches for."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    folder: Path = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=mail.test.example",
    ]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_a_mail_arrives_byte_for_byte(server: MailServer, postman: Postman) -> None:
    attempt = postman.send(LETTER)

    assert attempt.outcome is Outcome.SENT
    assert server.raw == [DATA]
    assert server.recipients == [[READER.email]]


def test_many_mails_share_a_connection(server: MailServer, postman: Postman) -> None:
    outcomes = {postman.send(LETTER).outcome for _ in range(5)}

    assert outcomes == {Outcome.SENT}
    assert server.connections == 1


def test_a_connection_is_renewed_after_many_mails(server: MailServer, postman: Postman) -> None:
    for _ in range(MAILS_PER_CONNECTION + 1):
        postman.send(LETTER)

    assert server.connections == 2


def test_a_connection_that_broke_meanwhile_is_made_anew(server: MailServer, postman: Postman) -> None:
    postman.send(LETTER)
    server.hang_up()

    attempt = postman.send(LETTER)

    assert attempt.outcome is Outcome.SENT
    assert server.connections == 2


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        (Faults(answers={"CONNECT": "554 go away"}), Outcome.TROUBLE),
        (Faults(answers={"CONNECT": "421 busy"}), Outcome.TROUBLE),
        (Faults(answers={"MAIL": "550 5.7.1 no such sender"}), Outcome.TROUBLE),
        (Faults(answers={"MAIL": "452 4.3.1 disk full"}), Outcome.LATER),
        (Faults(answers={"RCPT": "450 4.2.0 greylisted"}), Outcome.LATER),
        (Faults(answers={"RCPT": "550 5.1.1 unknown"}), Outcome.REFUSED),
        (Faults(answers={"RCPT": "554 5.7.1 relay denied"}), Outcome.FAILED),
        (Faults(answers={"DATA": "451 4.3.0 later"}), Outcome.LATER),
        (Faults(answers={"DATA": "554 5.6.0 no"}), Outcome.FAILED),
        (Faults(answers={"RCPT": "421 4.7.0 slow down"}), Outcome.BROKEN),
        (Faults(answers={"DATA": "421 4.3.2 going down"}), Outcome.BROKEN),
        (Faults(drops_after_data=True), Outcome.BROKEN),
    ],
)
def test_what_goes_wrong_is_told_apart(
    server: MailServer, postman: Postman, faults: Faults, outcome: Outcome
) -> None:
    server.faults = faults

    attempt = postman.send(LETTER)

    assert attempt.outcome is outcome
    assert attempt.answer
    assert READER.email not in attempt.answer


def test_after_a_refusal_the_next_mail_goes_over_the_same_connection(
    server: MailServer, postman: Postman
) -> None:
    server.faults.refused[READER.email] = "550 5.1.1 unknown"
    postman.send(LETTER)

    attempt = postman.send(Letter(LETTER.sender, "ander@lezers.example", DATA, needs_utf8=False))

    assert attempt.outcome is Outcome.SENT
    assert server.connections == 1


def test_nobody_there_is_trouble(server: MailServer, postman: Postman) -> None:
    server.refuse_connections()

    assert postman.send(LETTER).outcome is Outcome.TROUBLE


def test_a_server_without_a_name_is_trouble() -> None:
    attempt = Postman("smtp://nergens.invalid", own_name="forum.example").send(LETTER)

    assert attempt.outcome is Outcome.TROUBLE


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        ("CONNECT", Outcome.TROUBLE), ("EHLO", Outcome.TROUBLE), ("MAIL", Outcome.TROUBLE), ("RCPT", Outcome.BROKEN),
    ],
)  # fmt: skip
def test_a_server_that_does_not_answer_is_left(
    server: MailServer, postman: Postman, monkeypatch: pytest.MonkeyPatch, step: str, outcome: Outcome
) -> None:
    if step == "CONNECT":
        monkeypatch.setattr(delivery, "TIMEOUT_S", SHORT_S)
    wait_shortly(monkeypatch, at(step))
    server.faults.hangs_s[step] = 60

    attempt = postman.send(LETTER)

    assert attempt.outcome is outcome


def test_a_server_that_looks_through_a_mail_for_long_is_waited_for(
    server: MailServer, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_shortly(monkeypatch, at(TEXT))
    server.faults.hangs_s["DATA"] = SHORT_S * 3

    attempt = postman.send(LETTER)

    assert attempt.outcome is Outcome.SENT
    assert len(server.raw) == 1


def test_after_a_long_look_every_other_step_is_bounded_as_before(
    server: MailServer, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as first:
        wait_shortly(first, at(TEXT))
        server.faults.hangs_s["DATA"] = SHORT_S * 3
        looked_at = postman.send(LETTER)
    wait_shortly(monkeypatch, at("RCPT"))
    server.faults.hangs_s["RCPT"] = 60

    attempt = postman.send(LETTER)

    assert (looked_at.outcome, attempt.outcome) == (Outcome.SENT, Outcome.BROKEN)
    assert server.connections == 1


def test_a_server_that_never_says_whether_it_took_a_mail_is_left(
    server: MailServer, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_late(monkeypatch, at(TEXT))
    server.faults.hangs_s["DATA"] = 60

    assert postman.send(LETTER).outcome is Outcome.BROKEN


def test_a_server_that_dribbles_its_answer_is_left(
    server: MailServer, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_late(monkeypatch, at(TEXT))
    server.faults.dribbles_s = SHORT_S * 2 / 3

    assert postman.send(LETTER).outcome is Outcome.BROKEN


def test_all_answers_together_are_bounded_as_well(
    server: MailServer, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MAIL_WITHIN_S", 0.5)
    server.faults.hangs_s = dict.fromkeys(("CONNECT", "EHLO", "MAIL", "RCPT", "DATA"), 0.2)

    assert postman.send(LETTER).outcome is Outcome.TROUBLE


def test_the_lease_of_a_mail_outlasts_the_longest_wait_for_it() -> None:
    assert LEASE.total_seconds() > MAIL_WITHIN_S + 6 * delivery.TIMEOUT_S


def test_an_address_beyond_ascii_goes_to_a_server_that_takes_it(server: MailServer, postman: Postman) -> None:
    attempt = postman.send(LETTER_UTF8)

    assert attempt.outcome is Outcome.SENT
    assert server.recipients == [["renée@lezers.example"]]


def test_an_address_beyond_ascii_fails_plainly_where_no_server_takes_it() -> None:
    with MailServer(smtputf8=False) as server:
        postman = Postman(server.url, own_name="forum.example")
        attempt = postman.send(LETTER_UTF8)
        postman.close()

    assert attempt.outcome is Outcome.FAILED
    assert "SMTPUTF8" in attempt.answer


def test_a_password_signs_in() -> None:
    with MailServer(password="ge/heim") as server:
        postman = Postman(server.url.replace("//", "//forum%40x:ge%2Fheim@"), own_name="forum.example")
        attempt = postman.send(LETTER)
        postman.close()

    assert attempt.outcome is Outcome.SENT


def test_a_wrong_password_condemns_no_mail() -> None:
    with MailServer(password="geheim") as server:
        attempt = Postman(server.url.replace("//", "//forum:fout@"), own_name="forum.example").send(LETTER)

    assert attempt.outcome is Outcome.TROUBLE
    assert "fout" not in attempt.answer


def test_a_password_is_never_sent_in_the_clear_over_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "is_loopback", lambda _: False)
    with MailServer(password="geheim") as server:
        attempt = Postman(server.url.replace("//", "//forum:geheim@"), own_name="forum.example").send(LETTER)

        assert attempt.outcome is Outcome.TROUBLE
        assert "no encryption" in attempt.answer
        assert "MAIL" not in server.commands


def test_encryption_is_used_where_it_is_offered(tls: ssl.SSLContext) -> None:
    told: list[str] = []
    with MailServer(tls=tls, password="geheim") as server:
        url = server.url.replace("//", "//forum:geheim@")
        postman = Postman(url, own_name="forum.example", tell=lambda step, _: told.append(step))
        attempt = postman.send(LETTER)
        postman.close()

    assert attempt.outcome is Outcome.SENT
    assert told == ["connect", "tls", "sign in", "sender", "recipient", "text"]


def test_a_server_that_speaks_tls_from_the_first_byte_is_understood(tls: ssl.SSLContext) -> None:
    with MailServer(tls=tls, smtps=True) as server:
        postman = Postman(server.url, own_name="forum.example")
        attempt = postman.send(LETTER)
        postman.close()

    assert attempt.outcome is Outcome.SENT


@pytest.mark.parametrize("smtps", [False, True])
def test_a_certificate_that_nobody_vouches_for_is_not_believed_over_a_network(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, smtps: bool
) -> None:
    monkeypatch.setattr(delivery, "is_loopback", lambda _: False)
    with MailServer(tls=tls, smtps=smtps) as server:
        attempt = Postman(server.url, own_name="forum.example").send(LETTER)

    assert attempt.outcome is Outcome.TROUBLE
    assert "certificate" in attempt.answer


@pytest.mark.parametrize(
    ("host", "is_one"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("mail.example", False)],
)
def test_the_loopback_is_this_machine_alone(host: str, is_one: bool) -> None:
    assert is_loopback(host) is is_one


def test_a_postman_who_never_went_out_has_nothing_to_close() -> None:
    Postman("smtp://127.0.0.1:9", own_name="forum.example").close()
