"""The mail that asks whether an address wants to follow a discussion. It holds nothing that a visitor typed."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.articles.loaders import is_public
from forum.articles.models import Article
from forum.comments.following.service import LINK_LASTS, link_token
from forum.comments.mail_age import age_of
from forum.comments.mails.context import MailContext, article_url
from forum.comments.models import Commenter
from forum.mail.kinds import Content
from forum.mail.models import OutboxMail


def compose_follow_confirm(
    context: MailContext, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """Asks to press a button, while its link works. Somebody who stopped all mail gets it too: it was asked for."""
    if age_of(mail, now) >= LINK_LASTS:
        return None
    commenter = session.get(Commenter, mail.commenter_id)
    article = session.scalar(select(Article).where(Article.id == mail.facts["article"], is_public(now)))
    if commenter is None or commenter.email != mail.recipient or article is None:
        return None
    cadence = Cadence(mail.facts["cadence"])
    token = link_token(context.signer, commenter, article.id, cadence, now=mail.created_at)
    return Content(
        values={
            "title": article.title,
            "article_url": article_url(article.slug),
            "confirm_url": url_for("following.confirm_page", token=token, _external=True),
            "cadence": cadence.value,
            "days": LINK_LASTS.days,
        },
        why=_("Somebody filled in this e-mail address to follow a discussion on our site."),
    )
