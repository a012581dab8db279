"""Every refusal and error as a page in the site's look, with a way back; typed text is given back."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, make_response, render_template
from flask.globals import request_ctx
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from forum.base.engine import sqlite_module
from forum.base.errors import Refusal, Unavailable
from forum.web.form_data import salvage
from forum.web.log import log, new_reference

_TYPED = ("body", "note", "message", "passages")
"""Fields of any form here into which somebody types more than a line."""
_UNREADABLE = _l("That could not be read")
_TITLES = {
    400: _UNREADABLE,
    403: _l("Not allowed"),
    404: _l("Not found"),
    405: _UNREADABLE,
    409: _l("Something changed meanwhile"),
    410: _l("This link no longer works"),
    413: _l("Too large"),
    415: _UNREADABLE,
    429: _l("One moment, please"),
    503: _l("Briefly out of order"),
}

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout, sqlite_module().OperationalError)
"""What is raised when the database is away, or was locked for longer than the busy timeout: by SQLAlchemy, and by the
driver itself for the file of the limits."""


def init_error_pages(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(Refusal, refusal_page)
    app.register_error_handler(HTTPException, http_error_page)
    for error in DATABASE_AWAY:
        app.register_error_handler(error, _database_away_page)
    app.register_error_handler(Exception, _unexpected_error_page)


def refusal_page(refusal: Refusal) -> Response:
    """A refusal in its own words."""
    return error_page(refusal.status, str(refusal.message), retry_after_s=refusal.retry_after_s)


def error_page(
    status: int, message: str, *, retry_after_s: int | None = None, reference: str | None = None
) -> Response:
    """A page that says what went wrong and where to go; never cached."""
    if request_ctx.url_adapter is None:  # a host that is none: the page's own links need no host
        request_ctx.url_adapter = current_app.url_map.bind("")
    page = render_template(
        "errors/error.html",
        status=status, title=title_of(status), message=message, reference=reference, kept_text=salvage(*_TYPED),
    )  # fmt: skip
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    if retry_after_s is not None:
        response.headers["Retry-After"] = str(retry_after_s)
    return response


def title_of(status: int) -> str:
    """The heading of an error page."""
    fallback = _l("Something went wrong") if status >= 500 else _l("That cannot be done")
    return str(_TITLES.get(status, fallback))


def http_error_page(error: HTTPException) -> Response:
    """An error that the framework found: no such address, an expired form, a body that cannot be read."""
    status = 403 if isinstance(error, CSRFError) else error.code or 500
    if status < 400:
        return make_response(error.get_response())
    messages = {
        403: _(
            "Your session has ended or this form is too old. Sign in, open the page again and send it anew."
        ),
        404: _("There is no page at this address (any more)."),
        405: _("This address does not take that kind of request."),
        413: _("What was sent is too large to be read. Make it shorter and send it again."),
        415: _("This address takes forms only."),
    }
    response = error_page(status, messages.get(status, _("This request cannot be handled.")))
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _database_away_page(_error: Exception) -> Response:
    log("database away", level=logging.ERROR, exc_info=True)
    return refusal_page(Unavailable())


def _unexpected_error_page(_error: Exception) -> Response:
    reference = new_reference()
    log("error", level=logging.ERROR, exc_info=True, reference=reference)
    message = _("The fault is ours. Try again; if it happens again, send us the reference below.")
    return error_page(500, message, reference=reference)
