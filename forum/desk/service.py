"""What an author's desk shows: approved comments on own articles, unanswered first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from forum.accounts.models import Account, RoleName
from forum.articles.models import Article, Byline, Person
from forum.base.errors import NotAllowed, Unprocessable
from forum.comments.models import Comment, CommentRevision, State

COMMENTS_SHOWN = 50
_SEES_ALL = frozenset({RoleName.MODERATOR.value, RoleName.EDITOR.value, RoleName.ADMIN.value})


class ReplyTooLong(Unprocessable):
    """Longer than a comment may be (422)."""

    message = _("Your answer is too long. Make it shorter or split it in two.")


@dataclass(frozen=True)
class DeskItem:
    """A public comment on an own article, and whether staff answered it."""

    comment: Comment
    html: str
    article: Article
    is_answered: bool


def own_articles(account: Account) -> ColumnElement[bool]:
    """The condition under which an article has `account` in its byline."""
    return Article.id.in_(
        select(Byline.article_id)
        .join(Person, Person.id == Byline.person_id)
        .where(Person.account_id == account.id)
    )


def articles_of(session: Session, account: Account) -> Sequence[Article]:
    """The articles with `account` in their byline, newest first."""
    return session.scalars(select(Article).where(own_articles(account)).order_by(Article.id.desc())).all()


def require_reply_right(session: Session, account: Account, article: Article) -> None:
    """Whether `account` may answer below `article`: its authors, moderators, editors and admins.

    :raises NotAllowed: it may not.
    """
    if account.role_names & _SEES_ALL:
        return
    is_own = session.scalar(select(Article.id).where(Article.id == article.id, own_articles(account)))
    if is_own is None:
        raise NotAllowed


def read_desk(session: Session, account: Account) -> Sequence[DeskItem]:
    """New public comments by readers on the account's articles, unanswered ones first, then newest first."""
    reply = aliased(Comment)
    answered = exists().where(
        reply.parent_id == Comment.id, reply.state == State.APPROVED, reply.account_id.is_not(None)
    )
    rows = session.execute(
        select(Comment, CommentRevision.html, Article, answered.label("is_answered"))
        .join(Article, Article.id == Comment.article_id)
        .join(CommentRevision, CommentRevision.id == Comment.published_revision_id)
        .where(Comment.state == State.APPROVED, Comment.account_id.is_(None), own_articles(account))
        .order_by(answered, Comment.published_at.desc(), Comment.id.desc())
        .limit(COMMENTS_SHOWN)
    )
    return [DeskItem(*row) for row in rows]
