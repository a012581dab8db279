"""Erasing and the mails to an address that was corrected: it may be somebody else's, and goes with the comment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from forum.comments import erasing, lifecycle
from forum.comments.models import Comment, State
from forum.comments.proving import service
from forum.mail.models import OutboxMail
from forum.mail.outbox import NewMail, put
from tests.comments.scene import Scene
from tests.factories import NOW, READER, SIGNER

RIGHT = "noor@lezers.example"


def corrected(scene: Scene) -> Comment:
    """A comment whose writer mistyped the address and then set it right; each got its mail."""
    comment = scene.comment(State.UNCONFIRMED)
    scene.session.flush()
    service.send_confirmation(scene.session, SIGNER, comment, now=NOW)
    service.correct_address(scene.session, comment, RIGHT, disposable_domain="", now=NOW)
    service.send_confirmation(scene.session, SIGNER, comment, now=NOW)
    return comment


def _leave(scene: Scene, comment: Comment, *, keep_texts: bool) -> None:
    assert comment.commenter is not None
    erasing.erase_address(scene.session, SIGNER, comment.commenter, keep_texts=keep_texts, now=NOW)


def leave(scene: Scene, comment: Comment) -> None:
    _leave(scene, comment, keep_texts=False)


def leave_the_texts(scene: Scene, comment: Comment) -> None:
    _leave(scene, comment, keep_texts=True)


def erase_one(scene: Scene, comment: Comment) -> None:
    erasing.erase_comment(
        scene.session, SIGNER, comment, by=scene.moderator, version=comment.version, now=NOW
    )


def end_by_term(scene: Scene, comment: Comment) -> None:
    erasing.empty_comment(scene.session, comment, by=lifecycle.RULE, version=comment.version, now=NOW)


ALL_WAYS = pytest.mark.parametrize("erase", [leave, leave_the_texts, erase_one, end_by_term])


def recipients(scene: Scene) -> list[str | None]:
    return list(scene.session.scalars(select(OutboxMail.recipient).order_by(OutboxMail.id)))


@ALL_WAYS
def test_the_address_as_it_was_typed_first_goes_too(
    scene: Scene, erase: Callable[[Scene, Comment], None]
) -> None:
    comment = corrected(scene)
    before = recipients(scene)

    erase(scene, comment)

    assert before == [READER.email, RIGHT]
    assert recipients(scene) == []


@ALL_WAYS
def test_a_mail_about_it_to_somebody_else_stays(
    scene: Scene, erase: Callable[[Scene, Comment], None]
) -> None:
    comment = corrected(scene)
    answered = NewMail(key="k", kind="reply", recipient="karel@lezers.example", comment_id=comment.id)
    put(scene.session, answered, now=NOW)

    erase(scene, comment)

    assert recipients(scene) == ["karel@lezers.example"]


@ALL_WAYS
def test_a_mail_that_confirms_another_comment_stays(
    scene: Scene, erase: Callable[[Scene, Comment], None]
) -> None:
    comment, other = corrected(scene), scene.comment(State.UNCONFIRMED)
    scene.session.flush()
    service.send_confirmation(scene.session, SIGNER, other, now=NOW)

    erase(scene, comment)

    assert recipients(scene) == [READER.email]
