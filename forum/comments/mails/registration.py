"""Which composer speaks in which mail to readers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import Flask
from sqlalchemy.orm import Session

from forum.comments.mails import answers, confirming, decisions, digests
from forum.comments.mails.context import MailContext
from forum.comments.mails.truth import DECISION_KINDS
from forum.mail.kinds import Content, register_mail
from forum.mail.models import OutboxMail

_COMPOSERS: dict[str, Callable[[MailContext, Session, OutboxMail, datetime], Content | None]] = {
    **dict.fromkeys(DECISION_KINDS, decisions.compose_decision),
    "edit_approved": decisions.compose_edit_approved,
    "edit_declined": decisions.compose_edit_declined,
    "reply": answers.compose_reply,
    "follow_comment": answers.compose_follow_comment,
    "follow_digest": digests.compose_follow_digest,
    "follow_confirm": confirming.compose_follow_confirm,
}
"""Every kind of mail to readers of this package."""


def register_comment_mails(app: Flask, context: MailContext) -> None:
    """Have the composers of this package speak in the mails of `app`."""
    for kind, compose in _COMPOSERS.items():
        register_mail(app, kind, partial(compose, context))
