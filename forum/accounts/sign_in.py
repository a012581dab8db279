"""Signing in: Flask-Security does it; here are its settings, and limits around the password check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login.utils import _user_context_processor
from flask_security.core import Security
from flask_security.datastore import FSQLALiteUserDatastore
from flask_security.forms import LoginForm
from flask_security.utils import login_user, verify_password
from itsdangerous import BadSignature
from werkzeug.http import parse_cookie

from forum.accounts.models import Account, Role
from forum.accounts.passwords import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, hash_of_password, normalised
from forum.accounts.rights import csrf, signed_in_account
from forum.accounts.session_check import init_session_check
from forum.accounts.sessions import SESSION_LASTS
from forum.base.errors import Unavailable, Unprocessable
from forum.base.session import db
from forum.config import Settings
from forum.web.client import request_address
from forum.web.form_data import read_form, takes_at_most
from forum.web.limits import Limits
from forum.web.request_values import is_own_path

MAX_CHECKS_AT_ONCE = 4
"""Password checks at one time in a process: argon2 takes tens of milliseconds and 64 MiB each."""
CHECK_WITHIN_S = 5
"""How long an attempt waits for others to be checked."""
SESSION_MAX_AGE_S = int(SESSION_LASTS.total_seconds())
MAX_SIGN_IN_BYTES = 8 * 1024

_checks = BoundedSemaphore(MAX_CHECKS_AT_ONCE)


class SignInForm(LoginForm):
    """Flask-Security's form with the limits, and one sentence for every wrong pair of address and password."""

    remember = None  # a session ends with the browser, or after `SESSION_MAX_AGE_S`

    def validate(self, **kwargs: Any) -> bool:
        """Whether address and password belong together. Takes equally long when the address is unknown.

        :raises TooManySignIns: no attempt is left; the password was not checked.
        """
        if len(self.password.data or "") > MAX_PASSWORD_CHARS:
            return self._refused()
        if not is_own_path(self.next.data or ""):
            self.next.data = ""
        limits: Limits = current_app.extensions["forum_limits"]
        email = (self.email.data or "").strip().lower()[:254]
        attempt = limits.check_sign_in(email=email, address=request_address())
        with _one_of_few_checks():
            is_right = super().validate(**kwargs)
        if not is_right:
            return self._refused()
        limits.sign_in_succeeded(attempt)
        _forget_former_session()
        return True

    def _refused(self) -> bool:
        self.email.errors = self.password.errors = ()
        self.form_errors = [_("The address and the password do not belong together.")]
        return False


class WrongPassword(Unprocessable):
    """Not the password of who is signed in (422)."""

    message = _l("This is not your present password.")


def check_own_password(account: Account, password: str) -> None:
    """Whether who is signed in knows the password: a browser left open is not enough for grave changes.

    :raises WrongPassword: it is another one.
    :raises TooManySignIns: guesses count as failures to sign in, and none is left.
    """
    if len(password) > MAX_PASSWORD_CHARS:
        raise WrongPassword
    limits: Limits = current_app.extensions["forum_limits"]
    attempt = limits.check_sign_in(email=account.email, address=request_address())
    with _one_of_few_checks():
        is_right = verify_password(normalised(password), account.password or "")
    if not is_right:
        raise WrongPassword
    limits.sign_in_succeeded(attempt)


def hash_of_new_password(password: str) -> str:
    """`hash_of_password`, a few at one time.

    :raises UnfitPassword: too short or too long.
    """
    with _one_of_few_checks():
        return hash_of_password(password)


def sign_in_anew(account: Account) -> None:
    """Give this browser a session of its own again, after every session of the account was ended."""
    _forget_former_session()
    login_user(account)


@contextmanager
def _one_of_few_checks() -> Iterator[None]:
    """:raises Unavailable: others keep the processors and the memory busy."""
    if not _checks.acquire(timeout=CHECK_WITHIN_S):
        raise Unavailable
    try:
        yield
    finally:
        _checks.release()


def _forget_former_session() -> None:
    """Whoever planted a session before, or copied it, knows nothing of the one that begins now."""
    session.clear()
    g.pop("csrf_token", None)


def init_sign_in(app: Flask, settings: Settings) -> None:
    """Set up Flask-Security with our models, form and templates."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=session_cookie_name(settings),
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=SESSION_MAX_AGE_S),
        WTF_CSRF_CHECK_DEFAULT=False,  # `rights.guard` checks it on every staff route
        WTF_CSRF_TIME_LIMIT=None,  # it lives as long as the session
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of an algorithm
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_LENGTH_MIN=MIN_PASSWORD_CHARS,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_LOGIN_USER_TEMPLATE="accounts/sign_in.html",
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_USE_REGISTER_V2=True,
        SECURITY_CACHE_CONTROL={},  # `web.headers` says no-store, in the form that caches know
        SECURITY_POST_LOGIN_VIEW="/desk",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_ANONYMOUS_USER_DISABLED=False,
    )
    csrf.init_app(app)
    datastore = FSQLALiteUserDatastore(db, Account, Role)
    security = Security(app, datastore, login_form=SignInForm)
    security.want_json(lambda _request: False)  # pages only: no tokens are handed out
    _guard_sign_in(app)
    init_session_check(app)
    _leave_sessions_unread(app)


def session_cookie_name(settings: Settings) -> str:
    """`__Host-` ties the cookie to this host and to https."""
    return "__Host-weerwoord" if settings.is_https else "weerwoord"


def signed_in_check(app: Flask, settings: Settings) -> Callable[[Mapping[str, Any]], bool]:
    """A cheap look at a WSGI environ, before Flask: does it carry a session of ours in which somebody signed in?

    It lets nobody in; it only tells who is served past the page cache. A cookie that anyone can type does not count.
    """
    name = session_cookie_name(settings)
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)

    def is_signed_in(environ: Mapping[str, Any]) -> bool:
        cookies = environ.get("HTTP_COOKIE", "")
        if serializer is None or f"{name}=" not in cookies:
            return False
        try:
            content = serializer.loads(parse_cookie(cookies).get(name, ""), max_age=SESSION_MAX_AGE_S)
        except (BadSignature, UnicodeError):  # not ours, or no text at all
            return False
        return "_user_id" in content

    return is_signed_in


def _guard_sign_in(app: Flask) -> None:
    """Count every attempt, and read the form as strictly as any other."""
    limits: Limits = app.extensions["forum_limits"]
    view = app.view_functions["security.login"]

    @takes_at_most(MAX_SIGN_IN_BYTES)
    @wraps(view)
    def sign_in() -> Any:
        if request.method == "POST":
            read_form(("email", "password", "next", "csrf_token"))
        return view()

    app.view_functions["security.login"] = limits.sign_in(sign_in)


def _leave_sessions_unread(app: Flask) -> None:
    """Read a session only where somebody asks who is signed in, so that a public page depends on no cookie.

    The libraries look into it at every request: for the roles that they keep (`rights.guard` holds ours), for every
    template, and for a remember cookie that is never set here.
    """
    security: Security = app.extensions["security"]
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    app.template_context_processors[None].remove(_user_context_processor)
    app.after_request_funcs[None].remove(security.login_manager._update_remember_cookie)
    app.jinja_env.globals["signed_in_account"] = signed_in_account
