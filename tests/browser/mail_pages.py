"""The pages that a mail leads to, the writer's own ones, and those of an admin: each with what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select

from forum.accounts.models import Cadence, RoleName
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.following.service import follow, link_token
from forum.comments.models import Comment, Commenter
from forum.comments.proving.service import confirmation_token
from forum.comments.unsubscribing.links import follow_url
from forum.comments.writer.links import writer_token
from forum.mail.models import OutboxMail
from tests import factories
from tests.accounts.work import link_of, post
from tests.comments.writer.pages import send_back, writer
from tests.factories import Person, Site

ADMIN = Person("Wil van der Sluis", "wil.van.der.sluis@redactie.example")
NEWCOMER = Person("Ton Bakker", "ton.bakker@redactie.example")
LONG = timedelta(days=36_500)


@dataclass(frozen=True)
class MailPages:
    """What a browser needs to reach these pages.

    :ivar links: paths that mails lead to, by name.
    :ivar writer: the writer's cookie, as it is sent.
    :ivar admin_id: the account of an admin.
    :ivar mail_id: a mail that waits.
    """

    links: dict[str, str]
    writer: str
    admin_id: int
    mail_id: int

    def paths(self, article: str, comments: dict[str, int]) -> Iterator[tuple[str, str, str]]:
        """Name, path and visitor of each page."""
        for name, path in self.links.items():
            yield f"link of a mail: {name}", path, "reader"
        yield "follow", f"{article}/follow", "reader"
        yield "follow, mail sent", f"{article}/follow?result=mail", "reader"
        yield "erased", "/writer/erased", "reader"
        yield "writer's page", "/writer", "writer"
        yield "writer's page, done", "/writer?done=changed", "writer"
        for name in ("approved", "returned"):
            yield f"writer's text, {name}", f"/writer/comments/{comments[name]}/text", "writer"
        yield "withdraw", f"/writer/comments/{comments['pending']}/withdraw", "writer"
        yield "erase", "/writer/erase", "writer"
        yield "erase, sure", "/writer/erase?what=texts", "writer"
        yield "mail preferences", "/desk/mail", "moderator"
        yield "outbox", "/moderation/mail", "admin"
        yield "mail to be read", f"/moderation/mail/{self.mail_id}", "admin"
        yield "accounts", "/desk/accounts", "admin"
        yield "invite", "/desk/accounts/new", "admin"
        yield "one account", "/desk/accounts/1", "admin"
        yield "erase a comment", f"/moderation/comments/{comments['approved']}/erasure", "admin"
        yield "one comment as admin", f"/moderation/comments/{comments['pending']}", "admin"


def prepare(site: Site, comments: dict[str, int]) -> MailPages:
    """Make what the pages show: a returned comment, a follow, an invitation, mails."""
    send_back(site, comments["reopened"], "Laat de laatste zin weg.", ["niet op regels"])
    comments["returned"] = comments["reopened"]
    noor = writer(site).client.get_cookie("writer")
    assert noor is not None
    with site.app.app_context(), writing(db.session):
        admin_id = factories.make_account(db.session, ADMIN, [RoleName.ADMIN]).id
    admin = factories.signed_in(site.app, admin_id)
    post(admin, "/desk/accounts/new", email=NEWCOMER.email, name=NEWCOMER.name, role="editor")
    links = _links(site, comments) | {"invitation": link_of(site.app, "account_invite")}
    with site.app.app_context():
        mail_id = db.session.scalars(
            select(OutboxMail.id).where(OutboxMail.kind == "approved").limit(1)
        ).one()
    return MailPages(links, str(noor.value), admin_id, mail_id)


def _links(site: Site, comments: dict[str, int]) -> dict[str, str]:
    signer, now = site.app.extensions["forum_signer"], utc_now()
    with site.app.test_request_context(), writing(db.session):
        waiting = db.session.get_one(Comment, comments["unconfirmed"])
        noor = db.session.get_one(Commenter, waiting.commenter_id)
        followed = follow(db.session, noor, site.article_id, Cadence.WEEKLY, now=now)
        asked = link_token(signer, noor, site.article_id, Cadence.DAILY, now=now)
        return {
            "confirm": f"/confirm/{confirmation_token(signer, waiting, noor.email, keep=LONG)}",
            "confirm, too old": f"/confirm/{confirmation_token(signer, waiting, noor.email, keep=-LONG)}",
            "open the writer's page": f"/writer/{writer_token(signer, noor, now=now)}",
            "follow": f"/follow/{asked}",
            "unsubscribe": urlsplit(follow_url(signer, followed, noor)).path,
        }
