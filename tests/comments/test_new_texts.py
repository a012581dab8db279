"""New versions of a text: by the writer or by staff, and which of them readers see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.comments import lifecycle, revisions
from forum.comments.errors import DecidedAlready, EmptyAfterCleaning, MoveNotAllowed, NothingToUndo
from forum.comments.models import ActorKind, Move, RevisionState, State
from tests.comments.scene import SECOND_MODERATOR, Scene, published, texts
from tests.factories import NOW

WAITING, PUBLISHED = RevisionState.WAITING, RevisionState.PUBLISHED
SUPERSEDED, DECLINED = RevisionState.SUPERSEDED, RevisionState.DECLINED


def test_an_edit_of_a_public_comment_waits_while_the_published_text_stays(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Eerst.")

    scene.edit(comment, "Daarna.")

    assert published(comment) == "Eerst."
    assert texts(comment) == [("Eerst.", PUBLISHED), ("Daarna.", WAITING)]


def test_approving_an_edit_swaps_the_texts(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Eerst.")
    scene.edit(comment, "Daarna.")

    scene.move(comment, Move.APPROVE)

    assert published(comment) == "Daarna."
    assert texts(comment) == [("Eerst.", SUPERSEDED), ("Daarna.", PUBLISHED)]


def test_rejecting_an_edit_leaves_all_as_it_was(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Eerst.")
    scene.edit(comment, "Daarna.")

    scene.move(comment, Move.REJECT)

    assert (comment.state, published(comment)) == (State.APPROVED, "Eerst.")
    assert texts(comment) == [("Eerst.", PUBLISHED), ("Daarna.", DECLINED)]


def test_an_edit_keeps_number_place_and_date(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    before = (comment.number, comment.root_number, comment.path, comment.published_at)
    scene.edit(comment, "Daarna.")

    scene.move(comment, Move.APPROVE)

    assert (comment.number, comment.root_number, comment.path, comment.published_at) == before


def test_an_edit_of_a_waiting_comment_takes_its_place_in_the_queue(scene: Scene) -> None:
    comment = scene.comment(source="Eerst.")
    revisions.mark_seen(scene.session, [comment.newest_revision.id], now=NOW)
    scene.session.expire_all()

    scene.edit(comment, "Daarna.")

    assert texts(comment) == [("Eerst.", SUPERSEDED), ("Daarna.", WAITING)]


def test_a_text_that_nobody_has_seen_is_changed_where_it_stands(scene: Scene) -> None:
    comment = scene.comment(source="Eerst.")
    version = comment.version

    scene.edit(comment, "Daarna.")

    assert texts(comment) == [("Daarna.", WAITING)]
    assert comment.version == version + 1
    assert scene.events(comment)[-1][0] is Move.EDIT


def test_a_decision_cannot_be_undone_into_a_text_that_was_changed_in_place(scene: Scene) -> None:
    comment = scene.comment(source="Eerst.")
    scene.move(comment, Move.HOLD)
    scene.edit(comment, "Daarna.")

    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_links_that_come_in_with_a_change_are_told(scene: Scene) -> None:
    comment = scene.comment(source="Eerst.", honeypot="ingevuld")

    scene.edit(comment, "Zie https://een.example en https://twee.example")

    assert [reason["code"] for reason in comment.newest_revision.hold_reasons] == ["honeypot", "links"]


def test_links_that_were_taken_out_are_no_longer_told(scene: Scene) -> None:
    comment = scene.comment(source="Zie https://een.example en https://twee.example")

    scene.edit(comment, "Zonder.")

    assert comment.newest_revision.hold_reasons == []


@pytest.mark.parametrize(
    "way", [[], [Move.RETURN], [Move.APPROVE], [Move.REDACT], [Move.APPROVE, Move.REDACT]]
)
def test_what_was_told_of_the_person_and_the_form_is_told_of_every_later_version(
    scene: Scene, way: list[Move]
) -> None:
    comment = scene.comment(
        name=SECOND_MODERATOR.name, honeypot="x", disposable_domain="yopmail.com",
        source="Zie https://een.example en https://twee.example.",
    )  # fmt: skip
    for kind in way:
        scene.move(comment, kind)
    change = revisions.resubmit if comment.state is State.RETURNED else revisions.edit

    change(scene.session, comment, "Zonder links.", version=comment.version, now=NOW + timedelta(hours=1))

    told = [reason["code"] for reason in comment.newest_revision.hold_reasons]
    assert told == ["staff_name", "honeypot", "disposable_email"]


def test_a_text_by_staff_is_never_changed_in_place(scene: Scene) -> None:
    comment = scene.comment(source="Eerst.")
    scene.redact(comment, "Aangepast.")

    scene.edit(comment, "Toch anders.")

    assert [revision.source for revision in comment.revisions] == ["Eerst.", "Aangepast.", "Toch anders."]


def test_the_event_of_a_decision_names_the_text_that_it_was_about(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    scene.edit(comment, "Daarna.")

    event = scene.move(comment, Move.REJECT)

    assert event.revision_id == comment.revisions[1].id


def test_a_redaction_of_a_public_comment_shows_at_once_and_keeps_the_writers_text(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Met een telefoonnummer.")

    scene.redact(comment, "Zonder.")

    assert published(comment) == "Zonder."
    assert texts(comment) == [("Met een telefoonnummer.", SUPERSEDED), ("Zonder.", PUBLISHED)]
    assert (comment.newest_revision.by, comment.newest_revision.account_id) == (
        ActorKind.ACCOUNT,
        scene.moderator.account_id,
    )


def test_a_redaction_of_a_waiting_comment_waits(scene: Scene) -> None:
    comment = scene.comment(source="Met een telefoonnummer.")

    scene.redact(comment, "Zonder.")

    assert texts(comment) == [("Met een telefoonnummer.", SUPERSEDED), ("Zonder.", WAITING)]


def test_a_redaction_sent_twice_is_one(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    version = comment.version
    first = revisions.redact(scene.session, comment, "Zonder.", by=scene.moderator, version=version, now=NOW)

    second = revisions.redact(scene.session, comment, "Zonder.", by=scene.moderator, version=version, now=NOW)

    assert second is first
    assert len(comment.revisions) == 2


def test_another_text_for_the_same_version_is_no_repetition(scene: Scene) -> None:
    comment = scene.comment()
    version = comment.version
    revisions.edit(scene.session, comment, "Een.", version=version, now=NOW)

    with pytest.raises(DecidedAlready):
        revisions.edit(scene.session, comment, "Twee.", version=version, now=NOW)

    assert comment.newest_revision.source == "Een."


def test_a_returned_comment_comes_back_at_the_same_place(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    place = (comment.number, comment.root_number, comment.path)
    scene.move(comment, Move.REMOVE)
    scene.move(comment, Move.REOPEN)
    scene.move(comment, Move.RETURN)

    revisions.resubmit(scene.session, comment, "Beter.", version=comment.version, now=NOW)
    scene.move(comment, Move.APPROVE)

    assert published(comment) == "Beter."
    assert (comment.number, comment.root_number, comment.path) == place


def test_a_withdrawn_comment_leaves_the_queue(scene: Scene) -> None:
    comment = scene.comment()

    scene.move(comment, Move.WITHDRAW, by=lifecycle.COMMENTER)

    assert comment.waiting_revision is None


def test_an_edit_of_a_withdrawn_comment_is_refused_and_not_kept(scene: Scene) -> None:
    comment = scene.comment(State.WITHDRAWN)

    with pytest.raises(MoveNotAllowed):
        scene.edit(comment, "Toch niet.")

    assert len(comment.revisions) == 1


@pytest.mark.parametrize("source", ["", " \u200b ", "&nbsp;"])
def test_a_new_text_with_nothing_to_read_is_refused(scene: Scene, source: str) -> None:
    comment = scene.comment()

    with pytest.raises(EmptyAfterCleaning):
        scene.edit(comment, source)


def test_a_new_text_is_cleaned_and_printed_like_a_first_one(scene: Scene) -> None:
    comment = scene.comment()

    scene.edit(comment, "  *Zo* <script>niet</script>\r\n ")

    assert comment.newest_revision.source == "*Zo* <script>niet</script>"
    assert "<em>Zo</em>" in comment.newest_revision.html
    assert "<script" not in comment.newest_revision.html


@pytest.mark.parametrize("kind", [Move.REMOVE, Move.SPAM, Move.PICK], ids=str)
def test_what_happens_to_a_public_comment_is_about_the_text_that_readers_see(
    scene: Scene, kind: Move
) -> None:
    comment = scene.comment(State.APPROVED, source="Wat er stond.")
    scene.edit(comment, "Wat nog niemand las.")

    event = scene.move(comment, kind)

    assert event.revision is not None
    assert event.revision.source == "Wat er stond."


@pytest.mark.parametrize("kind", [Move.REMOVE, Move.SPAM], ids=str)
def test_an_edit_does_not_wait_on_once_its_comment_is_removed(scene: Scene, kind: Move) -> None:
    comment = scene.comment(State.APPROVED, source="Wat er stond.")
    scene.edit(comment, "Wat nog niemand las.")

    scene.move(comment, kind)

    assert texts(comment) == [("Wat er stond.", PUBLISHED), ("Wat nog niemand las.", DECLINED)]


@pytest.mark.parametrize("kind", [Move.REMOVE, Move.SPAM], ids=str)
def test_undoing_a_removal_has_the_edit_wait_again(scene: Scene, kind: Move) -> None:
    comment = scene.comment(State.APPROVED, source="Wat er stond.")
    scene.edit(comment, "Wat nog niemand las.")
    scene.move(comment, kind)

    scene.move(comment, Move.UNDO)

    assert published(comment) == "Wat er stond."
    assert texts(comment) == [("Wat er stond.", PUBLISHED), ("Wat nog niemand las.", WAITING)]


def test_a_removed_comment_that_is_put_back_is_judged_by_its_newest_text(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Wat er stond.")
    scene.edit(comment, "Wat nog niemand las.")
    scene.move(comment, Move.REMOVE)
    scene.move(comment, Move.REOPEN)

    event = scene.move(comment, Move.REJECT)

    assert event.revision is not None
    assert event.revision.source == "Wat nog niemand las."
    assert texts(comment) == [("Wat er stond.", SUPERSEDED), ("Wat nog niemand las.", DECLINED)]
