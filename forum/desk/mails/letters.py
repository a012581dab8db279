"""Mails to authors: what they say. Their links lead to the answer form, by way of signing in."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.mail_preferences import find_recipient
from forum.accounts.models import MailTopic
from forum.articles.models import Article
from forum.base.signing import Signer
from forum.comments.mail_age import is_stale
from forum.comments.mails.answers import public_comment, told
from forum.comments.mails.context import article_url
from forum.comments.mails.publications import read_news
from forum.comments.mails.truth import knows_of_comment
from forum.comments.models import Comment
from forum.comments.unsubscribing.links import topic_url
from forum.desk.mails.service import by_readers_for
from forum.desk.service import own_articles
from forum.mail.kinds import Content, register_mail
from forum.mail.models import OutboxMail

WHY = _(
    "You get this mail because your name stands above the article. You choose what you get at “My mail” on your desk."
)
_TOPIC = MailTopic.NEW_COMMENTS


def compose_author_comment(
    signer: Signer, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """One new comment on an own article."""
    account = find_recipient(session, mail.account_id, mail.recipient, _TOPIC)
    comment = public_comment(session, mail.comment_id, now=now)
    if account is None or comment is None or is_stale(mail, now) or knows_of_comment(session, mail):
        return None
    article = session.scalar(select(Article).where(Article.id == comment.article_id, own_articles(account)))
    if article is None:
        return None
    return Content(
        values={"title": article.title, "comment": _shown(comment, article), "desk_url": _desk_url()},
        language=account.locale,
        unsubscribe_url=topic_url(signer, account, _TOPIC),
        why=WHY,
    )


def compose_author_digest(
    signer: Signer, session: Session, mail: OutboxMail, now: datetime
) -> Content | None:
    """What is new on all own articles."""
    account = find_recipient(session, mail.account_id, mail.recipient, _TOPIC)
    if account is None or is_stale(mail, now):
        return None
    news = read_news(
        session,
        by_readers_for(account),
        after=mail.facts["after"],
        upto=mail.facts["upto"],
        now=now,
    )
    if news is None:
        return None
    return Content(
        values={
            "comments": [_shown(comment, article) for comment, article in news.comments],
            "total": len(news.comments) + news.more,
            "more": news.more,
            "desk_url": _desk_url(),
        },
        language=account.locale,
        unsubscribe_url=topic_url(signer, account, _TOPIC),
        why=WHY,
    )


def register_author_mails(app: Flask, signer: Signer) -> None:
    """Have the composers of this module speak in the mails of `app`."""
    register_mail(app, "author_comment", partial(compose_author_comment, signer))
    register_mail(app, "author_digest", partial(compose_author_digest, signer))


def _shown(comment: Comment, article: Article) -> dict[str, Any]:
    """A comment with the article that it stands below, and where it is answered."""
    return told(comment) | {
        "title": article.title,
        "article_url": article_url(article.slug),
        "reply_url": url_for("desk.new_reply", slug=article.slug, parent=comment.id, _external=True),
    }


def _desk_url() -> str:
    return url_for("desk.home", _external=True)
