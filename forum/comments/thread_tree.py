"""The comments of a page as trees: read in two steps, hung below what they answer, walked in reading order.

Two reads, both over the index (article_id, root_number, path): the skeleton of the page's branches as plain rows, then
the texts of those that show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from forum.comments.models import ActorKind, Badge, Comment, CommentEvent, CommentRevision, Move, State
from forum.comments.places import path_levels

STEPS_TOLD_BY_PLACE = 2
"""Steps in from the edge that even a narrow page shows; below them a comment says whom it answers."""
STEPS_TOLD_ON_A_DESK = 4
"""The same on a wide page. The style sheet draws both limits."""
_FETCH_AT_ONCE = 500


class Bone(NamedTuple):
    """One placed comment without its text. Public ones and tombstones are made of these."""

    id: int
    parent_id: int | None
    root_number: int
    path: str
    state: State
    author_name: str


class Head(NamedTuple):
    """What a page says of a whole branch at its first comment.

    :param replies: public replies, at any depth; `names` of how many different names.
    :param left_out: those of them that the page does not show.
    """

    replies: int
    names: int
    left_out: int


class Layout(NamedTuple):
    """What a page shows, in its order, and the heads of its branches by the id of their first comment."""

    bones: list[Bone]
    heads: dict[int, Head]


@dataclass
class ThreadComment:
    """One comment as a page shows it. A tombstone has no text, no name and no website.

    :param step: how far in it stands on this page; the first comments have 1.
    :param answers: number and name of the comment that it answers, if it answers one; no name (None) where that one
        is not public, an empty one where its writer's name was erased.
    :param answers_here: whether the comment that it answers stands on this page.
    :param author_answer: the first answer to it by the author of the article, where that stands on this page.
    :param by_writer: whether an erased one was erased by its writer.
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
    answers: tuple[int, str | None] | None = None
    answers_here: bool = False
    step: int = 1
    author_answer: int | None = None
    by_writer: bool = False
    head: Head | None = None
    replies: list[ThreadComment] = field(default_factory=list)

    @property
    def is_tombstone(self) -> bool:
        """Whether only the place is left."""
        return self.state is not State.APPROVED

    @property
    def more_replies(self) -> int:
        """Public replies of its branch that the page leaves out."""
        return self.head.left_out if self.head else 0

    @property
    def told_by(self) -> str:
        """What shows whom it answers: its `place` on any page, its place on a `desk` only, or `words`."""
        if not self.answers_here or self.step > STEPS_TOLD_ON_A_DESK:
            return "words"
        return "place" if self.step <= STEPS_TOLD_BY_PLACE else "desk"


def read_skeleton(session: Session, article_id: int, where: ColumnElement[bool]) -> list[Bone]:
    """The placed comments of an article that fulfil `where`, in thread order, public or not."""
    rows = session.execute(
        select(
            Comment.id,
            Comment.parent_id,
            Comment.root_number,
            Comment.path,
            Comment.state,
            Comment.author_name,
        )
        .where(Comment.article_id == article_id, where)
        .order_by(Comment.root_number, Comment.path)
    )
    return [Bone(*row) for row in rows]  # type: ignore[arg-type]


def visible(skeleton: Sequence[Bone]) -> list[Bone]:
    """Public comments, and the tombstones that a public reply below needs. Parents stand before their replies."""
    needed: set[int] = set()
    shown: list[Bone] = []
    for bone in reversed(skeleton):
        if bone.state is State.APPROVED or bone.id in needed:
            shown.append(bone)
            if bone.parent_id is not None:
                needed.add(bone.parent_id)
    return shown[::-1]


def lay_out(
    shown: Sequence[Bone],
    *,
    newest_first: bool = False,
    per_branch: int | None = None,
    in_all: int | None = None,
) -> Layout:
    """Put branches in order and cut what is too long.

    :param per_branch: replies of one branch that show; None: all.
    :param in_all: comments that show; None: all.
    """
    branches = [list(group) for _, group in groupby(shown, key=lambda bone: bone.root_number)]
    if newest_first:
        branches.reverse()
    layout = Layout([], {})
    for branch in branches:
        room = len(branch) if per_branch is None else per_branch + 1
        if in_all is not None:
            room = min(room, in_all - len(layout.bones))
        if room <= 0:
            break
        layout.bones.extend(branch[:room])
        layout.heads[branch[0].id] = head_of(branch, shown=room)
    return layout


def head_of(branch: Sequence[Bone], *, shown: int) -> Head:
    """The summary of a branch of which the page shows the first `shown` comments."""
    replies = [bone.author_name for bone in branch[1:] if bone.state is State.APPROVED]
    return Head(len(replies), len(set(replies)), sum(bone.state is State.APPROVED for bone in branch[shown:]))


def grow(session: Session, bones: Sequence[Bone], heads: Mapping[int, Head]) -> list[ThreadComment]:
    """Read the texts, and hang each comment below its parent, or at the top when the parent is not among them."""
    read = _read_comments(session, [bone.id for bone in bones])
    for comment_id in _erased_by_writer(session, [b.id for b in bones if b.state is State.ERASED]):
        read[comment_id].by_writer = True
    tops: list[ThreadComment] = []
    by_id: dict[int, ThreadComment] = {}
    shelf_of: dict[int, list[ThreadComment]] = {}
    for comment in (read[bone.id] for bone in bones):
        comment.head = heads.get(comment.id)
        parent = by_id.get(comment.parent_id or 0)
        shelf = tops if parent is None else _hang(comment, parent, beside=shelf_of[parent.id])
        shelf.append(comment)
        by_id[comment.id], shelf_of[comment.id] = comment, shelf
    return tops


def _hang(
    comment: ThreadComment, parent: ThreadComment, *, beside: list[ThreadComment]
) -> list[ThreadComment]:
    """Tie a comment to its parent on the page; the list in which it stands."""
    comment.answers_here = True
    if comment.badge is Badge.AUTHOR and parent.author_answer is None:
        parent.author_answer = comment.id
    if comment.level > parent.level:
        comment.step = parent.step + 1
        return parent.replies
    comment.step = parent.step
    return beside  # paths stop growing at some depth: it stands beside the one it answers


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


def _erased_by_writer(session: Session, ids: Sequence[int]) -> Iterable[int]:
    """Those of these erased comments that no rule and no member of staff erased."""
    for start in range(0, len(ids), _FETCH_AT_ONCE):
        yield from session.scalars(
            select(CommentEvent.comment_id).where(
                CommentEvent.comment_id.in_(ids[start : start + _FETCH_AT_ONCE]),
                CommentEvent.kind == Move.ERASE,
                CommentEvent.to_state == State.ERASED,
                CommentEvent.by == ActorKind.COMMENTER,
            )
        )


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
            level=path_levels(row.path),
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


def _answered(number: int | None, name: str | None, state: State | None) -> tuple[int, str | None] | None:
    if number is None:
        return None
    return number, (name or "") if state is State.APPROVED else None
