"""Keyed hashes of readers' networks, with keys that are thrown away.

A network's hash tells only whether two posts of one period came from the same place. Its key is random, is kept in
the database while its hashes are, and is deleted with them: after that nobody can try addresses against a hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from forum.base.models import Model, UtcDateTime
from forum.base.upsert import insert_for

PERIOD_DAYS = 7
"""How long one key serves. Two posts that a change of keys lies between cannot be told to come from one network."""
WITHIN_MS = 250
"""How long `agreed_key` waits for other writers."""
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
    key = _key_of(session.connection(), period_of(now), now)
    return hmac.digest(bytes.fromhex(key), network.encode(), hashlib.sha256).hex()[:32]


def agreed_key(engine: Engine, *, now: datetime) -> str:
    """The key of this period, read in a connection of its own; made and stored if it is not there.

    Whatever transaction the caller is in does not matter. Other writers are waited for `WITHIN_MS` only, because the
    caller itself may be the one who holds the lock.

    :raises SQLAlchemyError: the database cannot be asked, or others were writing all the time.
    """
    with engine.connect() as connection:
        key = _find(connection, period_of(now))
    return key or _store(engine, period_of(now), now)


def earlier_keys(engine: Engine, *, now: datetime) -> list[str]:
    """The keys of past periods that are still kept, the newest first.

    :raises SQLAlchemyError: the database cannot be asked.
    """
    past = select(NetworkKey.key).where(NetworkKey.period < period_of(now))
    with engine.connect() as connection:
        return list(connection.scalars(past.order_by(NetworkKey.period.desc())))


def period_of(moment: datetime) -> str:
    """The first day, a Monday in UTC, of the period that `moment` lies in."""
    return f"{end_of_period(moment) - timedelta(days=PERIOD_DAYS):%Y-%m-%d}"


def end_of_period(moment: datetime) -> datetime:
    """When the period that `moment` lies in is over, and the next begins."""
    periods = (moment - _FIRST_MONDAY) // timedelta(days=PERIOD_DAYS)
    return _FIRST_MONDAY + timedelta(days=PERIOD_DAYS) * (periods + 1)


def last_period_over(moment: datetime) -> str:
    """The latest period that was over at `moment`: no hash made at or after `moment` has its key or an earlier one."""
    return period_of(moment - timedelta(days=PERIOD_DAYS))


def _key_of(connection: Connection, period: str, now: datetime) -> str:
    return _find(connection, period) or _make(connection, period, now)


def _find(connection: Connection, period: str) -> str | None:
    return connection.scalar(select(NetworkKey.key).where(NetworkKey.period == period))


def _make(connection: Connection, period: str, now: datetime) -> str:
    fresh = {"period": period, "key": secrets.token_hex(32), "made_at": now}
    insert = insert_for(connection.dialect.name, NetworkKey)
    # Another process may have made it meanwhile: on PostgreSQL this waits for it, and then finds its key.
    connection.execute(insert.on_conflict_do_nothing(index_elements=[NetworkKey.period]), fresh)
    return connection.scalars(select(NetworkKey.key).where(NetworkKey.period == period)).one()


def _store(engine: Engine, period: str, now: datetime) -> str:
    impatient = {
        "sqlite": f"PRAGMA busy_timeout = {WITHIN_MS}",
        "postgresql": f"SET lock_timeout = '{WITHIN_MS}ms'",
    }
    with engine.connect() as connection:
        connection.detach()  # the next who uses it would be as impatient
        connection.exec_driver_sql(impatient[connection.dialect.name])
        key = _make(connection, period, now)
        connection.commit()
    return key
