"""Making and changing staff accounts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _
from flask_security.utils import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Account, Role, RoleName
from forum.base.errors import MalformedRequest, Unprocessable
from forum.web.languages import LANGUAGES

MIN_PASSWORD_CHARS = 10


class PasswordTooShort(Unprocessable):
    """Fewer than `MIN_PASSWORD_CHARS` characters (422)."""

    message = _("A password has at least %(min)s characters.", min=MIN_PASSWORD_CHARS)


def save_account(
    session: Session, *, email: str, name: str, roles: Iterable[RoleName], password: str, now: datetime
) -> tuple[Account, bool]:
    """Create the account with this address, or give it this name, roles and password. The caller commits.

    A changed password ends every session of the account.

    :param email: normalised.
    :returns: the account and whether it is new.
    :raises PasswordTooShort: see `MIN_PASSWORD_CHARS`.
    """
    if len(password) < MIN_PASSWORD_CHARS:
        raise PasswordTooShort
    account = session.scalar(select(Account).where(Account.email == email))
    is_new = account is None
    if account is None:
        account = Account(email=email, name=name, active=True, created_at=now)
        session.add(account)
    account.name = name
    account.password = hash_password(password)
    end_sessions(account)
    account.roles = list(session.scalars(select(Role).where(Role.name.in_([str(role) for role in roles]))))
    session.flush()
    return account, is_new


def choose_language(account: Account, language: str) -> None:
    """Let the staff pages speak `language` to this account; "": the site's. The caller commits.

    :raises MalformedRequest: it is none that we speak.
    """
    if language and language not in LANGUAGES:
        raise MalformedRequest
    account.locale = language or None


def end_sessions(account: Account) -> None:
    """End every session of the account, wherever it is signed in. The caller commits."""
    account.fs_uniquifier = secrets.token_hex(32)
