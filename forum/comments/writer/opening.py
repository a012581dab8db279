"""The mail with the link to a writer's own page: for whoever asks, to whom the address belongs."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.base.session import lock_key
from forum.base.signing import Signer
from forum.comments.commenters import hash_of, staying
from forum.comments.mail_age import age_of
from forum.comments.models import Comment, Commenter, Follow, State
from forum.comments.writer.links import LINK_LASTS, writer_url
from forum.mail import outbox
from forum.mail.kinds import Composer, Content
from forum.mail.models import MailState, OutboxMail

KIND = "writer_link"
"""The kind of that mail."""


def send_link(session: Session, signer: Signer, email: str, *, now: datetime) -> None:
    """Put the mail into the outbox if the address has comments here or follows a discussion. The caller commits.

    Nobody else is mailed, and one mail that still waits to be sent is enough. The same is written for every address,
    and taken back where it goes nowhere: how long the answer takes tells nobody who is known here.

    :param email: normalised.
    """
    lock_key(session, f"writer link {hash_of(signer, email)}")
    has_comments = select(Comment.id).where(
        Comment.commenter_id == Commenter.id, Comment.state != State.ERASED
    )
    follows = select(Follow.id).where(Follow.commenter_id == Commenter.id)
    is_known = has_comments.exists() | follows.exists()
    commenter = session.scalar(staying(select(Commenter).where(Commenter.email == email, is_known)))
    goes_nowhere = commenter is None or _is_waiting(session, email)
    mail = outbox.NewMail(
        key=f"{KIND}:{secrets.token_hex(16)}", kind=KIND, recipient=email, awaited=True,
        commenter_id=commenter.id if commenter is not None else None,
    )  # fmt: skip
    outbox.put(session, mail, now=now)
    if goes_nowhere:
        outbox.take_back(session, mail.key)


def link_composer(signer: Signer) -> Composer:
    """Composes mails of the kind `writer_link`, for as long as the address is here and the link works."""

    def compose(session: Session, mail: OutboxMail, now: datetime) -> Content | None:
        commenter = session.get(Commenter, mail.commenter_id)
        if commenter is None or commenter.email != mail.recipient or age_of(mail, now) >= LINK_LASTS:
            return None
        values = {"writer_url": writer_url(signer, commenter, mail.created_at), "days": LINK_LASTS.days}
        return Content(
            values=values, why=_("Somebody asked on our site for the link to the comments of this address.")
        )

    return compose


def _is_waiting(session: Session, email: str) -> bool:
    waiting = select(OutboxMail.id).where(
        OutboxMail.recipient == email, OutboxMail.kind == KIND, OutboxMail.state == MailState.WAITING
    )
    return session.scalar(waiting.limit(1)) is not None
