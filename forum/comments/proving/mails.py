"""The mail that asks to confirm a comment.

It holds nothing that a visitor typed: whoever types another's address could have any words sent to them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forum.articles.models import Article
from forum.base.signing import Signer
from forum.comments.models import Comment, State
from forum.comments.proving.service import confirmation_token
from forum.config import Settings
from forum.mail.kinds import Composer, Content
from forum.mail.models import OutboxMail


def confirmation_composer(signer: Signer, settings: Settings) -> Composer:
    """Composes mails of the kind `confirm`, for as long as their comment waits for that very address."""
    keep = timedelta(days=settings.keep_unconfirmed_days)

    def compose(session: Session, mail: OutboxMail, now: datetime) -> Content | None:
        comment = session.get(Comment, mail.comment_id)
        if comment is None or comment.state is not State.UNCONFIRMED:
            return None
        if comment.commenter is None or comment.commenter.email != mail.recipient:
            return None  # corrected meanwhile
        if comment.submitted_at + keep <= now:
            return None  # its link is too old
        token = confirmation_token(signer, comment, comment.commenter.email, keep=keep)
        values = {
            "article": session.get_one(Article, comment.article_id),
            "confirm_url": url_for("proving.confirm_page", token=token, _external=True),
            "days": keep.days,
        }
        return Content(
            values=values, why=_("Somebody filled in this e-mail address under an article on our site.")
        )

    return compose
