"""How long things are kept: one table, and the run that removes what is past its term.

Removed in short transactions of `CHUNK` rows, so that readers keep posting; a run that was interrupted is taken up by
the next. What waits for a moderator is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from forum.accounts.models import AccountSession
from forum.base.session import writing
from forum.comments import lifecycle
from forum.comments.commenters import forget_unused, is_unused
from forum.comments.erasing import empty_comment
from forum.comments.following.service import LINK_LASTS
from forum.comments.models import Comment, Commenter, CommentEvent, State, Submission
from forum.config import Settings
from forum.mail.models import MailState, OutboxMail, SuppressedAddress
from forum.web.command_line import N_
from forum.web.network_keys import NetworkKey, last_period_over

CHUNK = 50
SUPPRESSED_DAYS = 365
"""An address that a mail server did not know may be somebody's a year later."""
NOT_PUBLIC = (State.REJECTED, State.REMOVED, State.SPAM, State.WITHDRAWN, State.RETURNED)
"""What ends by the term of refused comments: also what was returned and never answered."""

Keys = Sequence[Any]


@dataclass(frozen=True)
class Term:
    """One line of the table.

    :param what: what is removed; a message id.
    :param days: how long it is kept.
    :param past: the keys (one column) of what is past its term, given the moment before which it is, and the present.
    :param remove: removes the rows with these keys; the caller commits.
    """

    what: str
    days: Callable[[Settings], int]
    past: Callable[[datetime, datetime], Select[Any]]
    remove: Callable[[Session, Keys, datetime], None]


@dataclass(frozen=True)
class Removed:
    """What a run did with one line of the table, or would do."""

    what: str
    days: int
    rows: int


def _unconfirmed(before: datetime, _now: datetime) -> Select[Any]:
    return select(Comment.id).where(Comment.state == State.UNCONFIRMED, Comment.submitted_at < before)


def _refused(before: datetime, _now: datetime) -> Select[Any]:
    touched_since = select(CommentEvent.id).where(
        CommentEvent.comment_id == Comment.id, CommentEvent.at >= before
    )
    return select(Comment.id).where(
        Comment.state.in_(NOT_PUBLIC), Comment.submitted_at < before, ~touched_since.exists()
    )


def _unused_commenters(before: datetime, now: datetime) -> Select[Any]:
    """A link to follow that was just mailed does not end with the term of the address: it was promised for longer."""
    return select(Commenter.id).where(Commenter.created_at < before, is_unused(asked_since=now - LINK_LASTS))


def _forms(before: datetime, _now: datetime) -> Select[Any]:
    waiting = select(Comment.id).where(Comment.id == Submission.comment_id, Comment.state == State.PENDING)
    return select(Submission.id).where(Submission.received_at < before, ~waiting.exists())


def _network_hashes(before: datetime, _now: datetime) -> Select[Any]:
    return select(Submission.id).where(Submission.network_hash.is_not(None), Submission.received_at < before)


def _network_keys(before: datetime, _now: datetime) -> Select[Any]:
    return select(NetworkKey.period).where(NetworkKey.period <= last_period_over(before))


def _mails(before: datetime, _now: datetime) -> Select[Any]:
    """Also those that never left: nobody misses them any more. One that is leaving at this moment is left alone."""
    last = func.coalesce(OutboxMail.sent_at, OutboxMail.created_at)
    is_free = or_(
        OutboxMail.state != MailState.WAITING,
        OutboxMail.leased_until.is_(None),
        OutboxMail.leased_until < before,
    )
    return select(OutboxMail.id).where(last < before, is_free)


def _suppressed(before: datetime, _now: datetime) -> Select[Any]:
    return select(SuppressedAddress.address_hash).where(SuppressedAddress.at < before)


def _sessions(before: datetime, _now: datetime) -> Select[Any]:
    return select(AccountSession.id).where(AccountSession.last_seen_at < before)


