"""A walk past every page that readers and staff can reach, and past every answer that is a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.http import parse_cookie

from forum.accounts.models import RoleName
from forum.articles.models import Article, ArticleKind, CommentPolicy
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.comments import lifecycle, revisions
from forum.comments.lifecycle import COMMENTER, Reason
from forum.comments.models import Comment, Commenter, Move, State
from forum.comments.proving.posted import remember_post
from forum.comments.proving.service import confirmation_token
from forum.comments.thread import MAX_REPLIES_SHOWN
from forum.comments.writer.links import writer_token
from forum.pages.front import ARTICLES_PER_PAGE
from tests import factories
from tests.accounts import language_tour as accounts_tour
from tests.factories import AUTHOR, NOW, Person, Site, csrf_token
from tests.web import mail_tour, writer_tour

ADMIN = Person("Wil van der Sluis", "wil.van.der.sluis@redactie.example")
SUSPICIOUS = {
    "source": "Zie https://een.voorbeeld.example, https://twee.voorbeeld.example",
    "name": AUTHOR.name,
    "honeypot": "ingevuld",
    "started_at": NOW - timedelta(seconds=2),
    "disposable_domain": "wegwerp.example",
}
BODY = "Een buurthuis draait op mensen, niet op regels."
WRITTEN_BY_PEOPLE = (
    *(person.name for person in (factories.READER, factories.AUTHOR, factories.MODERATOR, ADMIN)),
    *(person.email for person in (factories.READER, factories.AUTHOR)),
    "Weerwoord", "Een buurthuis is geen bedrijf", "Wie een buurthuis wil leiden, begint met luisteren.",
    "adviseur bij Kennisbank Samenleven", "Een lede.", "De Bode", "Ans Bos", BODY, "Een andere tekst.", "Een notitie.",
    "Dank voor de vraag.", "Namens de redactie.", "Iets heel anders.", "Nog niet gelezen.", "Zie", "https://een.voorbeeld.example",
    "https://twee.voorbeeld.example", "wegwerp.example", "<p></p>", "https://noor.voorbeeld.example/", "b" * 10_001,
    "Nederlands", "English", "noor@gmial.com", "noor@gmail.com", ADMIN.email, *accounts_tour.WRITTEN_BY_PEOPLE,
    *mail_tour.WRITTEN_BY_PEOPLE,
)  # fmt: skip
"""What the tour's pages hold that no catalogue translates."""
Page = tuple[str, str]
Change = Callable[[Session, Comment], Any]


def walk(app: Flask) -> Iterator[Page]:
    """Name and HTML of each page."""
    yield "GET / without articles", app.test_client().get("/").text
    site = factories.make_site(app)
    yield "GET /desk before anybody commented", site.author().get("/desk").text
    comments = fill(site)
    yield from _reader_pages(site, comments)
    yield from _proving_pages(site, comments["unconfirmed"], used=comments["pending"])
    yield from _refused_posts(site, comments)
    yield from _staff_pages(site, comments)
    yield from _refused_decisions(site, comments)
    yield from accounts_tour.walk(site)
    yield from mail_tour.walk(site, comments)
    yield from writer_tour.walk(site, comments)


def set_views(site: Site, count: int) -> None:
    """Let the site's article have been read `count` times."""
    with site.app.app_context(), writing(db.session):
        db.session.get_one(Article, site.article_id).view_count = count


def fill(site: Site) -> dict[str, int]:
    """Articles enough for a second page, and comments in every state; the comments' ids by name."""
    with site.app.app_context(), writing(db.session):
        for kind in [*ArticleKind, *[ArticleKind.NEWS] * ARTICLES_PER_PAGE]:
            factories.make_article(
                db.session, kind=kind, lede="Een lede.", source_name="De Bode", source_reporter="Ans Bos"
            )
        factories.make_article(db.session, slug="leeg")
        closed = factories.make_article(db.session, slug="gesloten", comment_policy=CommentPolicy.CLOSED)
        closed.view_count = 1
        return _comments(_Maker(db.session, site))


def _comments(maker: _Maker) -> dict[str, int]:
    make, moved, approve = maker.make, maker.moved, maker.moved(Move.APPROVE)
    made = {
        "approved": make(
            approve, moved(Move.PICK), moved(Move.UNPICK), website="https://noor.voorbeeld.example/"
        ),
        "edited": make(approve, _rewritten(revisions.edit)),
        "redacted": make(approve, _rewritten(revisions.redact, by=maker.by)),
        "pending": make(**SUSPICIOUS),
        "held": make(moved(Move.HOLD)),
        "unconfirmed": make(_unconfirmed),
        "unconfirmed too": make(_unconfirmed),
        "rejected": make(moved(Move.REJECT)),
        "undone": make(moved(Move.REJECT), moved(Move.UNDO)),
        "reopened": make(moved(Move.SPAM), moved(Move.REOPEN)),
        "spam": make(moved(Move.SPAM)),
        "returned": make(moved(Move.RETURN)),
        "resubmitted": make(moved(Move.RETURN), _rewritten(revisions.resubmit)),
        "removed, unanswered": make(approve, moved(Move.REMOVE)),
    }
    for name, last in {"removed": Move.REMOVE, "withdrawn": Move.WITHDRAW, "erased": Move.ERASE}.items():
        made[name] = make(approve)
        make(approve, parent_id=made[name])  # an answer, which keeps the place of what it answers
        maker.change(made[name], moved(last, maker.by if last is Move.REMOVE else COMMENTER))
    for _ in range(MAX_REPLIES_SHOWN + 2):
        made["answer"] = make(approve, parent_id=made["approved"])
    made["answer to an answer"] = make(approve, parent_id=made["answer"])
    return made


