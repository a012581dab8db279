"""What is private leaves on no public page, in no header and in no line of the log, whatever happens."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.models import Comment, Move
from tests.factories import NOW, PASSWORD, Site, comment_fields, csrf_token
from tests.web.test_http_errors import lines as lines

EMAIL = "merkteken.7c41@lezers.example"
ADDRESS = "203.0.113.77"
FORWARDED = "198.51.100.88"
AGENT = "Merkteken-Agent/7c41"
WAITING = "onuitgesproken-7c41"
REFUSED = "geweigerd-7c41"
REMOVED = "weggehaald-7c41"
NOTE = "notitie-7c41"
TYPED_PASSWORD = "wachtwoord-7c41-fout"
STAFF_EMAIL = "mirjam.aarts@redactie.example"
REFERRER = "herkomst-7c41"
HEADERS = {
    "User-Agent": AGENT,
    "X-Forwarded-For": FORWARDED,
    "Referer": f"https://forum.example/{REFERRER}",
    "Cookie": f"naam={EMAIL}",
}
ALWAYS_PRIVATE = (
    EMAIL, ADDRESS, FORWARDED, AGENT, WAITING, REFUSED, REMOVED, NOTE, TYPED_PASSWORD, PASSWORD, REFERRER, STAFF_EMAIL,
)  # fmt: skip


class World:
    """A site on which all that can happen has happened; everything that was served publicly, and to whom it was not."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.public: list[str] = []
        self.own: list[str] = []
        self.tokens: list[str] = []
        self.article = f"/articles/{site.slug}"

    def get(
        self, path: str, *, client: FlaskClient | None = None, is_public: bool = True, **more: Any
    ) -> Any:
        """Look, as a reader from a marked network with a marked browser."""
        return self._keep(self._open(client, "GET", path, **more), is_public)

    def post(
        self, path: str, data: Any, *, client: FlaskClient | None = None, is_public: bool = True, **more: Any
    ) -> Any:
        """Post, likewise. `is_public` is false for an answer that gives a writer their own text back."""
        return self._keep(self._open(client, "POST", path, data=data, **more), is_public)

    def comment(self, body: str, **fields: str) -> int:
        """A reader posts; the receipt's token becomes a marker. Gives the comment's id."""
        answer = self.post(
            f"{self.article}/comments", comment_fields(body=body, email=EMAIL, **fields), is_public=False
        )
        assert answer.status_code == 303
        token = answer.headers["Location"].rpartition("/")[2]
        self.tokens.append(token)
        receipt = self.get(f"/submissions/{token}", is_public=False)
        assert body in receipt.text
        with self.site.app.app_context():
            return db.session.scalars(select(func.max(Comment.id))).one()

    def decide(self, comment_id: int, action: str, version: int, **form: str) -> None:
        """A moderator decides."""
        client = self.site.moderator()
        form |= {"action": action, "version": str(version), "note": NOTE, "csrf_token": csrf_token(client)}
        answer = self.post(
            f"/moderation/comments/{comment_id}/decisions", form, client=client, is_public=False
        )
        assert answer.status_code == 303

    def _open(self, client: FlaskClient | None, method: str, path: str, **more: Any) -> Any:
        reader = client or self.site.app.test_client(use_cookies=False)
        headers = HEADERS if client is None else {name: HEADERS[name] for name in HEADERS if name != "Cookie"}
        more.setdefault("headers", headers)
        environ = {"REMOTE_ADDR": ADDRESS}
        return reader.open(path, method=method, environ_overrides=environ, buffered=True, **more)

    def _keep(self, answer: Any, is_public: bool) -> Any:
        served = f"{answer.request.path}\n{answer.status}\n{answer.headers}\n{answer.text}"
        (self.public if is_public else self.own).append(served)
        return answer


def _break(*_: object, **__: object) -> NoReturn:
    raise RuntimeError(EMAIL, WAITING)


def _away(*_: object, **__: object) -> NoReturn:
    raise OperationalError(f"INSERT INTO comments VALUES ('{WAITING}')", {"email": EMAIL}, Exception(ADDRESS))


def _look_everywhere(world: World, ids: list[int]) -> None:
    paths = ["/", "/privacy", "/login", "/healthz", "/readyz", "/nergens", "/%00", "/moderation", "/desk",
             f"{world.article}/comments/new", "/submissions/onzin", "/static/js/writing.js"]  # fmt: skip
    paths += [
        f"{world.article}{query}"
        for query in ("", "?page=1", "?sort=newest", "?all=1", "?page=9", f"?q={EMAIL}")
    ]
    for comment_id in ids:
        paths += [f"/comments/{comment_id}", f"{world.article}?branch={comment_id}",
                  f"{world.article}/comments/new?parent={comment_id}",
                  f"/moderation/comments/{comment_id}"]  # fmt: skip
    for path in paths:
        world.get(path)
        world.get(path, client=world.site.reader())