def _erase(session: Session, keys: Keys, now: datetime) -> None:
    """Empty comments by rule; one with public answers keeps its place as a tombstone.

    Everybody else locks a writer before the comments, so a writer whom another process holds is not waited for: that
    one's comments are left to the next run.
    """
    comments = session.scalars(select(Comment).where(Comment.id.in_(keys)).order_by(Comment.id)).all()
    writers = {comment.commenter_id for comment in comments}
    free = session.scalars(
        select(Commenter.id).where(Commenter.id.in_(writers - {None})).with_for_update(skip_locked=True)
    )
    can_be_locked = {None, *free}
    for comment in comments:
        if comment.commenter_id in can_be_locked:
            empty_comment(session, comment, by=lifecycle.RULE, version=comment.version, now=now)


def _delete(key: Any) -> Callable[[Session, Keys, datetime], None]:
    def remove(session: Session, keys: Keys, _now: datetime) -> None:
        session.execute(delete(key.class_).where(key.in_(keys)).execution_options(synchronize_session=False))

    return remove


def _forget_unused(session: Session, keys: Keys, now: datetime) -> None:
    """Look once more, now that the rows are locked: a comment may have come in between the two looks."""
    forget_unused(session, keys, asked_since=now - LINK_LASTS)


def _forget_networks(session: Session, keys: Keys, _now: datetime) -> None:
    session.execute(
        update(Submission)
        .where(Submission.id.in_(keys))
        .values(network_hash=None)
        .execution_options(synchronize_session=False)
    )


TERMS = (
    Term(N_("Comments whose address was never proven"), lambda s: s.keep_unconfirmed_days, _unconfirmed, _erase),
    Term(N_("Refused, removed, withdrawn and returned comments, and spam"), lambda s: s.keep_refused_days,
         _refused, _erase),
    Term(N_("Forms that comments came in with"), lambda s: s.keep_refused_days, _forms, _delete(Submission.id)),
    Term(N_("Addresses that no comment and no follow refers to"), lambda s: s.keep_unconfirmed_days,
         _unused_commenters, _forget_unused),
    Term(N_("Hashes of networks"), lambda s: s.keep_networks_days, _network_hashes, _forget_networks),
    Term(N_("Keys of those hashes"), lambda s: s.keep_networks_days, _network_keys, _delete(NetworkKey.period)),
    Term(N_("Mails, also those that never left"), lambda s: s.keep_mail_days, _mails, _delete(OutboxMail.id)),
    Term(N_("Addresses that took no mail"), lambda _: SUPPRESSED_DAYS, _suppressed,
         _delete(SuppressedAddress.address_hash)),
    Term(N_("Sessions of staff"), lambda s: s.keep_sessions_days, _sessions, _delete(AccountSession.id)),
)  # fmt: skip
"""The table: everything that ends by itself. An erased comment leaves its address to the line of addresses below it."""


def run(
    session: Session, settings: Settings, *, now: datetime, stops: Callable[[], bool] = lambda: False
) -> Iterator[Removed]:
    """Remove what is past its term, line by line of the table. Commits after every `CHUNK` rows.

    :param stops: whether to end here and leave the rest to another run; asked after each chunk.
    """
    for term in TERMS:
        days = term.days(settings)
        rows = _remove_past(session, term, now - timedelta(days=days), now, stops)
        yield Removed(term.what, days, rows)
        if rows and stops():
            return


def rehearse(session: Session, settings: Settings, *, now: datetime) -> Iterator[Removed]:
    """What `run` would remove first; nothing changes. What only ends when something else has ended is not counted."""
    for term in TERMS:
        days = term.days(settings)
        past = term.past(now - timedelta(days=days), now).subquery()
        yield Removed(term.what, days, session.scalar(select(func.count()).select_from(past)) or 0)


def _remove_past(
    session: Session, term: Term, before: datetime, now: datetime, stops: Callable[[], bool]
) -> int:
    rows, last = 0, None
    while keys := _remove_some(session, term, before, now, last):
        rows, last = rows + len(keys), keys[-1]
        if stops():
            break
    return rows


def _remove_some(session: Session, term: Term, before: datetime, now: datetime, last: Any) -> Keys:
    """One transaction. What another process holds at this moment is left to the next run."""
    past = term.past(before, now)
    key = past.selected_columns[0]
    if last is not None:
        past = past.where(key > last)
    with writing(session):
        keys = session.scalars(past.order_by(key).limit(CHUNK).with_for_update(skip_locked=True)).all()
        if keys:
            term.remove(session, keys, now)
    return keys
