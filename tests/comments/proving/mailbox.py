"""A site that asks for proof, the mails that it would send, and people who press buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from sqlalchemy import select

from forum.base.session import db
from forum.comments.models import Comment, Commenter, State
from forum.mail.compose import compose
from forum.mail.message import Words
from forum.mail.models import MailState, OutboxMail
from tests.factories import READER, Site

_LINK = re.compile(r"https?://[^\s<>\"]+")
_PRESS = re.compile(r'name="press" value="([^"]+)"')


@dataclass
class Clock:
    """What time the views think it is."""

    now: datetime

    def __call__(self) -> datetime:
        """Stands for `utc_now`."""
        return self.now

    def wait(self, **length: float) -> None:
        """Let time go by."""
        self.now += timedelta(**length)


@dataclass
class Town:
    """A site whose readers prove their addresses, and what is in their mailboxes.

    :ivar opened: mails that were read already, by key.
    """

    site: Site
    clock: Clock
    opened: set[str] = field(default_factory=set)

    def browser(self) -> FlaskClient:
        """A browser without cookies."""
        return self.site.reader()

    def post(self, browser: FlaskClient | None = None, **fields: str) -> str:
        """Post a comment; the path of its receipt."""
        answer = self.site.post(browser, **fields)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"])

    def outbox(self, kind: str | None = None) -> list[OutboxMail]:
        """Every mail, in order."""
        with self.site.app.app_context():
            mails = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
            return [mail for mail in mails if kind is None or mail.kind == kind]

    def waiting(self, address: str = READER.email) -> list[OutboxMail]:
        """The mails to an address that wait to be sent."""
        mails = self.outbox()
        return [mail for mail in mails if mail.recipient == address and mail.state is MailState.WAITING]

    def words(self, mail: OutboxMail) -> Words | None:
        """What a mail would say if it were sent now."""
        with self.site.app.app_context():
            found = db.session.get_one(OutboxMail, mail.id)
            return compose(self.site.app, db.session, found, now=self.clock())

    def links(self, mail: OutboxMail) -> list[str]:
        """The paths of the site that a mail links to, but the front page."""
        words = self.words(mail)
        assert words is not None
        paths = [urlsplit(link).path for link in _LINK.findall(words.text)]
        return [path for path in paths if path not in {"", "/"}]

    def deliver(self) -> None:
        """Every mail that waits has left."""
        with self.site.app.app_context():
            for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.state == MailState.WAITING)):
                mail.state = MailState.SENT
            db.session.commit()
        self.clock.wait(seconds=1)

    def refuse(self, state: MailState = MailState.FAILED, answer: str = "5.1.1 no such mailbox") -> None:
        """No mail that waits was taken by the mail server."""
        with self.site.app.app_context():
            for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.state == MailState.WAITING)):
                mail.state, mail.last_answer = state, answer
            db.session.commit()
        self.clock.wait(seconds=1)

    def link(self, address: str = READER.email) -> str:
        """The link in the newest mail to an address."""
        return self.links([mail for mail in self.outbox() if mail.recipient == address][-1])[0]

    def press(self, browser: FlaskClient, link: str, *, after_s: float = 3.0) -> Any:
        """Open a link, look, and press the button."""
        mark = _PRESS.search(browser.get(link).text)
        assert mark is not None, f"no button at {link}"
        self.clock.wait(seconds=after_s)
        return browser.post(link, data={"press": mark[1]})

    def prove(self, browser: FlaskClient, **fields: str) -> str:
        """Post a comment and confirm it in the same browser; the path of its receipt."""
        receipt = self.post(browser, **fields)
        self.press(browser, self.link(fields.get("email", READER.email)))
        return receipt

    def states(self) -> list[State]:
        """The state of every comment, in order."""
        with self.site.app.app_context():
            return list(db.session.scalars(select(Comment.state).order_by(Comment.id)))

    def is_proven(self, address: str = READER.email) -> bool:
        """Whether the store holds an address for proven."""
        with self.site.app.app_context():
            proven = select(Commenter.id).where(Commenter.email == address, Commenter.proven_at.is_not(None))
            return db.session.scalar(proven) is not None