def _post_everything(world: World) -> None:
    """Refusals and errors; their answers may hold what this writer typed, never what others did."""
    comments = f"{world.article}/comments"
    good = comment_fields(body="Een gewone reactie.", email="ander@lezers.example")
    world.post(comments, good | {"parent_id": "987654321"})
    world.post(comments, good | {"name": ""})
    world.post(comments, good | {"submission_id": "x" * 65})
    world.post(comments, {"body": "x" * 200_000})
    world.post(comments, b"body=%00&email=%ff", content_type="application/x-www-form-urlencoded")
    world.post(comments, good, headers=HEADERS | {"Sec-Fetch-Site": "cross-site"})
    world.post("/articles/nergens/comments", good)
    world.post("/nergens", good)
    world.post("/moderation/decisions", {"action": "approve"})
    for email in (STAFF_EMAIL, EMAIL):
        client = world.site.reader()
        form = {"email": email, "password": TYPED_PASSWORD, "csrf_token": csrf_token(client, "/login")}
        world.post("/login", form, client=client, is_public=False)


def _make_world(site: Site) -> tuple[World, list[int]]:
    """One public comment, one that waits, one refused, one removed below which an answer stands, one edited."""
    world = World(site)
    public = world.comment("Dit mag iedereen lezen.", name="Noor de Wit")
    waiting = world.comment(WAITING)
    refused = world.comment(REFUSED)
    removed = world.comment(REMOVED)
    world.decide(public, "approve", 1)
    world.decide(refused, "reject", 1, reason="insult")
    world.decide(removed, "approve", 1)
    answer = world.comment("Een antwoord dat blijft.", parent_id=str(removed))
    world.decide(answer, "approve", 1)
    with site.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, removed)
        lifecycle.move(
            db.session, comment, Move.REMOVE, by=lifecycle.staff(site.moderator_id), version=comment.version,
            now=NOW, reason=lifecycle.Reason("insult"), note=NOTE,
        )  # fmt: skip
    return world, [public, waiting, refused, removed, answer]


def _found(served: list[str], markers: list[str]) -> list[str]:
    return sorted({f"{marker} in {text[:60]!r}" for text in served for marker in markers if marker in text})


def test_no_private_thing_is_in_a_public_answer_or_in_the_log(
    both_sites: Site, monkeypatch: pytest.MonkeyPatch, lines: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    world, ids = _make_world(both_sites)
    _look_everywhere(world, ids)
    _post_everything(world)
    with monkeypatch.context() as broken:
        broken.setattr("forum.comments.views.submission.submit", _break)
        world.post(f"{world.article}/comments", comment_fields(email="ander@lezers.example"))
        world.post(f"{world.article}/comments", comment_fields(email=EMAIL, body=WAITING), is_public=False)
    with monkeypatch.context() as away:
        away.setattr("sqlalchemy.orm.session.SessionTransaction._connection_for_bind", _away)
        away.setattr("sqlalchemy.engine.Engine.connect", _away)
        _look_everywhere(world, ids)
        world.post(f"{world.article}/comments", comment_fields(email=EMAIL, body=WAITING), is_public=False)
    _look_everywhere(world, ids)

    out, err = capfd.readouterr()
    written = [*lines, *out.splitlines(), *err.splitlines()]
    statuses = {
        int(found) for served in world.public + world.own for found in re.findall(r"\n(\d{3}) ", served[:200])
    }
    assert {200, 302, 303, 400, 403, 404, 409, 413, 422, 500, 503} <= statuses
    assert len(world.public) > 150
    assert len(lines) > 150
    assert len(world.tokens) == len(set(world.tokens)) == 5
    assert not _found(world.public, [*ALWAYS_PRIVATE, *world.tokens])
    assert not _found(written, [*ALWAYS_PRIVATE, *world.tokens, "Dit mag iedereen lezen."])


def test_a_receipt_shows_no_address_and_nothing_of_other_comments(site: Site) -> None:
    world, _ = _make_world(site)

    receipts = [world.get(f"/submissions/{token}", is_public=False).text for token in world.tokens]

    assert not _found(receipts, [EMAIL, ADDRESS, NOTE])
    assert [sum(text in receipt for receipt in receipts) for text in (WAITING, REFUSED, REMOVED)] == [1, 1, 1]


def test_an_answer_with_a_writers_own_text_is_kept_by_nobody(site: Site) -> None:
    world, _ = _make_world(site)
    world.post(
        f"{world.article}/comments", comment_fields(email=EMAIL, body=WAITING, name=""), is_public=False
    )

    assert all("Cache-Control: no-store" in served for served in world.own)


def test_an_author_on_the_desk_sees_no_address_and_nothing_that_waits(site: Site) -> None:
    world, ids = _make_world(site)
    author = site.author()

    pages = [
        author.get(path).text
        for path in ("/desk", world.article, f"{world.article}/replies/new?parent={ids[0]}")
    ]

    assert not _found(pages, [EMAIL, ADDRESS, WAITING, REFUSED, REMOVED, NOTE, *world.tokens])
