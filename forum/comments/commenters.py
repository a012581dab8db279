"""People known by an e-mail address, proven or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from forum.base.signing import Signer
from forum.base.upsert import insert_for
from forum.comments.models import Comment, Commenter, Follow, State
from forum.mail.models import OutboxMail

_Found = TypeVar("_Found", bound=Select[*tuple[Any, ...]])
_LINK_TO_FOLLOW = "follow_confirm"
"""The kind of the mail with the link by which an address that is not proven yet follows a discussion."""


def commenter_id_for(session: Session, email: str, *, now: datetime) -> int:
    """The id of the commenter with this normalised address, made when new. Typing an address proves nothing.

    Two posts at once with a new address make one row: the second waits for the first and finds it.
    """
    statement = _found_or_made(session.get_bind().dialect.name)
    return session.connection().execute(statement, {"email": email, "created_at": now}).scalar_one()


def find_commenter(session: Session, email: str) -> Commenter | None:
    """The commenter with this normalised address, if it is here."""
    return session.scalar(select(Commenter).where(Commenter.email == email))


def lock_commenter(session: Session, commenter_id: int | None) -> int | None:
    """Lock a writer, before any of their comments, and keep new posts with the address waiting; None when it is gone.

    Everybody takes the two in this order: in the other one, each of two would wait for the other. Not `FOR UPDATE`: a
    decision holds its comment and then looks (by the foreign key) whether the writer is there.
    """
    row = select(Commenter.id).where(Commenter.id == commenter_id)
    return session.scalar(row.with_for_update(key_share=True))


def lock_anew(session: Session, found: Commenter) -> None:
    """Lock a writer, and forget what was read: whoever found one looks again. An erasure may have ended meanwhile."""
    lock_commenter(session, found.id)
    session.expire_all()


def lock_alone(session: Session, commenter_id: int) -> None:
    """Lock a writer who is about to go, and wait for those who put mail to them (`staying`).

    After `lock_commenter` and their comments: who decides about one of those may look for the writer while holding it.
    """
    session.execute(select(Commenter.id).where(Commenter.id == commenter_id).with_for_update())


def staying(statement: _Found) -> _Found:
    """`statement`, which finds whom to write to, so that none of them is erased before the caller commits.

    An erasure that began earlier is waited for, and whom it erases is not found: no mail stays behind that it did not
    see (PostgreSQL: `FOR KEY SHARE`, for which posts and other mails do not wait). Comments and pages are locked before
    this, as an erasure does before `lock_alone`: in another order each would wait for the other.
    """
    return statement.with_for_update(read=True, key_share=True, of=Commenter)


def hash_of(signer: Signer, email: str) -> str:
    """A keyed hash of a normalised address, for keys and links that may name none."""
    return signer.keyed_hash("commenter", email)


def mark_of(signer: Signer, commenter: Commenter) -> str:
    """What links and cookies name a commenter by beside the id: a keyed hash of the address and its first day here.

    Ids may come again after an erasure (SQLite), and so may the address. With the mark, a link or a proof from before
    the erasure opens nothing of who has the id now, be it the same person: they were told that it is forgotten.
    """
    return signer.keyed_hash("commenter", commenter.email, commenter.created_at.isoformat())


def get_marked_commenter(
    session: Session, signer: Signer, commenter_id: object, mark: object
) -> Commenter | None:
    """The commenter that a link or cookie names, or None when that address is no longer here."""
    commenter = session.get(Commenter, commenter_id) if isinstance(commenter_id, int) else None
    return commenter if commenter is not None and mark_of(signer, commenter) == mark else None


def forget_if_unused(session: Session, commenter_id: int | None) -> None:
    """Delete an address that no comment refers to any more and that follows nothing.

    Of one that was ever sent a link to follow, whether it still works is asked by who has a clock: `forget_unused`,
    at the latest when retention comes by. The caller has flushed, and commits.
    """
    if commenter_id is not None:
        forget_unused(session, [commenter_id])


def forget_unused(
    session: Session, commenter_ids: Sequence[int], *, asked_since: datetime | None = None
) -> None:
    """Delete those of these addresses that no comment refers to any more, and that neither follow nor may yet.

    The rows are locked first: one statement that waits for a post with the address would still judge by what was there
    before that post (PostgreSQL). The caller has flushed, and commits.

    :param asked_since: see `is_unused`.
    """
    these = Commenter.id.in_(commenter_ids)
    session.execute(select(Commenter.id).where(these).order_by(Commenter.id).with_for_update()).all()
    session.execute(delete(Commenter).where(these, is_unused(asked_since=asked_since)))


def is_unused(*, asked_since: datetime | None = None) -> ColumnElement[bool]:
    """Whether no comment refers to an address, it follows nothing, and no link to follow works that it was sent.

    :param asked_since: a link that was asked for later than this still works; None: any may.
    """
    comments = select(Comment.id).where(Comment.commenter_id == Commenter.id)
    follows = select(Follow.id).where(Follow.commenter_id == Commenter.id)
    links = select(OutboxMail.id).where(
        OutboxMail.kind == _LINK_TO_FOLLOW,
        OutboxMail.recipient == Commenter.email,
        *([OutboxMail.created_at > asked_since] if asked_since is not None else []),
    )
    return ~comments.exists() & ~follows.exists() & ~links.exists()


@cache
def _found_or_made(dialect_name: str) -> ReturningInsert[int]:
    """What is there is written as it was, so that it is returned; but never a key, for which `staying` would wait."""
    return (
        insert_for(dialect_name, Commenter)
        .on_conflict_do_update(index_elements=[Commenter.email], set_={"created_at": Commenter.created_at})
        .returning(Commenter.id)
    )


def record_of(session: Session, commenter_ids: set[int]) -> dict[int, dict[State, int]]:
    """How many comments each address has in each state: its earlier record, for moderators.

    Only those that it was proven for: others may have typed the address, here or on the site that was imported.
    """
    rows = session.execute(
        select(Comment.commenter_id, Comment.state, func.count())
        .where(Comment.commenter_id.in_(commenter_ids), Comment.proven_at.is_not(None))
        .group_by(Comment.commenter_id, Comment.state)
    )
    record: dict[int, dict[State, int]] = {}
    for commenter_id, state, count in rows:
        if commenter_id is not None:
            record.setdefault(commenter_id, {})[state] = count
    return record
