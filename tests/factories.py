"""Things that tests need: articles, comments, and three people: a reader, an author, a moderator."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum import text
from forum.accounts.models import Account, Role, RoleName
from forum.accounts.session_check import TOKEN_IN_COOKIE
from forum.accounts.sessions import begin_session
from forum.articles.models import Article, ArticleKind
from forum.articles.service import ArticleDraft, save_article
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.base.signing import Signer
from forum.comments import lifecycle
from forum.comments.loaders import submission_token
from forum.comments.models import Comment, Move
from forum.comments.submission import CommentDraft, submit

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
"""The moment at which tests take place."""

PASSWORD = "een goed bewaard geheim"
SECRET_KEY = "s" * 40
"""The same for every test application: passwords, hashed once, are salted with it."""
SIGNER = Signer(SECRET_KEY)
_numbers = count(1)


@dataclass(frozen=True)
class Person:
    """Someone in a test."""

    name: str
    email: str


READER = Person("Noor de Wit", "noor.de.wit@lezers.example")
AUTHOR = Person("Paul Verbeek", "paul.verbeek@redactie.example")
MODERATOR = Person("Mirjam Aarts", "mirjam.aarts@redactie.example")


@dataclass(frozen=True)
class Site:
    """An application with an article and its people; ids, because sessions come and go."""

    app: Flask
    article_id: int
    slug: str
    author_id: int
    moderator_id: int

    def reader(self) -> FlaskClient:
        """A browser without cookies."""
        return self.app.test_client()

    def author(self) -> FlaskClient:
        """A browser in which the author of the article is signed in."""
        return signed_in(self.app, self.author_id)

    def moderator(self) -> FlaskClient:
        """A browser in which the moderator is signed in."""
        return signed_in(self.app, self.moderator_id)

    def comment(self, **values: Any) -> int:
        """A waiting comment by the reader below the article; its id."""
        with self.app.app_context(), writing(db.session):
            article = db.session.get_one(Article, self.article_id)
            return make_comment(db.session, article, **values).id

    def approved(self, **values: Any) -> int:
        """An approved comment by the reader below the article; its id."""
        with self.app.app_context(), writing(db.session):
            article = db.session.get_one(Article, self.article_id)
            comment = make_comment(db.session, article, **values)
            approve(db.session, comment, by=self.moderator_id)
            return comment.id

    def post(self, client: FlaskClient | None = None, **fields: str) -> Any:
        """Post the comment form."""
        return (client or self.reader()).post(
            f"/articles/{self.slug}/comments", data=comment_fields(**fields)
        )


def make_site(app: Flask) -> Site:
    """One open article by the author, and the accounts of author and moderator."""
    with app.app_context(), writing(db.session):
        author = make_account(db.session, AUTHOR, [RoleName.AUTHOR])
        moderator = make_account(db.session, MODERATOR, [RoleName.MODERATOR])
        article = make_article(db.session, people=((AUTHOR.name, "adviseur bij Kennisbank Samenleven"),))
        return Site(app, article.id, article.slug, author.id, moderator.id)


def comment_fields(**fields: str) -> dict[str, str]:
    """The fields of a filled comment form; `fields` replaces some of them."""
    return {
        "name": READER.name,
        "email": READER.email,
        "website": "",
        "body": "Een buurthuis draait op mensen, niet op regels.",
        "submission_id": secrets.token_hex(16),
    } | fields


def token_of(site: Site, comment_id: int) -> str:
    """The token of the page that the browser was shown which posted a comment."""
    with site.app.app_context():
        return submission_token(SIGNER, db.session.get_one(Comment, comment_id))


def make_article(session: Session, *, now: datetime = NOW, **values: Any) -> Article:
    """A published, open article. Its page versions are bumped as for any other."""
    n = next(_numbers)
    draft: dict[str, Any] = {
        "slug": f"een-buurthuis-is-geen-bedrijf-{n}",
        "title": "Een buurthuis is geen bedrijf",
        "source": "Wie een buurthuis wil leiden, begint met luisteren.",
        "kind": ArticleKind.OPINION,
        "lang": "nl",
        "published_at": now - timedelta(days=1),
    } | values
    article, _ = save_article(session, ArticleDraft(**draft), now=now)
    return article


def make_draft(**values: Any) -> CommentDraft:
    """A checked comment form by the reader."""
    source = values.pop("source", "Een buurthuis draait op mensen, niet op regels.")
    return CommentDraft(
        **{
            "name": READER.name,
            "email": READER.email,
            "website": None,
            "source": source,
            "html": text.render_comment(source),
            "parent_id": None,
            "notify_replies": False,
            "submission_id": None,
            "honeypot": "",
            "started_at": None,
            "network_hash": None,
        }
        | values
    )


def make_comment(session: Session, article: Article, *, now: datetime = NOW, **values: Any) -> Comment:
    """A waiting comment by the reader."""
    return submit(session, SIGNER, article, make_draft(**values), now=now)


def approve(session: Session, comment: Comment, *, by: int, now: datetime = NOW) -> None:
    """A moderator approves a comment."""
    lifecycle.move(session, comment, Move.APPROVE, by=lifecycle.staff(by), version=comment.version, now=now)


def make_account(
    session: Session, person: Person, roles: Iterable[RoleName], *, now: datetime = NOW
) -> Account:
    """A staff account with `PASSWORD`."""
    account = Account(
        email=person.email,
        name=person.name,
        password=_hashed(),
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        created_at=now,
        roles=list(session.scalars(select(Role).where(Role.name.in_([role.value for role in roles])))),
    )
    session.add(account)
    session.flush()
    return account


def signed_in(app: Flask, account_id: int) -> FlaskClient:
    """A browser in which an account is signed in, without the cost of checking a password."""
    with app.app_context(), writing(db.session):
        account = db.session.get_one(Account, account_id)
        uniquifier = account.fs_uniquifier
        token = begin_session(db.session, account, browser="Firefox, Linux", now=utc_now())
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie.update({"_user_id": uniquifier, "_fresh": True, "fs_cc": "set", TOKEN_IN_COOKIE: token})
    return client


def csrf_token(client: FlaskClient, path: str = "/desk") -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found is not None, f"no csrf_token in {path}"
    return found[1]


@cache
def _hashed() -> str:
    """`PASSWORD`, hashed once: argon2 is slow on purpose."""
    return str(hash_password(PASSWORD))
