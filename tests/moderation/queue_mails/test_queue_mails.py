"""What moderators are told: that something waits, that it waits too long, what a day was like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from forum.accounts.mail_preferences import preference_of
from forum.accounts.models import Account, Cadence, MailTopic
from forum.articles.models import Article
from forum.comments import lifecycle
from forum.comments.models import Comment, Move, State
from forum.comments.submission import submit
from forum.mail.models import OutboxMail
from forum.moderation.queue_mails.service import put_overdue_mails, put_queue_mails, put_summaries
from forum.moderation.queue_mails.waiting import read_waiting
from tests.comments.mails.post import OFF_TOPIC, Post
from tests.factories import MODERATOR, NOW, SIGNER, make_draft

ZONE = ZoneInfo("Europe/Amsterdam")
ALARM = timedelta(hours=24)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MORNING = datetime(2026, 11, 21, 6, 10, tzinfo=UTC)


def _wish(post: Post, topic: MailTopic, cadence: Cadence) -> None:
    post.write(lambda s: setattr(preference_of(s, post.site.moderator_id, topic), "cadence", cadence))


def _put(post: Post, kind: str) -> int:
    """How many mails of a kind were put, whatever became of them."""
    return int(post.read(lambda s: s.scalar(select(func.count()).where(OutboxMail.kind == kind))))


def _queue(post: Post, now: datetime) -> int:
    """How many mails the job put at a moment."""
    before = _put(post, "queue_waiting")
    post.write(lambda s: put_queue_mails(s, now=now))
    return _put(post, "queue_waiting") - before


def _overdue(post: Post, now: datetime) -> int:
    before = _put(post, "queue_overdue")
    post.write(lambda s: put_overdue_mails(s, alarm_after=ALARM, now=now))
    return _put(post, "queue_overdue") - before


def _summary(post: Post, now: datetime) -> int:
    before = _put(post, "queue_summary")
    post.write(lambda s: put_summaries(s, zone=ZONE, now=now))
    return _put(post, "queue_summary") - before


def test_nobody_is_told_of_the_queue_who_did_not_ask(post: Post) -> None:
    post.site.comment()

    assert _queue(post, NOW) == 0


def test_who_asked_is_told_that_something_waits(both_posts: Post) -> None:
    _wish(both_posts, MailTopic.QUEUE, Cadence.AT_ONCE)
    both_posts.site.comment()
    _queue(both_posts, NOW)

    (mail,) = both_posts.send()

    assert (mail.kind, mail.recipient) == ("queue_waiting", MODERATOR.email)
    assert mail.words.subject.startswith("1 ")


def test_an_empty_queue_is_no_news(post: Post) -> None:
    _wish(post, MailTopic.QUEUE, Cadence.AT_ONCE)

    assert _queue(post, NOW) == 0


def test_the_queue_is_told_of_at_most_once_an_hour(post: Post) -> None:
    _wish(post, MailTopic.QUEUE, Cadence.AT_ONCE)
    made = []
    for minutes in (0, 1, 59, 60):
        post.site.comment(source=f"Reactie na {minutes} minuten.")
        made.append(_queue(post, NOW + timedelta(minutes=minutes)))

    assert made == [1, 0, 0, 1]


def test_a_mail_by_a_clock_that_was_ahead_keeps_none_from_going_out(post: Post) -> None:
    _wish(post, MailTopic.QUEUE, Cadence.AT_ONCE)
    made = []
    for now in (NOW + 400 * DAY, NOW + HOUR, NOW + 2 * HOUR - timedelta(minutes=1)):
        post.site.comment(source=f"Reactie om {now}.")
        made.append(_queue(post, now))

    assert made == [1, 1, 0]


def test_the_queue_is_told_of_only_when_something_new_came(post: Post) -> None:
    _wish(post, MailTopic.QUEUE, Cadence.AT_ONCE)
    post.site.comment()
    _queue(post, NOW)

    assert _queue(post, NOW + 3 * HOUR) == 0


def test_a_queue_that_was_emptied_meanwhile_is_not_told_of(post: Post) -> None:
    _wish(post, MailTopic.QUEUE, Cadence.AT_ONCE)
    comment_id = post.site.comment()
    _queue(post, NOW)
    post.move(comment_id, Move.SPAM)

    assert post.send_kinds() == []


def test_moderators_are_told_of_a_comment_that_waits_too_long_without_asking(both_posts: Post) -> None:
    both_posts.site.comment()

    made = [_overdue(both_posts, now) for now in (NOW + ALARM - HOUR, NOW + ALARM)]

    assert made == [0, 1]


def test_an_alarm_is_given_once_and_again_each_day(post: Post) -> None:
    post.site.comment()
    start = NOW + ALARM

    made = [_overdue(post, now) for now in (start, start + HOUR, start + DAY - HOUR, start + DAY)]

    assert made == [1, 0, 0, 1]


def test_after_everything_was_well_the_next_alarm_is_given_at_once(post: Post) -> None:
    first = post.site.comment()
    _overdue(post, NOW + ALARM)
    post.move(first, Move.APPROVE, now=NOW + ALARM + HOUR)
    post.site.comment(source="Een tweede gedachte.", now=NOW + HOUR * 3)
    solved = _overdue(post, NOW + ALARM + HOUR * 2)

    assert solved == 0
    assert _overdue(post, NOW + ALARM + HOUR * 3) == 1


def test_two_workers_give_one_alarm(both_posts: Post) -> None:
    both_posts.site.comment()
    _overdue(both_posts, NOW + ALARM)
    both_posts.write(lambda s: _forget_last(s, both_posts.site.moderator_id))

    assert _overdue(both_posts, NOW + ALARM) == 0


def _forget_last(session: Session, account_id: int) -> None:
    preference_of(session, account_id, MailTopic.OVERDUE).last_sent_at = None


def test_an_alarm_about_what_was_decided_meanwhile_is_not_sent(post: Post) -> None:
    comment_id = post.site.comment()
    _overdue(post, NOW + ALARM)
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    assert "queue_overdue" not in post.send_kinds()


def test_who_wants_no_alarm_gets_none(post: Post) -> None:
    _wish(post, MailTopic.OVERDUE, Cadence.NEVER)
    post.site.comment()

    assert _overdue(post, NOW + ALARM) == 0


@pytest.mark.parametrize("values", [{"active": False}, {"password": None}])
def test_an_account_that_cannot_sign_in_gets_no_mail(post: Post, values: dict[str, object]) -> None:
    post.site.comment()
    of_moderator = Account.id == post.site.moderator_id
    post.write(lambda s: s.execute(update(Account).where(of_moderator).values(**values)))

    assert _overdue(post, NOW + ALARM) == 0


def test_an_author_who_moderates_nothing_hears_nothing_of_the_queue(post: Post) -> None:
    post.site.comment()
    _overdue(post, NOW + ALARM)
    post.clock.now += ALARM

    assert [mail.recipient for mail in post.send()] == [MODERATOR.email]


def test_an_alarm_is_not_sent_when_only_what_came_since_waits(post: Post) -> None:
    comment_id = post.site.comment()
    _overdue(post, NOW + ALARM)
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)
    post.site.comment(source="Een tweede gedachte.", now=NOW + ALARM)
    post.clock.now += ALARM

    assert "queue_overdue" not in post.send_kinds()


def test_a_second_alarm_in_the_same_hour_is_given(post: Post) -> None:
    comment_id = post.site.comment()
    _overdue(post, NOW + ALARM)
    post.move(comment_id, Move.APPROVE, now=NOW + ALARM)
    _overdue(post, NOW + ALARM + timedelta(minutes=1))
    post.move(comment_id, Move.UNDO, now=NOW + ALARM)

    assert _overdue(post, NOW + ALARM + timedelta(minutes=2)) == 1


@pytest.mark.parametrize(("days", "kinds"), [(2, ["queue_summary"] * 2), (5, ["queue_summary"])])
def test_a_summary_of_each_day_leaves_unless_it_is_three_days_old(
    post: Post, days: int, kinds: list[str]
) -> None:
    _wish(post, MailTopic.SUMMARY, Cadence.DAILY)
    for day in range(2):
        post.site.comment(source=f"Reactie van dag {day}.", now=NOW + DAY * day)
        _summary(post, MORNING + DAY * day)
    post.clock.now = MORNING + DAY * days - DAY - HOUR

    assert post.send_kinds() == kinds


@pytest.mark.parametrize("kind", ["queue_waiting", "queue_overdue"])
def test_after_an_outage_of_days_one_mail_of_a_kind_leaves(both_posts: Post, kind: str) -> None:
    _wish(both_posts, MailTopic.QUEUE, Cadence.AT_ONCE)
    for days in range(4):
        both_posts.site.comment(source=f"Reactie van dag {days}.", now=NOW + DAY * days)
        for make_up in (_queue, _overdue):
            make_up(both_posts, NOW + DAY * days + HOUR)
    both_posts.clock.now += DAY * 4

    assert both_posts.send_kinds().count(kind) == 1
    assert _put(both_posts, kind) > 1


def test_mail_to_moderators_goes_before_that_to_readers(post: Post) -> None:
    post.site.comment()
    _overdue(post, NOW + ALARM)

    assert post.read(lambda s: s.scalar(select(OutboxMail.to_staff)))


def test_a_summary_is_made_up_once_each_morning_for_who_asked(both_posts: Post) -> None:
    both_posts.site.comment()
    asked_not = _summary(both_posts, MORNING)
    _wish(both_posts, MailTopic.SUMMARY, Cadence.DAILY)

    made = [_summary(both_posts, now) for now in (MORNING, MORNING + HOUR, MORNING + DAY)]

    assert asked_not == 0
    assert made == [1, 0, 1]


def test_a_summary_counts_the_day_before(post: Post) -> None:
    _wish(post, MailTopic.SUMMARY, Cadence.DAILY)
    early = post.site.comment(now=NOW - DAY, source="Van eergisteren.")
    decided, undone = (post.site.comment(source=f"Reactie {n}.") for n in range(2))
    post.move(decided, Move.APPROVE)
    post.move(undone, Move.APPROVE)
    post.move(undone, Move.UNDO)
    post.site.comment(now=MORNING, source="Van vanochtend.")
    _summary(post, MORNING)

    mail = next(mail for mail in post.send() if mail.kind == "queue_summary")

    numbers = [line.rpartition(": ")[2] for line in mail.words.text.splitlines() if ": " in line][:3]
    assert early
    assert numbers == ["2", "1", "3"]
    assert "20 november 2026" in mail.words.subject


def test_a_day_without_anything_brings_no_summary(post: Post) -> None:
    _wish(post, MailTopic.SUMMARY, Cadence.DAILY)
    _summary(post, MORNING)

    assert post.send() == []


def test_what_waits_is_counted_from_when_it_came_to_the_moderators(both_posts: Post) -> None:
    comment_id = both_posts.write(_unconfirmed)
    unseen = both_posts.read(read_waiting)
    both_posts.move(comment_id, Move.CONFIRM, by=lifecycle.COMMENTER, now=NOW + HOUR)

    waiting = both_posts.read(read_waiting)

    assert unseen is None
    assert (waiting.count, waiting.oldest_at) == (1, NOW + HOUR)


def _unconfirmed(session: Session) -> int:
    article = session.scalars(select(Article)).one()
    return submit(session, SIGNER, article, make_draft(), now=NOW, state=State.UNCONFIRMED).id


def test_a_change_of_a_published_comment_waits_too(both_posts: Post) -> None:
    comment_id = both_posts.site.approved()
    before = both_posts.read(read_waiting)
    both_posts.edit(comment_id, "Een betere tekst.")

    waiting = both_posts.read(read_waiting)

    assert before is None
    assert waiting.count == 1


def test_a_decision_that_was_undone_does_not_make_a_comment_younger(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.SPAM, now=NOW + HOUR)
    post.move(comment_id, Move.UNDO, now=NOW + 2 * HOUR)

    waiting = post.read(read_waiting)

    assert waiting.oldest_at == NOW


def test_the_queue_of_a_site_with_nothing_is_empty(both_posts: Post) -> None:
    assert both_posts.read(lambda s: (read_waiting(s), s.scalar(select(Comment.id)))) == (None, None)
