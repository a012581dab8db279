"""What a mail says is found out when it is sent, in the language of who gets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from flask import Flask, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from forum.mail.compose import compose
from forum.mail.kinds import Content, mail_kinds, register_mail
from forum.mail.models import MailState, OutboxMail
from tests.mail.mails import MODERATOR, NOW, OTHER, READER, deliver, later, put, row, states
from tests.mail.server import MailServer, html_of, text_of
from tests.web.test_http_errors import lines as lines


@contextmanager
def composing(app: Flask, compose_: Any) -> Iterator[None]:
    """Have `compose_` say what mails of the kind `test` say."""
    kinds = mail_kinds(app)
    before = kinds["test"]
    kinds["test"] = compose_
    yield
    kinds["test"] = before


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
