"""Bounces: only a lasting failure of a mail that this site sent ends the mail to its address."""

from __future__ import annotations

import os
import tracemalloc
from base64 import b64encode
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as WaitedTooLong
from sqlalchemy.orm import Session

from forum.base.session import db, writing
from forum.mail import bounces
from forum.mail.bounces import BOUNCES_WITHIN, MAX_BOUNCE_BYTES, NotABounce
from forum.mail.message import message_id
from forum.mail.models import MailState, OutboxMail, SuppressedAddress
from forum.mail.suppression import is_suppressed
from tests.factories import SIGNER
from tests.mail.mails import NOW, READER, put, row

HOST = "forum.example"
OTHER = "ander@lezers.example"
TOKEN = "t" * 40


def dsn(
    recipient: str = READER.email, *, action: str = "failed", status: str = "5.1.1", original: str | None = "een",
    number: int = 1, headers_only: bool = False, more: str = "",
) -> bytes:  # fmt: skip
    """A delivery report as Postfix writes it; `original` is the key of the mail that came back, `number` its id."""
    returned = ""
    if original is not None:
        identity = message_id(SIGNER, number, original, HOST) if not original.startswith("<") else original
        kind = "text/rfc822-headers" if headers_only else "message/rfc822"
        body = "" if headers_only else "\r\nDag lezer\r\n"
        returned = (
            f"--grens\r\nContent-Type: {kind}\r\n\r\nSubject: x\r\nMessage-ID: {identity}\r\n{body}\r\n"
        )
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: noreply@forum.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="grens"\r\n\r\n'
        "--grens\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n\r\n"
        "--grens\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        f"{more}Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: no such user\r\n\r\n{returned}--grens--\r\n"
    ).encode()


def internationalised() -> list[bytes]:
    """The same report as servers write it that know letters beyond ASCII (RFC 6533)."""
    raw = dsn().replace(b"message/delivery-status", b"message/global-delivery-status")
    whole = raw.replace(b"message/rfc822", b"message/global")
    of_headers = dsn(headers_only=True).replace(b"message/delivery-status", b"message/global-delivery-status")
    return [
        raw,
        whole,
        of_headers.replace(b"text/rfc822-headers", b"message/global-headers"),
        whole.replace(b"rfc822; noor.de.wit@", b"utf-8; noor\\x{2E}de.wit@"),
        whole.replace(b"Subject: x\r\n", "Subject: één\r\n".encode()).replace(
            b"mail.example", "pöst.example".encode()
        ),
        _in_base64(whole, b"message/global-delivery-status", b"message/global"),
    ]


def _in_base64(raw: bytes, *kinds: bytes) -> bytes:
    """The parts of these kinds, encoded."""
    parts = raw.split(b"--grens")
    for i, part in enumerate(parts):
        head, _, body = part.partition(b"\r\n\r\n")
        if head.removeprefix(b"\r\nContent-Type: ") in kinds:
            parts[i] = head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64encode(body) + b"\r\n"
    return b"--grens".join(parts)


NUL = b'Content-Type: multipart/report; boundary="a\0b"\n\n--a\0b\n\n--a\0b--'
ODD = b"Content-Type: multipart/report; boundary=\"b\"; x*=utf-8''a; x*0*=b\n\n--b\n\n--b--"
"""A parameter in two notations, on which the library's reader ends with a TypeError."""


def nested(depth: int) -> bytes:
    """A mail of parts in parts in parts."""
    levels = (f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(depth))
    return "".join(levels).encode() + dsn()


def sent(session: Session, key: str = "een", **values: Any) -> None:
    """A mail that left."""
    mail_id = put(session, key, **values)
    with writing(session):
        mail = session.get_one(OutboxMail, mail_id)
        mail.state, mail.sent_at = MailState.SENT, NOW


def take(session: Session, raw: bytes, *, at: Any = NOW) -> int:
    """Read a report and do what follows."""
    report = bounces.read_report(raw)
    mail_id = bounces.mail_of(session, SIGNER, report, host=HOST, now=at)
    if mail_id is None:
        return 0
    with writing(session):
        return bounces.take(session, SIGNER, report, mail_id, now=at)


