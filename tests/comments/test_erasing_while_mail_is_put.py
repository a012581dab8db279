"""An erasure while mail to the same address is being put: whoever is first, the outbox holds none of it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from forum.accounts.models import Cadence
from forum.base.session import db, writing
from forum.comments.commenters import find_commenter
from forum.comments.erasing import erase_address
from forum.comments.mails.digests import put_digests
from forum.comments.models import Comment, Follow
from forum.comments.writer.opening import send_link
from forum.mail.models import OutboxMail
from tests.comments.mails.post import NEIGHBOUR, Post
from tests.factories import NOW, READER, SIGNER, approve

ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time: nobody meets anybody half-way."""
Work = Callable[[Session], object]
_WAITING = text(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def at_once_for_followers(post: Post) -> Work:
    """A comment is approved; the reader has each at once."""
    post.follow(READER, Cadence.AT_ONCE)
    return _approval(post)


def answer(post: Post) -> Work:
    """An answer to the reader's comment is approved."""
    return _approval(post, parent_id=post.site.approved(notify_replies=True))


def digest(post: Post) -> Work:
    """The day's digest is made up."""
    post.follow(READER, Cadence.DAILY)
    _approval_now(post)
    zone = post.site.app.extensions["forum_settings"].timezone
    later = NOW + timedelta(days=2)
    return lambda session: put_digests(session, post.site.article_id, Cadence.DAILY, zone=zone, now=later)


def link_to_the_own_page(post: Post) -> Work:
    """The reader asks for the link to the own page."""
    post.site.comment()
    return lambda session: send_link(session, SIGNER, READER.email, now=NOW)


WAYS = pytest.mark.parametrize("way", [at_once_for_followers, answer, digest, link_to_the_own_page])


def _approval(post: Post, **values: Any) -> Work:
    id = post.site.comment(email=NEIGHBOUR.email, name=NEIGHBOUR.name, **values)
    moderator = post.site.moderator_id
    return lambda session: approve(session, session.get_one(Comment, id), by=moderator)


def _approval_now(post: Post) -> None:
    work = _approval(post)
    with post.site.app.app_context(), writing(db.session):
        work(db.session)
        db.session.execute(update(Follow).values(last_event_id=0))


def erase(session: Session) -> None:
    """Everything of the reader."""
    commenter = find_commenter(session, READER.email)
    assert commenter is not None
    erase_address(session, SIGNER, commenter, keep_texts=False, now=NOW)


@dataclass
class Meeting:
    """Two transactions: one is made, but not committed, when the other begins."""

    post: Post

    def of(self, first: Work, second: Work) -> None:
        """Both; the second goes as far as it can before the first is committed."""
        with self.post.site.app.app_context(), writing(db.session):
            first(db.session)
            db.session.flush()
            with self._begun(second) as other:
                db.session.commit()
                other.result(timeout=30)

    def left(self) -> list[str]:
        """What the outbox holds for the reader."""
        with self.post.site.app.app_context():
            to_reader = select(OutboxMail.kind).where(OutboxMail.recipient == READER.email)
            return list(db.session.scalars(to_reader))

    @contextmanager
    def _begun(self, work: Work) -> Iterator[Future[None]]:
        def run() -> None:
            with self.post.site.app.app_context(), writing(db.session):
                work(db.session)

        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(run)
            with db.engine.connect() as connection:
                while not future.done() and connection.scalar(_WAITING) is None:
                    connection.rollback()
                    Event().wait(0.01)
            yield future


@pytest.fixture
def meeting(both_posts: Post) -> Meeting:
    return Meeting(both_posts)


@WAYS
@ONLY_POSTGRESQL
def test_what_was_put_a_moment_before_the_erasure_goes_with_the_address(
    meeting: Meeting, way: Callable[[Post], Work]
) -> None:
    work = way(meeting.post)

    meeting.of(work, erase)

    assert meeting.left() == []


@WAYS
@ONLY_POSTGRESQL
def test_to_whom_is_being_erased_nothing_is_put_and_nothing_fails(
    meeting: Meeting, way: Callable[[Post], Work]
) -> None:
    work = way(meeting.post)

    meeting.of(erase, work)

    assert meeting.left() == []
