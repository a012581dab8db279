"""An erasure and a decision at the same moment: both take the writer before the comment, or look at it only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from forum.accounts.models import Account, Cadence
from forum.articles.models import Article
from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.commenters import commenter_id_for, lock_commenter
from forum.comments.erasing import erase_address, erase_comment
from forum.comments.errors import DecidedAlready
from forum.comments.models import Comment, Commenter, CommentEvent, Move, State
from forum.comments.proving.service import correct_address
from forum.comments.submission import submit
from forum.mail.models import OutboxMail
from forum.moderation import decisions
from forum.moderation.decisions import Ballot, decide_many
from tests.comments.mails.post import NEIGHBOUR, Post
from tests.factories import NOW, READER, SIGNER, Site, approve, make_comment, make_draft

pytestmark = pytest.mark.usefixtures("patient")

ONLY_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time: nobody meets anybody half-way."""


def erase_everything(session: Session, comment_id: int) -> None:
    commenter = session.get_one(Comment, comment_id).commenter
    assert commenter is not None
    erase_address(session, SIGNER, commenter, keep_texts=False, now=NOW)


def erase_one(session: Session, comment_id: int) -> None:
    comment = session.get_one(Comment, comment_id)
    erase_comment(session, SIGNER, comment, by=lifecycle.COMMENTER, version=comment.version, now=NOW)


@contextmanager
def meanwhile(site: Site, work: Callable[[Session, int], None], comment_id: int) -> Iterator[Future[None]]:
    """`work` in another connection, which by now waits for this one."""

    def run() -> None:
        with site.app.app_context(), writing(db.session):
            work(db.session, comment_id)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        _wait_until_it_waits(future)
        yield future


