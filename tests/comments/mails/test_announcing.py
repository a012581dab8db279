"""Which event puts which mail into the outbox, for whom, and under which key."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.comments import lifecycle
from forum.comments.lifecycle import NewText
from forum.comments.models import Comment, Follow, Move, State
from forum.mail.models import MailState, OutboxMail
from forum.mail.outbox import NewMail, put, put_many
from tests.comments.mails.post import NEIGHBOUR, OFF_TOPIC, Post
from tests.factories import NOW, READER, Person

MANY = [Person(f"Lezer {n}", f"lezer{n}@lezers.example") for n in range(20)]
TEXT = NewText("Een betere tekst.", "<p>Een betere tekst.</p>")


def _mails(post: Post) -> list[OutboxMail]:
    return list(post.read(lambda s: s.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()))


def _move_with_text(session: Session, comment_id: int, kind: Move, by: lifecycle.Actor) -> None:
    comment = session.get_one(Comment, comment_id)
    lifecycle.move(session, comment, kind, by=by, version=comment.version, now=NOW, text=TEXT)


@pytest.mark.parametrize("kind", [Move.PICK, Move.UNPICK])
def test_a_flag_on_a_published_comment_is_no_news(post: Post, kind: Move) -> None:
    comment_id = post.site.approved()
    post.send()
    post.move(comment_id, kind)

    assert post.waiting() == []


def test_a_text_that_staff_changed_is_no_mail(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()
    by = lifecycle.staff(post.site.moderator_id)
    post.write(lambda s: _move_with_text(s, comment_id, Move.REDACT, by))

    assert post.waiting() == []


@pytest.mark.parametrize("kind", [Move.SPAM, Move.REMOVE])
def test_a_follower_is_not_told_that_something_went(post: Post, kind: Move) -> None:
    comment_id = post.site.approved()
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    post.send()
    post.move(comment_id, kind, reason=OFF_TOPIC)

    assert "follow_comment" not in post.waiting()


def test_a_comment_that_is_sent_in_tells_nobody(both_posts: Post) -> None:
    both_posts.follow(NEIGHBOUR, Cadence.AT_ONCE)
    both_posts.site.comment()

    assert both_posts.waiting() == []


def test_a_resubmission_is_decided_and_told_like_a_new_comment(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.RETURN)
    returned = post.send_kinds()
    post.write(lambda s: _move_with_text(s, comment_id, Move.RESUBMIT, lifecycle.COMMENTER))
    post.move(comment_id, Move.APPROVE)

    assert returned == ["returned"]
    assert post.send_kinds() == ["approved"]


def test_a_return_that_was_answered_within_the_delay_is_not_sent(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.RETURN)
    post.write(lambda s: _move_with_text(s, comment_id, Move.RESUBMIT, lifecycle.COMMENTER))

    assert post.send_kinds() == []


def test_every_follower_has_a_mail_with_a_key_of_its_own(both_posts: Post) -> None:
    for person in MANY:
        both_posts.follow(person, Cadence.AT_ONCE)
    both_posts.site.approved()

    mails = [mail for mail in _mails(both_posts) if mail.kind == "follow_comment"]

    assert {mail.recipient for mail in mails} == {person.email for person in MANY}
    assert len({mail.key for mail in mails}) == len(MANY)
    assert len({mail.event_id for mail in mails}) == 1


def test_an_undo_stops_all_that_waits_of_the_event_and_nothing_else(both_posts: Post) -> None:
    for person in MANY[:3]:
        both_posts.follow(person, Cadence.AT_ONCE)
    kept = both_posts.site.approved(source="Deze blijft staan.")
    undone = both_posts.site.approved()
    both_posts.move(undone, Move.UNDO)

    states = {(mail.comment_id, mail.state) for mail in _mails(both_posts)}

    assert states == {(kept, MailState.WAITING), (undone, MailState.STOPPED)}


def test_what_was_rolled_back_put_no_mail(both_posts: Post) -> None:
    comment_id = both_posts.site.comment()

    with pytest.raises(RuntimeError):
        both_posts.write(_approve_and_fail(both_posts, comment_id))

    assert both_posts.waiting() == []


def _approve_and_fail(post: Post, comment_id: int) -> Callable[[Session], Any]:
    def do(session: Session) -> None:
        comment = session.get_one(Comment, comment_id)
        by = lifecycle.staff(post.site.moderator_id)
        lifecycle.move(session, comment, Move.APPROVE, by=by, version=comment.version, now=NOW)
        assert comment.state is State.APPROVED
        raise RuntimeError("the power is gone")

    return do


def test_the_outbox_holds_no_text_and_no_name(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    post.site.approved()

    stored = [f"{mail.key} {mail.kind} {mail.facts}" for mail in _mails(post)]

    assert stored
    assert not any(READER.name in row or "buurthuis" in row or "@" in row for row in stored)


def test_the_same_mail_put_twice_among_many_is_one(both_posts: Post) -> None:
    mails = [NewMail(key=key, kind="approved", recipient=READER.email) for key in ("a", "b", "a")]

    both_posts.write(lambda s: put_many(s, mails, now=NOW))
    both_posts.write(lambda s: put(s, mails[1], now=NOW))
    both_posts.write(lambda s: put_many(s, [], now=NOW))

    assert [mail.key for mail in _mails(both_posts)] == ["a", "b"]


def test_who_follows_twice_at_the_same_moment_follows_once(both_posts: Post) -> None:
    barrier = Barrier(4)

    def follow_together() -> None:
        barrier.wait()
        both_posts.follow(NEIGHBOUR, Cadence.DAILY)

    threads = [Thread(target=follow_together) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    count = both_posts.read(lambda s: s.scalar(select(func.count()).select_from(Follow)))
    assert count == 1
