"""Addresses that take no mail: a mail server said so, at the door or in a bounce.

A bounce is a letter that comes in from outside, so it never stops mail to staff: for who lost a password, or runs the
site alone, that mail may be the only way in.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, true, update
from sqlalchemy.orm import Session

from forum.base.signing import Signer
from forum.base.upsert import insert_for
from forum.mail.models import MailState, OutboxMail, SuppressedAddress, SuppressionCause

STOPPED_BECAUSE = "suppressed"
"""What `last_answer` says of a mail that was stopped because its address takes none."""


def is_suppressed(session: Session, signer: Signer, address: str, *, to_staff: bool = False) -> bool:
    """Whether the address takes no mail; what is written to staff is stopped by a server's own refusal only."""
    found = session.get(SuppressedAddress, _hash(signer, address))
    return found is not None and not (to_staff and found.cause is SuppressionCause.BOUNCED)


def suppress(
    session: Session, signer: Signer, address: str, cause: SuppressionCause, *, now: datetime
) -> None:
    """Send no more mail to an address, and stop what waits for it. The caller commits.

    A refusal takes the place of a bounce, which stops less.
    """
    row = {"address_hash": _hash(signer, address), "cause": cause, "at": now}
    statement = insert_for(session.get_bind().dialect.name, SuppressedAddress)
    key, is_bounce = [SuppressedAddress.address_hash], cause is SuppressionCause.BOUNCED
    once = (
        statement.on_conflict_do_nothing(index_elements=key)
        if is_bounce
        else statement.on_conflict_do_update(index_elements=key, set_={"cause": cause, "at": now})
    )
    session.execute(once, row)
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.recipient.in_([address, address.lower()]), OutboxMail.state == MailState.WAITING)
        .where(OutboxMail.to_staff.is_(False) if is_bounce else true())
        .values(state=MailState.STOPPED, last_answer=STOPPED_BECAUSE)
        .execution_options(synchronize_session=False)
    )


def lift(session: Session, signer: Signer, address: str) -> None:
    """Send mail to an address again. The caller commits."""
    session.execute(delete(SuppressedAddress).where(SuppressedAddress.address_hash == _hash(signer, address)))


def _hash(signer: Signer, address: str) -> str:
    return signer.keyed_hash("suppressed address", address.lower())
