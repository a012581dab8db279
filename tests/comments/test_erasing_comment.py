"""One comment is erased, and nothing of it is left."""

from __future__ import annotations

from sqlalchemy import select

from forum.comments import erasing, lifecycle
from forum.comments.models import (
    Erasure,
    ErasureScope,
    State,
)
from forum.mail.models import OutboxMail
from forum.mail.outbox import NewMail, put
from tests.comments.scene import Scene
from tests.factories import NOW, READER, SIGNER


def test_one_comment_is_erased_by_an_admin_and_the_others_stay(scene: Scene) -> None:
    comment, other = scene.comment(State.APPROVED), scene.comment(State.APPROVED)
    put(
        scene.session,
        NewMail(key="a", kind="approved", recipient=READER.email, comment_id=comment.id),
        now=NOW,
    )
    put(
        scene.session, NewMail(key="b", kind="approved", recipient=READER.email, comment_id=other.id), now=NOW
    )

    erasing.erase_comment(
        scene.session, SIGNER, comment, by=scene.moderator, version=comment.version, now=NOW
    )

    assert (comment.state, other.state) == (State.ERASED, State.APPROVED)
    about = scene.session.scalars(select(OutboxMail.comment_id).where(OutboxMail.recipient == READER.email))
    assert set(about) == {other.id}
    (row,) = scene.session.scalars(select(Erasure)).all()
    assert (row.mark, row.scope) == (erasing.comment_mark(SIGNER, comment.id, NOW), ErasureScope.COMMENT)


def test_with_the_last_comment_of_an_address_its_mails_go(scene: Scene) -> None:
    comment = scene.comment()
    put(scene.session, NewMail(key="a", kind="writer_link", recipient=READER.email), now=NOW)

    erasing.erase_comment(scene.session, SIGNER, comment, by=lifecycle.RULE, version=comment.version, now=NOW)

    assert scene.session.scalars(select(OutboxMail.key)).all() == []


def test_an_erased_comment_is_erased_once(scene: Scene) -> None:
    comment = scene.comment(State.ERASED)

    again = erasing.erase_comment(
        scene.session, SIGNER, comment, by=scene.moderator, version=comment.version, now=NOW
    )

    assert again is None


def test_what_a_moderator_asked_and_noted_goes_with_the_text(scene: Scene) -> None:
    comment = scene.comment(State.RETURNED)
    revision, event = comment.revisions[0], lifecycle.last_event(scene.session, comment)
    assert event is not None
    revision.remark, revision.passages, event.note = "Zonder die naam?", ["die naam"], "Schrijft: die naam"
    scene.session.flush()

    erasing.erase_comment(
        scene.session, SIGNER, comment, by=scene.moderator, version=comment.version, now=NOW
    )
    scene.session.expire_all()

    left: list[object] = [revision.remark, revision.passages, event.note]
    assert left == [None, None, None]
