"""The comment form: what was typed, what is wrong with it, and the clean draft that comes out.

All errors at once, each at its field; everything typed is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask_babel import gettext as _

from forum import text
from forum.comments.email_field import EmailRefused, disposable_domain, read_writers_email
from forum.comments.errors import EmptyAfterCleaning
from forum.comments.submission import CommentDraft
from forum.config import Settings
from forum.web.filters import number
from forum.web.form_data import read_form

FIELDS = (
    "name", "email", "website", "body", "parent_id", "notify_replies", "remember_me", "submission_id",
    "nickname", "started_at", "preview",
)  # fmt: skip
"""Every field of the form. `nickname` is the honeypot; `started_at` is in milliseconds since 1970; `preview` is the
button that asks how the text will look. `remember_me` is for the browser alone: nothing here reads it."""

MIN_BODY_CHARS = 2
MAX_NAME_CHARS = 60
_SUBMISSION_ID = re.compile(r"[\x21-\x7e]{1,64}")


@dataclass
class CommentForm:
    """A posted or empty form: raw values, and an error sentence a field."""

    values: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_request(cls) -> CommentForm:
        """The posted form. :raises MalformedRequest: see `forum.web.form_data.read_form`."""
        return cls(values=read_form(FIELDS))

    @property
    def parent_id(self) -> int | None:
        """The comment that is answered. A value that is no id stands for one that does not exist."""
        raw = self.values["parent_id"].strip()
        if not raw:
            return None
        return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else 0

    def check(self, settings: Settings) -> CommentDraft | None:
        """The clean draft, or None when there are errors.

        :raises MalformedRequest: a text that cannot be stored.
        """
        self.errors = {}
        name, email, website = self._name(), self._email(settings), self._website()
        source = self._body(settings)
        submission_id = self._submission_id()
        if self.errors:
            return None
        return CommentDraft(
            name=name,
            email=email,
            website=website,
            source=source,
            html=text.render_comment(source),
            parent_id=self.parent_id,
            notify_replies=bool(self.values["notify_replies"]),
            submission_id=submission_id,
            honeypot=self.values["nickname"],
            started_at=_moment(self.values["started_at"]),
            network_hash=None,
            disposable_domain=disposable_domain(email, settings),
        )

    def preview(self, settings: Settings) -> str | None:
        """The text as HTML, whatever the other fields hold; None when there is an error in it.

        :raises UnstorableText: a text that cannot be stored.
        """
        self.errors = {}
        source = self._body(settings)
        if self.errors:
            return None
        html = text.render_comment(source)
        if text.is_blank(html):
            self.errors["body"] = str(EmptyAfterCleaning.message)
            return None
        return html

    def _name(self) -> str:
        name = text.clean_name(self.values["name"])
        if not name:
            self.errors["name"] = _("Fill in your name.")
        elif len(name) > MAX_NAME_CHARS:
            self.errors["name"] = _("Your name may be %(max)s characters long at most.", max=MAX_NAME_CHARS)
        return name

    def _email(self, settings: Settings) -> str:
        try:
            return read_writers_email(self.values["email"], settings)
        except EmailRefused as refusal:
            self.errors["email"] = str(refusal.message)
            return ""

    def _website(self) -> str | None:
        try:
            return text.clean_website(self.values["website"])
        except text.NotAWebsite:
            self.errors["website"] = _("This is not a web address. It looks like https://www.example.nl.")
            return None

    def _body(self, settings: Settings) -> str:
        source = text.clean_source(self.values["body"])
        if len(source) < MIN_BODY_CHARS:
            self.errors["body"] = _("Write your comment: at least %(min)s characters.", min=MIN_BODY_CHARS)
        elif len(source) > settings.comment_max_chars:
            self.errors["body"] = _(
                "Your comment is %(length)s characters long; %(max)s is the most. Make it shorter or split it in two.",
                length=number(len(source)),
                max=number(settings.comment_max_chars),
            )
        return source

    def _submission_id(self) -> str | None:
        raw = self.values["submission_id"]
        if raw and not _SUBMISSION_ID.fullmatch(raw):
            self.errors["form"] = _("This form has gone stale. Check your text and post it once more.")
        return raw or None


def _moment(raw: str) -> datetime | None:
    """Milliseconds since 1970 as a moment; anything else is no evidence."""
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 14):
        return None
    return datetime.fromtimestamp(int(raw) / 1000, tz=UTC)