def test_a_lasting_failure_ends_the_mail_to_an_address(session: Session) -> None:
    sent(session)
    put(session, "wacht")

    count = take(session, dsn())

    assert count == 1
    assert is_suppressed(session, SIGNER, READER.email)
    assert row(session, "wacht").state is MailState.STOPPED


@pytest.mark.parametrize("status", ["5.1.7", "5.2.2", "5.2.3", "5.3.4", "5.4.7", "5.6.1", "5.7.1", "5.7.26"])
def test_a_refusal_of_one_mail_for_another_cause_silences_no_address(
    sqlite_session: Session, status: str
) -> None:
    sent(sqlite_session)

    assert take(sqlite_session, dsn(status=status)) == 0

    assert row(sqlite_session).state is MailState.FAILED
    assert not is_suppressed(sqlite_session, SIGNER, READER.email)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("550 rejected as spam", 0),
        ("550 no such user here", 1),
        ("554 5.7.1 blocked", 0),
        ("550 5.1.1 unknown", 1),
    ],
)
def test_where_a_relay_tells_no_status_the_words_of_the_server_decide(
    sqlite_session: Session, said: str, count: int
) -> None:
    sent(sqlite_session)
    raw = dsn(status="5.0.0").replace(b"550 5.1.1 <noor.de.wit@lezers.example>: no such user", said.encode())

    assert take(sqlite_session, raw) == count


def test_a_mail_that_came_back_has_failed_with_the_servers_words_and_no_address(session: Session) -> None:
    sent(session)

    take(session, dsn())

    assert row(session).state is MailState.FAILED
    assert row(session).last_answer == "550 5.1.1 <…>: no such user"


@pytest.mark.parametrize(
    "raw",
    [
        dsn(headers_only=True),
        dsn(READER.email.upper()),
        dsn(status="5.2.1 (mailbox disabled)"),
        dsn(action="Failed"),
        dsn("doorgestuurd@elders.example"),
        dsn(more=f"Original-Recipient: rfc822;{READER.email}\r\n"),
        dsn("x@y.example", more="Original-Recipient: rfc822;noor.de+2Ewit@lezers.example\r\n"),
        *internationalised(),
    ],
)
def test_a_bounce_is_understood_however_servers_write_it(sqlite_session: Session, raw: bytes) -> None:
    sent(sqlite_session)
    sent(sqlite_session, "tweede", recipient=OTHER)

    take(sqlite_session, raw)

    found = [is_suppressed(sqlite_session, SIGNER, address) for address in (READER.email, OTHER)]
    assert found == [True, False]


@pytest.mark.parametrize(
    "raw",
    [
        dsn(status="4.2.2"),
        dsn(action="delayed"),
        dsn(action="delivered", status="2.0.0"),
        dsn(action="relayed"),
        dsn(status="5"),
        dsn(status=""),
        dsn(original="<geraden@forum.example>"),
        dsn(original=None),
        dsn(original="een-andere-mail"),
        dsn(number=2),
        dsn(number=10**30),
        dsn(original="<1@forum.example>"),
        dsn(original=f"<1.{'0' * 32}@forum.example>"),
        dsn(original=message_id(SIGNER, 1, "een", "elders.example")),
        dsn("iemand@anders.example", original=None),
        dsn("geen adres", original=None),
    ],
)
def test_anything_else_changes_nothing(sqlite_session: Session, raw: bytes) -> None:
    sent(sqlite_session)

    assert take(sqlite_session, raw) == 0
    assert not is_suppressed(sqlite_session, SIGNER, READER.email)
    assert row(sqlite_session).state is MailState.SENT


def test_an_address_that_was_never_mailed_cannot_be_suppressed(sqlite_session: Session) -> None:
    put(sqlite_session)

    assert take(sqlite_session, dsn()) == 0


def test_who_knows_the_id_of_a_mail_to_them_can_stop_the_mail_to_nobody_else(sqlite_session: Session) -> None:
    sent(sqlite_session)
    sent(sqlite_session, "tweede", recipient=OTHER)

    take(sqlite_session, dsn(OTHER, more="".join(f"Final-Recipient: rfc822; {OTHER}\r\nAction: failed\r\n")))

    assert not is_suppressed(sqlite_session, SIGNER, OTHER)
    assert row(sqlite_session, "tweede").state is MailState.SENT


