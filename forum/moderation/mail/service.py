"""The outbox as admins see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.base.errors import Conflict, NotFound
from forum.base.signing import Signer
from forum.mail.models import MailState, OutboxMail
from forum.mail.suppression import STOPPED_BECAUSE, lift
from forum.moderation.loaders import shown_to_moderators

PER_PAGE = 50
_LINK = re.compile(r"https?://[^\s<>\"]+")


class NotSentAgain(Conflict):
    """A mail that has not failed, or no longer (409)."""

    message = _("Only a mail that failed can be sent again. Look how it stands now.")


@dataclass(frozen=True)
class MailPage:
    """One page of the mails in a state, newest first.

    :ivar next_key: the key of the page after it; keys are mail ids.
    :ivar readable: the comments named on it that moderators may see; the page of another is not there.
    """

    items: Sequence[OutboxMail]
    counts: dict[MailState, int]
    next_key: int | None
    readable: frozenset[int]


@dataclass(frozen=True)
class Words:
    """A stretch of a mail's text; `href` when it is a link to this site."""

    text: str
    href: str | None


def read_mails(session: Session, state: MailState, *, comment_id: int | None, before: int | None) -> MailPage:
    """One page, and how many stand in each state.

    :param comment_id: only mails about this comment.
    :param before: the key of the last item of the page before.
    """
    statement = select(OutboxMail).where(OutboxMail.state == state).order_by(OutboxMail.id.desc())
    counting = select(OutboxMail.state, func.count()).group_by(OutboxMail.state)
    if comment_id is not None:
        statement = statement.where(OutboxMail.comment_id == comment_id)
        counting = counting.where(OutboxMail.comment_id == comment_id)
    if before is not None:
        statement = statement.where(OutboxMail.id < before)
    rows = session.scalars(statement.limit(PER_PAGE + 1)).all()
    items = rows[:PER_PAGE]
    counts = dict(session.execute(counting).all())
    next_key = items[-1].id if len(rows) > PER_PAGE else None
    named = {found for found in (comment_id, *(mail.comment_id for mail in items)) if found is not None}
    return MailPage(items, counts, next_key, shown_to_moderators(session, named))


def get_mail(session: Session, mail_id: int) -> OutboxMail:
    """A mail of the outbox. :raises NotFound: there is none (any more)."""
    mail = session.get(OutboxMail, mail_id)
    if mail is None:
        raise NotFound
    return mail


def can_be_sent_again(mail: OutboxMail) -> bool:
    """Whether it failed, or was stopped only because its address had failed."""
    is_refused = mail.state is MailState.STOPPED and mail.last_answer == STOPPED_BECAUSE
    return mail.recipient is not None and (mail.state is MailState.FAILED or is_refused)


def send_again(session: Session, signer: Signer, mail_id: int, *, now: datetime) -> None:
    """Try a failed mail anew, all attempts from the start; its address takes mail again. The caller commits.

    :raises NotFound: there is no such mail.
    :raises NotSentAgain: it waits, was sent, or is no longer wanted.
    """
    mail = session.get(OutboxMail, mail_id, populate_existing=True, with_for_update=True)
    if mail is None:
        raise NotFound
    if not can_be_sent_again(mail) or mail.recipient is None:
        raise NotSentAgain
    lift(session, signer, mail.recipient)
    mail.state, mail.attempts, mail.due_at, mail.sent_at = MailState.WAITING, 0, now, None
    mail.lease = mail.leased_until = None


def with_links(text: str, base_url: str) -> list[Words]:
    """The text of a mail in stretches: links to pages of this site, and all that is none."""
    parts: list[Words] = []
    end = 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(".,;:)")
        if address == base_url or address.startswith(f"{base_url}/"):
            parts += [Words(text[end : found.start()], None), Words(address, address)]
            end = found.start() + len(address)
    return [part for part in [*parts, Words(text[end:], None)] if part.text]
