"""Addresses that take no mail: a mail server said so, at the door or in a bounce."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from forum.base.signing import Signer
from forum.base.upsert import insert_for
from forum.mail.models import MailState, OutboxMail, SuppressedAddress, SuppressionCause

STOPPED_BECAUSE = "suppressed"
"""What `last_answer` says of a mail that was stopped because its address takes none."""


def is_suppressed(session: Session, signer: Signer, address: str) -> bool:
    """Whether the address takes no mail."""
    return session.get(SuppressedAddress, _hash(signer, address)) is not None


def suppress(
    session: Session, signer: Signer, address: str, cause: SuppressionCause, *, now: datetime
) -> None:
    """Send no more mail to an address, and stop what waits for it. The caller commits."""
    row = {"address_hash": _hash(signer, address), "cause": cause, "at": now}
    statement = insert_for(session.get_bind().dialect.name, SuppressedAddress)
    session.execute(statement.on_conflict_do_nothing(index_elements=[SuppressedAddress.address_hash]), row)
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.recipient.in_([address, address.lower()]), OutboxMail.state == MailState.WAITING)
        .values(state=MailState.STOPPED, last_answer=STOPPED_BECAUSE)
        .execution_options(synchronize_session=False)
    )


def lift(session: Session, signer: Signer, address: str) -> None:
    """Send mail to an address again. The caller commits."""
    session.execute(delete(SuppressedAddress).where(SuppressedAddress.address_hash == _hash(signer, address)))


def _hash(signer: Signer, address: str) -> str:
    return signer.keyed_hash("suppressed address", address.lower())