@pytest.mark.parametrize("raw", [dsn(), dsn(original=None), dsn(original=f"<1.{'0' * 32}@forum.example>")])
def test_a_report_is_held_against_one_row_at_most_before_anything_is_locked(
    sqlite_session: Session, raw: bytes
) -> None:
    sent(sqlite_session)
    report = bounces.read_report(raw)
    statements: list[str] = []
    engine = sqlite_session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: statements.append(statement))

    bounces.mail_of(sqlite_session, SIGNER, report, host=HOST, now=NOW)

    asked = [statement for statement in statements if statement != "BEGIN"]
    assert len(asked) <= 1
    assert all("WHERE outbox.id = ?" in statement for statement in asked)


def test_a_forged_bounce_waits_for_no_writer(bouncing_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("forum.moderation.mail.views.writing")

    answer = post(bouncing_app, dsn(original="<1.geraden@forum.example>"))

    assert (answer.status_code, answer.json) == (200, {"suppressed": 0})


def test_a_mail_that_was_erased_after_it_was_found_is_left_alone(session: Session) -> None:
    sent(session)
    report = bounces.read_report(dsn())
    mail_id = bounces.mail_of(session, SIGNER, report, host=HOST, now=NOW)
    assert mail_id is not None
    with writing(session):
        session.delete(session.get_one(OutboxMail, mail_id))

    with writing(session):
        count = bounces.take(session, SIGNER, report, mail_id, now=NOW)

    assert count == 0
    assert session.query(SuppressedAddress).count() == 0


def test_a_bounce_ends_the_mail_to_a_reader_and_none_to_staff_at_that_address(session: Session) -> None:
    sent(session)
    put(session, "lezer")
    put(session, "herstel", to_staff=True)

    take(session, dsn())

    assert row(session, "lezer").state is MailState.STOPPED
    assert row(session, "herstel").state is MailState.WAITING
    assert not is_suppressed(session, SIGNER, READER.email, to_staff=True)


def test_a_bounce_of_long_ago_no_longer_counts(sqlite_session: Session) -> None:
    sent(sqlite_session)

    assert take(sqlite_session, dsn(), at=NOW + BOUNCES_WITHIN) == 0


def test_the_same_bounce_twice_is_one(sqlite_session: Session) -> None:
    sent(sqlite_session)

    counts = [take(sqlite_session, dsn()) for _ in range(2)]

    assert counts == [1, 1]
    assert sqlite_session.query(SuppressedAddress).count() == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"onzin", b"\xff\xfe\x00" * 1_000, b"Subject: Vakantie\r\n\r\nIk ben er niet.\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n", b"Content-Type: multipart/report; boundary=x\r\n\r\n--x",
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n",
        nested(1_000), nested(10_000), b"Content-Type: multipart/digest; boundary=b\n\n" + b"--b\n\n" * 1_000,
        b"content-TYPE: message/rfc822\r\n\r\n" * 1_000,
    ],
)  # fmt: skip
def test_what_is_no_bounce_says_so(raw: bytes) -> None:
    with pytest.raises(NotABounce):
        bounces.read_report(raw)


def test_headers_that_came_back_are_read_without_what_they_are_of() -> None:
    """They may be encoded, so that what hides in them is not seen from outside."""
    inside = b"Message-ID: <1.x@forum.example>\r\n" + nested(1_000)
    raw = dsn(original=None).replace(
        b"--grens--",
        b"--grens\r\nContent-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + b64encode(inside) + b"\r\n--grens--",
    )  # fmt: skip

    assert bounces.read_report(raw).message_id == "<1.x@forum.example>"


def test_a_huge_report_is_read_only_so_far() -> None:
    raw = dsn() + b"x" * (3 * MAX_BOUNCE_BYTES)

    assert len(bounces.read_report(raw).failed) == 1


def test_a_report_with_a_thousand_recipients_is_read_only_so_far() -> None:
    block = "Final-Recipient: rfc822; a{}@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"

    report = bounces.read_report(dsn(more="".join(map(block.format, range(1_000)))))

    assert len(report.failed) == 20


