"""A walk past the writer's own pages, what they refuse, and an erasure by an admin."""

from __future__ import annotations

from collections.abc import Iterator

from forum.accounts.models import RoleName
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments.lifecycle import Reason
from forum.comments.models import Move
from tests import factories
from tests.comments.writer.pages import Writer, decide, send_back, writer
from tests.factories import Person, Site, csrf_token

Page = tuple[str, str]
ADMIN = Person("Wil van der Sluis", "wil@redactie.example")
BODY = "Een buurthuis draait op mensen, niet op regels."
DONE = (
    "changed", "sent-again", "withdrawn", "confirmed", "answers-on", "answers-on-again", "answers-off", "followed",
    "followed-again", "unfollowed", "mail-on", "mail-off",
)  # fmt: skip


def walk(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    """Name and HTML of each page. It ends with the erasure of the writer."""
    noor = writer(site)
    comments |= {"unseen": site.comment(source="Nog niet gelezen.", now=utc_now())}
    yield "GET /writer before she follows anything", noor.page()
    send_back(site, comments["reopened"], "Een notitie.", [BODY])
    yield from _looks(noor, comments)
    yield from _presses(noor, comments)
    yield from _admin(site, comments)
    yield "POST /writer/erase without a choice", noor.press("/writer/erase").text
    noor.press("/writer/erase", what="name")
    yield "GET /writer/erased", noor.page("/writer/erased")
    yield "POST without a session", noor.press("/writer/mail", stop="1").text
    receipt = factories.token_of(site, comments["approved"])
    yield "GET the receipt of somebody erased", noor.client.get(f"/submissions/{receipt}").text
    yield "GET the article with somebody anonymous", noor.page(f"/articles/{site.slug}?all=1")
    answer = f"/articles/{site.slug}/comments/new?parent={comments['approved']}"
    yield "GET the form to answer somebody anonymous", noor.page(answer)
    yield "GET the page of nobody's comments", writer(site).page()


def _looks(noor: Writer, comments: dict[str, int]) -> Iterator[Page]:
    slug = noor.site.slug
    paths = [
        "/writer",
        "/writer?after=5",
        "/writer/erase",
        "/writer/erase?what=name",
        "/writer/erase?what=texts",
    ]
    paths += [f"/writer?done={done}" for done in DONE]
    for comment_id in comments.values():
        paths += [f"/writer/comments/{comment_id}/text", f"/writer/comments/{comment_id}/withdraw"]
    for path in paths:
        yield f"GET {path}", noor.client.get(path).text
    for cadence in ("at_once", "daily"):
        noor.press(f"/writer/follows/{slug}", cadence=cadence)
    noor.press(f"/writer/comments/{comments['approved']}/answers", notify="1")
    noor.press("/writer/mail", stop="1")
    yield "GET /writer with all mail stopped", noor.page()
    yield "GET /writer/everything.html", noor.page("/writer/everything.html")
    noor.press("/writer/mail", stop="0")
    yield "POST a cadence that is none", noor.press(f"/writer/follows/{slug}", cadence="x").text


def _presses(noor: Writer, comments: dict[str, int]) -> Iterator[Page]:
    one = comments["approved"]
    yield "POST a text that is empty", noor.send(one, "").text
    yield "POST a text that is too long", noor.send(one, "b" * 10_001).text
    yield "POST a text for a preview", noor.send(one, BODY, preview="1").text
    yield "POST a text too late", noor.send(one, "Een andere tekst.", version=0).text
    yield "POST a text for what was refused", noor.send(comments["rejected"], "Een andere tekst.").text
    yield "POST a text without a version", noor.press(f"/writer/comments/{one}/text", body=BODY + BODY).text
    yield "POST a withdrawal too late", noor.press(f"/writer/comments/{one}/withdraw", version="0").text
    noor.send(one, "Een andere tekst.")
    yield "GET /writer with a change that waits", noor.page()
    decide(noor.site, one, Move.REJECT, reason=Reason("insult"))
    yield "GET /writer with a change that was refused", noor.page()
    noor.send(comments["reopened"], "Een andere tekst.")
    yield "GET the queue with what was sent in again", noor.site.moderator().get("/moderation").text


def _admin(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    with site.app.app_context(), writing(db.session):
        admin_id = factories.make_account(db.session, ADMIN, [RoleName.ADMIN]).id
    admin = factories.signed_in(site.app, admin_id)
    path, token = f"/moderation/comments/{comments['answer']}/erasure", csrf_token(admin)
    yield f"GET {path}", admin.get(path).text
    for version in ("0", "", "2"):
        answer = admin.post(path, data={"version": version, "csrf_token": token}, follow_redirects=True)
        yield f"POST {path} {version}", answer.text
    yield f"GET {path} once erased", admin.get(path).text
    for message, passages in (("", ""), ("Een notitie.", "Iets heel anders.")):
        fields = {"action": "return", "version": "1", "message": message, "passages": passages}
        pending = f"/moderation/comments/{comments['pending']}/decisions"
        yield "POST a return", admin.post(pending, data=fields | {"csrf_token": token}).text
