"""A text as it will look, for the writer who asks. Nothing is stored, and it never counts as a post."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from forum.accounts.rights import open_to_everyone
from forum.base.errors import MalformedRequest, Refusal, Unprocessable
from forum.comments.forms import FIELDS, CommentForm
from forum.text import UnstorableText
from forum.web.client import request_address
from forum.web.form_data import read_form
from forum.web.limits import Limits

bp = Blueprint("preview", __name__)


@bp.post("/preview")
@open_to_everyone
def preview_comment() -> Response:
    """The HTML of `body`. A refusal is one sentence of plain text, for the script to show.

    :raises Unprocessable: too short, too long, or nothing that can be read.
    """
    check_preview_limit()
    form = CommentForm(values=dict.fromkeys(FIELDS, "") | read_form(("body",)))
    html = printed(form)
    if html is None:
        raise Unprocessable(form.errors["body"])
    return make_response(html)


def check_preview_limit() -> None:
    """Count a preview of the visitor's network. :raises TooManyPosts: scope `preview`."""
    limits: Limits = current_app.extensions["forum_limits"]
    limits.check_preview(request_address())


def printed(form: CommentForm) -> str | None:
    """The form's text as HTML, or None when it has an error, which then stands in the form.

    :raises MalformedRequest: a text that cannot be stored.
    """
    try:
        return form.preview(current_app.extensions["forum_settings"])
    except UnstorableText:
        raise MalformedRequest from None


@bp.errorhandler(Refusal)
def _refuse_in_words(refusal: Refusal) -> Response:
    response = _sentence(str(refusal.message), refusal.status)
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
    return response


@bp.errorhandler(RequestEntityTooLarge)
def _refuse_too_large(error: HTTPException) -> Response:
    return _sentence(_("Your text is too long to be shown here."), error.code or 413)


def _sentence(words: str, status: int) -> Response:
    return Response(words, status, content_type="text/plain; charset=utf-8")
