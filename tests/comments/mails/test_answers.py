"""Mail about one new comment: to whom it answers, and to those who follow each comment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from forum.accounts.models import Cadence
from forum.articles.models import Article, ArticleState
from forum.base.session import db
from forum.comments import lifecycle
from forum.comments.following.service import unfollow
from forum.comments.models import Comment, Move
from forum.mail.models import OutboxMail
from forum.mail.queue import LEASE
from tests.comments.mails.post import NEIGHBOUR, OFF_TOPIC, Post, Sent
from tests.conftest import AppFactory
from tests.factories import AUTHOR, NOW, READER, Person, make_comment, make_site

NEWS = {"reply", "follow_comment"}
THIRD = Person("Joost Prins", "joost.prins@lezers.example")


def _news(post: Post) -> list[tuple[str, str]]:
    return [(mail.kind, mail.recipient) for mail in post.send() if mail.kind in NEWS]


def _asked(post: Post, **values: object) -> int:
    """A published comment whose writer wants to know of answers; mail about it was sent."""
    comment_id = post.site.approved(notify_replies=True, **values)
    post.send()
    return comment_id


def _answer(post: Post, parent_id: int, person: Person = NEIGHBOUR, **values: object) -> int:
    return post.site.approved(name=person.name, email=person.email, parent_id=parent_id, **values)


def test_the_writer_is_told_of_an_answer(both_posts: Post) -> None:
    parent_id = _asked(both_posts)
    _answer(both_posts, parent_id)

    assert _news(both_posts) == [("reply", READER.email)]


def test_an_answer_by_an_author_is_told_too(post: Post) -> None:
    parent_id = _asked(post)
    post.staff_reply(parent_id)

    (mail,) = post.send()

    assert (mail.kind, mail.recipient) == ("reply", READER.email)
    assert AUTHOR.name in mail.words.text
    assert "De auteur van het artikel schreef dit." in mail.words.text


def test_what_a_reader_wrote_is_not_said_to_be_the_authors(post: Post) -> None:
    parent_id = _asked(post)
    _answer(post, parent_id)

    (mail,) = (sent for sent in post.send() if sent.kind == "reply")

    assert "schreef dit" not in mail.words.text
    assert "schreef dit" not in mail.words.html


def test_who_did_not_ask_is_not_told(post: Post) -> None:
    parent_id = post.site.approved(notify_replies=False)
    _answer(post, parent_id)

    assert _news(post) == []


def test_an_own_answer_is_no_news(post: Post) -> None:
    parent_id = _asked(post)
    _answer(post, parent_id, READER)

    assert _news(post) == []


def test_an_answer_is_told_only_once_it_is_approved(post: Post) -> None:
    parent_id = _asked(post)
    answer_id = post.site.comment(name=NEIGHBOUR.name, email=NEIGHBOUR.email, parent_id=parent_id)
    before = post.send_kinds()
    post.move(answer_id, Move.APPROVE)

    assert before == []
    assert _news(post) == [("reply", READER.email)]


@pytest.mark.parametrize("after", [Move.UNDO, Move.REMOVE, Move.SPAM, Move.WITHDRAW, Move.ERASE])
def test_an_answer_that_is_no_longer_public_is_told_to_nobody(post: Post, after: Move) -> None:
    parent_id = _asked(post)
    post.follow(THIRD, Cadence.AT_ONCE)
    answer_id = _answer(post, parent_id)
    by = lifecycle.COMMENTER if after in {Move.WITHDRAW, Move.ERASE} else None
    post.move(answer_id, after, by=by, reason=OFF_TOPIC if after is Move.REMOVE else None)

    assert _news(post) == []


def test_an_answer_is_told_once_however_often_it_is_approved(post: Post) -> None:
    parent_id = _asked(post)
    post.follow(THIRD, Cadence.AT_ONCE)
    answer_id = _answer(post, parent_id)
    first = _news(post)
    post.move(answer_id, Move.REMOVE, reason=OFF_TOPIC)
    post.move(answer_id, Move.UNDO)

    assert first == [("reply", READER.email), ("follow_comment", THIRD.email)]
    assert _news(post) == []


def test_an_answer_whose_first_approval_was_undone_is_told_after_the_second(post: Post) -> None:
    parent_id = _asked(post)
    answer_id = _answer(post, parent_id)
    post.move(answer_id, Move.UNDO)
    post.move(answer_id, Move.APPROVE)

    assert _news(post) == [("reply", READER.email)]


def test_who_no_longer_wants_answers_gets_none_that_wait(post: Post) -> None:
    parent_id = _asked(post)
    _answer(post, parent_id)
    post.write(lambda session: session.execute(update(Comment).values(notify_replies=False)))

    assert _news(post) == []


def test_an_answer_below_an_article_that_was_taken_down_is_told_to_nobody(post: Post) -> None:
    parent_id = _asked(post)
    _answer(post, parent_id)
    post.write(lambda session: session.execute(update(Article).values(state=ArticleState.DRAFT)))

    assert _news(post) == []


def test_answers_go_to_proven_addresses_only_where_addresses_are_proven(
    sqlite_url: str, make_app: AppFactory
) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always")))
    parent_id = _asked(post)
    _answer(post, parent_id)

    assert _news(post) == []


def test_a_follower_has_mail_of_each_comment(both_posts: Post) -> None:
    both_posts.follow(THIRD, Cadence.AT_ONCE)
    both_posts.site.approved()

    assert _news(both_posts) == [("follow_comment", THIRD.email)]


def test_a_follower_has_no_mail_of_own_comments(post: Post) -> None:
    post.follow(READER, Cadence.AT_ONCE)
    post.site.approved()

    assert _news(post) == []


def test_an_answer_to_a_follower_is_told_once(post: Post) -> None:
    parent_id = _asked(post)
    post.follow(READER, Cadence.AT_ONCE)
    _answer(post, parent_id)

    assert _news(post) == [("reply", READER.email)]


def test_a_follower_who_no_longer_wants_answers_hears_of_one_as_of_any_comment(post: Post) -> None:
    parent_id = _asked(post)
    post.follow(READER, Cadence.AT_ONCE)
    _answer(post, parent_id)
    post.write(lambda session: session.execute(update(Comment).values(notify_replies=False)))

    assert _news(post) == [("follow_comment", READER.email)]


def test_a_follower_whose_address_somebody_else_typed_hears_of_the_answer(
    sqlite_url: str, make_app: AppFactory
) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always")))
    parent_id = _asked(post)
    post.follow(READER, Cadence.AT_ONCE)
    _answer(post, parent_id)

    assert _news(post) == [("follow_comment", READER.email)]


def test_the_mail_to_a_follower_leaves_when_it_is_known_whether_the_one_about_the_answer_did(
    post: Post,
) -> None:
    parent_id = _asked(post)
    post.follow(READER, Cadence.AT_ONCE)
    post.follow(THIRD, Cadence.AT_ONCE)
    _answer(post, parent_id)

    with post.site.app.app_context():
        mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind.in_(NEWS)))
        due = {(mail.kind, mail.recipient): mail.due_at - NOW for mail in mails}

    assert due.pop(("follow_comment", READER.email)) > LEASE
    assert due == {("reply", READER.email): timedelta(), ("follow_comment", THIRD.email): timedelta()}


@pytest.mark.parametrize("cadence", [Cadence.DAILY, Cadence.WEEKLY])
def test_who_follows_day_by_day_has_no_mail_at_once(post: Post, cadence: Cadence) -> None:
    post.follow(THIRD, cadence)
    post.site.approved()

    assert _news(post) == []


def test_a_follower_of_another_article_hears_nothing(post: Post) -> None:
    post.follow(THIRD, Cadence.AT_ONCE)
    other_id = post.second_article()
    comment_id = post.write(lambda session: make_comment(session, session.get_one(Article, other_id)).id)
    post.move(comment_id, Move.APPROVE)

    assert _news(post) == []


@pytest.mark.parametrize("values", [{"proven_at": None}, {"mail_stopped_at": NOW}])
def test_a_follower_without_a_proven_address_or_without_mail_gets_none(
    post: Post, values: dict[str, object]
) -> None:
    post.follow(THIRD, Cadence.AT_ONCE)
    post.change(THIRD, **values)
    post.site.approved()

    assert [kind for kind in post.waiting() if kind in NEWS] == []


def test_who_follows_no_longer_gets_nothing_that_waits(post: Post) -> None:
    follow_id = post.follow(THIRD, Cadence.AT_ONCE)
    post.site.approved()
    follow = post.follow_of(follow_id)
    post.write(lambda session: unfollow(session, follow.commenter_id, follow.article_id))

    assert _news(post) == []


def test_mail_about_answers_and_follows_can_be_unsubscribed(post: Post) -> None:
    parent_id = _asked(post)
    post.follow(THIRD, Cadence.AT_ONCE)
    _answer(post, parent_id)

    links = {mail.kind: mail.words.unsubscribe_url for mail in post.send() if mail.kind in NEWS}

    assert links.keys() == NEWS
    assert all(link and "/unsubscribe/" in link for link in links.values())
    assert len(set(links.values())) == 2


def test_a_visitors_name_stands_in_no_subject(post: Post) -> None:
    parent_id = _asked(post)
    post.follow(THIRD, Cadence.AT_ONCE)
    _answer(post, parent_id, Person("Bcc: iedereen", NEIGHBOUR.email))

    mails = post.send()

    assert len(mails) == 3
    assert not any("Bcc" in mail.words.subject for mail in mails)


def test_visitors_can_put_no_link_and_no_markup_into_anothers_mail(post: Post) -> None:
    parent_id = _asked(post)
    hostile = (
        "Kijk op <b>https://kwaad.example/pad</b> of [hier](https://kwaad.example) of www.kwaad.example."
    )
    _answer(post, parent_id, Person("www.kwaad.example", NEIGHBOUR.email), source=hostile)

    mail = _reply(post)

    assert "kwaad[.]example" in mail.words.text
    assert "kwaad.example" not in mail.words.text + mail.words.html + mail.words.subject
    assert "<b>https" not in mail.words.html


def test_an_address_in_a_visitors_text_is_left_out(post: Post) -> None:
    parent_id = _asked(post)
    _answer(post, parent_id, source="Mail gerust naar wethouder@gemeente.example, die weet meer.")

    mail = _reply(post)

    assert "wethouder@" not in mail.words.text + mail.words.html
    assert NEIGHBOUR.email not in mail.words.text + mail.words.html


def test_a_long_text_is_quoted_from_its_beginning(post: Post) -> None:
    parent_id = _asked(post)
    _answer(post, parent_id, source="woord " * 1_500 + "einde")

    mail = _reply(post)

    assert len(mail.words.text) < 2_500
    assert "einde" not in mail.words.text


def _reply(post: Post) -> Sent:
    return next(mail for mail in post.send() if mail.kind == "reply")
