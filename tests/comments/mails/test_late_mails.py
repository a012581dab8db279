"""Mails that leave long after their cause: no dead links, and no news of weeks ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from forum.accounts.models import Cadence
from forum.base.session import db
from forum.comments.following.service import ask_to_confirm
from forum.comments.mail_age import STALE_AFTER
from forum.comments.models import Move
from forum.comments.writer.links import get_commenter_of_link
from forum.comments.writer.opening import send_link
from forum.mail.compose import compose
from forum.mail.models import OutboxMail
from tests.comments.mails.post import NEIGHBOUR, OFF_TOPIC, Post
from tests.comments.proving.mailbox import Clock, Town
from tests.conftest import AppFactory
from tests.factories import NOW, READER, SIGNER, make_site

MOMENT = timedelta(seconds=1)
WEEK = timedelta(days=7)
OWN_PAGE = re.compile(r"http\S+/writer/\S+")


def _own_page(post: Post, kind: str) -> str:
    """The link to the own page in a mail of this kind, if it left now."""
    with post.site.app.app_context():
        mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)).one()
        words = compose(post.site.app, db.session, mail, now=post.clock())
    assert words is not None
    found = OWN_PAGE.search(words.text)
    assert found is not None
    return urlsplit(found[0]).path.rpartition("/")[2]


def _opens(app: Flask, token: str, *, now: datetime) -> bool:
    with app.app_context():
        return get_commenter_of_link(db.session, SIGNER, token, now=now).email == READER.email


@pytest.mark.parametrize(("late", "kinds"), [(WEEK - MOMENT, ["writer_link"]), (WEEK, [])])
def test_a_link_to_the_own_page_leaves_only_while_it_works(
    both_posts: Post, late: timedelta, kinds: list[str]
) -> None:
    both_posts.site.comment()
    both_posts.write(lambda session: send_link(session, SIGNER, READER.email, now=NOW))

    both_posts.clock.now += late

    assert both_posts.send_kinds() == kinds


@pytest.mark.parametrize(("late", "kinds"), [(WEEK - MOMENT, ["follow_confirm"]), (WEEK, [])])
def test_whoever_asked_to_follow_is_asked_only_while_the_link_works(
    both_posts: Post, late: timedelta, kinds: list[str]
) -> None:
    article_id = both_posts.site.article_id
    both_posts.write(
        lambda session: ask_to_confirm(session, READER.email, article_id, Cadence.DAILY, now=NOW)
    )

    both_posts.clock.now += late

    assert both_posts.send_kinds() == kinds


@pytest.mark.parametrize(("late", "is_sent"), [(WEEK - MOMENT, True), (WEEK, False)])
def test_a_comment_is_to_be_confirmed_only_while_the_link_works(
    make_app: AppFactory,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    late: timedelta,
    is_sent: bool,
) -> None:
    monkeypatch.setattr("forum.comments.views.utc_now", lambda: NOW)
    town = Town(make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always")), Clock(NOW))
    town.post()

    town.clock.now += late

    assert (town.words(town.outbox("confirm")[0]) is not None) is is_sent


@pytest.mark.parametrize("days", [0, 6, 7, 13, 40])
def test_the_own_page_of_a_late_refusal_opens_for_most_of_a_week(post: Post, days: int) -> None:
    post.move(post.site.comment(), Move.REJECT, reason=OFF_TOPIC)
    post.clock.wait(days=days, hours=23)

    token = _own_page(post, "refused")

    assert _opens(post.site.app, token, now=post.clock.now + timedelta(days=6))


def test_a_second_try_on_the_same_day_sends_the_same_link(post: Post) -> None:
    post.move(post.site.comment(), Move.REJECT, reason=OFF_TOPIC)
    first = _own_page(post, "refused")

    post.clock.wait(hours=10)

    assert _own_page(post, "refused") == first


@pytest.mark.parametrize(("late", "kinds"), [(STALE_AFTER - MOMENT, ["approved"]), (STALE_AFTER, [])])
def test_an_approval_is_no_news_after_two_weeks(both_posts: Post, late: timedelta, kinds: list[str]) -> None:
    both_posts.site.approved()

    both_posts.clock.now += late

    assert both_posts.send_kinds() == kinds


@pytest.mark.parametrize(("late", "kinds"), [(STALE_AFTER - MOMENT, ["reply"]), (STALE_AFTER, [])])
def test_an_answer_is_no_news_after_two_weeks(post: Post, late: timedelta, kinds: list[str]) -> None:
    parent_id = post.site.approved(notify_replies=True)
    post.send()
    post.staff_reply(parent_id)

    post.clock.now += late

    assert post.send_kinds() == kinds


@pytest.mark.parametrize(("late", "kinds"), [(STALE_AFTER - MOMENT, ["follow_comment"]), (STALE_AFTER, [])])
def test_a_followed_discussion_is_no_news_after_two_weeks(
    post: Post, late: timedelta, kinds: list[str]
) -> None:
    post.follow(NEIGHBOUR, Cadence.AT_ONCE)
    post.staff_reply(None)

    post.clock.now += late

    assert post.send_kinds() == kinds


@pytest.mark.parametrize(
    ("kind", "moves"),
    [
        ("refused", (Move.REJECT,)),
        ("removed", (Move.APPROVE, Move.REMOVE)),
        ("returned", (Move.RETURN,)),
    ],
)
def test_a_decision_with_a_reason_is_told_however_late(
    post: Post, kind: str, moves: tuple[Move, ...]
) -> None:
    comment_id = post.site.comment()
    for move in moves:
        post.move(comment_id, move, reason=OFF_TOPIC if move in {Move.REJECT, Move.REMOVE} else None)

    post.clock.now += STALE_AFTER * 3

    assert kind in post.send_kinds()


def test_a_mail_of_a_clock_that_runs_ahead_is_young(post: Post) -> None:
    post.site.approved()

    post.clock.wait(minutes=-5)

    assert post.send_kinds() == ["approved"]
