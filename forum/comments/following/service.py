"""Following a discussion by mail: with a proven address, at once, daily or weekly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.articles.loaders import is_public
from forum.articles.models import Article
from forum.base.errors import DeadLink, Unprocessable
from forum.base.signing import Signer
from forum.base.upsert import insert_for
from forum.comments.commenters import commenter_id_for, get_marked_commenter, lock_anew, mark_of
from forum.comments.models import Commenter, CommentEvent, Follow
from forum.comments.proving.service import prove
from forum.mail import outbox
from forum.mail.outbox import NewMail

CADENCES = (Cadence.AT_ONCE, Cadence.DAILY, Cadence.WEEKLY)
"""How often a follower can have mail."""
LINK_LASTS = timedelta(days=7)
_PURPOSE = "follow"


class UnknownCadence(Unprocessable):
    """No such choice (422)."""

    message = _("Choose how often you want mail.")


@dataclass(frozen=True)
class Request:
    """A follow that somebody asked for: who, what, how often.

    :param resumes_mail: whether all mail had been stopped, and comes again with this.
    """

    commenter: Commenter
    article: Article
    cadence: Cadence
    resumes_mail: bool = False


def cadence_from(raw: str) -> Cadence:
    """What a form says.

    :raises UnknownCadence: none of `CADENCES`.
    """
    chosen = next((cadence for cadence in CADENCES if cadence.value == raw), None)
    if chosen is None:
        raise UnknownCadence
    return chosen


def follow(
    session: Session, commenter: Commenter, article_id: int, cadence: Cadence, *, now: datetime
) -> Follow:
    """Follow a discussion from now on, or as often as this from now on. The caller commits.

    Whoever had stopped all mail asks for mail again by this, so that a follow never stays silent.

    :param commenter: whose address is proven.
    """
    newest = session.scalar(select(func.max(CommentEvent.id))) or 0
    statement = insert_for(session.get_bind().dialect.name, Follow).on_conflict_do_nothing(
        index_elements=[Follow.commenter_id, Follow.article_id]
    )
    row = {"commenter_id": commenter.id, "article_id": article_id, "cadence": cadence, "created_at": now}
    session.connection().execute(statement, row | {"last_event_id": newest})
    kept = session.scalars(
        select(Follow).where(Follow.commenter_id == commenter.id, Follow.article_id == article_id)
    ).one()
    if kept.cadence is not cadence:
        kept.cadence, kept.last_event_id = cadence, newest
    commenter.mail_stopped_at = None
    return kept


def unfollow(session: Session, commenter_id: int, article_id: int) -> None:
    """Follow a discussion no longer. The caller commits."""
    session.execute(
        delete(Follow).where(Follow.commenter_id == commenter_id, Follow.article_id == article_id)
    )


def find_follow(session: Session, commenter_id: int, article_id: int) -> Follow | None:
    """The follow of a discussion, if there is one."""
    return session.scalar(
        select(Follow).where(Follow.commenter_id == commenter_id, Follow.article_id == article_id)
    )


def find_followed(session: Session, commenter_id: int, slug: str) -> Article | None:
    """The article with this slug, if somebody follows it; it may have been taken down since."""
    return session.scalar(
        select(Article)
        .join(Follow, Follow.article_id == Article.id)
        .where(Follow.commenter_id == commenter_id, Article.slug == slug)
    )


def follows_of(session: Session, commenter: Commenter) -> Sequence[tuple[Follow, Article]]:
    """What somebody follows, the newest first."""
    rows = session.execute(
        select(Follow, Article)
        .join(Article, Article.id == Follow.article_id)
        .where(Follow.commenter_id == commenter.id)
        .order_by(Follow.id.desc())
    )
    return [(followed, article) for followed, article in rows]


def ask_to_confirm(session: Session, email: str, article_id: int, cadence: Cadence, *, now: datetime) -> None:
    """Have a mail sent to an address that this browser has not proven. The caller commits, and keeps the limit.

    :param email: normalised.
    """
    commenter_id = commenter_id_for(session, email, now=now)
    outbox.put(
        session,
        NewMail(
            key=f"follow_confirm:{commenter_id}:{article_id}:{cadence.value}:{now.timestamp():.6f}",
            kind="follow_confirm", recipient=email, awaited=True, commenter_id=commenter_id,
            facts={"article": article_id, "cadence": cadence.value},
        ),
        now=now,
    )  # fmt: skip


def link_token(
    signer: Signer, commenter: Commenter, article_id: int, cadence: Cadence, *, now: datetime
) -> str:
    """The token of the link that proves the address and follows; it works for `LINK_LASTS`."""
    payload: list[int | str] = [commenter.id, mark_of(signer, commenter), article_id, cadence.value]
    return signer.make_expiring_token(_PURPOSE, payload, expires_at=now + LINK_LASTS)


def read_request(session: Session, signer: Signer, token: str, *, now: datetime) -> Request:
    """What a link asks for.

    :raises TokenExpired: its time is over.
    :raises DeadLink: it is not ours, the address was erased, or the article is not public.
    """
    payload = signer.read_expiring_token(_PURPOSE, token, now=now)
    if payload is None or len(payload) != 4:
        raise DeadLink
    commenter = get_marked_commenter(session, signer, payload[0], payload[1])
    article = session.scalar(select(Article).where(Article.id == payload[2], is_public(now)))
    if commenter is None or article is None:
        raise DeadLink
    return Request(commenter, article, Cadence(str(payload[3])))


def confirm(session: Session, signer: Signer, token: str, *, now: datetime) -> Request:
    """Somebody pressed the button behind the link: the address is proven and follows. The caller commits.

    :raises TokenExpired, DeadLink: see `read_request`.
    """
    lock_anew(session, read_request(session, signer, token, now=now).commenter)
    request = read_request(session, signer, token, now=now)
    resumes_mail = request.commenter.mail_stopped_at is not None
    prove(request.commenter, now=now)
    follow(session, request.commenter, request.article.id, request.cadence, now=now)
    return replace(request, resumes_mail=resumes_mail)
