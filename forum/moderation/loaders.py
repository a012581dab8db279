"""Comments as moderators may load them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.errors import NotAllowed, NotFound
from forum.comments.models import Comment, CommentEvent, Move, State

ENDED = (State.WITHDRAWN, State.ERASED)
"""How a comment that nobody confirmed can end."""


def get_comment_for_moderator(session: Session, account: Account, comment_id: int) -> Comment:
    """A comment in any state, unless its address was asked for and never proven: then it is nobody's to read.

    :raises NotAllowed: the account is no moderator.
    :raises NotFound: there is no such comment, or it was never confirmed.
    """
    if not account.may_moderate:
        raise NotAllowed
    comment = session.get(Comment, comment_id)
    if comment is None or comment_id not in shown_to_moderators(session, [comment_id]):
        raise NotFound
    return comment


def get_comment_for_admin(session: Session, account: Account, comment_id: int) -> Comment:
    """As `get_comment_for_moderator`, for what only an admin may do with it.

    :raises NotAllowed: the account is no admin.
    :raises NotFound: as there.
    """
    if not account.is_admin:
        raise NotAllowed
    return get_comment_for_moderator(session, account, comment_id)


def shown_to_moderators(session: Session, comment_ids: Collection[int]) -> frozenset[int]:
    """Those of these comments that moderators may see; the caller has checked who asks."""
    shown = (Comment.state != State.UNCONFIRMED, ~ended_unconfirmed())
    return frozenset(session.scalars(select(Comment.id).where(Comment.id.in_(comment_ids), *shown)))


def ended_unconfirmed() -> ColumnElement[bool]:
    """Whether a comment was withdrawn or erased while its address was still to be proven."""
    events = select(CommentEvent.id).where(CommentEvent.comment_id == Comment.id)
    began = events.where(CommentEvent.kind == Move.SUBMIT, CommentEvent.to_state == State.UNCONFIRMED)
    confirmed = events.where(CommentEvent.kind == Move.CONFIRM)
    return Comment.state.in_(ENDED) & began.exists() & ~confirmed.exists()