def _wait_until_it_waits(future: Future[None]) -> None:
    waits = text(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with db.session.get_bind().engine.connect() as connection:
        while not future.done() and connection.scalar(waits) is None:
            connection.rollback()
            Event().wait(0.01)


@ONLY_POSTGRESQL
def test_who_erases_all_waits_for_a_decision_and_neither_fails(both_sites: Site) -> None:
    with both_sites.app.app_context():
        id = both_sites.approved()
        with writing(db.session):
            _take(id)
            with meanwhile(both_sites, erase_everything, id) as erasure:
                comment = db.session.get_one(Comment, id, populate_existing=True)
                lifecycle.move(
                    db.session, comment, Move.PICK, by=lifecycle.staff(both_sites.moderator_id),
                    version=comment.version, now=NOW,
                )  # fmt: skip
                db.session.commit()
                erasure.result(timeout=60)

        assert _kinds(id)[-2:] == [Move.PICK, Move.ERASE]
        assert db.session.get_one(Comment, id, populate_existing=True).state is State.ERASED
        assert db.session.scalars(select(Commenter.email)).all() == []


@ONLY_POSTGRESQL
def test_who_erases_one_waits_for_who_erases_all_and_neither_fails(both_sites: Site) -> None:
    with both_sites.app.app_context():
        id = both_sites.approved()
        with writing(db.session):
            db.session.execute(select(Commenter.id).with_for_update(key_share=True))
            with meanwhile(both_sites, erase_one, id) as erasure:
                erase_everything(db.session, id)
                db.session.commit()
                problem = erasure.exception(timeout=60)

        assert (problem is None) or isinstance(problem, DecidedAlready)
        assert _kinds(id)[-1:] == [Move.ERASE]
        assert db.session.scalars(select(Commenter.email)).all() == []


@ONLY_POSTGRESQL
def test_who_decides_about_many_waits_for_an_erasure_and_neither_fails(both_posts: Post) -> None:
    site = both_posts.site
    both_posts.follow(READER, Cadence.AT_ONCE)
    first, second = site.comment(email=NEIGHBOUR.email), site.comment()

    def approve_both(session: Session, *_: int) -> None:
        moderator = session.get_one(Account, site.moderator_id)
        decide_many(session, moderator, [(first, 1), (second, 1)], Ballot("approve"), now=NOW)

    with site.app.app_context():
        with writing(db.session):
            lock_commenter(db.session, db.session.get_one(Comment, second).commenter_id)
            db.session.execute(select(Comment.id).where(Comment.id == second).with_for_update())
            with meanwhile(site, approve_both, second) as decisions:
                erase_everything(db.session, second)
                db.session.commit()
                decisions.result(timeout=30)

        assert [db.session.get_one(Comment, id, populate_existing=True).state for id in (first, second)] == [
            State.APPROVED, State.ERASED,
        ]  # fmt: skip
        assert READER.email not in db.session.scalars(select(OutboxMail.recipient)).all()


@ONLY_POSTGRESQL
def test_a_post_of_who_is_written_to_waits_for_no_decision(both_posts: Post) -> None:
    site = both_posts.site
    both_posts.follow(READER, Cadence.AT_ONCE)
    id = site.comment(email=NEIGHBOUR.email)

    def post(session: Session, *_: int) -> None:
        session.execute(text("SET LOCAL lock_timeout = '1s'"))
        commenter_id_for(session, READER.email, now=NOW)

    with site.app.app_context(), writing(db.session):
        approve(db.session, db.session.get_one(Comment, id), by=site.moderator_id)
        db.session.flush()
        with meanwhile(site, post, id) as posting:
            assert posting.exception(timeout=20) is None


@ONLY_POSTGRESQL
def test_decisions_about_many_and_a_correction_crosswise_wait_for_each_other_in_one_order(
    both_posts: Post,
) -> None:
    site = both_posts.site
    last, first = (
        site.comment(email=email, source=email) for email in ("z@lezers.example", "a@lezers.example")
    )
    mistyped = both_posts.write(
        lambda session: submit(
            session, SIGNER, session.get_one(Article, site.article_id),
            make_draft(email="z@lezers.example", source="Een typefout."), now=NOW, state=State.UNCONFIRMED,
        ).id
    )  # fmt: skip

    def approve_both(session: Session, *_: int) -> None:
        moderator = session.get_one(Account, site.moderator_id)
        decide_many(session, moderator, [(last, 1), (first, 1)], Ballot("approve"), now=NOW)

    with site.app.app_context(), writing(db.session):
        commenter_id_for(db.session, "a@lezers.example", now=NOW)  # as a correction begins
        with meanwhile(site, approve_both, last) as decisions:
            comment = db.session.get_one(Comment, mistyped)
            correct_address(db.session, comment, "a@lezers.example", disposable_domain="", now=NOW)
            db.session.commit()
            assert decisions.exception(timeout=30) is None


@ONLY_POSTGRESQL
def test_decisions_about_many_articles_and_one_in_the_second_wait_in_one_order(
    both_posts: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, second = both_posts.site, both_posts.second_article()

    def comment_there(email: str) -> int:
        with site.app.app_context(), writing(db.session):
            article = db.session.get_one(Article, second)
            return make_comment(db.session, article, email=email, source=email).id

    here, there = site.comment(email=NEIGHBOUR.email), comment_there("a@lezers.example")
    alone = comment_there("b@lezers.example")
    decide = decisions.decide
    others: list[Future[None]] = []

    def approve_alone(session: Session, *_: int) -> None:
        moderator = session.get_one(Account, site.moderator_id)
        decide(session, moderator, alone, Ballot("approve"), version=1, now=NOW)

    with site.app.app_context(), ExitStack() as stack, writing(db.session):

        def and_then_somebody_else(*arguments: Any, **named: Any) -> CommentEvent:
            event = decide(*arguments, **named)
            if not others:
                others.append(stack.enter_context(meanwhile(site, approve_alone, alone)))
            return event

        monkeypatch.setattr(decisions, "decide", and_then_somebody_else)
        moderator = db.session.get_one(Account, site.moderator_id)
        made, conflicts = decide_many(
            db.session, moderator, [(here, 1), (there, 1)], Ballot("approve"), now=NOW
        )
        db.session.commit()
        assert others[0].exception(timeout=30) is None
    assert (len(made), conflicts) == (2, [])


def _take(comment_id: int) -> None:
    """What a decision does first."""
    db.session.execute(update(Comment).where(Comment.id == comment_id).values(is_held=False))


def _kinds(comment_id: int) -> list[Move]:
    events = select(CommentEvent.kind).where(CommentEvent.comment_id == comment_id).order_by(CommentEvent.id)
    return list(db.session.scalars(events))
