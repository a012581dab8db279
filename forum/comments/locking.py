"""What a transaction locks that changes many comments: all of it at first, in the order that holds for everybody."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from forum.articles.models import FRONT_PAGE_KEY, page_key
from forum.base.page_versions import bump
from forum.comments.commenters import lock_commenter
from forum.comments.models import Comment, Commenter
from forum.comments.places import lock_thread


def lock_many(session: Session, comment_ids: Sequence[int]) -> None:
    """Lock writers, threads, comments and public pages, in this order, each kind in its own.

    A decision about one comment takes them in the same order. Taken comment by comment, this transaction would hold
    the front page when it comes to the second article, and who decides there would hold that and wait for the front
    page. SQLite has one writer at a time already.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    chosen = Comment.id.in_(comment_ids)
    _lock_writers(session, chosen)
    articles = session.scalars(
        select(Comment.article_id).where(chosen).distinct().order_by(Comment.article_id)
    ).all()
    for article_id in articles:
        lock_thread(session, article_id)
    session.execute(select(Comment.id).where(chosen).order_by(Comment.id).with_for_update()).all()
    bump(session, *(page_key(article_id) for article_id in articles), FRONT_PAGE_KEY)


def _lock_writers(session: Session, chosen: ColumnElement[bool]) -> None:
    """By address, as a correction locks two of them."""
    writers = select(Comment.commenter_id).where(chosen)
    rows = session.execute(select(Commenter.email, Commenter.id).where(Commenter.id.in_(writers))).all()
    for _email, commenter_id in sorted(rows):
        lock_commenter(session, commenter_id)
