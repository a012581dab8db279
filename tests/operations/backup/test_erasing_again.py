"""What was erased after a backup is found in it under whatever address it stands there."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from forum.base.session import db, writing
from forum.comments.erasing import erase_address
from forum.comments.models import Comment, Commenter, Move, State
from forum.comments.proving import service
from forum.mail.outbox import NewMail, put
from tests.factories import NOW, READER, SIGNER
from tests.operations.backup.conftest import LATER, Stored

RIGHT = "noor@lezers.example"


def erase(stored: Stored, email: str, *, keep_texts: bool = False) -> None:
    with stored.app.app_context(), writing(db.session):
        commenter = db.session.scalars(select(Commenter).where(Commenter.email == email)).one()
        erase_address(db.session, SIGNER, commenter, keep_texts=keep_texts, now=LATER)


def correct(stored: Stored, comment_id: int) -> None:
    """The writer gives the comment the address that was meant."""
    with stored.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, comment_id)
        service.correct_address(db.session, comment, RIGHT, disposable_domain="", now=NOW)


def publish(stored: Stored, comment_id: int, *, edited: bool) -> None:
    """The comment is confirmed and approved, with its first text or a later one."""
    with stored.app.app_context(), writing(db.session):
        scene, comment = stored.scene(), db.session.get_one(Comment, comment_id)
        service.confirm_comment(db.session, comment, now=NOW)
        if edited:
            scene.edit(comment, "Met andere woorden.")
        scene.move(comment, Move.APPROVE)


def mail(stored: Stored, key: str, *, to_staff: bool = False) -> None:
    with stored.app.app_context(), writing(db.session):
        put(db.session, NewMail(key=key, kind="test", recipient=READER.email, to_staff=to_staff), now=NOW)


def test_a_comment_under_the_address_that_was_mistyped_is_erased_again(stored: Stored) -> None:
    id = stored.comment(State.UNCONFIRMED)
    stored.create()
    correct(stored, id)
    erase(stored, RIGHT)

    done = stored.restore()

    assert (done.erasures, stored.state_of(id)) == (1, State.ERASED)
    assert stored.rows("SELECT source FROM comment_revisions") == [("",)]
    assert stored.rows("SELECT email FROM commenters") == []


@pytest.mark.parametrize("edited", [False, True], ids=["same text", "edited since"])
def test_so_is_one_whose_text_stayed_for_the_backup_knows_it_with_its_writer(
    stored: Stored, edited: bool
) -> None:
    id = stored.comment(State.UNCONFIRMED)
    stored.create()
    correct(stored, id)
    publish(stored, id, edited=edited)
    erase(stored, RIGHT, keep_texts=True)

    done = stored.restore()

    assert (done.erasures, stored.state_of(id)) == (1, State.ERASED)
    assert stored.rows("SELECT source FROM comment_revisions") == [("",)]
    assert stored.rows("SELECT email FROM commenters") == []


def test_the_comments_of_an_address_are_no_erasures_of_their_own(stored: Stored) -> None:
    for source in ("Mijn geheim.", "Nog een geheim."):
        stored.comment(State.APPROVED, source=source)
    stored.create()
    erase(stored, READER.email)

    done = stored.restore()

    assert done.erasures == 1


def test_a_mail_to_an_address_that_was_not_here_at_the_moment_is_forgotten_too(stored: Stored) -> None:
    mail(stored, "to the reader")
    mail(stored, "to staff", to_staff=True)
    stored.create()
    stored.comment(source="Daar ben ik weer.")
    erase(stored, READER.email)

    stored.restore()

    assert stored.rows("SELECT key FROM outbox") == [("to staff",)]


def test_a_mail_to_somebody_else_stays(stored: Stored) -> None:
    mail(stored, "to the reader")
    stored.create()
    with stored.app.app_context(), writing(db.session):
        db.session.add(Commenter(email=RIGHT, created_at=NOW))
    erase(stored, RIGHT)

    stored.restore()

    assert stored.rows("SELECT key FROM outbox") == [("to the reader",)]
