"""Reading a thread: which comments a page shows, in which order, with tombstones where public replies need a place.

Two reads, both over the index (article_id, root_number, path): the skeleton of the page's branches as plain rows, then
the texts of those that show. Pages are stable: a branch's number never changes, so neither does its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from forum.base.errors import NotFound
from forum.comments.models import Badge, Comment, CommentRevision, State
from forum.comments.places import MAX_PATH_LEVELS, SEGMENT_CHARS

MAX_REPLIES_SHOWN = 50
"""Replies of one branch that a page shows before it links to the branch."""
REPLIES_PER_BRANCH_PAGE = 200
MAX_WHOLE_THREAD = 2_000
LEVELS_TOLD_APART = 3
"""Levels that even a narrow page shows by stepping in; below them a comment says whom it answers."""
_FETCH_AT_ONCE = 500


class Sort(StrEnum):
    """The order of branches. Within a branch it is always the order of the thread."""

    OLDEST = "oldest"
    NEWEST = "newest"


class Bone(NamedTuple):
    """One placed comment without its text. Public ones and tombstones are made of these."""

    id: int
    parent_id: int | None
    root_number: int
    path: str
    state: State


@dataclass
class ThreadComment:
    """One comment as a page shows it. A tombstone has no text, no name and no website.

    :param answers: number and name of the comment that it answers, where the page does not show that by its place.
    :param answers_here: whether the comment that it answers stands on this page.
    """

    id: int
    number: int
    level: int
    state: State
    parent_id: int | None
    author_name: str
    website: str | None
    badge: Badge | None
    lang: str
    html: str
    redacted: bool
    published_at: datetime | None
    answers: tuple[int, str] | None = None
    answers_here: bool = False
    replies: list[ThreadComment] = field(default_factory=list)
    more_replies: int = 0

    @property
    def is_tombstone(self) -> bool:
        """Whether only the place is left."""
        return self.state is not State.APPROVED


@dataclass(frozen=True)
class ThreadPage:
    """One page of a thread.

    :param total: public comments of the whole thread.
    :param page: this page, from 1; `pages` is the last one, at least 1.
    :param branch_id: the comment whose branch this page shows, or None for the thread.
    """

    comments: Sequence[ThreadComment]
    total: int
    page: int
    pages: int
    sort: Sort = Sort.OLDEST
    branch_id: int | None = None
    is_whole: bool = False


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
    shown = _visible(_skeleton(session, article_id, Comment.root_number.between(first, last)))
    comments = _build(session, shown, limit=MAX_REPLIES_SHOWN)
    if sort is Sort.NEWEST:
        comments.reverse()
    total = count_public(session, [article_id]).get(article_id, 0)
    return ThreadPage(comments, total, page, pages, sort)


def read_whole(session: Session, article_id: int, *, sort: Sort) -> ThreadPage:
    """The whole thread on one page, up to `MAX_WHOLE_THREAD` comments."""
    shown = _visible(_skeleton(session, article_id, Comment.root_number.is_not(None)))
    comments = _build(session, shown[:MAX_WHOLE_THREAD], limit=None)
    if sort is Sort.NEWEST:
        comments.reverse()
    total = count_public(session, [article_id]).get(article_id, 0)
    return ThreadPage(comments, total, 1, 1, sort, is_whole=True)


def read_branch(session: Session, article_id: int, comment_id: int, *, page: int) -> ThreadPage:
    """One comment with everything below it, `REPLIES_PER_BRANCH_PAGE` to a page.

    :raises NoSuchPage: the comment is not shown in this thread, or `page` is beyond the end.
    """
    top = session.execute(
        select(Comment.root_number, Comment.path).where(
            Comment.id == comment_id, Comment.article_id == article_id, Comment.path.is_not(None)
        )
    ).one_or_none()
    if top is None:
        raise NoSuchPage
    shown = _visible(_skeleton(session, article_id, _is_below(top.root_number, top.path)))
    pages = max(1, -(-len(shown) // REPLIES_PER_BRANCH_PAGE))
    if not shown or not 1 <= page <= pages:
        raise NoSuchPage
    first = (page - 1) * REPLIES_PER_BRANCH_PAGE
    comments = _build(session, shown[first : first + REPLIES_PER_BRANCH_PAGE], limit=None)
    total = count_public(session, [article_id]).get(article_id, 0)
    return ThreadPage(comments, total, page, pages, branch_id=comment_id)


@dataclass(frozen=True)
class Place:
    """The page on which a comment stands: of the thread, or of a long branch."""

    page: int
    branch_id: int | None = None


def find_place(session: Session, comment: Comment, *, branches: int) -> Place | None:
    """The page that shows `comment`, or None when no page does (it is not public and holds no public reply's place)."""
    if comment.root_number is None or comment.path is None:
        return None
    shown = _visible(_skeleton(session, comment.article_id, Comment.root_number == comment.root_number))
    position = next((i for i, bone in enumerate(shown) if bone.id == comment.id), None)
    if position is None:
        return None
    if position <= MAX_REPLIES_SHOWN:
        return Place((comment.root_number - 1) // branches + 1)
    return Place(position // REPLIES_PER_BRANCH_PAGE + 1, branch_id=shown[0].id)


def _is_below(root_number: int, path: str) -> ColumnElement[bool]:
    """The comment at `path` and all below it. Digits and lower-case letters sort before `~`."""
    if len(path) >= MAX_PATH_LEVELS * SEGMENT_CHARS:
        path = path[:-SEGMENT_CHARS]  # paths stop growing here: what is below stands beside it
    return and_(Comment.root_number == root_number, Comment.path >= path, Comment.path < f"{path}~")


def _skeleton(session: Session, article_id: int, where: ColumnElement[bool]) -> list[Bone]:
    rows = session.execute(
        select(Comment.id, Comment.parent_id, Comment.root_number, Comment.path, Comment.state)
        .where(Comment.article_id == article_id, where)
        .order_by(Comment.root_number, Comment.path)
    )
    return [Bone(*row) for row in rows]  # type: ignore[arg-type]


def _visible(skeleton: Sequence[Bone]) -> list[Bone]:
    """Public comments, and the tombstones that a public reply below needs. Parents stand before their replies."""
    needed: set[int] = set()
    shown: list[Bone] = []
    for bone in reversed(skeleton):
        if bone.state is State.APPROVED or bone.id in needed:
            shown.append(bone)
            if bone.parent_id is not None:
                needed.add(bone.parent_id)
    return shown[::-1]


def _build(session: Session, visible: Sequence[Bone], *, limit: int | None) -> list[ThreadComment]:
    """The trees of the visible bones; of each branch only the first comment and `limit` replies."""
    shown: list[Bone] = []
    left_out: dict[int, int] = {}
    for _, branch in groupby(visible, key=lambda bone: bone.root_number):
        bones = list(branch)
        kept = bones if limit is None else bones[: limit + 1]
        left_out[kept[0].id] = sum(bone.state is State.APPROVED for bone in bones[len(kept) :])
        shown.extend(kept)
    comments = _read_comments(session, [bone.id for bone in shown])
    return _grow([comments[bone.id] for bone in shown], left_out)


def _grow(comments: Sequence[ThreadComment], left_out: dict[int, int]) -> list[ThreadComment]:
    """Hang each comment below its parent, or at the top when the parent stands on another page."""
    tops: list[ThreadComment] = []
    by_id: dict[int, ThreadComment] = {}
    shelf_of: dict[int, list[ThreadComment]] = {}
    for comment in comments:
        comment.more_replies = left_out.get(comment.id, 0)
        parent = by_id.get(comment.parent_id or 0)
        comment.answers_here = parent is not None
        shelf = tops
        if parent is not None and comment.level > parent.level:
            shelf = parent.replies
            if comment.level <= LEVELS_TOLD_APART:
                comment.answers = None  # its place says it
        elif parent is not None:
            shelf = shelf_of[
                parent.id
            ]  # paths stop growing at some depth: it stands beside the one it answers
        shelf.append(comment)
        by_id[comment.id], shelf_of[comment.id] = comment, shelf
    return tops


class Step(NamedTuple):
    """One comment in reading order, and how many lists end after it."""

    comment: ThreadComment
    closes: int


def walk(comments: Sequence[ThreadComment]) -> Iterable[Step]:
    """The trees in reading order, without recursion: a thread may be a hundred levels deep."""
    waiting = [(comment, 0) for comment in reversed(comments)]
    while waiting:
        comment, closes = waiting.pop()
        if not comment.replies:
            yield Step(comment, closes)
            continue
        yield Step(comment, 0)
        below = [(reply, 0) for reply in comment.replies]
        below[-1] = (below[-1][0], closes + 1)
        waiting.extend(reversed(below))


def _read_comments(session: Session, ids: Sequence[int]) -> dict[int, ThreadComment]:
    found: dict[int, ThreadComment] = {}
    for start in range(0, len(ids), _FETCH_AT_ONCE):
        for comment in _fetch(session, ids[start : start + _FETCH_AT_ONCE]):
            found[comment.id] = comment
    return found


def _fetch(session: Session, ids: Sequence[int]) -> Iterable[ThreadComment]:
    answered = Comment.__table__.alias("answered")
    columns = (
        Comment.id, Comment.number, Comment.path, Comment.state, Comment.parent_id, Comment.author_name,
        Comment.website, Comment.badge, Comment.lang, Comment.published_at, CommentRevision.html,
        CommentRevision.account_id.label("revised_by"), Comment.account_id,
        answered.c.number.label("answered_number"), answered.c.author_name.label("answered_name"),
        answered.c.state.label("answered_state"),
    )  # fmt: skip
    rows = session.execute(
        select(*columns)
        .outerjoin(CommentRevision, CommentRevision.id == Comment.published_revision_id)
        .outerjoin(answered, answered.c.id == Comment.parent_id)
        .where(Comment.id.in_(ids))
    )
    for row in rows:
        public = row.state is State.APPROVED
        yield ThreadComment(
            id=row.id,
            number=row.number,
            level=len(row.path) // SEGMENT_CHARS,
            state=row.state,
            parent_id=row.parent_id,
            author_name=row.author_name if public else "",
            website=row.website if public else None,
            badge=row.badge if public else None,
            lang=row.lang,
            html=(row.html or "") if public else "",
            redacted=public and row.revised_by is not None and row.revised_by != row.account_id,
            published_at=row.published_at if public else None,
            answers=_answered(row.answered_number, row.answered_name, row.answered_state),
        )


def _answered(number: int | None, name: str | None, state: State | None) -> tuple[int, str] | None:
    if number is None:
        return None
    return number, (name or "") if state is State.APPROVED else ""
