"""Links that end a subscription. They never expire, need no sign-in, and name no address.

A token holds what it ends (ids) and a keyed hash of the recipient's address: of somebody erased it ends nothing of who
has the id now.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from flask import url_for

from forum.accounts.models import Account, MailTopic
from forum.base.errors import DeadLink
from forum.base.signing import Signer
from forum.comments.commenters import mark_of
from forum.comments.models import Comment, Commenter, Follow

_PURPOSE = "unsubscribe"


class What(StrEnum):
    """What a link ends."""

    FOLLOW = "follow"
    REPLIES = "replies"
    TOPIC = "topic"


@dataclass(frozen=True)
class Ticket:
    """What a link says.

    :param owner_id: the commenter; for a topic the account.
    :param thing: the article that is followed, the comment whose answers are told, or the topic.
    :param mark: keyed hash of the address that the mail went to.
    """

    what: What
    owner_id: int
    thing: int | str
    mark: str

    @property
    def topic(self) -> MailTopic:
        """The topic of mail to staff; for a link of the kind `TOPIC` only."""
        return MailTopic(str(self.thing))


def follow_url(signer: Signer, follow: Follow, commenter: Commenter) -> str:
    """The link that ends a follow."""
    return _url(signer, Ticket(What.FOLLOW, commenter.id, follow.article_id, mark_of(signer, commenter)))


def replies_url(signer: Signer, comment: Comment, commenter: Commenter) -> str:
    """The link that ends mail about answers to `comment`, whose writer is `commenter`."""
    return _url(signer, Ticket(What.REPLIES, commenter.id, comment.id, mark_of(signer, commenter)))


def topic_url(signer: Signer, account: Account, topic: MailTopic) -> str:
    """The link that ends mail to staff about a topic."""
    return _url(signer, Ticket(What.TOPIC, account.id, topic.value, account_mark(signer, account)))


def account_mark(signer: Signer, account: Account) -> str:
    """A keyed hash of the address of an account."""
    return signer.keyed_hash("unsubscribe account", account.email)


def read_ticket(signer: Signer, token: str) -> Ticket:
    """What a link says.

    :raises DeadLink: it is not ours.
    """
    payload = signer.read_token(_PURPOSE, token)
    if not isinstance(payload, list) or len(payload) != 4:
        raise DeadLink
    what, owner_id, thing, mark = cast("list[int | str]", payload)
    return Ticket(What(str(what)), cast("int", owner_id), thing, str(mark))


def _url(signer: Signer, ticket: Ticket) -> str:
    payload: list[int | str] = [ticket.what.value, ticket.owner_id, ticket.thing, ticket.mark]
    return url_for("unsubscribing.page", token=signer.make_token(_PURPOSE, payload), _external=True)
