"""What must change in a restored database before anybody uses it.

A backup is the past: what was erased since must be forgotten again; mails that waited then were most likely sent;
ids given out since are known to others and must not come again; sessions and pages of the lost time must not match.
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    SQLColumnExpression,
    case,
    cast,
    column,
    delete,
    func,
    literal,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import Session

from forum.accounts.models import Account, AccountSession, MailPreference
from forum.base.page_versions import PageVersion
from forum.base.signing import Signer
from forum.comments import lifecycle
from forum.comments.erasing import (
    BEGAN_AT,
    address_mark,
    comment_mark,
    erase_address,
    erase_comment,
    kept_mark,
)
from forum.comments.models import Comment, Commenter, CommentEvent, Erasure, ErasureScope, Follow, State
from forum.mail import outbox
from forum.mail.models import MailState, OutboxMail
from forum.mail.outbox import STOPPED_BY_RESTORE
from forum.operations.ledger import Erased, erased_in
from forum.operations.models import Heartbeat

AHEAD = 1_000_000
"""How far ids and page versions jump where `least_after` is no way ahead: the clock is wrong, or was."""
_BEFORE_ALL_RESTORES = datetime(2026, 1, 1, tzinfo=UTC)
_OF_ADDRESSES = frozenset({ErasureScope.ADDRESS, ErasureScope.PERSON})
_COUNTED_FROM_ZERO = text(
    "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_master WHERE type = 'table'"
    " AND sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence)"
)


def replay_erasures(session: Session, signer: Signer, ledger: list[Erased]) -> int:
    """Erase again what was erased after the backup; how many erasures found something. The caller commits.

    What the backup's own table of erasures knows was done before it. The others bear the moment that they had. Marks
    made with another secret key find nothing.
    """
    known = erased_in(session)
    new = [erased for erased in ledger if erased not in known]
    kept = {e.mark for e in new if e.scope is ErasureScope.KEPT}
    done = [
        *_replay_addresses(session, signer, [e for e in new if e.scope in _OF_ADDRESSES], kept),
        *_replay_comments(session, signer, [e for e in new if e.scope not in _OF_ADDRESSES]),
    ]
    session.flush()
    known = erased_in(session)
    missing = [erased for erased in new if erased not in known]
    session.add_all(Erasure(mark=e.mark, scope=e.scope, at=e.at) for e in missing)
    session.flush()
    return len({erased.at for erased in done})  # the lines of one erasure bear one moment


def settle(session: Session, *, now: datetime) -> int:
    """End sessions, stop mails, move ids and page versions ahead; how many mails were stopped. The caller commits."""
    for account in session.scalars(select(Account)):
        account.fs_uniquifier = secrets.token_hex(32)
    newest_event = select(func.max(CommentEvent.id)).scalar_subquery()
    waiting = OutboxMail.state == MailState.WAITING
    stopped = session.scalar(select(func.count()).select_from(OutboxMail).where(waiting)) or 0
    for statement in (
        update(AccountSession).where(AccountSession.ended_at.is_(None)).values(ended_at=now),
        update(OutboxMail)
        .where(waiting)
        .values(state=MailState.STOPPED, lease=None, leased_until=None, last_answer=STOPPED_BY_RESTORE),
        update(Follow).values(last_event_id=newest_event),
        update(MailPreference).values(last_event_id=newest_event, last_sent_at=now),
        update(PageVersion).values(version=_ahead_of_all(PageVersion.version, now)),
        delete(Heartbeat),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    _move_ids_ahead(session, now)
    return stopped


def least_after(now: datetime) -> int:
    """The least id or page version after a restore at `now`: the milliseconds since 2026.

    Each restore begins where no earlier one has come by then, be it of the same backup or another: no site gives out
    more than one id a millisecond for long. In 200,000 years they are still numbers that a browser can count.
    """
    return (now - _BEFORE_ALL_RESTORES) // timedelta(milliseconds=1)


def _replay_addresses(
    session: Session, signer: Signer, erasures: list[Erased], kept: set[str]
) -> Iterator[Erased]:
    """Once more what was done with these addresses; yields what found something.

    :param kept: marks of the texts that stayed where only the name went.
    """
    wanted: dict[str, list[Erased]] = {}
    for erased in erasures:
        wanted.setdefault(erased.mark, []).append(erased)
    if not wanted:
        return
    rows = session.execute(select(Commenter.id, Commenter.email)).all()
    for commenter_id, email in rows:
        for erased in wanted.get(address_mark(signer, email), ()):
            keep_texts = erased.scope is ErasureScope.PERSON
            if keep_texts:
                _erase_all_but(session, signer, commenter_id, kept, now=erased.at)
            commenter = session.get(Commenter, commenter_id)
            if commenter is not None:
                erase_address(session, signer, commenter, keep_texts=keep_texts, now=erased.at)
            yield erased
    for mark in _forget_mails(session, signer, wanted):
        yield from wanted[mark]


def _forget_mails(session: Session, signer: Signer, erased_marks: Container[str]) -> Iterator[str]:
    """Mails are kept longer than an address that nothing refers to: it may have come back only after the backup.

    Yields the marks of the addresses that had some.
    """
    recipients = (
        select(OutboxMail.recipient)
        .where(OutboxMail.recipient.is_not(None), OutboxMail.to_staff.is_(False))
        .distinct()
    )
    for recipient in session.scalars(recipients).all():
        if recipient is not None and (mark := address_mark(signer, recipient)) in erased_marks:
            outbox.forget_recipient(session, recipient)
            yield mark


def _erase_all_but(
    session: Session, signer: Signer, commenter_id: int, kept: set[str], *, now: datetime
) -> None:
    """Empty what the backup holds as public of a writer, unless it is the very text that stayed.

    It may have been withdrawn, removed or changed between the backup and the erasure.
    """
    public = select(Comment).where(Comment.commenter_id == commenter_id, Comment.state == State.APPROVED)
    for comment in session.scalars(public.order_by(Comment.id)).all():
        text_ = comment.published_revision
        if text_ is None or kept_mark(signer, comment.id, text_.source) not in kept:
            erase_comment(session, signer, comment, by=lifecycle.COMMENTER, version=comment.version, now=now)


def _replay_comments(session: Session, signer: Signer, erasures: list[Erased]) -> Iterator[Erased]:
    """Whatever the clock said at the time: a mark knows its comment, and no other that has its id.

    One that stayed without its writer, and still has one here, stands in the backup under another address than the
    one that was erased, as before a correction: it goes. Yields what found something.
    """
    wanted = {e.mark: e for e in sorted(erasures, key=lambda e: e.scope is ErasureScope.COMMENT)}
    if not wanted:
        return
    for comment_id, began_at in session.execute(select(Comment.id, BEGAN_AT)).all():
        erased = wanted.get(comment_mark(signer, comment_id, began_at))
        if erased is None:
            continue
        comment = session.get_one(Comment, comment_id)
        if erased.scope is not ErasureScope.KEPT or comment.commenter_id is not None:
            erase_comment(session, signer, comment, by=lifecycle.RULE, version=comment.version, now=erased.at)
            yield erased


def _ahead_of_all(number: SQLColumnExpression[int], now: datetime) -> ColumnElement[int]:
    least = least_after(now)
    return case((number < least, least), else_=number + AHEAD)


def _move_ids_ahead(session: Session, now: datetime) -> None:
    """New rows get ids that none of the lost rows can have had: links and Message-IDs are made of them."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(_COUNTED_FROM_ZERO)  # a table that never had a row has no number yet to be moved
        counters = table("sqlite_sequence", column("seq", BigInteger))
        session.execute(update(counters).values(seq=_ahead_of_all(counters.c.seq, now)))
        return
    names = session.scalars(
        text(
            "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences WHERE schemaname = current_schema()"
        )
    ).all()
    for name in names:
        counter = cast(name, REGCLASS)
        last = session.scalars(select(func.nextval(counter))).one()
        session.execute(select(func.setval(counter, _ahead_of_all(literal(last, BigInteger), now))))
