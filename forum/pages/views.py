"""What readers see and caches hold: the front page, an article with its thread, the privacy page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException

from forum.accounts.models import Account
from forum.accounts.rights import open_to_everyone, signed_in_account
from forum.articles.former_addresses import NUMBER_PARAMETERS, find_by_former_address
from forum.articles.loaders import find_moved_article, get_published_article
from forum.articles.models import FRONT_PAGE_KEY, Article, page_key
from forum.base.clock import utc_now
from forum.base.errors import NotFound
from forum.base.page_versions import current_versions
from forum.base.session import db
from forum.comments.thread import read_newest
from forum.comments.waiting import UsualWait
from forum.config import Settings
from forum.pages.discussion import NEWEST_TOLD, discussion
from forum.pages.front import ARTICLES_PER_PAGE, read_front_page
from forum.text import reading_minutes
from forum.web.error_pages import http_error_page
from forum.web.headers import PUBLIC_CACHE
from forum.web.page_cache import SLOT, Slot
from forum.web.request_values import positive_int

bp = Blueprint("pages", __name__)

VIEW_COUNT_MAX_AGE = timedelta(seconds=60)
"""How old the view count of a kept page may be."""


@bp.get("/")
@open_to_everyone
def front_page() -> Response:
    """Published articles, newest first."""
    if any(name in request.args for name in NUMBER_PARAMETERS):
        return _redirect(_by_number())
    now = utc_now()
    versions = current_versions(db.session, [FRONT_PAGE_KEY])
    page = positive_int(request.args.get("page"), default=1)
    front = read_front_page(db.session, page=page, now=now)
    if page > 1 and not front.entries:
        raise NotFound
    html = render_template("pages/front.html", front=front, staff=_staff(), per_page=ARTICLES_PER_PAGE)
    return _public(html, versions, expires_at=front.changes_at)


@bp.get("/articles/<slug>")
@open_to_everyone
def article_page(slug: str) -> Response:
    """An article, its approved thread and the reply form."""
    now = utc_now()
    try:
        article = get_published_article(db.session, slug, now=now)
    except NotFound:
        moved = find_moved_article(db.session, slug, now=now) or find_by_former_address(
            db.session, request.path, now=now
        )
        if moved is None:
            raise
        return _redirect(moved)
    versions = current_versions(db.session, [page_key(article.id)])
    db.session.refresh(article)  # what is shown is not older than the versions
    settings: Settings = current_app.extensions["forum_settings"]
    html = render_template(
        "pages/article.html", article=article, minutes=reading_minutes(article.word_count),
        usual_wait=_usual_wait(now),
        **discussion(
            db.session, article, request.args, branches=settings.branches_per_page,
            is_open=article.takes_comments(now), staff=_staff(),
        ),
    )  # fmt: skip
    return _public(html, versions, expires_at=_expiry(article, now), counter=article.id)


@bp.get("/articles/<slug>/comments/latest")
@open_to_everyone
def newest_comments(slug: str) -> Response:
    """Number and id of the comments that became public last, for a page that is being read: `{"newest": [[3, 17]]}`."""
    article = get_published_article(db.session, slug, now=utc_now())
    versions = current_versions(db.session, [page_key(article.id)])
    newest = read_newest(db.session, article.id, limit=NEWEST_TOLD)
    return _public(jsonify(newest=newest), versions)


@bp.app_errorhandler(404)
def former_address(error: HTTPException) -> Response:
    """No page of ours has this address: perhaps an article stood there on the site that it came from."""
    is_asking = request.method in {"GET", "HEAD"}
    article = find_by_former_address(db.session, request.full_path, now=utc_now()) if is_asking else None
    return http_error_page(error) if article is None else _redirect(article)


@bp.get("/privacy")
@open_to_everyone
def privacy_page() -> Response:
    """What becomes of an address, and what else is stored."""
    return _public(render_template("pages/privacy.html", staff=_staff()), {})


def _expiry(article: Article, now: datetime) -> datetime:
    """When the page changes by the clock alone: the view count, or the closing time."""
    moments = [now + VIEW_COUNT_MAX_AGE]
    if article.comments_close_at is not None and article.comments_close_at > now:
        moments.append(article.comments_close_at)
    return min(moments)


def _by_number() -> Article:
    """The article of `/?p=12`, the plain address that WordPress gives each article."""
    article = find_by_former_address(db.session, request.full_path, now=utc_now())
    if article is None:
        raise NotFound
    return article


def _usual_wait(now: datetime) -> str | None:
    kept: UsualWait = current_app.extensions["forum_usual_wait"]
    return kept.in_words(db.session, now=now)


def _staff() -> Account | None:
    """Who is signed in. In a bare request (see `forum.web.page_cache`) there is no session to ask."""
    return None if SLOT in request.environ else signed_in_account()


def _public(
    content: str | Response,
    versions: Mapping[str, int],
    *,
    expires_at: datetime | None = None,
    counter: int | None = None,
) -> Response:
    """A page that anyone may keep, if this request was made by nobody in particular; else one for this session."""
    response = make_response(content)
    slot: Slot | None = request.environ.get(SLOT)
    if slot is not None:
        slot.keep(versions, expires_at=expires_at, counter=counter)
        response.headers["Cache-Control"] = PUBLIC_CACHE
    return response


def _redirect(article: Article) -> Response:
    response = redirect(url_for("pages.article_page", slug=article.slug), 301)
    response.headers["Cache-Control"] = PUBLIC_CACHE
    return make_response(response)
