"""An address that takes no mail gets none, and is known by a hash."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forum.base.session import writing
from forum.mail import suppression
from forum.mail.models import MailState, SuppressedAddress, SuppressionCause
from tests.factories import SIGNER
from tests.mail.mails import MODERATOR, NOW, OTHER, READER, deliver, put, row, states
from tests.mail.server import Faults, MailServer
from tests.web.test_http_errors import lines as lines


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


def test_a_suppressed_address_that_is_lifted_gets_mail_again(session: Session) -> None:
    with writing(session):
        for _ in range(2):
            suppression.suppress(session, SIGNER, READER.email.upper(), SuppressionCause.BOUNCED, now=NOW)
    was = suppression.is_suppressed(session, SIGNER, READER.email)

    with writing(session):
        suppression.lift(session, SIGNER, READER.email)

    assert was
    assert not suppression.is_suppressed(session, SIGNER, READER.email)
