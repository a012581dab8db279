"""The author's screens: the desk, and the answer in a thread; and the components that all screens are made of."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for

from forum import text
from forum.accounts.models import Account, RoleName
from forum.accounts.rights import account_of_request, staff_only
from forum.accounts.service import choose_language
from forum.articles.loaders import get_article_to_answer
from forum.articles.models import Article
from forum.base.clock import utc_now
from forum.base.errors import MalformedRequest, NotFound, Refusal, Unprocessable
from forum.base.session import db, writing
from forum.comments.errors import ParentGone
from forum.comments.loaders import get_public_comment
from forum.comments.models import Comment
from forum.comments.submission import badge_for, submit_staff_reply
from forum.config import Settings
from forum.desk.design import Samples
from forum.desk.service import ReplyTooLong, articles_of, read_desk, require_reply_right
from forum.web.form_data import read_form
from forum.web.languages import LANGUAGES
from forum.web.request_values import positive_int

bp = Blueprint("desk", __name__)
_REPLIERS = (RoleName.AUTHOR, RoleName.MODERATOR, RoleName.EDITOR)


@bp.get("/desk")
@staff_only()
def home() -> Response:
    """What is new on own articles; for others, the way to their own screens."""
    account = account_of_request()
    return make_response(
        render_template(
            "desk/home.html",
            account=account,
            items=read_desk(db.session, account),
            articles=articles_of(db.session, account),
            languages=LANGUAGES,
        )
    )


@bp.post("/desk/language")
@staff_only()
def choose_own_language() -> Response:
    """Let the staff pages speak another language to this account."""
    language = read_form(("language",))["language"]
    account_id = account_of_request().id
    with writing(db.session):
        choose_language(db.session.get_one(Account, account_id), language)
    return make_response(redirect(url_for("desk.home", _anchor="language"), 303))


@bp.get("/desk/design")
@staff_only()
def design() -> Response:
    """Every component in every state: where a change of the look is judged."""
    return make_response(render_template("desk/design.html", samples=Samples()))


@bp.get("/articles/<slug>/replies/new")
@staff_only(*_REPLIERS)
def new_reply(slug: str) -> Response:
    """The staff reply form."""
    return _reply_page(slug, _parent_id(request.args.get("parent", "")), body="")


@bp.post("/articles/<slug>/replies/new")
@staff_only(*_REPLIERS)
def post_reply(slug: str) -> Response:
    """Publish an answer at once, with the badge. The text comes back when it cannot be published."""
    values = read_form(("body", "parent_id"))
    parent_id = _parent_id(values["parent_id"] or request.args.get("parent", ""))
    try:
        comment_id = _publish(slug, values["body"], parent_id)
    except (Unprocessable, ParentGone) as refusal:
        kept_parent = None if isinstance(refusal, ParentGone) else parent_id
        return _reply_page(slug, kept_parent, body=values["body"], refusal=refusal)
    return make_response(redirect(url_for("comments.permalink", comment_id=comment_id), 303))


def _publish(slug: str, body: str, parent_id: int | None) -> int:
    settings: Settings = current_app.extensions["forum_settings"]
    try:
        source = text.clean_source(body)
    except text.UnstorableText:
        raise MalformedRequest from None
    if len(source) > settings.comment_max_chars:
        raise ReplyTooLong
    html = text.render_comment(source)
    account_id = account_of_request().id
    now = utc_now()
    with writing(db.session):
        account = db.session.get_one(Account, account_id)
        article = get_article_to_answer(db.session, slug, now=now)
        require_reply_right(db.session, account, article)
        return submit_staff_reply(db.session, article, account, source, html, parent_id=parent_id, now=now).id


def _reply_page(slug: str, parent_id: int | None, *, body: str, refusal: Refusal | None = None) -> Response:
    account = account_of_request()
    article = get_article_to_answer(db.session, slug, now=utc_now())
    require_reply_right(db.session, account, article)
    parent = _parent_shown(article, parent_id, is_refused=refusal is not None)
    html = render_template(
        "desk/reply.html", article=article, parent=parent, account=account, body=body, refusal=refusal,
        badge=badge_for(db.session, article, account),
    )  # fmt: skip
    return make_response(html, refusal.status if refusal is not None else 200)


def _parent_shown(article: Article, parent_id: int | None, *, is_refused: bool) -> Comment | None:
    """The comment that is answered. One that vanished meanwhile must not take a refused text with it."""
    if parent_id is None:
        return None
    try:
        return get_public_comment(db.session, article, parent_id)
    except NotFound:
        if is_refused:
            return None
        raise


def _parent_id(raw: str) -> int | None:
    return positive_int(raw) if raw else None
