"""Comments as moderators may load them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.errors import NotAllowed, NotFound
from forum.comments.models import Comment, State


def get_comment_for_moderator(session: Session, account: Account, comment_id: int) -> Comment:
    """A comment in any state but `unconfirmed`: until its address is proven, it is nobody's to read.

    :raises NotAllowed: the account is no moderator.
    :raises NotFound: there is no such comment, or it is unconfirmed.
    """
    if not account.may_moderate:
        raise NotAllowed
    comment = find_comment(session, comment_id)
    if comment is None:
        raise NotFound
    return comment


def find_comment(session: Session, comment_id: int) -> Comment | None:
    """A comment that moderators may see, or None; the caller has checked that a moderator asks."""
    comment = session.get(Comment, comment_id)
    return None if comment is None or comment.state is State.UNCONFIRMED else comment
