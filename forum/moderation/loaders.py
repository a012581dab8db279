"""Comments as moderators may load them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.errors import NotAllowed, NotFound
from forum.comments.models import Comment


def get_comment_for_moderator(session: Session, account: Account, comment_id: int) -> Comment:
    """Any comment, in any state.

    :raises NotAllowed: the account is no moderator.
    :raises NotFound: there is no such comment.
    """
    if not account.may_moderate:
        raise NotAllowed
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise NotFound
    return comment