@dataclass(frozen=True)
class _Maker:
    """Makes comments below the site's article, and lets things happen to them."""

    session: Session
    site: Site

    @property
    def by(self) -> lifecycle.Actor:
        return lifecycle.staff(self.site.moderator_id)

    def make(self, *changes: Change, **values: Any) -> int:
        article = self.session.get_one(Article, self.site.article_id)
        comment = factories.make_comment(self.session, article, **values)
        self.change(comment.id, *changes)
        return comment.id

    def change(self, comment_id: int, *changes: Change) -> None:
        for change in changes:
            change(self.session, self.session.get_one(Comment, comment_id))

    def moved(self, kind: Move, by: lifecycle.Actor | None = None) -> Change:
        reason = Reason("insult") if kind in {Move.REJECT, Move.REMOVE} else None
        return lambda session, comment: lifecycle.move(
            session, comment, kind, by=by or self.by, version=comment.version, now=NOW, reason=reason,
            note="Een notitie.",
        )  # fmt: skip


def _unconfirmed(_session: Session, comment: Comment) -> None:
    comment.state = State.UNCONFIRMED


def _rewritten(change: Callable[..., Any], **extra: Any) -> Change:
    return lambda session, comment: change(
        session, comment, "Een andere tekst.", version=comment.version, now=NOW, **extra
    )


