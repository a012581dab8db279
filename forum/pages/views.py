"""What readers see and caches hold: the front page, an article with its thread, the privacy page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for

from forum.accounts.models import Account
from forum.accounts.rights import open_to_everyone, signed_in_account
from forum.articles.loaders import find_moved_article, get_published_article
from forum.articles.models import FRONT_PAGE_KEY, Article, page_key
from forum.base.clock import utc_now
from forum.base.errors import NotFound
from forum.base.page_versions import current_versions
from forum.base.session import db
from forum.comments import thread
from forum.config import Settings
from forum.pages.front import ARTICLES_PER_PAGE, read_front_page
from forum.text import reading_minutes
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
        moved = find_moved_article(db.session, slug, now=now)
        if moved is None:
            raise
        return _redirect(moved)
    versions = current_versions(db.session, [page_key(article.id)])
    db.session.refresh(article)  # what is shown is not older than the versions
    page = _thread_page(article)
    html = render_template(
        "pages/article.html", article=article, thread=page, steps=thread.walk(page.comments),
        is_open=article.takes_comments(now), staff=_staff(), minutes=reading_minutes(article.word_count),
    )  # fmt: skip
    return _public(html, versions, expires_at=_expiry(article, now), counter=article.id)


@bp.get("/privacy")
@open_to_everyone
def privacy_page() -> Response:
    """What becomes of an address, and what else is stored."""
    return _public(render_template("pages/privacy.html", staff=_staff()), {})


def _thread_page(article: Article) -> thread.ThreadPage:
    settings: Settings = current_app.extensions["forum_settings"]
    page = positive_int(request.args.get("page"), default=1)
    branch_id = request.args.get("branch")
    if branch_id is not None:
        return thread.read_branch(db.session, article.id, positive_int(branch_id), page=page)
    sort = thread.Sort.NEWEST if request.args.get("sort") == "newest" else thread.Sort.OLDEST
    if request.args.get("all") == "1":
        if page > 1:
            raise NotFound
        return thread.read_whole(db.session, article.id, sort=sort)
    return thread.read_page(
        db.session, article.id, last_root_number=article.last_root_number, page=page, sort=sort,
        branches=settings.branches_per_page,
    )  # fmt: skip


def _expiry(article: Article, now: datetime) -> datetime:
    """When the page changes by the clock alone: the view count, or the closing time."""
    moments = [now + VIEW_COUNT_MAX_AGE]
    if article.comments_close_at is not None and article.comments_close_at > now:
        moments.append(article.comments_close_at)
    return min(moments)


def _staff() -> Account | None:
    """Who is signed in. In a bare request (see `forum.web.page_cache`) there is no session to ask."""
    return None if SLOT in request.environ else signed_in_account()


def _public(
    html: str, versions: Mapping[str, int], *, expires_at: datetime | None = None, counter: int | None = None
) -> Response:
    """A page that anyone may keep, if this request was made by nobody in particular; else one for this session."""
    response = make_response(html)
    slot: Slot | None = request.environ.get(SLOT)
    if slot is not None:
        slot.keep(versions, expires_at=expires_at, counter=counter)
        response.headers["Cache-Control"] = PUBLIC_CACHE
    return response


def _redirect(article: Article) -> Response:
    response = redirect(url_for("pages.article_page", slug=article.slug), 301)
    response.headers["Cache-Control"] = PUBLIC_CACHE
    return make_response(response)
