"""The discussion below an article as a request asks for it: page, order, or the author’s answers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.articles.models import Article
from forum.base.errors import NotFound
from forum.comments import thread
from forum.comments.thread_author import read_author_answers
from forum.comments.thread_tree import walk
from forum.pages.thread_words import in_short, thread_words
from forum.web.request_values import positive_int

NEWEST_TOLD = 99
"""How many of the last published comments a page and its watcher are told; more are `99+`."""


def asked_page(
    session: Session, article: Article, asked: Mapping[str, str], *, branches: int
) -> thread.ThreadPage:
    """The page of the thread that the parameters `page`, `sort`, `branch`, `all` and `by` name.

    :param branches: branches on a page.
    :raises NotFound: there is no such page.
    """
    page = positive_int(asked.get("page"), default=1)
    sort = asked_sort(asked)
    branch_id = asked.get("branch")
    if branch_id is not None:
        return thread.read_branch(session, article.id, positive_int(branch_id), page=page, sort=sort)
    if asked.get("all") == "1":
        if page > 1:
            raise NotFound
        return thread.read_whole(session, article.id, sort=sort)
    if asked.get("by") == "author":
        return read_author_answers(session, article.id, page=page, sort=sort, questions=branches)
    return thread.read_page(
        session,
        article.id,
        last_root_number=article.last_root_number,
        page=page,
        sort=sort,
        branches=branches,
    )


def asked_sort(asked: Mapping[str, str]) -> thread.Sort:
    """The order that is asked for; the oldest first unless it says otherwise."""
    return thread.Sort.NEWEST if asked.get("sort") == "newest" else thread.Sort.OLDEST


def discussion(
    session: Session,
    article: Article,
    asked: Mapping[str, str],
    *,
    branches: int,
    is_open: bool,
    staff: Account | None,
) -> Mapping[str, Any]:
    """What the template of the discussion needs.

    :param asked: the parameters of the address; `branches` is how many of them stand on a page.
    """
    page = asked_page(session, article, asked, branches=branches)
    return {
        "thread": page,
        "steps": walk(page.comments),
        "words": thread_words(article, page, is_open=is_open, staff=staff),
        "in_short": in_short,
        "newest": thread.read_newest(session, article.id, limit=NEWEST_TOLD),
        "is_open": is_open,
        "staff": staff,
    }
