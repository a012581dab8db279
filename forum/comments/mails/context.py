"""What every composer of mails to readers needs beside the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from forum.base.signing import Signer
from forum.comments.mail_age import link_begins_at
from forum.comments.models import Comment, Commenter
from forum.comments.writer.links import writer_url
from forum.mail.models import OutboxMail


@dataclass(frozen=True, kw_only=True)
class MailContext:
    """What composers need.

    :param language: of the readers' mails.
    :param confirms_email: whether addresses are proven here; then an unproven one gets no mail of these kinds.
    :param reason_label: a reason's code and a language → what it is called.
    """

    signer: Signer
    language: str
    confirms_email: bool
    reason_label: Callable[[str, str], str]

    def own_page(self, commenter: Commenter, mail: OutboxMail, now: datetime) -> str:
        """The link to the recipient's own page, which works however late the mail leaves."""
        return writer_url(self.signer, commenter, link_begins_at(mail, now))


def permalink(comment: Comment) -> str:
    """The full address of a comment in its discussion."""
    return url_for("comments.permalink", comment_id=comment.id, _external=True)


def article_url(slug: str) -> str:
    """The full address of an article."""
    return url_for("pages.article_page", slug=slug, _external=True)
