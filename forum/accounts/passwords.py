"""What a password must be, and the hash that is kept of it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_security.proxies import _security
from flask_security.utils import hash_password

from forum.base.errors import Unprocessable

MIN_PASSWORD_CHARS = 10
MAX_PASSWORD_CHARS = 200


class UnfitPassword(Unprocessable):
    """A password that cannot be taken (422)."""


class PasswordTooShort(UnfitPassword):
    """Fewer than `MIN_PASSWORD_CHARS` characters (422)."""

    message = _("A password has at least %(min)s characters.", min=MIN_PASSWORD_CHARS)


class PasswordTooLong(UnfitPassword):
    """More than `MAX_PASSWORD_CHARS` characters, which signing in would not take either (422)."""

    message = _("A password has at most %(max)s characters.", max=MAX_PASSWORD_CHARS)


def hash_of_password(password: str) -> str:
    """The argon2 hash of a new password. It takes tens of milliseconds: never inside a transaction that writes.

    :raises PasswordTooShort: see `MIN_PASSWORD_CHARS`.
    :raises PasswordTooLong: see `MAX_PASSWORD_CHARS`.
    """
    if len(password) < MIN_PASSWORD_CHARS:
        raise PasswordTooShort
    if len(password) > MAX_PASSWORD_CHARS:
        raise PasswordTooLong
    return str(hash_password(normalised(password)))


def normalised(password: str) -> str:
    """One spelling of a password: "é" is one character on some keyboards and two on others.

    Signing in does the same, so a password that was stored otherwise would never be right.
    """
    return str(_security.password_util.normalize(password))
