"""Making staff accounts from the command line, and what everyone may choose for themselves."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.addresses import find_account
from forum.accounts.models import Account, Role, RoleName
from forum.accounts.passwords import hash_of_password
from forum.accounts.sessions import end_sessions
from forum.base.errors import MalformedRequest
from forum.web.languages import LANGUAGES


def save_account(
    session: Session, *, email: str, name: str, roles: Iterable[RoleName], password: str, now: datetime
) -> tuple[Account, bool]:
    """Create the account with this address, or give it this name, roles and password. The caller commits.

    A changed password ends every session of the account.

    :param email: normalised.
    :returns: the account and whether it is new.
    :raises UnfitPassword: too short or too long.
    """
    password_hash = hash_of_password(password)
    account = find_account(session, email)
    is_new = account is None
    if account is None:
        account = new_account(session, email=email, name=name, now=now)
    account.name = name
    account.roles = roles_named(session, roles)
    set_password(session, account, password_hash, now=now)
    return account, is_new


def new_account(session: Session, *, email: str, name: str, now: datetime) -> Account:
    """An account that has neither roles nor a password yet. The caller commits.

    :param email: normalised, and of no other account.
    """
    account = Account(
        email=email, name=name, active=True, fs_uniquifier=secrets.token_hex(32), created_at=now
    )
    session.add(account)
    session.flush()
    return account


def roles_named(session: Session, roles: Iterable[RoleName]) -> list[Role]:
    """The rows of these roles."""
    return list(session.scalars(select(Role).where(Role.name.in_([role.value for role in roles]))))


def set_password(session: Session, account: Account, password_hash: str, *, now: datetime) -> None:
    """Give the account this password. Every session of it ends, and every link that was mailed to it. The caller
    commits.

    :param password_hash: see `hash_of_password`.
    """
    account.password = password_hash
    end_sessions(session, account, now=now)


def choose_language(account: Account, language: str) -> None:
    """Let the staff pages speak `language` to this account; "": the site's. The caller commits.

    :raises MalformedRequest: it is none that we speak.
    """
    if language and language not in LANGUAGES:
        raise MalformedRequest
    account.locale = language or None
