"""Who may call which route. Every view states it; a route without a stated role is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Response, current_app, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from forum.accounts.models import Account, RoleName
from forum.base.errors import NotAllowed
from forum.web.form_data import read_form
from forum.web.languages import speak

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = frozenset({"everyone"})
ANY_STAFF = frozenset(role.value for role in RoleName)
csrf = CSRFProtect()

_OTHERS_VIEWS = {
    "static": EVERYONE,
    "assets.serve_asset": EVERYONE,
    "security.login": EVERYONE,
    "security.logout": ANY_STAFF,
}
"""Views of libraries and of `forum.web`, which cannot carry a mark of ours."""


def open_to_everyone(view: View) -> View:
    """Mark a view as public. It never acts on a session."""
    return _mark(view, EVERYONE)


def staff_only(*roles: RoleName) -> Callable[[View], View]:
    """Mark a view for accounts with one of `roles` (none named: any role). Admins may do everything.

    A guest is sent to the sign-in page; a post needs the `csrf_token` of the form.
    """
    allowed = frozenset(role.value for role in roles or RoleName) | {RoleName.ADMIN.value}
    return lambda view: _mark(view, allowed)


def roles_of_route(endpoint: str) -> frozenset[str] | None:
    """The roles that a route states, `EVERYONE`, or None when it states nothing."""
    view = current_app.view_functions.get(endpoint)
    stated = getattr(view, "forum_roles", None)
    return cast("frozenset[str] | None", stated) or _OTHERS_VIEWS.get(endpoint)


def guard() -> Response | None:
    """Before each request: hold the visitor against the route's stated roles. Staff pages speak their language.

    :raises NotAllowed: the wrong role, or a route that states none.
    """
    if request.endpoint is None:
        return None
    roles = roles_of_route(request.endpoint)
    if roles is None:
        raise NotAllowed
    if roles is EVERYONE:
        return None
    account = signed_in_account()
    if account is None:
        return _to_sign_in()
    speak(account.locale)
    if not roles & account.role_names:
        raise NotAllowed
    if request.method == "POST":
        read_form(("csrf_token",))  # what cannot be read says so, before a token is missed in it
        csrf.protect()
    return None


def signed_in_account() -> Account | None:
    """The account of this session, or None."""
    return cast("Account", current_user._get_current_object()) if current_user.is_authenticated else None


def account_of_request() -> Account:
    """The account of this session in a view that only staff reach.

    :raises NotAllowed: nobody is signed in.
    """
    account = signed_in_account()
    if account is None:
        raise NotAllowed
    return account


def _mark(view: View, roles: frozenset[str]) -> View:
    view.forum_roles = roles  # type: ignore[attr-defined]
    return view


def _to_sign_in() -> Response:
    if request.method not in {"GET", "HEAD"}:
        raise NotAllowed
    here = request.full_path if request.query_string else request.path
    return cast("Response", redirect(url_for("security.login", next=here)))
