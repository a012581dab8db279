"""Where a comment stands in its thread: number, branch and path, given once and never changed.

A path is one segment a level: the comment's number, base 32, fixed width, so that bytewise order is thread order. It
stops growing at `MAX_PATH_LEVELS`: deeper replies follow their ancestor there in order of publication, and
`parent_id` still says whom they answer. (PostgreSQL refuses index rows over 2,704 bytes.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.comments.models import Comment

SEGMENT_CHARS = 5
MAX_PATH_LEVELS = 100
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_TAKE_NUMBERS = (
    update(Article)
    .where(Article.id == bindparam("article"))
    .values(
        last_number=Article.last_number + bindparam("count"),
        last_root_number=Article.last_root_number + bindparam("branches"),
    )
    .returning(Article.last_number, Article.last_root_number)
)


def segment(number: int) -> str:
    """A number as five digits in base 32: room for 33,554,431 comments an article.

    :raises ValueError: more than that.
    """
    digits = ""
    for _ in range(SEGMENT_CHARS):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    if number:
        raise ValueError("more comments than a path can order")
    return digits


def path_below(parent_path: str | None, number: int) -> str:
    """The path of the comment with `number` below `parent_path` (None: it starts a branch)."""
    kept = (parent_path or "")[: (MAX_PATH_LEVELS - 1) * SEGMENT_CHARS]
    return kept + segment(number)


def path_levels(path: str) -> int:
    """How many levels a path shows; the first comment of a branch has 1."""
    return len(path) // SEGMENT_CHARS


def lock_thread(session: Session, article_id: int) -> None:
    """Wait until no other transaction gives places in this thread; held until this one ends.

    Posting a comment takes a weaker lock on the article's row (its foreign key) and does not wait for this one.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time already
        session.execute(select(Article.id).where(Article.id == article_id).with_for_update(key_share=True))


def give_place(session: Session, comment: Comment) -> None:
    """Give `comment` its number and path if it has none, and its ancestors without a place theirs before it.

    An ancestor can lack a place in imports: it will show as a tombstone, so that the reply has somewhere to stand.
    The caller commits.
    """
    if comment.path is not None:
        return
    lock_thread(session, comment.article_id)
    line, above = _line_without_place(session, comment)
    first, last_root = _take_numbers(session, comment.article_id, len(line), starts_branch=above is None)
    path, root_number = (above.path, above.root_number) if above else (None, last_root)
    for number, member in enumerate(line, start=first):
        member.number, member.root_number = number, root_number
        path = member.path = path_below(path, number)


@dataclass(slots=True)
class Spot:
    """Where one of many comments stands, before it is written: none yet as long as `path` is None."""

    id: int
    parent_id: int | None
    depth: int = 0
    number: int | None = None
    root_number: int | None = None
    path: str | None = None


def give_places(
    session: Session, article_id: int, spots: dict[int, Spot], shown: Iterable[int]
) -> list[Spot]:
    """Give the comments `shown` their places, in this order, and before them their ancestors without one.

    As `give_place`, for many comments that are not written yet. The caller writes the places down.

    :param spots: by id: the comments and their parents; older ancestors are read and added when they need a place.
    :returns: the spots that were filled, parents before replies.
    """
    lock_thread(session, article_id)
    waiting: dict[int, Spot] = {}
    for comment_id in shown:
        line: list[Spot] = []
        step: int | None = comment_id
        while step is not None and step not in waiting and (spot := _spot(session, spots, step)).path is None:
            line.append(spot)
            step = spot.parent_id
        waiting.update((spot.id, spot) for spot in reversed(line))
    if waiting:
        _fill(session, article_id, list(waiting.values()), spots)
    return list(waiting.values())


def find_spots(session: Session, ids: Iterable[int]) -> dict[int, Spot]:
    """Where comments stand that are written already, by id."""
    columns = (
        Comment.id, Comment.parent_id, Comment.depth, Comment.number, Comment.root_number, Comment.path
    )  # fmt: skip
    rows = session.execute(select(*columns).where(Comment.id.in_(list(ids))))
    return {row.id: Spot(*row) for row in rows}


def _spot(session: Session, spots: dict[int, Spot], comment_id: int) -> Spot:
    if comment_id not in spots:
        spots.update(find_spots(session, [comment_id]))
    return spots[comment_id]


def _fill(session: Session, article_id: int, waiting: list[Spot], spots: dict[int, Spot]) -> None:
    branches = sum(spot.parent_id is None for spot in waiting)
    taken = {"article": article_id, "count": len(waiting), "branches": branches}
    row = session.connection().execute(_TAKE_NUMBERS, taken).one()
    root_number = row.last_root_number - branches
    for number, spot in enumerate(waiting, start=row.last_number - len(waiting) + 1):
        above = None if spot.parent_id is None else spots[spot.parent_id]
        root_number += above is None
        spot.number, spot.root_number = number, above.root_number if above else root_number
        spot.path = path_below(above.path if above else None, number)


def _line_without_place(session: Session, comment: Comment) -> tuple[list[Comment], Comment | None]:
    """From the topmost ancestor that lacks a place down to `comment`; and the comment above them, if any.

    One that seems to lack a place is read anew: it may have been placed while this transaction waited for the lock.
    """
    line = [comment]
    while (parent_id := line[-1].parent_id) is not None:
        parent = session.get_one(Comment, parent_id)
        if parent.path is None:
            session.refresh(parent, ["number", "root_number", "path"])
        if parent.path is not None:
            return line[::-1], parent
        line.append(parent)
    return line[::-1], None


def _take_numbers(session: Session, article_id: int, count: int, *, starts_branch: bool) -> tuple[int, int]:
    """Take the article's next `count` numbers; the first of them, and the root number that was taken last."""
    taken = {"article": article_id, "count": count, "branches": int(starts_branch)}
    row = session.connection().execute(_TAKE_NUMBERS, taken).one()
    return row.last_number - count + 1, row.last_root_number
