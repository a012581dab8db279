"""Mails to a writer about the moderators' decisions. A decision that no longer stands is not told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.articles.loaders import is_public
from forum.articles.models import Article
from forum.comments.mail_age import is_stale
from forum.comments.mails.answers import public_comment
from forum.comments.mails.context import MailContext, article_url, permalink
from forum.comments.mails.quoting import quoted
from forum.comments.mails.truth import EDIT_KINDS, recipient_of, still_stands, was_told
from forum.comments.models import Commenter, CommentEvent, RevisionState
from forum.mail.kinds import Content
from forum.mail.models import OutboxMail

GOOD_NEWS = "approved"
"""The decision that its writer has seen by then if it matters; the others are owed, however late they leave."""
WHY = _("You get this mail because you left this e-mail address with your comment.")


def compose_decision(
    context: MailContext, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """Approved, refused, removed or returned: what became of a comment."""
    event, commenter = _addressed(context, session, mail)
    if event is None or commenter is None or was_told(session, mail, event):
        return None
    if mail.kind == GOOD_NEWS and not _is_good_news_still(session, mail, now):
        return None
    return Content(values=_values(context, session, mail, event, commenter, now), why=WHY)


def compose_edit_approved(
    context: MailContext, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """A change of a published comment is public now."""
    event, commenter = _addressed(context, session, mail)
    if event is None or commenter is None or not _is_good_news_still(session, mail, now):
        return None
    if event.comment.published_revision_id != event.revision_id or was_told(
        session, mail, event, of=EDIT_KINDS
    ):
        return None
    return Content(values=_values(context, session, mail, event, commenter, now), why=WHY)


def compose_edit_declined(
    context: MailContext, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """A change of a published comment was refused; what was public stays so."""
    event, commenter = _addressed(context, session, mail)
    if event is None or commenter is None:
        return None
    if event.revision is None or event.revision.state is not RevisionState.DECLINED:
        return None
    if was_told(session, mail, event, of=EDIT_KINDS):
        return None
    return Content(values=_values(context, session, mail, event, commenter, now), why=WHY)


def _is_good_news_still(session: Session, mail: OutboxMail, now: datetime) -> bool:
    """Whether what became public is so still, its article too, and not long ago: the mail links there."""
    return not is_stale(mail, now) and public_comment(session, mail.comment_id, now=now) is not None


def _addressed(
    context: MailContext, session: Session, mail: OutboxMail
) -> tuple[CommentEvent | None, Commenter | None]:
    """The decision, if it still stands, and the writer of the comment, if mail may go there."""
    event = session.get(CommentEvent, mail.event_id) if mail.event_id is not None else None
    commenter = recipient_of(session, mail, must_be_proven=context.confirms_email)
    if event is None or commenter is None or event.comment.commenter_id != commenter.id:
        return None, None
    if context.confirms_email and event.comment.proven_at is None:
        return None, None  # somebody else may have typed the address before the site asked for proof
    return (event, commenter) if still_stands(session, event) else (None, None)


def _values(
    context: MailContext,
    session: Session,
    mail: OutboxMail,
    event: CommentEvent,
    commenter: Commenter,
    now: datetime,
) -> dict[str, Any]:
    """What the templates of all these kinds may say. A moderator's note is for colleagues, and is not among it.

    The comment's own words go to nobody who did not prove the address: else anyone could have any words sent anywhere.
    """
    comment = event.comment
    revision = comment.published_revision if mail.kind == GOOD_NEWS else event.revision
    article = session.get_one(Article, comment.article_id)
    is_open = select(Article.id).where(Article.id == article.id, is_public(now))
    return {
        "title": article.title,
        "article_url": article_url(article.slug),
        "permalink": permalink(comment),
        "own_page": context.own_page(commenter, mail, now),
        "text": quoted(revision.html) if revision is not None and event.comment.proven_at is not None else "",
        "reason": context.reason_label(event.reason_code, context.language) if event.reason_code else None,
        "legal_ground": event.legal_ground,
        "is_automated": event.automated,
        "remark": (revision.remark or "") if revision is not None else "",
        "takes_comments": article.takes_comments(now) and session.scalar(is_open) is not None,
    }