def _reader_pages(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    reader = site.reader()
    article = f"/articles/{site.slug}"
    branch = f"?branch={comments['approved']}"
    receipts = [f"/submissions/{factories.token_of(site, comment_id)}" for comment_id in comments.values()]
    for path in [
        "/", "/?page=2", "/?page=99", "/privacy", "/login", "/nergens", "/comments/999999",
        article, f"{article}?page=2", f"{article}?sort=newest", f"{article}?all=1", f"{article}{branch}",
        "/articles/leeg", "/articles/leeg?by=author", "/articles/gesloten", "/articles/gesloten/comments/new",
        f"{article}/comments/new", f"{article}/comments/new?parent={comments['approved']}", *receipts,
    ]:  # fmt: skip
        yield f"GET {path}", reader.get(path).text


def _proving_pages(site: Site, comment_id: int, *, used: int) -> Iterator[Page]:
    """An address that is to be proven, the link of one that was, and the door of the writer's page."""
    reader, signer = site.reader(), site.app.extensions["forum_signer"]
    with site.app.app_context():
        comment = db.session.get_one(Comment, comment_id)
        writer = db.session.get_one(Commenter, comment.commenter_id)
        lasts = (timedelta(days=36_500), timedelta(days=-30))
        confirm, too_old = (confirmation_token(signer, comment, writer.email, keep=keep) for keep in lasts)
        done = confirmation_token(signer, db.session.get_one(Comment, used), writer.email, keep=lasts[0])
        own, own_too_old = (writer_token(signer, writer, now=NOW + length) for length in lasts)
    yield from _presses(site.reader(), f"/confirm/{confirm}")
    _sent_from_here(reader, comment_id)
    for path in (
        f"/confirm/{confirm}", f"/confirm/{too_old}", "/confirm/geraden", f"/confirm/{done}",
        f"/writer/{own}", f"/writer/{own_too_old}", "/writer/link", "/writer/link?sent=1", "/writer/link?closed=1",
    ):  # fmt: skip
        yield f"GET {path}", reader.get(path).text
        yield f"POST {path}", reader.post(path, data={"email": ""}).text
    receipt = f"/submissions/{factories.token_of(site, comment_id)}"
    for email in ("", "noor@gmial.com"):
        data = {"email": email}
        yield (
            f"POST address {email}",
            reader.post(f"{receipt}/address", data=data, follow_redirects=True).text,
        )
    for asked in ("again", "address"):
        yield f"GET a receipt, asked for {asked}", reader.get(f"{receipt}?asked={asked}").text
    yield "POST an address from another browser", site.reader().post(f"{receipt}/address", data=data).text
    for _ in range(20):
        refused = reader.post(f"{receipt}/mail", follow_redirects=True).text
    yield "POST mail too often", refused


def _sent_from_here(reader: FlaskClient, comment_id: int) -> None:
    """Give a browser what it has when the comment came from it."""
    with reader.application.test_request_context():
        answer = Response()
        remember_post(answer, comment_id, now=utc_now())
    reader.set_cookie("posted", str(parse_cookie(answer.headers["Set-Cookie"])["posted"]))


def _presses(reader: FlaskClient, link: str) -> Iterator[Page]:
    """A press too soon, and one without the cookie."""
    mark = reader.get(link).text.split('name="press" value="')[1].split('"')[0]
    yield "POST too soon", reader.post(link, data={"press": mark}).text
    elsewhere = reader.application.test_client()
    yield "POST without the cookie", elsewhere.post(link, data={"press": mark}).text


def _refused_posts(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    fields = factories.comment_fields()
    gone = str(comments["rejected"])
    for name, changed in {
        "empty": dict.fromkeys(fields, ""),
        "one error": {"name": ""},
        "wrong": {"name": "n" * 61, "email": "geen adres", "website": "geen site", "body": "b" * 10_001},
        "nothing readable": {"body": "<p></p>"},
        "stale": {"submission_id": "een spatie"},
        "parent gone": {"parent_id": gone},
        "unreadable": {"body": "\0"},
        "for a preview": {"preview": "1"},
    }.items():
        yield f"POST {name}", site.post(site.reader(), **changed).text
    for _ in range(2):
        twice = site.post(submission_id="").text
    yield "POST twice", twice
    site.post(submission_id="eenmalig")
    yield "POST an id used before", site.post(submission_id="eenmalig", body="Iets heel anders.").text
    reader, path = site.reader(), f"/articles/{site.slug}/comments"
    yield "POST closed", reader.post("/articles/gesloten/comments", data=fields).text
    yield "POST too large", reader.post(path, data={"body": "b" * 200_000}).text
    yield "POST no form", reader.post(path, json={}).text
    yield "POST from elsewhere", reader.post(path, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).text
    yield "POST where none is taken", reader.post("/privacy").text
    token = csrf_token(reader, "/login")
    for password in ("", "verkeerd wachtwoord"):
        data = {"email": AUTHOR.email, "password": password, "csrf_token": token}
        yield "POST sign-in", reader.post("/login", data=data).text
    yield "POST sign-in without a token", reader.post("/login", data={"email": "x", "password": "x"}).text


def _staff_pages(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    with site.app.app_context(), writing(db.session):
        admin_id = factories.make_account(db.session, ADMIN, [RoleName.ADMIN]).id
    admin, author = factories.signed_in(site.app, admin_id), site.author()
    reply = f"/articles/{site.slug}/replies/new?parent={comments['approved']}"
    for path in ["/desk", reply, "/moderation", f"/articles/{site.slug}"]:
        yield f"GET {path} as the author", author.get(path).text
    for body in ("", "b" * 10_001, "Dank voor de vraag."):
        data = {"body": body, "csrf_token": csrf_token(author)}
        yield "POST a reply as the author", author.post(reply, data=data, follow_redirects=True).text
    yield "GET the author's answers", site.reader().get(f"/articles/{site.slug}?by=author").text
    for client in (site.moderator(), admin):
        data = {"body": "Namens de redactie.", "csrf_token": csrf_token(client)}
        client.post(reply, data=data)
    paths = ["/", "/privacy", "/desk", f"/articles/{site.slug}?all=1", reply, "/moderation?q=nergens"]
    paths += ["/desk/design", "/moderation?done=3", "/moderation?state=returned&article=999999"]
    paths += ["/desk/account", "/desk/accounts", "/desk/accounts/new", "/desk/accounts/1", "/login/forgotten"]
    paths += [f"/moderation?state={state.value}" for state in State]
    paths += [f"/moderation/comments/{comment_id}" for comment_id in comments.values()]
    for path in paths:
        yield f"GET {path} as the admin", admin.get(path).text


def _refused_decisions(site: Site, comments: dict[str, int]) -> Iterator[Page]:
    moderator = site.moderator()
    token = csrf_token(moderator)
    one = f"/moderation/comments/{comments['pending']}/decisions"
    for name, data in {
        "unknown": {"action": "dans", "version": "1"},
        "without a reason": {"action": "reject", "version": "1"},
        "nothing to undo": {"action": "undo", "version": "1"},
        "out of place": {"action": "remove", "version": "1", "reason": "insult"},
        "note too long": {"action": "approve", "version": "1", "note": "n" * 2001},
        "too late": {"action": "approve", "version": "0"},
        "without a version": {"action": "approve"},
    }.items():
        yield f"decision: {name}", moderator.post(one, data=data | {"csrf_token": token}).text
    yield "the queue of an article without comments", moderator.get("/moderation?article=999999").text
    yield "decision: without a token", moderator.post(one, data={"action": "approve"}).text
    for chosen in ([], [f"{comments['pending']}:1"], [f"{comments['held']}:2", f"{comments['rejected']}:1"]):
        answer = moderator.post(
            "/moderation/decisions",
            data={"action": "approve", "comment": chosen, "next": "/moderation", "csrf_token": token},
            follow_redirects=True,
        )
        yield f"decision about {len(chosen)}", answer.text
