"""Loads the demo: its articles, and its threads through the same services that readers and moderators use."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from forum import text
from forum.accounts.models import Account, RoleName
from forum.accounts.service import save_account
from forum.articles.front_matter import parse_article
from forum.articles.models import Article
from forum.articles.people import link_account
from forum.articles.service import save_article
from forum.base.session import writing
from forum.base.signing import Signer
from forum.comments import lifecycle
from forum.comments.models import Comment, Move
from forum.comments.submission import CommentDraft, submit, submit_staff_reply
from forum.config import Settings
from forum.exchange.demo.generator import DemoComment, generate_thread
from forum.mail.models import OutboxMail
from forum.moderation.reasons import reason_for

FOLDER = Path(__file__).resolve().parent
GENERATED = {"elke-wijk-een-energiecooperatie": (2_000, 1)}
"""Articles whose thread is generated: how many comments, and the seed."""

_DOMAIN = "demo.voorbeeld.example"
_STAFF = (
    ("auteur", "Samira Bouzidi", RoleName.AUTHOR),
    ("moderator", "Marloes Dijkman", RoleName.MODERATOR),
    ("redacteur", "Jeroen Pronk", RoleName.EDITOR),
    ("beheerder", "Aylin Korkmaz", RoleName.ADMIN),
)
_VIEWS = {
    "buurthuis-draait-niet-op-goede-wil": 2_261,
    "wijkverpleging-op-de-leestafel": 1_408,
    "campagne-maak-open-die-brief": 986,
    "waar-ligt-de-grens-van-de-buurvrouw": 5_317,
    "jongerenwerker-delano-wijngaarde": 3_042,
    "elke-wijk-een-energiecooperatie": 31_760,
    "een-jaar-zonder-boete": 1_873,
    "mensen-van-de-kennisbank": 640,
}
"""How often the demo says that its articles were read."""

_DECIDED_AFTER = timedelta(minutes=20)
_DECISIONS = {"approved": Move.APPROVE, "rejected": Move.REJECT, "spam": Move.SPAM}


@dataclass(frozen=True)
class DemoLogin:
    """An account of the demo with the password that was made for it."""

    role: str
    email: str
    password: str


def load_demo(
    session: Session, settings: Settings, *, now: datetime, generated: bool = True
) -> list[DemoLogin]:
    """Load what of the demo is not there yet, an article to a transaction. Runs twice without doing anything twice.

    :param generated: also the thread of 2,000 comments, which takes some seconds.
    :returns: the accounts that were made; empty when they were there.
    """
    with writing(session):
        logins = _make_staff(session, now)
    for file in sorted((FOLDER / "articles").glob("*.md")):
        draft = parse_article(file.read_text(encoding="utf-8"), zone=settings.timezone)
        with writing(session):
            if session.scalar(select(Article.id).where(Article.slug == draft.slug)) is not None:
                continue
            article, _ = save_article(session, draft, now=now)
            article.view_count = _VIEWS[article.slug]
            _load_thread(session, settings, article, _thread_of(article.slug, generated=generated))
    return logins


def _make_staff(session: Session, now: datetime) -> list[DemoLogin]:
    logins = []
    for local, name, role in _STAFF:
        if session.scalar(select(Account.id).where(Account.email == _address(local))) is not None:
            continue
        login = DemoLogin(role.value, _address(local), secrets.token_urlsafe(9))
        account, _ = save_account(
            session, email=login.email, name=name, roles=[role], password=login.password, now=now
        )
        link_account(session, account)
        logins.append(login)
    return logins


def _thread_of(slug: str, *, generated: bool) -> Iterable[DemoComment]:
    if slug in GENERATED:
        count, seed = GENERATED[slug]
        return generate_thread(count, seed) if generated else ()
    file = FOLDER / "threads" / f"{slug}.json"
    if not file.exists():
        return ()
    return [DemoComment(**row) for row in json.loads(file.read_text(encoding="utf-8"))]


def _load_thread(
    session: Session, settings: Settings, article: Article, thread: Iterable[DemoComment]
) -> None:
    """Send in, decide and answer in the order in which it happened."""
    moderator = session.scalars(select(Account).where(Account.email == _address("moderator"))).one()
    signer = Signer(settings.secret_key)
    start = article.published_at
    if start is None:
        raise ValueError(f"{article.slug}: a demo article needs a date")
    closes, article.comments_close_at = article.comments_close_at, None
    policy, article.comment_policy = article.comment_policy, type(article.comment_policy).PREMODERATED
    ids: dict[str, int] = {}
    for row in sorted(thread, key=lambda comment: comment.minutes):
        at = start + timedelta(minutes=row.minutes)
        parent_id = ids[row.parent] if row.parent is not None else None
        if row.by is not None:
            ids[row.key] = _answer(session, article, row, parent_id, at).id
            continue
        comment = submit(session, signer, article, _draft(row, parent_id), now=at)
        ids[row.key] = comment.id
        _decide(session, comment, row, moderator, at + _DECIDED_AFTER)
    article.comments_close_at, article.comment_policy = closes, policy
    session.flush()
    _send_nothing(session, article)


def _send_nothing(session: Session, article: Article) -> None:
    """Nobody is told of what is made up, not even once a mail server is set."""
    session.execute(
        delete(OutboxMail).where(
            OutboxMail.comment_id.in_(select(Comment.id).where(Comment.article_id == article.id))
        )
    )


def _draft(row: DemoComment, parent_id: int | None) -> CommentDraft:
    source = text.clean_source(row.body)
    return CommentDraft(
        name=row.name,
        email=row.email,
        website=row.website,
        source=source,
        html=text.render_comment(source),
        parent_id=parent_id,
        notify_replies=False,
        submission_id=None,
        honeypot="",
        started_at=None,
        network_hash=None,
    )


def _answer(
    session: Session, article: Article, row: DemoComment, parent_id: int | None, at: datetime
) -> Comment:
    source = text.clean_source(row.body)
    return submit_staff_reply(
        session,
        article,
        _author_account(session, row.name, at),
        source,
        text.render_comment(source),
        parent_id=parent_id,
        now=at,
    )


def _author_account(session: Session, name: str, now: datetime) -> Account:
    """The account behind an answering author; one that nobody can sign in to, unless it is the demo's author."""
    account = session.scalars(select(Account).where(Account.name == name)).first()
    if account is None:
        local = text.skeleton(name)
        account, _ = save_account(
            session,
            email=_address(local),
            name=name,
            roles=[RoleName.AUTHOR],
            password=secrets.token_urlsafe(32),
            now=now,
        )
        account.active = False
        link_account(session, account)
    return account


def _decide(session: Session, comment: Comment, row: DemoComment, moderator: Account, at: datetime) -> None:
    kind = _DECISIONS.get(row.state)
    if kind is None:
        return
    lifecycle.move(
        session, comment, kind, by=lifecycle.staff(moderator.id), version=comment.version, now=at,
        reason=reason_for(row.reason or "") if kind is not Move.APPROVE else None,
    )  # fmt: skip


def _address(local: str) -> str:
    return f"{local}@{_DOMAIN}"
