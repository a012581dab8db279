"""From a row of the outbox to a finished mail: in the recipient's language, as things stand now."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask, render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session

from forum.base.signing import Signer
from forum.config import Settings
from forum.mail.headers import one_line
from forum.mail.kinds import Content, mail_kinds
from forum.mail.message import Letter, Sender, Words, message_id, write
from forum.mail.models import OutboxMail

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
"""More than one empty line, which templates leave behind."""


class UnknownKind(Exception):  # noqa: N818 - a verdict, not a fault
    """A mail of a kind that nobody composes (of a later version, or one that is gone)."""


def compose(app: Flask, session: Session, mail: OutboxMail, *, now: datetime) -> Words | None:
    """What a mail that leaves now says; None when its cause no longer stands. Only reads.

    :raises UnknownKind: nobody composes mails of its kind.
    """
    composer = mail_kinds(app).get(mail.kind)
    if composer is None:
        raise UnknownKind(mail.kind)
    settings: Settings = app.extensions["forum_settings"]
    with app.test_request_context(base_url=settings.base_url):
        language = settings.locale
        with force_locale(language):
            content = composer(session, mail, now)
        if content is not None and content.language not in {None, language}:
            # Only the composer knows whose language it is; asked again in it, its own words are in it too.
            language = content.language or language
            with force_locale(language):
                content = composer(session, mail, now)
        if content is None:
            return None
        with force_locale(language):
            return _render(mail.kind, content)


def letter_of(app: Flask, session: Session, mail: OutboxMail, *, now: datetime) -> Letter | None:
    """The finished mail; None when its cause no longer stands, or it is nobody's any more.

    :raises UnknownKind: nobody composes mails of its kind.
    :raises UnsafeMail: it cannot be written so that it says what it should.
    """
    words = compose(app, session, mail, now=now) if mail.recipient else None
    if words is None or not mail.recipient:
        return None
    sender, signer = sender_of(app.extensions["forum_settings"]), app.extensions["forum_signer"]
    return write(
        words, sender=sender, recipient=mail.recipient, message_id=id_of(signer, mail, sender), kind=mail.kind,
        created_at=mail.created_at,
    )  # fmt: skip


def sender_of(settings: Settings) -> Sender:
    """Whose mails they are."""
    return Sender.of_site(settings.site_name, settings.base_url, settings.mail_from)


def id_of(signer: Signer, mail: OutboxMail, sender: Sender) -> str:
    """The Message-ID of a mail; one that is in no outbox (a test mail) has the number 0 there."""
    return message_id(signer, mail.id or 0, mail.key, sender.host)


def _render(kind: str, content: Content) -> Words:
    values = {**content.values, "why": content.why, "unsubscribe_url": content.unsubscribe_url}
    subject = one_line(render_template(f"mail/{kind}/subject.txt", **values))
    text = (
        _BLANK_LINES.sub("\n\n", render_template(f"mail/{kind}/body.txt", **values, subject=subject)).strip()
        + "\n"
    )
    html = render_template(f"mail/{kind}/body.html", **values, subject=subject)
    return Words(subject=subject, text=text, html=html, unsubscribe_url=content.unsubscribe_url)
