"""What authors are told: new comments of readers on their own articles, at once or in the morning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from forum.accounts.mail_preferences import choose, preference_of
from forum.accounts.models import Account, Cadence, MailTopic, RoleName, account_roles
from forum.articles.models import Article, Byline, Person
from forum.comments.mails.publications import newest_event
from forum.comments.models import Move
from forum.desk.mails.service import put_author_digests
from tests.comments.mails.post import OFF_TOPIC, Post, Sent
from tests.factories import AUTHOR, NOW, make_account, make_comment
from tests.factories import Person as Somebody

ZONE = ZoneInfo("Europe/Amsterdam")
MORNING = datetime(2026, 11, 21, 6, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def _wish(post: Post, cadence: Cadence) -> None:
    post.write(
        lambda s: setattr(preference_of(s, post.site.author_id, MailTopic.NEW_COMMENTS), "cadence", cadence)
    )


def _make_up(post: Post, now: datetime = MORNING) -> int:
    before = len(post.waiting("author_digest"))
    post.write(lambda s: put_author_digests(s, zone=ZONE, now=now))
    return len(post.waiting("author_digest")) - before


def _to_author(post: Post) -> list[Sent]:
    return [mail for mail in post.send() if mail.recipient == AUTHOR.email]


def _second_author(session: Session, article_id: int, other: Somebody) -> None:
    account = make_account(session, other, [RoleName.AUTHOR])
    person = Person(name=other.name, account_id=account.id)
    session.add(person)
    session.flush()
    session.add(Byline(article_id=article_id, position=99, person_id=person.id))
    preference_of(session, account.id, MailTopic.NEW_COMMENTS).cadence = Cadence.AT_ONCE


def _elsewhere(post: Post, article_id: int) -> int:
    comment_id = int(post.write(lambda s: make_comment(s, s.get_one(Article, article_id)).id))
    post.move(comment_id, Move.APPROVE)
    return comment_id


def test_an_author_has_a_digest_without_asking(both_posts: Post) -> None:
    comment_id = both_posts.site.approved()
    _make_up(both_posts)

    (mail,) = _to_author(both_posts)

    assert mail.kind == "author_digest"
    assert f"/articles/{both_posts.site.slug}/replies/new?parent={comment_id}" in mail.words.text


def test_comments_on_all_own_articles_are_in_one_mail(post: Post) -> None:
    post.site.approved()
    _elsewhere(post, post.second_article())
    _make_up(post)

    (mail,) = _to_author(post)

    assert mail.words.subject.startswith("2 ")
    assert "Een buurthuis is geen bedrijf" in mail.words.text
    assert "De bus komt niet meer" in mail.words.text


def test_a_digest_comes_once_a_day(both_posts: Post) -> None:
    both_posts.site.approved()

    made = [_make_up(both_posts, now) for now in (MORNING, MORNING + timedelta(minutes=5), MORNING + DAY)]

    assert made == [1, 0, 0]


def test_the_first_digest_goes_back_one_day(post: Post) -> None:
    old = post.site.comment()
    post.move(old, Move.APPROVE, now=NOW - DAY)

    assert _make_up(post) == 0


def test_an_own_answer_and_that_of_a_colleague_are_no_news(post: Post) -> None:
    _wish(post, Cadence.AT_ONCE)
    post.staff_reply(None)
    at_once = post.waiting("author_comment")
    _wish(post, Cadence.DAILY)

    assert at_once == []
    assert _make_up(post) == 0


def test_who_wants_it_at_once_has_one_mail_a_comment_and_no_digest(both_posts: Post) -> None:
    _wish(both_posts, Cadence.AT_ONCE)
    comment_id = both_posts.site.approved()
    made = _make_up(both_posts)

    (mail,) = _to_author(both_posts)

    assert made == 0
    assert mail.kind == "author_comment"
    assert f"/replies/new?parent={comment_id}\n" in mail.words.text


@pytest.mark.parametrize("after", [Move.UNDO, Move.REMOVE])
def test_a_comment_that_is_no_longer_public_is_not_told(post: Post, after: Move) -> None:
    _wish(post, Cadence.AT_ONCE)
    comment_id = post.site.approved()
    post.move(comment_id, after, reason=OFF_TOPIC if after is Move.REMOVE else None)

    assert _to_author(post) == []


def test_an_author_is_not_told_twice_of_a_comment_that_comes_back(both_posts: Post) -> None:
    _wish(both_posts, Cadence.AT_ONCE)
    comment_id = both_posts.site.approved()
    told = _to_author(both_posts)
    both_posts.move(comment_id, Move.REMOVE, reason=OFF_TOPIC)
    both_posts.move(comment_id, Move.UNDO)

    assert (len(told), _to_author(both_posts)) == (1, [])


def test_that_one_author_was_told_keeps_nothing_from_the_other(post: Post) -> None:
    _wish(post, Cadence.AT_ONCE)
    other = Somebody("Femke Bos", "femke.bos@redactie.example")
    post.write(lambda s: _second_author(s, post.site.article_id, other))

    post.site.approved()

    told = [mail.recipient for mail in post.send() if mail.kind == "author_comment"]
    assert told == [AUTHOR.email, other.email]


@pytest.mark.parametrize("before", [Cadence.AT_ONCE, Cadence.NEVER])
def test_a_digest_that_begins_tells_only_what_comes_after_the_choice(post: Post, before: Cadence) -> None:
    _wish(post, before)
    post.site.approved()
    post.send()
    author = Account.id == post.site.author_id
    post.write(
        lambda s: choose(
            s, s.scalars(select(Account).where(author)).one(), MailTopic.NEW_COMMENTS, Cadence.DAILY,
            newest_event=newest_event(s, until=NOW),
        )
    )  # fmt: skip

    assert _make_up(post, MORNING + DAY) == 0


def test_a_comment_that_comes_back_is_in_no_second_digest(both_posts: Post) -> None:
    comment_id = both_posts.site.approved()
    _make_up(both_posts)
    later = MORNING + timedelta(hours=2)
    both_posts.move(comment_id, Move.REMOVE, reason=OFF_TOPIC, now=later)
    both_posts.move(comment_id, Move.REOPEN, now=later)
    both_posts.move(comment_id, Move.APPROVE, now=later)

    assert _make_up(both_posts, MORNING + DAY) == 0


def test_the_authors_link_is_about_a_readers_comment(post: Post) -> None:
    _wish(post, Cadence.AT_ONCE)
    post.site.approved()

    (mail,) = _to_author(post)

    assert "je reactie" not in mail.words.text + mail.words.html


def test_who_wants_none_gets_none(post: Post) -> None:
    _wish(post, Cadence.NEVER)
    post.site.approved()

    assert (_make_up(post), _to_author(post)) == (0, [])


def test_comments_on_the_articles_of_others_are_no_news(post: Post) -> None:
    other = Somebody("Femke Bos", "femke.bos@redactie.example")
    post.write(lambda s: make_account(s, other, [RoleName.AUTHOR]))
    post.site.approved()
    _make_up(post)

    assert other.email not in {mail.recipient for mail in post.send()}


def test_two_authors_of_one_article_are_both_told(post: Post) -> None:
    other = Somebody("Femke Bos", "femke.bos@redactie.example")
    other_id = post.write(lambda s: make_account(s, other, [RoleName.AUTHOR]).id)
    post.write(lambda s: s.execute(update(Person).values(account_id=other_id)))
    _wish(post, Cadence.AT_ONCE)
    post.site.approved()
    _make_up(post)

    assert other.email in {mail.recipient for mail in post.send()}


def test_who_is_no_author_any_more_gets_nothing_that_waits(post: Post) -> None:
    post.site.approved()
    _make_up(post)
    post.write(
        lambda s: s.execute(delete(account_roles).where(account_roles.c.account_id == post.site.author_id))
    )

    assert _to_author(post) == []


def test_a_disabled_author_gets_nothing_that_waits(post: Post) -> None:
    _wish(post, Cadence.AT_ONCE)
    post.site.approved()
    post.write(lambda s: setattr(s.get_one(Account, post.site.author_id), "active", False))

    assert _to_author(post) == []


def test_the_link_in_the_mail_opens_the_answer_in_place_after_signing_in(post: Post) -> None:
    comment_id = post.site.approved()
    path = f"/articles/{post.site.slug}/replies/new?parent={comment_id}"

    guest, author = post.site.reader().get(path), post.site.author().get(path)

    assert guest.status_code == 302
    assert "/replies/new" in guest.headers["Location"]
    assert author.status_code == 200
    assert f'name="parent_id" value="{comment_id}"' in author.text
