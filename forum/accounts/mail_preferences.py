"""What mail each account of the staff has: topics that fit its roles, how often, and what holds until it chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import (
    MODERATING_ROLES,
    Account,
    Cadence,
    MailPreference,
    MailTopic,
    Role,
    RoleName,
)
from forum.base.errors import Unprocessable
from forum.base.upsert import insert_for


@dataclass(frozen=True)
class Offer:
    """What a topic offers, and to whom.

    :param default: what holds for who has not chosen.
    """

    roles: frozenset[str]
    cadences: tuple[Cadence, ...]
    default: Cadence


_OR_NONE = (Cadence.AT_ONCE, Cadence.NEVER)
OFFERS = {
    MailTopic.NEW_COMMENTS: Offer(
        frozenset({RoleName.AUTHOR.value}), (Cadence.AT_ONCE, Cadence.DAILY, Cadence.NEVER), Cadence.DAILY
    ),
    MailTopic.QUEUE: Offer(MODERATING_ROLES, _OR_NONE, Cadence.NEVER),
    MailTopic.OVERDUE: Offer(MODERATING_ROLES, _OR_NONE, Cadence.AT_ONCE),
    MailTopic.SUMMARY: Offer(MODERATING_ROLES, (Cadence.DAILY, Cadence.NEVER), Cadence.NEVER),
}
"""Every topic, in the order in which it is shown."""


class NotOffered(Unprocessable):
    """A topic that the account's roles do not have, or a cadence that the topic does not (422)."""

    message = _("Choose one of the answers that are offered.")


def topics_of(account: Account) -> tuple[MailTopic, ...]:
    """The topics that fit the roles of `account`."""
    return tuple(topic for topic, offer in OFFERS.items() if offer.roles & account.role_names)


def cadence_of(session: Session, account_id: int, topic: MailTopic) -> Cadence:
    """How often an account has mail about a topic."""
    kept = session.get(MailPreference, (account_id, topic))
    return OFFERS[topic].default if kept is None or kept.cadence is None else kept.cadence


def choose(
    session: Session, account: Account, topic: MailTopic, cadence: Cadence, *, newest_event: int
) -> None:
    """Set how often `account` has mail about a topic. The caller commits.

    :param newest_event: the id of the newest event: a digest that begins by this choice tells what comes after it.
    :raises NotOffered: not this topic for these roles, or not so often.
    """
    if topic not in topics_of(account) or cadence not in OFFERS[topic].cadences:
        raise NotOffered
    kept = preference_of(session, account.id, topic)
    if topic is MailTopic.NEW_COMMENTS and cadence is not cadence_of(session, account.id, topic):
        kept.last_event_id = newest_event
    kept.cadence = cadence


def stop(session: Session, account_id: int, topic: MailTopic) -> None:
    """No more mail about a topic, whatever the roles are now. The caller commits."""
    preference_of(session, account_id, topic).cadence = Cadence.NEVER


def preference_of(session: Session, account_id: int, topic: MailTopic) -> MailPreference:
    """The row of an account and a topic, made when there is none. The caller commits."""
    row = {"account_id": account_id, "topic": topic}
    statement = insert_for(session.get_bind().dialect.name, MailPreference).on_conflict_do_nothing()
    session.connection().execute(statement, row)
    return session.get_one(MailPreference, (account_id, topic))


def find_recipient(
    session: Session, account_id: int | None, email: str | None, topic: MailTopic
) -> Account | None:
    """The account that a mail about a topic was made for, if it still has that address, the role and the wish."""
    account = session.get(Account, account_id) if account_id is not None else None
    if account is None or not account.active or account.email != email or topic not in topics_of(account):
        return None
    return account if cadence_of(session, account.id, topic) is not Cadence.NEVER else None


def subscribers(session: Session, topic: MailTopic, cadence: Cadence) -> Sequence[Account]:
    """The accounts that have mail about a topic this often: active ones with the role, invitations left out."""
    offer = OFFERS[topic]
    accounts = session.scalars(
        select(Account)
        .where(
            Account.active,
            Account.password.is_not(None),
            Account.roles.any(Role.name.in_(sorted(offer.roles))),
        )
        .order_by(Account.id)
    ).all()
    return [account for account in accounts if cadence_of(session, account.id, topic) is cadence]
