"""A writer whose own page is open in a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments import lifecycle, revisions
from forum.comments.commenters import commenter_id_for
from forum.comments.models import Comment, Commenter, Move
from forum.comments.writer import session
from tests.factories import READER, Person, Site

NEIGHBOUR = Person("Karel Smit", "karel.smit@lezers.example")


@dataclass(frozen=True)
class Writer:
    """The browser of Noor de Wit, with her page open."""

    site: Site
    client: FlaskClient

    def page(self, path: str = "/writer") -> str:
        """A page that she opens."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def press(self, path: str, **form: Any) -> Any:
        """A button that she presses."""
        return self.client.post(path, data=form)

    def send(self, comment_id: int, body: str, version: int | None = None, **form: Any) -> Any:
        """A changed text that she sends, as the form would now."""
        at = version_of(self.site, comment_id) if version is None else version
        return self.press(f"/writer/comments/{comment_id}/text", body=body, version=str(at), **form)


def writer(site: Site, person: Person = READER) -> Writer:
    """Somebody who came by the link from a mail."""
    client = site.app.test_client()
    with site.app.test_request_context():
        with writing(db.session):
            commenter_id = commenter_id_for(db.session, person.email, now=utc_now())
            commenter = db.session.get_one(Commenter, commenter_id)
            commenter.proven_at = commenter.proven_at or utc_now()
        response = Response()
        session.begin(response, site.app.extensions["forum_signer"], commenter, now=utc_now())
    name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
    client.set_cookie(name, value)
    return Writer(site, client)


def decide(site: Site, comment_id: int, kind: Move, **values: Any) -> None:
    """A moderator's decision."""
    with site.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, comment_id)
        lifecycle.move(
            db.session, comment, kind, by=lifecycle.staff(site.moderator_id), version=comment.version,
            now=utc_now(), **values,
        )  # fmt: skip


def send_back(site: Site, comment_id: int, remark: str, passages: list[str]) -> None:
    """A moderator sends a comment back, with these words."""
    decide(site, comment_id, Move.RETURN)
    with site.app.app_context(), writing(db.session):
        revision = db.session.get_one(Comment, comment_id).newest_revision
        revision.remark, revision.passages = remark, passages


def see(site: Site, comment_id: int) -> None:
    """A moderator has the comment before them."""
    with site.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, comment_id)
        revisions.mark_seen(db.session, [revision.id for revision in comment.revisions], now=utc_now())


def stored(site: Site, comment_id: int) -> Comment:
    """A comment as it is stored, with its texts."""
    with site.app.app_context():
        comment = db.session.get_one(Comment, comment_id)
        _ = [revision.source for revision in comment.revisions]
        db.session.expunge_all()
        return comment


def version_of(site: Site, comment_id: int) -> int:
    """Its lock number."""
    return stored(site, comment_id).version


def texts_of(site: Site, comment_id: int) -> list[tuple[str, str]]:
    """Each version of the text and where it stands."""
    return [(revision.source, revision.state.value) for revision in stored(site, comment_id).revisions]


def addresses(site: Site) -> list[str]:
    """Every address that is known."""
    with site.app.app_context():
        return list(db.session.scalars(select(Commenter.email).order_by(Commenter.email)))
