"""Everything that somebody is told of by mail, but accounts and the proof of an address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.orm import Session

from forum.accounts.mail_preferences import preference_of
from forum.accounts.models import Cadence, MailTopic
from forum.comments.following.service import ask_to_confirm
from forum.comments.mails.digests import put_digests
from forum.comments.models import CommentRevision, Move
from forum.desk.mails.service import put_author_digests
from forum.moderation.queue_mails.service import put_overdue_mails, put_queue_mails, put_summaries
from tests.comments.mails.post import NEIGHBOUR, OFF_TOPIC, Post, Sent
from tests.factories import NOW, Person

ZONE = ZoneInfo("Europe/Amsterdam")
MORNING = datetime(2026, 11, 21, 6, 10, tzinfo=UTC)
FOLLOWER = Person("Joost Prins", "joost.prins@lezers.example")
NEWCOMER = Person("Bram Smit", "bram.smit@lezers.example")
HOSTILE = "Lees <a href='https://kwaad.example'>dit</a>, of mail wethouder@gemeente.example over https://kwaad.example/x."


def every_mail(post: Post, words: str = HOSTILE) -> list[Sent]:
    """Let everything happen that somebody is told of; what goes out then.

    :param words: what the comments say.
    """
    _wish_for_everything(post)
    refused, returned = post.site.comment(source=words), post.site.comment(source=words + " Echt.")
    post.move(refused, Move.REJECT, reason=OFF_TOPIC)
    post.write(lambda session: session.execute(update(CommentRevision).values(remark="Noem je bron.")))
    post.move(returned, Move.RETURN)
    parent = post.site.approved(source=words, notify_replies=True)
    post.follow(NEIGHBOUR, Cadence.DAILY)
    post.site.approved(source=words, parent_id=parent, name="www.kwaad.example", email=NEWCOMER.email)
    sent = post.send()
    post.edit(parent, words + " Nog eens.")
    post.move(parent, Move.REJECT, reason=OFF_TOPIC)
    sent += post.send()
    post.edit(parent, words + " En nog eens.")
    post.move(parent, Move.APPROVE)
    sent += post.send()
    removed = post.site.approved(source="Dit was te veel.", name="Noor")
    post.move(removed, Move.REMOVE, reason=OFF_TOPIC)
    post.site.comment(source=words + " Ik wacht.")
    return sent + _made_up(post)


def _wish_for_everything(post: Post) -> None:
    post.prove()
    post.follow(FOLLOWER, Cadence.AT_ONCE)
    for account_id, topic, cadence in (
        (post.site.author_id, MailTopic.NEW_COMMENTS, Cadence.AT_ONCE),
        (post.site.moderator_id, MailTopic.QUEUE, Cadence.AT_ONCE),
        (post.site.moderator_id, MailTopic.SUMMARY, Cadence.DAILY),
    ):
        post.write(partial(_wish, account_id=account_id, topic=topic, cadence=cadence))


def _wish(session: Session, *, account_id: int, topic: MailTopic, cadence: Cadence) -> None:
    preference_of(session, account_id, topic).cadence = cadence


def _made_up(post: Post) -> list[Sent]:
    """What jobs make up, and what is asked for."""
    post.write(
        lambda s: setattr(preference_of(s, post.site.author_id, MailTopic.NEW_COMMENTS), "cadence", None)
    )
    post.write(lambda s: ask_to_confirm(s, NEWCOMER.email, post.site.article_id, Cadence.WEEKLY, now=NOW))
    post.write(lambda s: put_digests(s, post.site.article_id, Cadence.DAILY, zone=ZONE, now=MORNING))
    post.write(lambda s: put_author_digests(s, zone=ZONE, now=MORNING))
    post.write(lambda s: put_queue_mails(s, now=MORNING))
    post.write(lambda s: put_overdue_mails(s, alarm_after=timedelta(hours=1), now=MORNING))
    post.write(lambda s: put_summaries(s, zone=ZONE, now=MORNING))
    post.clock.now += timedelta(hours=24)  # by the site's setting, too, something waits too long
    return post.send()
