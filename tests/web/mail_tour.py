"""A walk past every mail, and past the pages that mails lead to and are read on."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from markupsafe import escape
from sqlalchemy import select

from forum.accounts.models import Account, Cadence, MailTopic, RoleName
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.commenters import commenter_id_for
from forum.comments.following.service import find_follow, follow, link_token, unfollow
from forum.comments.models import Comment, Commenter
from forum.comments.proving.service import send_confirmation
from forum.comments.unsubscribing.links import follow_url, replies_url, topic_url
from forum.mail.models import MailState, OutboxMail
from forum.mail.outbox import NewMail, put
from tests import factories
from tests.comments.mails.happenings import FOLLOWER, NEWCOMER, every_mail
from tests.comments.mails.post import NEIGHBOUR, Post
from tests.factories import NOW, READER, Person, Site, csrf_token

Page = tuple[str, str]
BODY = "Een buurthuis draait op mensen, niet op regels."
NO_KIND = "soortvanlater"
ADMIN = Person("Joke Prins", "joke.prins@redactie.example")
EDITOR = Person("Kees Mol", "kees.mol@redactie.example")
WRITTEN_BY_PEOPLE = (
    *(part for person in (ADMIN, EDITOR, NEIGHBOUR, FOLLOWER, NEWCOMER) for part in (person.name, person.email)),
    "Dit was te veel.", "Noem je bron.", "Nog eens.", "En nog eens.", "Ik wacht.", "Echt.",
    "www.kwaad.example", "www[.]kwaad[.]example", "Noor", NO_KIND,
)  # fmt: skip


def walk(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    """Name and HTML of each page and mail."""
    _ask_for_mails(site, comments)
    for mail in every_mail(Post(site), BODY):
        yield f"mail {mail.kind}", f"<h1>{escape(mail.words.subject)}</h1>{mail.words.html}"
    yield from _following(site)
    yield from _doors(site)
    for path in _links(site, comments):
        yield f"GET {path}", site.reader().get(path).text
        yield f"POST {path}", site.reader().post(path, data={"choice": "this"}).text
    yield from _staff(site, comments)


def _ask_for_mails(site: Site, comments: dict[str, int]) -> None:
    """Mails that only somebody's wish causes: a proof, a link, a trial."""
    with site.app.app_context(), writing(db.session):
        noor = commenter_id_for(db.session, READER.email, now=NOW)
        asked = NewMail(key="link:1", kind="writer_link", recipient=READER.email, commenter_id=noor)
        put(db.session, asked, now=NOW)
        waiting = db.session.get_one(Comment, comments["unconfirmed"])
        send_confirmation(db.session, site.app.extensions["forum_signer"], waiting, now=NOW)
        put(
            db.session,
            NewMail(key="test:1", kind="test", recipient=ADMIN.email, to_staff=True),
            now=NOW,
        )


def _following(site: Site) -> Iterator[Page]:
    reader, path = site.reader(), f"/articles/{site.slug}/follow"
    for query in ("", "?result=mail", "?result=on", "?result=on-again", "?result=off"):
        yield f"GET {path}{query}", reader.get(path + query).text
    for fields in (
        {},
        {"email": "geen adres", "cadence": "daily"},
        {"email": READER.email, "cadence": "ooit"},
    ):
        yield f"POST {path} {fields}", reader.post(path, data=fields).text


def _doors(site: Site) -> Iterator[Page]:
    for query in ("sent", "closed", "forgotten"):
        yield f"GET /writer/link, {query}", site.reader().get(f"/writer/link?{query}=1").text


def _links(site: Site, comments: dict[str, int]) -> list[str]:
    """Paths that mails lead to: of what is on, of what is off, and one that opens nothing."""
    signer, now = site.app.extensions["forum_signer"], utc_now()
    with site.app.test_request_context(), writing(db.session):
        noor = db.session.scalars(select(Commenter).where(Commenter.email == READER.email)).one()
        joost = db.session.scalars(select(Commenter).where(Commenter.email == FOLLOWER.email)).one()
        followed = follow(db.session, noor, site.article_id, Cadence.DAILY, now=now)
        his = find_follow(db.session, joost.id, site.article_id)
        assert his is not None
        asked = link_token(signer, noor, site.article_id, Cadence.WEEKLY, now=now)
        own = db.session.get_one(Comment, comments["approved"])
        staff = db.session.scalars(select(Account).where(Account.id.in_([site.author_id, site.moderator_id])))
        urls = [
            follow_url(signer, followed, noor),
            follow_url(signer, his, joost),
            replies_url(signer, own, noor),
        ]
        urls += [topic_url(signer, account, topic) for account in staff for topic in MailTopic]
        unfollow(db.session, joost.id, site.article_id)
    return [f"/follow/{asked}", "/follow/geraden", *(urlsplit(url).path for url in urls)]


def _staff(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    with site.app.app_context(), writing(db.session):
        admin_id = factories.make_account(db.session, ADMIN, [RoleName.ADMIN]).id
        editor_id = factories.make_account(db.session, EDITOR, [RoleName.EDITOR]).id
        failed, unknown, *_others = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))
        failed.state, failed.last_answer = MailState.FAILED, "550 5.1.1"
        unknown.kind = NO_KIND
        mail_id, unknown_id = failed.id, unknown.id
    admin = factories.signed_in(site.app, admin_id)
    editor = factories.signed_in(site.app, editor_id)
    for who, browser in (
        ("author", site.author()), ("moderator", site.moderator()), ("admin", admin), ("editor", editor),
    ):  # fmt: skip
        yield f"GET /desk/mail as {who}", browser.get("/desk/mail").text
    for fields in ({"new_comments": "x", "queue": "x"}, {}):
        data = {**fields, "csrf_token": csrf_token(admin)}
        yield "POST /desk/mail", admin.post("/desk/mail", data=data, follow_redirects=True).text
    states = [f"/moderation/mail?state={state.value}" for state in MailState]
    for path in ["/moderation/mail", *states, f"/moderation/mail?comment={comments['approved']}"]:
        yield f"GET {path}", admin.get(path).text
    one = f"/moderation/mail/{mail_id}"
    for path in (one, f"/moderation/mail/{unknown_id}"):
        yield f"GET {path}", admin.get(path).text
    for _ in range(2):
        answer = admin.post(f"{one}/again", data={"csrf_token": csrf_token(admin)}, follow_redirects=True)
        yield "POST a mail again", answer.text
