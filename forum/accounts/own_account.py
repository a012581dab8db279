"""What the owner of an account does with it: prove another address, choose a password by a link or a form."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from forum.accounts.addresses import claim_address, find_account
from forum.accounts.links import LinkFor, LinkSpent, account_of_link, link_counts
from forum.accounts.mails import (
    put_email_changed,
    put_link_mail,
    put_password_changed,
    put_recovery_mail,
)
from forum.accounts.models import Account
from forum.accounts.service import set_password
from forum.base.errors import Unprocessable
from forum.base.signing import Signer
from forum.mail.outbox import take_back


class SameAddress(Unprocessable):
    """The address that the account has already (422)."""

    message = _("This is the address that you have already.")


def ask_recovery(session: Session, email: str, *, now: datetime) -> None:
    """Mail the link to choose a new password, if the address belongs to an account that may sign in and has a
    password. The caller commits, and answers the same whether it does.

    The same is written for every address, and taken back where it goes nowhere: how long the answer takes tells nobody
    who is on the staff.

    :param email: normalised.
    """
    account = find_account(session, email)
    counts = account is not None and link_counts(LinkFor.RECOVERY, account)
    key = put_recovery_mail(session, account, email, now=now)
    if not counts:
        take_back(session, key)


def choose_password_by_link(
    session: Session, signer: Signer, purpose: LinkFor, token: str, password_hash: str, *, now: datetime
) -> Account:
    """Give the account of an invitation or a recovery this password, once; sessions of it end. The caller commits.

    :param password_hash: see `forum.accounts.passwords.hash_of_password`.
    :raises LinkSpent, TokenExpired, NotFound: see `account_of_link`.
    """
    account = account_of_link(session, signer, purpose, token, now=now, will_use=True)
    if purpose is LinkFor.INVITATION:
        set_password(session, account, password_hash, now=now)
    else:
        store_new_password(session, account, password_hash, now=now)
    return account


def store_new_password(session: Session, account: Account, password_hash: str, *, now: datetime) -> None:
    """Give the account another password, and tell it by mail; its sessions end. The caller commits.

    :param password_hash: see `forum.accounts.passwords.hash_of_password`.
    """
    set_password(session, account, password_hash, now=now)
    put_password_changed(session, account, now=now)


def ask_new_email(session: Session, account: Account, email: str, *, now: datetime) -> None:
    """Mail a link to the new address; until it is proven, nothing changes. The caller commits.

    :param email: normalised.
    :raises SameAddress: the account has it already.
    :raises AddressTaken: another account has it.
    """
    if email == account.email:
        raise SameAddress
    claim_address(session, email)
    account.new_email = email
    put_link_mail(session, LinkFor.NEW_EMAIL, account, now=now)


def prove_new_email(session: Session, signer: Signer, token: str, *, now: datetime) -> Account:
    """Make the proven address the account's, once, and tell the former one. The caller commits.

    :raises AddressTaken: another account got it meanwhile.
    :raises LinkSpent, TokenExpired, NotFound: see `account_of_link`.
    """
    account = account_of_link(session, signer, LinkFor.NEW_EMAIL, token, now=now, will_use=True)
    former_email, new_email = account.email, account.new_email
    if new_email is None:
        raise LinkSpent
    claim_address(session, new_email)
    account.email, account.new_email = new_email, None
    session.flush()
    put_email_changed(session, account, former_email, now=now)
    return account