@pytest.mark.parametrize("kind", ["delivery-status", "global-delivery-status", "global-headers"])
@pytest.mark.parametrize("line", [b"\n", b"a:\n\n"])
def test_a_report_of_nothing_but_blank_lines_takes_little_memory(kind: str, line: bytes) -> None:
    """The library made a message of each: a quarter of a gigabyte."""
    raw = dsn().replace(b"delivery-status\r\n", f"{kind}\r\n".encode())
    raw = raw.replace(b"Reporting-MTA", line * (900_000 // len(line)) + b"Reporting-MTA")

    tracemalloc.start()
    with suppress(NotABounce):
        bounces.read_report(raw)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 40 * len(raw)


@pytest.fixture
def bouncing_app(sqlite_url: str, make_app: Any, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A site that takes bounces, on the day on which its mail left."""
    for module in ("forum.moderation.mail.views", "forum.operations.mail_commands"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: NOW)
    app: Flask = make_app(sqlite_url, FORUM_BASE_URL="https://forum.example", FORUM_BOUNCE_TOKEN=TOKEN)
    with app.app_context():
        sent(db.session)
    return app


def post(app: Flask, raw: bytes, *, token: str | None = TOKEN, kind: str = "message/rfc822") -> Any:
    """Post a bounce as a mail server does."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return app.test_client().post("/mail/bounces", data=raw, content_type=kind, headers=headers)


def suppressed(app: Flask) -> bool:
    """Whether the reader's address takes no more mail."""
    with app.app_context():
        return is_suppressed(db.session, SIGNER, READER.email)


def test_a_mail_server_with_the_token_posts_a_bounce(bouncing_app: Flask) -> None:
    answer = post(bouncing_app, dsn())

    assert (answer.status_code, answer.json) == (200, {"suppressed": 1})
    assert suppressed(bouncing_app)


@pytest.mark.parametrize("token", [None, "", "x" * 40, "é" * 20, TOKEN[:-1], TOKEN + "t"])
def test_without_the_token_a_bounce_is_refused(bouncing_app: Flask, token: str | None) -> None:
    answer = post(bouncing_app, dsn(), token=token and token.encode().decode("latin-1"))

    assert answer.status_code == 403
    assert not suppressed(bouncing_app)


def test_without_a_token_set_there_is_nothing_to_post_to(sqlite_app: Flask) -> None:
    assert post(sqlite_app, dsn(), token="").status_code == 404


def test_junk_with_the_token_is_told_and_changes_nothing(bouncing_app: Flask) -> None:
    answers = [
        post(bouncing_app, b"onzin").status_code,
        post(bouncing_app, dsn(), kind="text/plain").status_code,
        post(bouncing_app, b"x" * (MAX_BOUNCE_BYTES + 1)).status_code,
    ]

    assert answers == [422, 415, 413]
    assert not suppressed(bouncing_app)


def test_an_answer_to_a_bounce_holds_no_address(bouncing_app: Flask) -> None:
    assert READER.email not in post(bouncing_app, dsn()).text


def test_a_bounce_is_read_from_a_pipe(bouncing_app: Flask) -> None:
    result = bouncing_app.test_cli_runner().invoke(args=["mail", "bounce"], input=dsn())

    assert result.exit_code == 0
    assert suppressed(bouncing_app)
    assert READER.email not in result.output


def test_what_is_no_bounce_makes_the_mail_server_write_to_nobody(bouncing_app: Flask) -> None:
    result = bouncing_app.test_cli_runner().invoke(args=["mail", "bounce"], input=b"Ik ben er even niet.")

    assert result.exit_code == 0
    assert result.stderr.strip()
    assert not suppressed(bouncing_app)


@pytest.mark.parametrize("problem", [OperationalError("SELECT 1", {}, Exception("away")), WaitedTooLong()])
def test_a_bounce_waits_with_the_mail_server_while_the_database_is_away(
    bouncing_app: Flask, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def away(*_: object, **__: object) -> int:
        raise problem

    monkeypatch.setattr(bounces, "mail_of", away)

    result = bouncing_app.test_cli_runner().invoke(args=["mail", "bounce"], input=dsn())

    assert result.exit_code == os.EX_TEMPFAIL


@pytest.mark.parametrize("junk", [NUL, ODD, b"\0" * 99])
def test_a_letter_that_the_library_stumbles_over_is_no_bounce(junk: bytes) -> None:
    with pytest.raises(bounces.NotABounce):
        bounces.read_report(junk)
