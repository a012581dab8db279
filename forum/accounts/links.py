"""Links in mails to staff: each is for one thing, expires, and dies when what it is bound to changes.

A link carries the account's id and a keyed hash of what it is bound to, so that nothing can be read from it, and so
that it works once: choosing a password changes the password, proving an address changes the address.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.errors import DeadLink, Refusal
from forum.base.signing import Signer


class LinkFor(StrEnum):
    """What a link is for; also the kind of the mail that brings it."""

    INVITATION = "account_invite"
    RECOVERY = "account_recovery"
    NEW_EMAIL = "account_new_email"


LASTS = {
    LinkFor.INVITATION: timedelta(days=7),
    LinkFor.RECOVERY: timedelta(hours=1),
    LinkFor.NEW_EMAIL: timedelta(days=1),
}
"""How long each link works from the moment at which its mail was asked for."""


class LinkSpent(Refusal):
    """A link that did its work, or that something newer took the place of (410)."""

    status = 410
    message = _("This link has been used already, or no longer counts. Ask for a new one.")


def make_link_token(signer: Signer, purpose: LinkFor, account: Account, *, asked_at: datetime) -> str:
    """The token of a link to this account."""
    payload: list[int | str] = [account.id, _bound_to(signer, purpose, account)]
    return signer.make_expiring_token(purpose.value, payload, expires_at=asked_at + LASTS[purpose])


def account_of_link(
    session: Session, signer: Signer, purpose: LinkFor, token: str, *, now: datetime, will_use: bool = False
) -> Account:
    """The account that a link was mailed to.

    :param will_use: the caller uses the link up: of two that do so at once, one finds it spent.
    :raises DeadLink: the token is not ours, was altered, or is for something else.
    :raises TokenExpired: its time is over.
    :raises LinkSpent: it was used, or the account was disabled or changed since.
    """
    payload = signer.read_expiring_token(purpose.value, token, now=now)
    if payload is None:
        raise DeadLink
    account_id, bound_to = payload
    account = session.get(Account, account_id, with_for_update=will_use or None)
    if (
        account is None
        or not link_counts(purpose, account)
        or bound_to != _bound_to(signer, purpose, account)
    ):
        raise LinkSpent
    return account


def link_counts(purpose: LinkFor, account: Account) -> bool:
    """Whether a link for this would lead anywhere now."""
    if purpose is LinkFor.INVITATION:
        return account.active and account.password is None
    if purpose is LinkFor.NEW_EMAIL:
        return account.active and account.new_email is not None
    return account.active and account.password is not None  # the invitation's end would mean nothing else


def _bound_to(signer: Signer, purpose: LinkFor, account: Account) -> str:
    values = [account.email, account.fs_uniquifier, account.password or ""]
    if purpose is LinkFor.NEW_EMAIL:
        values = [account.email, account.fs_uniquifier, account.new_email or ""]
    return signer.keyed_hash(purpose.value, *values)
