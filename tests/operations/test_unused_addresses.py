"""An address is used as long as a link that it was just sent works; then it goes as any other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import select

from forum.accounts.models import Cadence
from forum.base.session import writing
from forum.comments import erasing, lifecycle
from forum.comments.commenters import commenter_id_for
from forum.comments.following import service as following
from forum.comments.following.service import LINK_LASTS
from forum.comments.models import Comment, Commenter, State
from forum.comments.proving.service import correct_address
from forum.config import Settings
from forum.mail.models import OutboxMail
from forum.operations import retention
from tests.comments.scene import Scene
from tests.factories import NOW, READER, SIGNER

WEEK, MOMENT = timedelta(days=7), timedelta(microseconds=1)
EVENING = NOW + WEEK - timedelta(hours=6)


def ask(stage: Scene, *, at: datetime, email: str = READER.email) -> None:
    """Somebody asks to follow the discussion; the link is mailed."""
    with writing(stage.session):
        following.ask_to_confirm(stage.session, email, stage.article.id, Cadence.DAILY, now=at)


def run(stage: Scene, app: Flask, *, at: datetime, **changed: int) -> None:
    settings: Settings = app.extensions["forum_settings"]
    list(retention.run(stage.session, replace(settings, **changed), now=at))  # type: ignore[arg-type]


def emails(stage: Scene) -> list[str]:
    found = list(stage.session.scalars(select(Commenter.email).order_by(Commenter.id)))
    stage.session.rollback()
    return found


def test_a_link_that_was_mailed_this_evening_works_tomorrow(app: Flask, stage: Scene) -> None:
    ask(stage, at=NOW)
    ask(stage, at=EVENING)
    commenter = stage.session.scalars(select(Commenter)).one()
    link = following.link_token(SIGNER, commenter, stage.article.id, Cadence.DAILY, now=EVENING)

    run(stage, app, at=NOW + WEEK + MOMENT)

    with writing(stage.session):
        request = following.confirm(stage.session, SIGNER, link, now=NOW + timedelta(days=8))
        assert request.commenter.email == READER.email


def test_once_the_link_works_no_more_the_address_goes(app: Flask, stage: Scene) -> None:
    ask(stage, at=NOW)
    ask(stage, at=EVENING)

    kept = []
    for moment in (EVENING + LINK_LASTS - MOMENT, EVENING + LINK_LASTS):
        run(stage, app, at=moment)
        kept.append(emails(stage))

    assert kept == [[READER.email], []]


def test_a_link_outlasts_a_shorter_term_of_addresses(app: Flask, stage: Scene) -> None:
    ask(stage, at=NOW)
    with writing(stage.session):
        commenter_id_for(stage.session, "niemand@lezers.example", now=NOW)

    run(stage, app, at=NOW + timedelta(days=3), keep_unconfirmed_days=2)

    assert emails(stage) == [READER.email]


def test_an_unconfirmed_comment_that_ends_by_its_term_does_not_take_the_link_along(
    app: Flask, stage: Scene
) -> None:
    with writing(stage.session):
        stage.comment(State.UNCONFIRMED)
    ask(stage, at=EVENING)

    run(stage, app, at=NOW + WEEK + MOMENT)

    assert emails(stage) == [READER.email]
    assert stage.session.scalars(select(OutboxMail.kind)).all() == ["follow_confirm"]


def test_a_link_that_works_no_more_keeps_neither_address_nor_mails_of_an_erased_comment(
    stage: Scene,
) -> None:
    ask(stage, at=NOW)
    with writing(stage.session):
        id = stage.comment(State.APPROVED).id

    with writing(stage.session):
        comment = stage.session.get_one(Comment, id)
        erasing.erase_comment(
            stage.session, SIGNER, comment, by=lifecycle.COMMENTER, version=comment.version, now=NOW + LINK_LASTS
        )  # fmt: skip

    assert emails(stage) == []
    assert stage.session.scalars(select(OutboxMail.kind)).all() == []


def test_who_erases_everything_is_gone_with_the_link(stage: Scene) -> None:
    ask(stage, at=NOW)

    with writing(stage.session):
        commenter = stage.session.scalars(select(Commenter)).one()
        erasing.erase_address(stage.session, SIGNER, commenter, keep_texts=False, now=NOW)

    assert emails(stage) == []
    assert stage.session.scalars(select(OutboxMail.kind)).all() == []


def test_a_mistyped_address_that_was_also_sent_a_link_is_left_to_retention(app: Flask, stage: Scene) -> None:
    right = "noor@lezers.example"
    with writing(stage.session):
        id = stage.comment(State.UNCONFIRMED).id
    ask(stage, at=NOW)

    with writing(stage.session):
        comment = stage.session.get_one(Comment, id)
        correct_address(stage.session, comment, right, disposable_domain="", now=NOW)
    at_once = emails(stage)
    run(stage, app, at=NOW + LINK_LASTS + MOMENT)

    assert (at_once, emails(stage)) == ([READER.email, right], [])
