"""Decisions that are taken back, and what comes back: each is told when it stands, and once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from forum.accounts.models import Cadence
from forum.comments.announcing import NEWS_AFTER
from forum.comments.models import Comment, CommentRevision, Move, State
from forum.mail.models import MailState, OutboxMail
from tests.comments.mails.post import NEIGHBOUR, OFF_TOPIC, Post
from tests.conftest import AppFactory
from tests.factories import NOW, READER, make_site

DECIDED = [
    pytest.param("refused", Move.REJECT, id="refused"),
    pytest.param("returned", Move.RETURN, id="returned"),
]


LATER = NOW + NEWS_AFTER
TELLS_OF = {
    State.APPROVED: "approved",
    State.REJECTED: "refused",
    State.REMOVED: "removed",
    State.RETURNED: "returned",
}
TELLS = frozenset(TELLS_OF.values())
SEQUENCES = [
    "approve SEND remove SEND undo remove SEND undo",
    "approve SEND remove SEND undo spam SEND undo",
    "approve remove reopen approve remove SEND undo",
    "reject SEND reopen approve SEND undo undo",
    "return SEND reopen approve SEND undo undo",
    "approve SEND remove SEND reopen approve SEND undo undo",
    "approve edit approve remove SEND undo",
    "approve edit reject SEND remove SEND undo",
    "reject undo approve remove undo remove",
    "approve remove reopen SEND undo undo",
]
"""What a script that tried every sequence of eight found wrong once; SEND: the worker empties the outbox."""


def _decide(post: Post, comment_id: int, kind: Move, *, now: datetime = NOW) -> None:
    post.move(comment_id, kind, reason=OFF_TOPIC if kind in {Move.REJECT, Move.REMOVE} else None, now=now)


def _ask(post: Post, comment_id: int, remark: str) -> None:
    """Send a comment back with these words."""
    _decide(post, comment_id, Move.RETURN)
    of_comment = CommentRevision.comment_id == comment_id
    post.write(lambda s: s.execute(update(CommentRevision).where(of_comment).values(remark=remark)))


@pytest.mark.parametrize("is_dropped", [False, True])
@pytest.mark.parametrize(("told", "kind"), DECIDED)
def test_a_decision_that_was_reopened_by_mistake_is_told(
    both_posts: Post, told: str, kind: Move, is_dropped: bool
) -> None:
    comment_id = both_posts.site.comment()
    _decide(both_posts, comment_id, kind)
    both_posts.move(comment_id, Move.REOPEN)
    meanwhile = both_posts.send_kinds() if is_dropped else []

    both_posts.move(comment_id, Move.UNDO)

    assert (meanwhile, both_posts.send_kinds()) == ([], [told])


def test_a_decision_that_was_told_is_not_told_again_after_a_mistake(post: Post) -> None:
    comment_id = post.site.comment()
    _decide(post, comment_id, Move.REJECT)
    first = post.send_kinds()
    post.move(comment_id, Move.REOPEN)

    post.move(comment_id, Move.UNDO)

    assert (first, post.send_kinds()) == (["refused"], [])


@pytest.mark.parametrize("is_dropped", [False, True])
def test_a_publication_that_was_removed_by_mistake_is_told_to_everybody_once(
    both_posts: Post, is_dropped: bool
) -> None:
    both_posts.follow(NEIGHBOUR, Cadence.AT_ONCE)
    comment_id = both_posts.site.approved()
    _decide(both_posts, comment_id, Move.REMOVE)
    meanwhile = both_posts.send_kinds() if is_dropped else []

    both_posts.move(comment_id, Move.UNDO)

    assert meanwhile == ["removed"] * is_dropped
    assert sorted(both_posts.send_kinds()) == ["approved", "follow_comment"]


@pytest.mark.parametrize("way_back", [(Move.UNDO,), (Move.REOPEN, Move.APPROVE)])
def test_what_comes_back_is_no_news_for_who_follows_since(post: Post, way_back: tuple[Move, ...]) -> None:
    comment_id = post.site.approved()
    post.send()
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    _decide(post, comment_id, Move.REMOVE, now=LATER)

    for move in way_back:
        post.move(comment_id, move, now=LATER)

    assert "follow_comment" not in post.send_kinds()


def test_an_undone_removal_says_nothing_once_the_log_of_mails_is_gone(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    comment_id = post.site.approved()
    post.send()
    post.write(lambda s: s.execute(delete(OutboxMail)))
    _decide(post, comment_id, Move.REMOVE, now=LATER)

    post.move(comment_id, Move.UNDO, now=LATER)

    assert post.send_kinds() == []


def test_a_removal_that_was_told_is_told_as_undone_once_the_log_of_mails_is_gone(post: Post) -> None:
    comment_id = post.site.approved()
    _decide(post, comment_id, Move.REMOVE, now=LATER)
    post.send()
    post.write(lambda s: s.execute(delete(OutboxMail)))

    post.move(comment_id, Move.UNDO, now=LATER)

    assert post.send_kinds() == ["approved"]


@pytest.mark.parametrize(("was_heard", "kinds"), [(False, []), (True, ["approved"])])
def test_an_undone_removal_is_told_if_the_removal_was(post: Post, was_heard: bool, kinds: list[str]) -> None:
    comment_id = post.site.approved()
    post.edit(comment_id, "Een andere tekst.")
    post.move(comment_id, Move.APPROVE)
    post.send()
    _decide(post, comment_id, Move.REMOVE)
    if was_heard:
        post.send()

    post.move(comment_id, Move.UNDO)

    assert post.send_kinds() == kinds


@pytest.mark.parametrize("moves", SEQUENCES)
def test_after_any_decisions_and_mistakes_everybody_knows_what_is_so(post: Post, moves: str) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    comment_id = post.site.comment()
    told: list[str] = []
    for move in [*moves.split(), "SEND"]:
        if move == "SEND":
            told += post.send_kinds()
        elif move == "edit":
            post.edit(comment_id, f"Tekst {len(told)}.")
        else:
            _decide(post, comment_id, Move(move))

    state = post.read(lambda s: s.get_one(Comment, comment_id).state)
    assert [kind for kind in told if kind in TELLS][-1] == TELLS_OF[state]
    assert told.count("follow_comment") == 1 or (state is not State.APPROVED and "follow_comment" not in told)


def test_a_change_that_was_declined_before_a_mistake_is_told(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()
    post.edit(comment_id, "Een andere tekst.")
    _decide(post, comment_id, Move.REJECT)
    _decide(post, comment_id, Move.REMOVE)
    meanwhile = post.send_kinds()

    post.move(comment_id, Move.UNDO)

    assert (meanwhile, post.send_kinds()) == (["removed"], ["approved", "edit_declined"])


def test_what_comes_back_waits_for_an_undo_again(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    comment_id = post.site.approved()
    _decide(post, comment_id, Move.REMOVE)
    post.send()
    back = NOW + timedelta(minutes=5)

    post.move(comment_id, Move.UNDO, now=back)

    waits = post.read(
        lambda s: s.scalars(select(OutboxMail).where(OutboxMail.state == MailState.WAITING)).all()
    )
    assert {(mail.kind, mail.due_at, mail.waits_for_undo) for mail in waits} == {
        ("approved", back, True),
        ("follow_comment", back, True),
    }


def test_that_a_follower_heard_of_it_keeps_nothing_from_the_writer(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    comment_id = post.site.approved()
    post.change(READER, mail_stopped_at=NOW)
    others = post.send_kinds()
    post.change(READER, mail_stopped_at=None)
    _decide(post, comment_id, Move.REMOVE)

    post.move(comment_id, Move.UNDO)

    assert (others, post.send_kinds()) == (["follow_comment"], ["approved"])


def test_a_second_return_with_other_words_is_told(post: Post) -> None:
    comment_id = post.site.comment()
    _ask(post, comment_id, "Noem je bron.")
    (first,) = post.send()
    post.move(comment_id, Move.UNDO)
    _ask(post, comment_id, "Laat de laatste zin weg.")

    (second,) = post.send()

    assert ("Noem je bron." in first.words.text, "Laat de laatste zin weg." in second.words.text) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    ("verdicts", "kinds"),
    [
        ((Move.APPROVE, Move.APPROVE), ["edit_approved"]),
        ((Move.REJECT, Move.REJECT), ["edit_declined"]),
        ((Move.APPROVE, Move.REJECT), ["edit_approved", "edit_declined"]),
        ((Move.APPROVE, Move.REJECT, Move.APPROVE), ["edit_approved", "edit_declined", "edit_approved"]),
    ],
)
def test_a_verdict_on_a_change_is_told_when_it_differs_from_the_last(
    post: Post, verdicts: tuple[Move, ...], kinds: list[str]
) -> None:
    comment_id = post.site.approved()
    post.send()
    post.edit(comment_id, "Een andere tekst.")
    told = []
    for number, verdict in enumerate(verdicts):
        if number:
            post.move(comment_id, Move.UNDO)
        _decide(post, comment_id, verdict)
        told += post.send_kinds()

    assert told == kinds


def test_who_only_typed_an_address_before_proof_was_asked_causes_no_mail_to_its_owner(
    make_app: AppFactory, sqlite_url: str
) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always")))
    typed = post.site.approved(notify_replies=True)
    post.prove()
    post.write(lambda s: setattr(s.get_one(Comment, typed), "proven_at", None))

    post.staff_reply(typed)
    _decide(post, typed, Move.REMOVE)

    assert post.send_kinds() == []


def test_the_owner_hears_of_what_is_proven_to_be_theirs(make_app: AppFactory, sqlite_url: str) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always")))
    own = post.site.approved(notify_replies=True, now=NOW)
    post.prove()

    post.staff_reply(own)

    assert sorted(post.send_kinds()) == ["approved", "reply"]
