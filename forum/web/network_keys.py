"""Keyed hashes of readers' networks, with keys that are thrown away.

A network's hash tells only whether two posts of one period came from the same place. Its key is random, is kept in
the database while its hashes are, and is deleted with them: after that nobody can try addresses against a hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from forum.base.models import Model, UtcDateTime
from forum.base.upsert import insert_for

PERIOD_DAYS = 7
"""How long one key serves. Two posts that a change of keys lies between cannot be told to come from one network."""
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


class NetworkKey(Model):
    """The key of one period, named by its first day (`2026-11-16`)."""

    __tablename__ = "network_keys"

    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


def network_hash(session: Session, network: str, *, now: datetime) -> str:
    """The keyed hash of a network in this period, 128 bits in hexadecimal (32 characters). The caller commits.

    Makes the period's key at its first use; two at once agree on one. Call it inside the transaction that stores it.

    :param network: as `forum.web.client.network_prefixes` names it.
    """
    key = _key_of(session, period_of(now), now)
    return hmac.digest(bytes.fromhex(key), network.encode(), hashlib.sha256).hex()[:32]


def period_of(moment: datetime) -> str:
    """The first day, a Monday in UTC, of the period that `moment` lies in."""
    periods = (moment - _FIRST_MONDAY) // timedelta(days=PERIOD_DAYS)
    return f"{_FIRST_MONDAY + timedelta(days=PERIOD_DAYS * periods):%Y-%m-%d}"


def last_period_over(moment: datetime) -> str:
    """The latest period that was over at `moment`: no hash made at or after `moment` has its key or an earlier one."""
    return period_of(moment - timedelta(days=PERIOD_DAYS))


def _key_of(session: Session, period: str, now: datetime) -> str:
    key = session.scalar(select(NetworkKey.key).where(NetworkKey.period == period))
    if key is not None:
        return key
    fresh = {"period": period, "key": secrets.token_hex(32), "made_at": now}
    insert = insert_for(session.get_bind().dialect.name, NetworkKey)
    # Another process may have made it meanwhile: on PostgreSQL this waits for it, and then finds its key.
    session.execute(insert.on_conflict_do_nothing(index_elements=[NetworkKey.period]), fresh)
    return session.scalars(select(NetworkKey.key).where(NetworkKey.period == period)).one()
