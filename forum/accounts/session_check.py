"""Holds the session cookie against the sessions that are kept: made when signing in, asked at each signed-in request.

The cookie alone proves nothing: a copy of it is worth as much as its row, which its owner or an administrator ends.
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import Any

from flask import Flask, Response, after_this_request, current_app, request, session
from flask_security.signals import user_authenticated
from sqlalchemy.exc import SQLAlchemyError

from forum.accounts import sessions
from forum.accounts.browsers import browser_in_words
from forum.accounts.models import Account, AccountSession
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.web.log import log

TOKEN_IN_COOKIE = "session"  # noqa: S105 - the name of the place, not a secret


def init_session_check(app: Flask) -> None:
    """Let a session begin with a row, count only while the row lives, and end it when signing out."""
    user_authenticated.connect(_remember_session, app, weak=False)
    manager = app.extensions["security"].login_manager
    load_account = manager._user_callback
    manager.user_loader(lambda uniquifier: _unless_ended(load_account(uniquifier)))
    sign_out = app.view_functions["security.logout"]

    @wraps(sign_out)
    def end_and_sign_out() -> Any:
        with writing(db.session):
            sessions.end_session_of(db.session, token_of_request(), now=utc_now())
        session.pop(TOKEN_IN_COOKIE, None)
        return sign_out()

    app.view_functions["security.logout"] = end_and_sign_out


def token_of_request() -> str:
    """The random value in this browser's session cookie, or ""."""
    return str(session.get(TOKEN_IN_COOKIE, ""))


def _remember_session(_app: Flask, *, user: Account, **_others: object) -> None:
    """Somebody gave the right password."""
    account_id, browser = user.id, browser_in_words(request.headers.get("User-Agent", ""))
    with writing(db.session):
        account = db.session.get_one(Account, account_id)
        session[TOKEN_IN_COOKIE] = sessions.begin_session(db.session, account, browser=browser, now=utc_now())


def _unless_ended(account: Account | None) -> Account | None:
    if account is None:
        return None
    now = utc_now()
    found = sessions.find_live_session(db.session, account, token_of_request(), now=now)
    if found is None:
        return None
    if sessions.needs_sight(found, now=now):
        _note_sight_afterwards(found)
    return account


def _note_sight_afterwards(found: AccountSession) -> None:
    """Note it when the page has left: nobody waits for it, and a page can be read where nothing can be written."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    session_id = found.id

    @after_this_request
    def note(response: Response) -> Response:
        response.call_on_close(lambda: _note_sight(app, session_id))
        return response


def _note_sight(app: Flask, session_id: int) -> None:
    with app.app_context():
        try:
            with writing(db.session):
                sessions.note_sight(db.session, session_id, now=utc_now())
        except SQLAlchemyError:
            log("session not noted as seen", level=logging.WARNING, exc_info=True)
