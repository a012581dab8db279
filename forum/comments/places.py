"""Where a comment stands in its thread: number, branch and path, given once and never changed.

A path is one segment a level: the comment's number, base 32, fixed width, so that bytewise order is thread order. It
stops growing at `MAX_PATH_LEVELS`: deeper replies follow their ancestor there in order of publication, and
`parent_id` still says whom they answer. (PostgreSQL refuses index rows over 2,704 bytes.)
"""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.comments.models import Comment

SEGMENT_CHARS = 5
MAX_PATH_LEVELS = 100
_DIGITS = "0123456789abcdefghijklmnopqrstuv"


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


def give_place(session: Session, comment: Comment) -> None:
    """Give `comment` its number and path if it has none, and its ancestors without a place theirs before it.

    An ancestor can lack a place in imports and after undo: it will show as a tombstone, so that the reply has
    somewhere to stand. The caller commits.
    """
    if comment.path is not None:
        return
    session.flush()
    session.execute(select(Article.id).where(Article.id == comment.article_id).with_for_update())
    line, above = _ancestors_without_place(session, comment)
    first, last_root = _take_numbers(session, comment.article_id, len(line), starts_branch=above is None)
    path, root_number = above or (None, last_root)
    rows = []
    for number, comment_id in enumerate(line, start=first):
        path = path_below(path, number)
        rows.append({"key": comment_id, "number": number, "root_number": root_number, "path": path})
    statement = update(Comment.__table__).where(Comment.__table__.c.id == bindparam("key"))  # type: ignore[arg-type]
    session.connection().execute(
        statement.values(
            number=bindparam("number"), root_number=bindparam("root_number"), path=bindparam("path")
        ),
        rows,
    )
    session.refresh(comment, ["number", "root_number", "path"])


def _ancestors_without_place(session: Session, comment: Comment) -> tuple[list[int], tuple[str, int] | None]:
    """The ids from the topmost ancestor that lacks a place down to `comment`; path and root number of the one above."""
    line = [comment.id]
    parent_id = comment.parent_id
    while parent_id is not None:
        parent = session.execute(
            select(Comment.id, Comment.parent_id, Comment.path, Comment.root_number).where(
                Comment.id == parent_id
            )
        ).one()
        if parent.path is not None and parent.root_number is not None:
            return line[::-1], (parent.path, parent.root_number)
        line.append(parent.id)
        parent_id = parent.parent_id
    return line[::-1], None


def _take_numbers(session: Session, article_id: int, count: int, *, starts_branch: bool) -> tuple[int, int]:
    """Take the article's next `count` numbers; the first of them, and the root number that was taken last."""
    row = session.execute(
        update(Article)
        .where(Article.id == article_id)
        .values(
            last_number=Article.last_number + count,
            last_root_number=Article.last_root_number + int(starts_branch),
        )
        .returning(Article.last_number, Article.last_root_number)
        .execution_options(synchronize_session=False)
    ).one()
    return row.last_number - count + 1, row.last_root_number
