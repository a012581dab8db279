"""Reading a thread: which comments a page shows, in which order, with tombstones where public replies need a place.

Pages are stable: a branch's number never changes, so neither does its page (oldest first). How a page's comments are
read and hung is in `thread_tree`; the author's answers by themselves are in `thread_author`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.base.errors import NotFound
from forum.comments.models import Badge, Comment, State
from forum.comments.places import MAX_PATH_LEVELS, SEGMENT_CHARS
from forum.comments.thread_tree import Head, ThreadComment, grow, head_of, lay_out, read_skeleton, visible

MAX_REPLIES_SHOWN = 50
"""Replies of one branch that a page shows before it links to the branch."""
REPLIES_PER_BRANCH_PAGE = 200
MAX_WHOLE_THREAD = 2_000


class Sort(StrEnum):
    """The order of branches. Within a branch it is always the order of the thread."""

    OLDEST = "oldest"
    NEWEST = "newest"


class Counts(NamedTuple):
    """Public comments of a thread, and how many of them the author of the article wrote."""

    total: int
    by_author: int


@dataclass(frozen=True)
class ThreadPage:
    """One page of a thread.

    :param counts: of the whole thread.
    :param page: this page, from 1; `pages` is the last one, at least 1.
    :param branch_id: the comment whose branch this page shows, or None for the thread.
    :param is_cut: whether the whole thread was too long for its one page.
    :param is_by_author: whether it shows the author's answers, each below what it answers, and nothing else.
    """

    comments: Sequence[ThreadComment]
    counts: Counts
    page: int
    pages: int
    sort: Sort = Sort.OLDEST
    branch_id: int | None = None
    is_whole: bool = False
    is_cut: bool = False
    is_by_author: bool = False

    @property
    def total(self) -> int:
        """Public comments of the whole thread."""
        return self.counts.total


class NoSuchPage(NotFound):
    """The page lies beyond the end of the thread, or the branch is not in it (404)."""


def count_public(session: Session, article_ids: Iterable[int]) -> dict[int, int]:
    """The number of public comments of each article; articles without one are absent."""
    rows = session.execute(
        select(Comment.article_id, func.count())
        .where(Comment.article_id.in_(set(article_ids)), Comment.state == State.APPROVED)
        .group_by(Comment.article_id)
    )
    return dict(rows.all())


def count_thread(session: Session, article_id: int) -> Counts:
    """The public comments of one article."""
    row = session.execute(
        select(func.count(), func.count(case((Comment.badge == Badge.AUTHOR, 1)))).where(
            Comment.article_id == article_id, Comment.state == State.APPROVED
        )
    ).one()
    return Counts(*row)


def read_page(
    session: Session, article_id: int, *, last_root_number: int, page: int, sort: Sort, branches: int
) -> ThreadPage:
    """One page of the thread, `branches` branches long.

    :param last_root_number: the article's counter: how many branches were ever published.
    :raises NoSuchPage: `page` is beyond the end.
    """
    pages = max(1, -(-last_root_number // branches))
    if not 1 <= page <= pages:
        raise NoSuchPage
    first = (page - 1) * branches + 1
    last = page * branches
    if sort is Sort.NEWEST:
        first, last = last_root_number - last + 1, last_root_number - first + 1
    shown = visible(read_skeleton(session, article_id, Comment.root_number.between(first, last)))
    bones, heads = lay_out(shown, newest_first=sort is Sort.NEWEST, per_branch=MAX_REPLIES_SHOWN)
    return ThreadPage(grow(session, bones, heads), count_thread(session, article_id), page, pages, sort)


def read_whole(session: Session, article_id: int, *, sort: Sort) -> ThreadPage:
    """The whole thread on one page; of a longer one the first `MAX_WHOLE_THREAD` comments in this order."""
    shown = visible(read_skeleton(session, article_id, Comment.root_number.is_not(None)))
    bones, heads = lay_out(shown, newest_first=sort is Sort.NEWEST, in_all=MAX_WHOLE_THREAD)
    return ThreadPage(
        grow(session, bones, heads), count_thread(session, article_id), 1, 1, sort,
        is_whole=True, is_cut=len(bones) < len(shown),
    )  # fmt: skip


def read_branch(
    session: Session, article_id: int, comment_id: int, *, page: int, sort: Sort = Sort.OLDEST
) -> ThreadPage:
    """One comment with everything below it, `REPLIES_PER_BRANCH_PAGE` to a page.

    :param sort: the order of the thread from which the reader came; a branch has only one.
    :raises NoSuchPage: the comment is not shown in this thread, or `page` is beyond the end.
    """
    top = session.execute(
        select(Comment.root_number, Comment.path).where(
            Comment.id == comment_id, Comment.article_id == article_id, Comment.path.is_not(None)
        )
    ).one_or_none()
    if top is None:
        raise NoSuchPage
    shown = visible(read_skeleton(session, article_id, _is_below(top.root_number, top.path)))
    pages = max(1, -(-len(shown) // REPLIES_PER_BRANCH_PAGE))
    if not shown or not 1 <= page <= pages:
        raise NoSuchPage
    first = (page - 1) * REPLIES_PER_BRANCH_PAGE
    heads: dict[int, Head] = {shown[0].id: head_of(shown, shown=len(shown))}  # the rest is a page link away
    comments = grow(session, shown[first : first + REPLIES_PER_BRANCH_PAGE], heads)
    return ThreadPage(comments, count_thread(session, article_id), page, pages, sort, branch_id=comment_id)


@dataclass(frozen=True)
class Place:
    """The page on which a comment stands: of the thread, or of a long branch."""

    page: int
    branch_id: int | None = None


def find_place(
    session: Session, comment: Comment, *, branches: int, sort: Sort = Sort.OLDEST
) -> Place | None:
    """The page that shows `comment` in this order of the thread.

    :return: None when no page does (it is not public and holds no public reply's place).
    """
    if comment.root_number is None or comment.path is None:
        return None
    skeleton = read_skeleton(session, comment.article_id, Comment.root_number == comment.root_number)
    shown = visible(skeleton)
    position = next((i for i, bone in enumerate(shown) if bone.id == comment.id), None)
    if position is None:
        return None
    if position > MAX_REPLIES_SHOWN:
        return Place(position // REPLIES_PER_BRANCH_PAGE + 1, branch_id=shown[0].id)
    before = comment.root_number - 1
    if sort is Sort.NEWEST:
        before = _last_root_number(session, comment.article_id) - comment.root_number
    return Place(before // branches + 1)


def _last_root_number(session: Session, article_id: int) -> int:
    return session.execute(select(Article.last_root_number).where(Article.id == article_id)).scalar_one()


def read_newest(session: Session, article_id: int, *, limit: int) -> list[tuple[int, int]]:
    """Number and id of the comments that became public last, the newest first."""
    rows = session.execute(
        select(Comment.number, Comment.id)
        .where(Comment.article_id == article_id, Comment.number.is_not(None), Comment.state == State.APPROVED)
        .order_by(Comment.number.desc())
        .limit(limit)
    )
    return [(number, comment_id) for number, comment_id in rows if number is not None]


def _is_below(root_number: int, path: str) -> ColumnElement[bool]:
    """The comment at `path` and all below it. Digits and lower-case letters sort before `~`."""
    if len(path) >= MAX_PATH_LEVELS * SEGMENT_CHARS:
        path = path[:-SEGMENT_CHARS]  # paths stop growing here: what is below stands beside it
    return and_(Comment.root_number == root_number, Comment.path >= path, Comment.path < f"{path}~")
