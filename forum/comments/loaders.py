"""Comments as someone may load them: each loader names the right that it checks."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.loaders import is_public
from forum.articles.models import Article
from forum.base.errors import NotFound
from forum.base.signing import Signer
from forum.comments.models import Comment, State, Submission

_SUBMISSION = "submission page"


def get_public_comment(session: Session, article: Article, comment_id: int) -> Comment:
    """An approved comment of this article.

    :raises NotFound: there is none, or it is not public.
    """
    comment = session.get(Comment, comment_id)
    if comment is None or comment.article_id != article.id or comment.state is not State.APPROVED:
        raise NotFound
    return comment


def get_placed_comment(session: Session, comment_id: int, *, now: datetime) -> tuple[Comment, Article]:
    """A comment that has a place in the thread of a public article; whether it shows is up to the thread.

    :raises NotFound: there is none.
    """
    row = session.execute(
        select(Comment, Article)
        .join(Article, Article.id == Comment.article_id)
        .where(Comment.id == comment_id, Comment.path.is_not(None), is_public(now))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def submission_token(signer: Signer, comment: Comment) -> str:
    """The token of a comment's submission page: only the browser that posted it is given one."""
    return signer.make_token(_SUBMISSION, [comment.id, _mark(signer, comment)])


def get_submitted_comment(session: Session, signer: Signer, token: str) -> tuple[Comment, Article]:
    """The comment of a submission page.

    :raises NotFound: the token is not ours or is another comment's with the same id, or the comment or its writer was
        erased.
    """
    payload = signer.read_token(_SUBMISSION, token)
    comment_id, mark = payload if isinstance(payload, list) and len(payload) == 2 else (None, None)
    comment = session.get(Comment, comment_id) if isinstance(comment_id, int) else None
    if comment is None or comment.state is State.ERASED or comment.commenter_id is None:
        raise NotFound
    if mark != _mark(signer, comment):
        raise NotFound
    return comment, session.get_one(Article, comment.article_id)


def _mark(signer: Signer, comment: Comment) -> str:
    """What tells a comment from one that has its id in another life of the database, as after a restore."""
    return signer.keyed_hash(_SUBMISSION, str(comment.id), comment.submitted_at.astimezone(UTC).isoformat())


def begin_of_submission_id(session: Session, comment: Comment) -> str | None:
    """How the id begins that the form of `comment` came in with, by which a browser knows its own draft.

    Half of it: whoever is passed the link to a submission page must not be able to send the post again as its writer.
    """
    submission_id = session.scalar(
        select(Submission.submission_id).where(Submission.comment_id == comment.id).order_by(Submission.id)
    )
    return submission_id[: (len(submission_id) + 1) // 2] if submission_id else None
