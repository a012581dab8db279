"""Loading the demo: nobody hears of it."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from forum.base.session import db
from forum.comments.models import Comment
from forum.exchange.demo.loader import load_demo
from forum.mail.models import OutboxMail
from tests.factories import NOW


def test_no_mail_waits_for_the_people_of_the_demo(sqlite_app: Flask) -> None:
    settings = sqlite_app.extensions["forum_settings"]

    with sqlite_app.app_context():
        load_demo(db.session, settings, now=NOW, generated=False)

        assert db.session.scalar(select(func.count()).select_from(Comment))
        assert db.session.scalars(select(OutboxMail)).all() == []
