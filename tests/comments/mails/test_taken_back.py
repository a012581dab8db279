"""Decisions that are taken back, and what comes back: each is told when it stands, and once."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from forum.accounts.models import Cadence
from forum.comments.models import Comment, CommentRevision, Move
from forum.mail.models import OutboxMail
from tests.comments.mails.post import NEIGHBOUR, OFF_TOPIC, Post
from tests.conftest import AppFactory
from tests.factories import NOW, make_site

DECIDED = [
    pytest.param("refused", Move.REJECT, id="refused"),
    pytest.param("returned", Move.RETURN, id="returned"),
]


def _decide(post: Post, comment_id: int, kind: Move) -> None:
    post.move(comment_id, kind, reason=OFF_TOPIC if kind in {Move.REJECT, Move.REMOVE} else None)


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
    if is_dropped:
        both_posts.write(lambda s: s.execute(delete(OutboxMail).where(OutboxMail.kind == "removed")))
        both_posts.send()

    both_posts.move(comment_id, Move.UNDO)

    assert sorted(both_posts.send_kinds()) == ["approved", "follow_comment"]


@pytest.mark.parametrize("way_back", [(Move.UNDO,), (Move.REOPEN, Move.APPROVE)])
def test_what_comes_back_is_no_news_for_who_follows_since(post: Post, way_back: tuple[Move, ...]) -> None:
    comment_id = post.site.approved()
    post.send()
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    _decide(post, comment_id, Move.REMOVE)

    for move in way_back:
        post.move(comment_id, move)

    assert "follow_comment" not in post.send_kinds()


def test_an_undone_removal_says_nothing_once_the_log_of_mails_is_gone(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    comment_id = post.site.approved()
    post.send()
    post.write(lambda s: s.execute(delete(OutboxMail)))
    _decide(post, comment_id, Move.REMOVE)

    post.move(comment_id, Move.UNDO)

    assert post.send_kinds() == []


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
