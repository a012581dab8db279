"""Whoever sits and waits for a mail to go on is not kept waiting by those that only tell something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.links import LinkFor
from forum.accounts.mails import put_link_mail
from forum.accounts.models import Account, Cadence
from forum.base.session import db, writing
from forum.comments.following.service import ask_to_confirm
from forum.comments.models import Comment
from forum.comments.proving.service import send_confirmation
from forum.comments.writer.opening import send_link
from forum.mail import queue
from forum.mail.models import OutboxMail
from forum.mail.outbox import NewMail, put_many
from tests.factories import NOW, READER, SIGNER, Site
from tests.mail.mails import put, row

FOLLOWERS = 3_000


def _confirm(session: Session, _site: Site) -> None:
    send_confirmation(session, SIGNER, session.scalars(select(Comment)).one(), now=NOW)


def _writer_link(session: Session, _site: Site) -> None:
    send_link(session, SIGNER, READER.email, now=NOW)


def _follow_confirm(session: Session, site: Site) -> None:
    ask_to_confirm(session, READER.email, site.article_id, Cadence.DAILY, now=NOW)


def _account_recovery(session: Session, site: Site) -> None:
    put_link_mail(session, LinkFor.RECOVERY, session.get_one(Account, site.moderator_id), now=NOW)


def _to_a_follower(number: int) -> NewMail:
    return NewMail(key=f"volger {number}", kind="test", recipient=f"volger-{number}@lezers.example")


@pytest.mark.parametrize("put_mail", [_confirm, _writer_link, _follow_confirm, _account_recovery])
def test_a_mail_that_somebody_needs_to_go_on_is_awaited(
    site: Site, put_mail: Callable[[Session, Site], None]
) -> None:
    site.comment()
    with site.app.app_context():
        with writing(db.session):
            put_mail(db.session, site)

        kind = put_mail.__name__.removeprefix("_")
        assert dict(db.session.execute(select(OutboxMail.kind, OutboxMail.awaited)).all()) == {kind: True}


def test_a_confirmation_leaves_before_the_mails_of_a_busy_thread(both_sites: Site) -> None:
    site = both_sites
    site.comment()
    with site.app.app_context():
        with writing(db.session):
            put_many(db.session, map(_to_a_follower, range(FOLLOWERS)), now=NOW - timedelta(hours=1))
            _confirm(db.session, site)

        with writing(db.session):
            claimed = queue.claim(db.session, now=NOW, delay=timedelta(0), per_minute=120)

        assert claimed is not None
        assert db.session.get_one(OutboxMail, claimed.mail_id).kind == "confirm"


def test_a_mail_is_awaited_only_where_that_is_said(session: Session) -> None:
    put(session)

    assert row(session).awaited is False
