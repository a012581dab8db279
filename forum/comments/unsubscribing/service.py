"""Ending a subscription by the link in a mail, and taking it up again. Twice is as once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from forum.accounts import mail_preferences
from forum.accounts.models import Account, Cadence, MailTopic
from forum.articles.models import Article
from forum.base.signing import Signer
from forum.comments.commenters import get_marked_commenter, lock_anew
from forum.comments.following.service import CADENCES, find_follow, follow, unfollow
from forum.comments.mails.publications import newest_event
from forum.comments.models import Comment, Commenter
from forum.comments.unsubscribing.links import Ticket, What, account_mark


class Choice(StrEnum):
    """What somebody chose on the page."""

    THIS = "this"
    ALL = "all"
    AGAIN = "again"


@dataclass(frozen=True)
class Standing:
    """What the page shows of a link.

    :param title: of the article that it is about.
    :param topic: of staff's mail.
    :param is_known: whether the address is still here.
    :param has_this: whether mail of just this kind still comes.
    :param has_any: whether anything can come to this address at all.
    :param cadence: how often it comes; None when it does not, or for what has no choice.
    """

    what: What
    title: str = ""
    topic: MailTopic | None = None
    is_known: bool = True
    has_this: bool = False
    has_any: bool = False
    cadence: Cadence | None = None


def read_standing(session: Session, signer: Signer, ticket: Ticket) -> Standing:
    """How a subscription stands; of an address that is no longer here nothing comes, and nothing is told."""
    if ticket.what is What.TOPIC:
        return _of_topic(session, _account_of(session, signer, ticket), ticket)
    commenter = get_marked_commenter(session, signer, ticket.owner_id, ticket.mark)
    if commenter is None:
        return Standing(ticket.what, is_known=False)
    has_any = commenter.mail_stopped_at is None
    if ticket.what is What.FOLLOW:
        article = session.get(Article, ticket.thing)
        kept = find_follow(session, commenter.id, int(ticket.thing))
        return Standing(
            ticket.what, article.title if article else "", has_this=has_any and kept is not None, has_any=has_any,
            cadence=kept.cadence if kept else None,
        )  # fmt: skip
    comment = _own_comment(session, commenter, ticket)
    article = session.get(Article, comment.article_id) if comment else None
    has_this = has_any and comment is not None and comment.notify_replies
    return Standing(ticket.what, article.title if article else "", has_this=has_this, has_any=has_any)


def end(session: Session, signer: Signer, ticket: Ticket, choice: Choice, *, now: datetime) -> None:
    """End just this, or all mail to the address. The caller commits."""
    if ticket.what is What.TOPIC:
        account = _account_of(session, signer, ticket)
        if account is not None:
            topics = tuple(MailTopic) if choice is Choice.ALL else (ticket.topic,)
            for topic in topics:
                mail_preferences.stop(session, account.id, topic)
        return
    commenter = _held_commenter(session, signer, ticket)
    if commenter is None:
        return
    if choice is Choice.ALL:
        commenter.mail_stopped_at = commenter.mail_stopped_at or now
    elif ticket.what is What.FOLLOW:
        unfollow(session, commenter.id, int(ticket.thing))
    else:
        _set_replies(session, commenter, ticket, wanted=False)


def take_up_again(
    session: Session, signer: Signer, ticket: Ticket, cadence: Cadence | None, *, now: datetime
) -> None:
    """Have this mail again, and any mail at all if all was stopped. The caller commits.

    :param cadence: how often it came, if that is known.
    """
    if ticket.what is What.TOPIC:
        account = _account_of(session, signer, ticket)
        if account is not None:
            _choose_again(session, account, ticket.topic, cadence, now=now)
        return
    commenter = _held_commenter(session, signer, ticket)
    if commenter is None:
        return
    commenter.mail_stopped_at = None
    if ticket.what is What.REPLIES:
        _set_replies(session, commenter, ticket, wanted=True)
    elif session.get(Article, ticket.thing) is not None and commenter.proven_at is not None:
        wanted = cadence if cadence in CADENCES else Cadence.DAILY
        follow(session, commenter, int(ticket.thing), wanted, now=now)


def _of_topic(session: Session, account: Account | None, ticket: Ticket) -> Standing:
    topic = ticket.topic
    if account is None:
        return Standing(ticket.what, topic=topic, is_known=False)
    kept = {
        t: mail_preferences.cadence_of(session, account.id, t) for t in mail_preferences.topics_of(account)
    }
    cadence = kept.get(topic, Cadence.NEVER)
    has_any = any(other is not Cadence.NEVER for other in kept.values())
    return Standing(
        ticket.what, topic=topic, has_this=cadence is not Cadence.NEVER, has_any=has_any,
        cadence=cadence if cadence is not Cadence.NEVER else None,
    )  # fmt: skip


def _choose_again(
    session: Session, account: Account, topic: MailTopic, cadence: Cadence | None, *, now: datetime
) -> None:
    """As often as it came; what the roles no longer have does not come back."""
    if topic in mail_preferences.topics_of(account):
        offered = [c for c in mail_preferences.OFFERS[topic].cadences if c is not Cadence.NEVER]
        again = cadence if cadence in offered else offered[-1]
        mail_preferences.choose(session, account, topic, again, newest_event=newest_event(session, until=now))


def _account_of(session: Session, signer: Signer, ticket: Ticket) -> Account | None:
    """The account, if it still has the address that the mail went to."""
    account = session.get(Account, ticket.owner_id)
    return account if account is not None and account_mark(signer, account) == ticket.mark else None


def _held_commenter(session: Session, signer: Signer, ticket: Ticket) -> Commenter | None:
    """The reader of the link, who is not erased before the caller commits; None when they are gone."""
    found = get_marked_commenter(session, signer, ticket.owner_id, ticket.mark)
    if found is not None:
        lock_anew(session, found)
        found = get_marked_commenter(session, signer, ticket.owner_id, ticket.mark)
    return found


def _own_comment(session: Session, commenter: Commenter, ticket: Ticket) -> Comment | None:
    comment = session.get(Comment, ticket.thing)
    return comment if comment is not None and comment.commenter_id == commenter.id else None


def _set_replies(session: Session, commenter: Commenter, ticket: Ticket, *, wanted: bool) -> None:
    comment = _own_comment(session, commenter, ticket)
    if comment is not None:
        comment.notify_replies = wanted
