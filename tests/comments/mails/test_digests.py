"""The daily and weekly mail to followers: in the morning, of what is new, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.comments.following.service import follow, unfollow
from forum.comments.mails.digests import MadeUp, followed_articles, put_digests
from forum.comments.models import Commenter, Move
from forum.mail.mornings import last_monday, last_morning, morning_of, whole_day
from tests.comments.mails.post import NEIGHBOUR, OFF_TOPIC, Post, Sent
from tests.factories import NOW, READER

ZONE = ZoneInfo("Europe/Amsterdam")
MORNING = datetime(2026, 11, 21, 6, 10, tzinfo=UTC)
"""Saturday, ten past seven in Amsterdam, the day after NOW."""
MONDAY = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def _make_up(post: Post, now: datetime, cadence: Cadence = Cadence.DAILY) -> int:
    def made(session: Session) -> MadeUp:
        return put_digests(session, post.site.article_id, cadence, zone=ZONE, now=now)

    return int(post.write(made).mails)


def _digests(post: Post) -> list[Sent]:
    return [mail for mail in post.send() if mail.kind == "follow_digest"]


def _comments(post: Post, count: int) -> list[int]:
    return [post.site.approved(source=f"Gedachte nummer {n} over het buurthuis.") for n in range(count)]


def test_what_came_since_yesterday_is_in_one_mail(both_posts: Post) -> None:
    both_posts.follow(NEIGHBOUR, Cadence.DAILY)
    first, second = _comments(both_posts, 2)
    _make_up(both_posts, MORNING)

    (mail,) = _digests(both_posts)

    assert mail.recipient == NEIGHBOUR.email
    assert f"/comments/{first}\n" in mail.words.text
    assert f"/comments/{second}\n" in mail.words.text
    assert mail.words.unsubscribe_url is not None


def test_before_the_morning_nothing_is_made_up(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    _comments(post, 1)

    made = [_make_up(post, now) for now in (NOW + timedelta(hours=1), MORNING - timedelta(minutes=15))]

    assert made == [0, 0]


def test_however_often_the_worker_looks_it_is_one_mail_a_day(both_posts: Post) -> None:
    both_posts.follow(NEIGHBOUR, Cadence.DAILY)
    _comments(both_posts, 1)

    made = [_make_up(both_posts, MORNING + timedelta(minutes=5 * n)) for n in range(3)]

    assert made == [1, 0, 0]


def test_a_worker_that_was_away_in_the_morning_makes_it_up_later(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    _comments(post, 1)

    assert _make_up(post, MORNING + timedelta(hours=9)) == 1


def test_what_comes_after_the_morning_is_for_the_next(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY, now=MORNING)
    comment_id = post.site.comment()
    post.move(comment_id, Move.APPROVE, now=MORNING + timedelta(hours=1))

    made = [_make_up(post, now) for now in (MORNING + timedelta(hours=2), MORNING + DAY)]

    assert made == [0, 1]


def test_a_day_without_comments_brings_no_mail(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    _comments(post, 1)
    _make_up(post, MORNING)
    post.send()

    assert _make_up(post, MORNING + DAY) == 0


def test_no_comment_is_in_two_digests(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    (first,) = _comments(post, 1)
    _make_up(post, MORNING)
    post.send()
    second = post.site.comment()
    post.move(second, Move.APPROVE, now=MORNING + timedelta(hours=5))
    _make_up(post, MORNING + DAY)

    (mail,) = _digests(post)

    assert f"/comments/{second}\n" in mail.words.text
    assert f"/comments/{first}\n" not in mail.words.text


def test_what_was_removed_before_a_digest_and_approved_anew_after_it_is_in_none(post: Post) -> None:
    """Given up in decision 0015: rather not told than told twice."""
    post.follow(NEIGHBOUR, Cadence.DAILY)
    (comment_id,) = _comments(post, 1)
    post.move(comment_id, Move.REMOVE, now=NOW + timedelta(minutes=20), reason=OFF_TOPIC)
    _make_up(post, MORNING)
    before = _digests(post)
    for kind in (Move.REOPEN, Move.APPROVE):
        post.move(comment_id, kind, now=MORNING + timedelta(hours=1))

    assert _make_up(post, MORNING + DAY) == 0
    assert before == []


def test_what_was_there_before_the_follow_is_no_news(post: Post) -> None:
    _comments(post, 1)
    post.follow(NEIGHBOUR, Cadence.DAILY)

    assert _make_up(post, MORNING) == 0


def test_own_comments_are_no_news(post: Post) -> None:
    post.follow(READER, Cadence.DAILY)
    _comments(post, 1)

    assert _make_up(post, MORNING) == 0


def test_answers_by_staff_are_news(post: Post) -> None:
    post.follow(READER, Cadence.DAILY)
    post.staff_reply(None)

    assert _make_up(post, MORNING) == 1


def test_a_weekly_mail_comes_on_monday(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.WEEKLY)
    _comments(post, 1)

    made = [_make_up(post, now, Cadence.WEEKLY) for now in (MORNING, MORNING + DAY, MONDAY, MONDAY + DAY)]

    assert made == [0, 0, 1, 0]


def test_what_is_no_longer_public_when_it_is_sent_is_left_out(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    gone, stays = _comments(post, 2)
    _make_up(post, MORNING)
    post.move(gone, Move.REMOVE, reason=OFF_TOPIC, now=MORNING)

    (mail,) = _digests(post)

    assert "Gedachte nummer 0" not in mail.words.text
    assert f"/comments/{stays}\n" in mail.words.text


def test_a_digest_of_which_nothing_is_left_is_not_sent(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    (gone,) = _comments(post, 1)
    _make_up(post, MORNING)
    post.move(gone, Move.REMOVE, reason=OFF_TOPIC, now=MORNING)

    assert _digests(post) == []


def test_thirty_comments_are_shown_and_the_rest_counted(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    _comments(post, 33)
    _make_up(post, MORNING)

    (mail,) = _digests(post)

    assert mail.words.text.count("/comments/") == 30
    assert "33" in mail.words.text
    assert "3 " in mail.words.text.split("/comments/")[-1]


def test_who_stopped_all_mail_is_not_told_later_of_what_was_then(post: Post) -> None:
    follow_id = post.follow(NEIGHBOUR, Cadence.DAILY)
    post.change(NEIGHBOUR, mail_stopped_at=NOW)
    _comments(post, 1)
    stopped = _make_up(post, MORNING)
    post.change(NEIGHBOUR, mail_stopped_at=None)

    assert stopped == 0
    assert post.follow_of(follow_id).last_event_id
    assert _make_up(post, MORNING + DAY) == 0


def test_another_cadence_begins_with_what_comes_from_now_on(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    _comments(post, 1)
    post.follow(NEIGHBOUR, Cadence.DAILY)

    assert _make_up(post, MORNING) == 0


def test_following_twice_is_one_follow(both_posts: Post) -> None:
    first = both_posts.follow(NEIGHBOUR, Cadence.DAILY)
    second = both_posts.follow(NEIGHBOUR, Cadence.DAILY)

    assert first == second


def test_who_unfollows_gets_no_digest_that_waits(post: Post) -> None:
    follow_id = post.follow(NEIGHBOUR, Cadence.DAILY)
    _comments(post, 1)
    _make_up(post, MORNING)
    kept = post.follow_of(follow_id)
    post.write(lambda session: unfollow(session, kept.commenter_id, kept.article_id))

    assert _digests(post) == []


def test_a_follow_that_was_ended_and_begun_again_begins_anew(post: Post) -> None:
    first_id = post.follow(NEIGHBOUR, Cadence.DAILY)
    _comments(post, 1)
    kept = post.follow_of(first_id)
    post.write(lambda session: unfollow(session, kept.commenter_id, kept.article_id))
    post.write(
        lambda session: follow(
            session, session.get_one(Commenter, kept.commenter_id), kept.article_id, Cadence.DAILY, now=NOW
        )
    )

    assert _make_up(post, MORNING) == 0


def test_only_articles_that_somebody_follows_so_often_are_looked_at(post: Post) -> None:
    post.second_article()
    post.follow(NEIGHBOUR, Cadence.WEEKLY)

    found = post.read(
        lambda session: [list(followed_articles(session, c)) for c in (Cadence.DAILY, Cadence.WEEKLY)]
    )

    assert found == [[], [post.site.article_id]]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 21, 5, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 21, 6, 1, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 21, 6, 2, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 23, 30, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 7, 1, 5, 2, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_a_morning_comes_at_seven_on_the_sites_clock_and_a_little_later(now: datetime, day: date) -> None:
    assert last_morning(now, ZONE) == day


@pytest.mark.parametrize("days", range(7))
def test_the_last_monday_is_a_monday_that_has_come(days: int) -> None:
    now = MONDAY + timedelta(days=days)

    assert last_monday(now, ZONE) == date(2026, 11, 23)
    assert morning_of(last_monday(now, ZONE), ZONE) <= now


def test_a_day_has_as_many_hours_as_its_clock_shows() -> None:
    lengths = [
        end - start
        for start, end in (whole_day(day, ZONE) for day in (date(2026, 3, 29), date(2026, 10, 25)))
    ]

    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


def _comes_back(post: Post, comment_id: int, now: datetime) -> None:
    """A comment that was removed is put back, and approved anew."""
    post.move(comment_id, Move.REMOVE, reason=OFF_TOPIC, now=now)
    post.move(comment_id, Move.REOPEN, now=now)
    post.move(comment_id, Move.APPROVE, now=now)


def test_a_comment_that_comes_back_is_no_news_again(both_posts: Post) -> None:
    both_posts.follow(NEIGHBOUR, Cadence.DAILY)
    (first,) = _comments(both_posts, 1)
    _make_up(both_posts, MORNING)
    told = _digests(both_posts)
    _comes_back(both_posts, first, MORNING + timedelta(hours=2))

    assert _make_up(both_posts, MORNING + DAY) == 0
    assert len(told) == 1


def test_a_comment_that_comes_back_is_not_told_beside_what_is_new(both_posts: Post) -> None:
    both_posts.follow(NEIGHBOUR, Cadence.DAILY)
    (first,) = _comments(both_posts, 1)
    _make_up(both_posts, MORNING)
    both_posts.send()
    _comes_back(both_posts, first, MORNING + timedelta(hours=2))
    second = both_posts.site.comment()
    both_posts.move(second, Move.APPROVE, now=MORNING + timedelta(hours=3))
    _make_up(both_posts, MORNING + DAY)

    (mail,) = _digests(both_posts)

    assert f"/comments/{second}\n" in mail.words.text
    assert f"/comments/{first}\n" not in mail.words.text


def test_what_was_removed_and_approved_anew_before_the_morning_is_told_once(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    (first,) = _comments(post, 1)
    _comes_back(post, first, NOW + timedelta(hours=1))
    _make_up(post, MORNING)

    (mail,) = _digests(post)

    assert mail.words.text.count(f"/comments/{first}\n") == 1


def test_an_approval_that_was_a_mistake_and_taken_back_before_the_morning_tells_nothing_away(
    both_posts: Post,
) -> None:
    both_posts.follow(NEIGHBOUR, Cadence.DAILY)
    (first,) = _comments(both_posts, 1)
    both_posts.move(first, Move.UNDO, now=NOW + timedelta(hours=1))
    _make_up(both_posts, MORNING)
    before = _digests(both_posts)
    both_posts.move(first, Move.APPROVE, now=MORNING + timedelta(hours=1))
    _make_up(both_posts, MORNING + DAY)

    assert (len(before), len(_digests(both_posts))) == (0, 1)
