"""A post office for tests: what the worker would send, without sending it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Account, Cadence
from forum.articles.models import Article
from forum.base.session import db, writing
from forum.comments import lifecycle, revisions
from forum.comments.commenters import commenter_id_for
from forum.comments.following.service import follow
from forum.comments.lifecycle import Reason
from forum.comments.models import Comment, Commenter, Follow, Move
from forum.comments.submission import submit_staff_reply
from forum.mail.compose import compose
from forum.mail.message import Words
from forum.mail.models import MailState, OutboxMail
from tests.comments.proving.mailbox import Clock
from tests.factories import NOW, READER, Person, Site, make_article

NEIGHBOUR = Person("Samira Haddou", "samira.haddou@lezers.example")
"""A second reader, who answers the first."""
OFF_TOPIC = Reason("off_topic")


@dataclass(frozen=True)
class Sent:
    """A mail that went out."""

    kind: str
    recipient: str
    words: Words


@dataclass
class Post:
    """A site whose outbox is emptied by hand.

    :ivar clock: when the mails leave.
    :ivar sent: how many have left; each a second after the one before.
    """

    site: Site
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    sent: int = 0

    def move(
        self, comment_id: int, kind: Move, *, now: datetime = NOW, reason: Reason | None = None,
        note: str | None = None, by: lifecycle.Actor | None = None,
    ) -> None:  # fmt: skip
        """A moderator (or who is said) makes a move."""
        with self.site.app.app_context(), writing(db.session):
            comment = db.session.get_one(Comment, comment_id)
            lifecycle.move(
                db.session, comment, kind, by=by or lifecycle.staff(self.site.moderator_id),
                version=comment.version, now=now, reason=reason, note=note,
            )  # fmt: skip

    def edit(self, comment_id: int, source: str) -> None:
        """The writer changes the text."""
        with self.site.app.app_context(), writing(db.session):
            comment = db.session.get_one(Comment, comment_id)
            revisions.edit(db.session, comment, source, version=comment.version, now=NOW)

    def staff_reply(self, parent_id: int | None) -> int:
        """The author answers; the answer's id."""
        with self.site.app.app_context(), writing(db.session):
            author = db.session.get_one(Account, self.site.author_id)
            article = db.session.get_one(Article, self.site.article_id)
            source = "Dank voor je vraag."
            return submit_staff_reply(
                db.session, article, author, source, f"<p>{source}</p>", parent_id=parent_id, now=NOW
            ).id

    def prove(self, person: Person = READER) -> None:
        """The address of somebody is proven."""
        with self.site.app.app_context(), writing(db.session):
            commenter = self._commenter(db.session, person)
            commenter.proven_at = NOW
            for comment in db.session.scalars(select(Comment).where(Comment.commenter_id == commenter.id)):
                comment.proven_at = NOW

    def follow(self, person: Person, cadence: Cadence, *, now: datetime = NOW) -> int:
        """Somebody with a proven address follows the article; the follow's id."""
        with self.site.app.app_context(), writing(db.session):
            commenter = self._commenter(db.session, person)
            commenter.proven_at = NOW
            return follow(db.session, commenter, self.site.article_id, cadence, now=now).id

    def change(self, person: Person, **values: Any) -> None:
        """Set something of a commenter."""
        with self.site.app.app_context(), writing(db.session):
            commenter = self._commenter(db.session, person)
            for name, value in values.items():
                setattr(commenter, name, value)

    def second_article(self) -> int:
        """Another article by the author; its id."""
        with self.site.app.app_context(), writing(db.session):
            article = db.session.get_one(Article, self.site.article_id)
            people = tuple((byline.person.name, byline.text) for byline in article.bylines)
            return make_article(db.session, title="De bus komt niet meer", people=people).id

    def write(self, do: Callable[[Session], Any]) -> Any:
        """Do something in one transaction."""
        with self.site.app.app_context(), writing(db.session):
            return do(db.session)

    def read(self, look: Callable[[Session], Any]) -> Any:
        """Look something up."""
        with self.site.app.app_context():
            return look(db.session)

    def waiting(self, kind: str | None = None) -> list[str]:
        """The kinds of the mails that wait, in order."""
        with self.site.app.app_context():
            kinds = db.session.scalars(
                select(OutboxMail.kind).where(OutboxMail.state == MailState.WAITING).order_by(OutboxMail.id)
            ).all()
        return [found for found in kinds if kind in {None, found}]

    def send(self) -> list[Sent]:
        """Empty the outbox as the worker does: what has a cause goes out, the rest is stopped."""
        sent: list[Sent] = []
        with self.site.app.app_context():
            ids = db.session.scalars(
                select(OutboxMail.id).where(OutboxMail.state == MailState.WAITING).order_by(OutboxMail.id)
            ).all()
        for mail_id in ids:
            with self.site.app.app_context(), writing(db.session):
                mail = db.session.get_one(OutboxMail, mail_id)
                words = compose(self.site.app, db.session, mail, now=self.clock())
                mail.state = MailState.SENT if words is not None else MailState.STOPPED
                if words is not None:
                    self.sent += 1
                    mail.sent_at = NOW + timedelta(seconds=self.sent)
                    sent.append(Sent(mail.kind, mail.recipient or "", words))
        return sent

    def send_kinds(self) -> list[str]:
        """The kinds of what goes out."""
        return [mail.kind for mail in self.send()]

    def follow_of(self, follow_id: int) -> Follow:
        """A follow as it stands."""
        with self.site.app.app_context():
            return db.session.get_one(Follow, follow_id)

    def _commenter(self, session: Session, person: Person) -> Commenter:
        return session.get_one(Commenter, commenter_id_for(session, person.email, now=NOW))
