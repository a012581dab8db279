"""Addresses that articles had on the site they came from: whoever follows an old link still arrives."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.loaders import is_public
from forum.articles.models import Article, ArticleState, FormerAddress
from forum.base.upsert import insert_for

MAX_ADDRESS_CHARS = 500
_BELOW_ARTICLE = re.compile(r"/(?:comment-page-[0-9]+|feed|amp)$")
NUMBER_PARAMETERS = ("p", "page_id")
"""The parameters by which WordPress names an article in its plainest addresses, `/?p=12`."""


def normalise_address(address: str) -> str | None:
    """An old address as it is kept: its path, decoded, without the slash at its end; or `/?p=12`.

    Addresses below an article (its feed, a page of its comments) are the article's.

    None when it names no article: the front page, nothing readable, or more than `MAX_ADDRESS_CHARS`.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    path = _BELOW_ARTICLE.sub("", unicodedata.normalize("NFC", unquote(parts.path)).rstrip("/"))
    numbers = [(name, value) for name, value in parse_qsl(parts.query) if name in NUMBER_PARAMETERS]
    if numbers:
        path = f"{path}/?{numbers[0][0]}={numbers[0][1]}"
    is_usable = path.startswith("/") and len(path) <= MAX_ADDRESS_CHARS and path.isprintable()
    return path if is_usable else None


def keep_address(session: Session, address: str | None, article_id: int) -> None:
    """Let an old address lead to an article from now on, unless it leads to another published one. The caller commits.

    :param address: as `normalise_address` gives it; None changes nothing.
    """
    if address is None or _leads_elsewhere(session, address, article_id):
        return
    statement = insert_for(session.get_bind().dialect.name, FormerAddress)
    session.execute(
        statement.values(address=address, article_id=article_id).on_conflict_do_update(
            index_elements=[FormerAddress.address], set_={"article_id": article_id}
        )
    )


def _leads_elsewhere(session: Session, address: str, article_id: int) -> bool:
    published = (
        select(Article.id)
        .join(FormerAddress, FormerAddress.article_id == Article.id)
        .where(
            FormerAddress.address == address,
            Article.id != article_id,
            Article.state == ArticleState.PUBLISHED,
        )
    )
    return session.scalar(published) is not None


def find_by_former_address(session: Session, address: str, *, now: datetime) -> Article | None:
    """The public article that once stood at `address` (a path, with its query), or None."""
    normal = normalise_address(address)
    if normal is None:
        return None
    return session.scalar(
        select(Article)
        .join(FormerAddress, FormerAddress.article_id == Article.id)
        .where(FormerAddress.address == normal, is_public(now))
    )
