"""The link to a writer's own page, as mails carry it: it opens by a press, for a week, and names no address."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy.orm import Session

from forum.base.errors import DeadLink
from forum.base.signing import Signer
from forum.comments.commenters import get_marked_commenter, mark_of
from forum.comments.models import Commenter

LINK_LASTS = timedelta(days=7)
_PURPOSE = "writer's page"


def writer_url(signer: Signer, commenter: Commenter, now: datetime) -> str:
    """The full address that opens the page of `commenter`; any mail to that very address may hold it.

    :param now: when the link's week begins. In a mail: its `created_at` or
        `mail_age.link_begins_at`, so that a second try sends the same link.
    """
    return url_for("writer_door.opening", token=writer_token(signer, commenter, now=now), _external=True)


def writer_token(signer: Signer, commenter: Commenter, *, now: datetime) -> str:
    """The token of that link."""
    payload: list[int | str] = [commenter.id, mark_of(signer, commenter)]
    return signer.make_expiring_token(_PURPOSE, payload, expires_at=now + LINK_LASTS)


def get_commenter_of_link(session: Session, signer: Signer, token: str, *, now: datetime) -> Commenter:
    """The commenter whose page a link opens.

    :raises TokenExpired: its week is over.
    :raises DeadLink: the token is not ours, or the address is no longer here.
    """
    payload = signer.read_expiring_token(_PURPOSE, token, now=now)
    if payload is None or len(payload) != 2:
        raise DeadLink
    commenter = get_marked_commenter(session, signer, payload[0], payload[1])
    if commenter is None:
        raise DeadLink
    return commenter
