"""The browsers in which an account is signed in. A session that has ended here is over, whatever a cookie says."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from forum.accounts.models import Account, AccountSession
from forum.base.errors import NotFound

SESSION_LASTS = timedelta(hours=12)
"""How long after signing in a session is over by itself."""
SEEN_EVERY = timedelta(minutes=5)
"""How exactly `last_seen_at` is known: one write in this time, however many pages are read."""


def begin_session(session: Session, account: Account, *, browser: str, now: datetime) -> str:
    """Note that `account` signed in, in a browser. The caller commits.

    :param browser: in words.
    :returns: the random value for the session cookie; here is only its hash.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        AccountSession(
            account_id=account.id, token_hash=hash_of_token(token), browser=browser,
            signed_in_at=now, last_seen_at=now,
        )
    )  # fmt: skip
    account.last_signed_in_at = now
    session.flush()
    return token


def find_live_session(
    session: Session, account: Account, token: str, *, now: datetime
) -> AccountSession | None:
    """The account's session with this value of the cookie, unless it has ended."""
    return session.scalar(
        select(AccountSession).where(
            AccountSession.token_hash == hash_of_token(token),
            AccountSession.account_id == account.id,
            AccountSession.ended_at.is_(None),
            AccountSession.signed_in_at > now - SESSION_LASTS,
        )
    )


def live_sessions(session: Session, account_id: int, *, now: datetime) -> Sequence[AccountSession]:
    """Where the account is signed in at present, last seen first."""
    return session.scalars(
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.ended_at.is_(None),
            AccountSession.signed_in_at > now - SESSION_LASTS,
        )
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())
    ).all()


def earlier_sessions(
    session: Session, account_id: int, *, now: datetime
) -> Sequence[tuple[AccountSession, datetime]]:
    """Where the account was signed in before, as far as that is kept, and until when; the newest first."""
    rows = session.scalars(
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            or_(AccountSession.ended_at.is_not(None), AccountSession.signed_in_at <= now - SESSION_LASTS),
        )
        .order_by(AccountSession.signed_in_at.desc(), AccountSession.id.desc())
    )
    return [(row, min(row.ended_at or now, row.signed_in_at + SESSION_LASTS)) for row in rows]


def needs_sight(found: AccountSession, *, now: datetime) -> bool:
    """Whether it is time to note that the session was seen."""
    return found.last_seen_at <= now - SEEN_EVERY


def note_sight(session: Session, session_id: int, *, now: datetime) -> None:
    """Note that a session was seen. The caller commits."""
    session.execute(
        update(AccountSession)
        .where(AccountSession.id == session_id, AccountSession.last_seen_at <= now - SEEN_EVERY)
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )


def end_session(session: Session, account_id: int, session_id: int, *, now: datetime) -> None:
    """End one session of the account; twice does no harm. The caller commits.

    :raises NotFound: the account has no such session.
    """
    found = session.get(AccountSession, session_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    found.ended_at = found.ended_at or now


def end_session_of(session: Session, token: str, *, now: datetime) -> None:
    """End the session with this value of the cookie, if there is one. The caller commits."""
    _end(session, AccountSession.token_hash == hash_of_token(token), now=now)


def end_other_sessions(session: Session, account_id: int, token: str, *, now: datetime) -> None:
    """End every session of the account but the one with this value of the cookie. The caller commits."""
    others = AccountSession.token_hash != hash_of_token(token)
    _end(session, AccountSession.account_id == account_id, others, now=now)


def end_sessions(session: Session, account: Account, *, now: datetime) -> None:
    """End every session of the account, wherever it is signed in. The caller commits.

    Links that were mailed to choose a password or to prove an address end with them.
    """
    account.fs_uniquifier = secrets.token_hex(32)
    session.flush()
    _end(session, AccountSession.account_id == account.id, now=now)


def hash_of_token(token: str) -> str:
    """What is kept of the cookie's value; it is random and long, so a plain hash tells nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def _end(session: Session, *which: ColumnElement[bool], now: datetime) -> None:
    session.execute(
        update(AccountSession).where(AccountSession.ended_at.is_(None), *which).values(ended_at=now)
    )
