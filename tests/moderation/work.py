"""A moderator at work: reading the queue and pressing its buttons."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.models import RoleName
from forum.base.session import db, writing
from forum.comments.models import Comment, CommentEvent
from tests.factories import Person, Site, csrf_token, make_account, signed_in
from tests.pages.pages import parse

COLLEAGUE = Person("Sjoerd de Boer", "sjoerd.de.boer@redactie.example")


class Moderator:
    """A signed-in moderator's browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = csrf_token(client)

    def queue(self, query: str = "") -> str:
        """The queue's page."""
        answer = self.client.get(f"/moderation{query}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def decide(self, comment_id: int, action: str, version: int | str = 1, **form: str) -> Any:
        """Press a button below one comment."""
        fields = {"action": action, "version": str(version), "csrf_token": self._token} | form
        return self.client.post(f"/moderation/comments/{comment_id}/decisions", data=fields)

    def decide_many(self, choices: list[str], action: str, **form: str) -> Any:
        """Press a button for everything that is ticked; `ID:VERSION` each."""
        fields = {"comment": choices, "action": action, "csrf_token": self._token} | form
        return self.client.post("/moderation/decisions", data=fields)


def moderator(site: Site) -> Moderator:
    """Mirjam Aarts."""
    return Moderator(site.moderator())


def colleague(site: Site) -> Moderator:
    """Another moderator: Sjoerd de Boer."""
    with site.app.app_context(), writing(db.session):
        account_id = make_account(db.session, COLLEAGUE, [RoleName.MODERATOR]).id
    return Moderator(signed_in(site.app, account_id))


def items(page: str) -> list[Element]:
    """The comments of a queue page, in their order."""
    return [element for element in parse(page).iter() if element.get("data-comment-id")]


def ids(page: str) -> list[int]:
    """Their ids."""
    return [int(element.get("data-comment-id", "")) for element in items(page)]


def state_of(site: Site, comment_id: int) -> tuple[str, int]:
    """State and lock number."""
    with site.app.app_context():
        comment = db.session.get_one(Comment, comment_id)
        return comment.state.value, comment.version


def events_of(site: Site, comment_id: int) -> list[tuple[str, str | None, str | None]]:
    """Kind, reason code and note of everything that happened."""
    with site.app.app_context():
        rows = db.session.scalars(
            select(CommentEvent).where(CommentEvent.comment_id == comment_id).order_by(CommentEvent.id)
        )
        return [(event.kind.value, event.reason_code, event.note) for event in rows]
