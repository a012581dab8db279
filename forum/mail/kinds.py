"""The kinds of mail: who composes each. `create_app` registers them, so that this folder knows no other domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from forum.mail.models import OutboxMail

EXTENSION = "forum_mail_kinds"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a mail says: the values of its templates `templates/mail/<kind>/{subject.txt,body.txt,body.html}`.

    :param language: of the recipient; None: the site's.
    :param unsubscribe_url: for a subscription; it becomes `List-Unsubscribe` and a line at the end of the mail.
    :param why: one sentence that tells why this mail came; it stands at its end.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    unsubscribe_url: str | None = None
    why: str = ""


Composer = Callable[[Session, OutboxMail, datetime], Content | None]
"""Says what a mail that leaves at this moment (UTC) says; None: its cause no longer stands, and it is not sent.

It runs outside any request of a visitor, in a request context made for `FORUM_BASE_URL`: `url_for(…, _external=True)`
and `gettext` work, the latter in the site's language. When the content says another language, the composer is asked
once more, in that one. It only reads.
"""


def register_mail(app: Flask, kind: str, compose: Composer) -> None:
    """Have `compose` say what mails of `kind` say.

    :raises ValueError: the kind has a composer already.
    """
    kinds = mail_kinds(app)
    if kind in kinds:
        raise ValueError(f"two composers for mails of the kind {kind!r}")
    kinds[kind] = compose


def mail_kinds(app: Flask) -> dict[str, Composer]:
    """The composers that were registered, by kind."""
    kinds: dict[str, Composer] = app.extensions.setdefault(EXTENSION, {})
    return kinds
