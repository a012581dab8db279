"""Erasing an address: who it was is forgotten everywhere, and what others wrote stands where it stood."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, inspect, select

from forum.accounts.models import Account, Cadence
from forum.base.errors import NotFound
from forum.comments import erasing, lifecycle, thread
from forum.comments.errors import DecidedAlready, NothingToUndo
from forum.comments.loaders import get_submitted_comment, submission_token
from forum.comments.models import (
    Comment,
    Commenter,
    CommentEvent,
    CommentRevision,
    Erasure,
    ErasureScope,
    Follow,
    Move,
    RevisionState,
    State,
    Submission,
)
from forum.comments.submission import submit_staff_reply
from forum.mail.models import OutboxMail
from forum.mail.outbox import NewMail, put
from tests.comments.scene import Scene, published, texts
from tests.factories import NOW, READER, SIGNER, Person

NEIGHBOUR = Person("Karel Smit", "karel.smit@lezers.example")
BOTH_WAYS = pytest.mark.parametrize("keep_texts", [True, False], ids=["keep texts", "texts too"])


def erase(scene: Scene, *, keep_texts: bool, email: str = READER.email) -> None:
    commenter = scene.session.scalar(select(Commenter).where(Commenter.email == email))
    assert commenter is not None
    erasing.erase_address(scene.session, SIGNER, commenter, keep_texts=keep_texts, now=NOW)


def neighbours_answer(scene: Scene, parent: Comment, **values: Any) -> Comment:
    answer = scene.comment(
        State.APPROVED, name=NEIGHBOUR.name, email=NEIGHBOUR.email, parent_id=parent.id, **values
    )
    scene.session.flush()
    return answer


def rows_with(scene: Scene, words: str) -> list[str]:
    """Every column of every table in which these words stand, in any case."""
    found = []
    bind = scene.session.connection()
    for table in inspect(bind).get_table_names():
        for row in bind.exec_driver_sql(f'SELECT * FROM "{table}"').mappings():
            found += [f"{table}.{name}" for name, value in row.items() if words.lower() in str(value).lower()]
    return found


def page(scene: Scene) -> list[Any]:
    read = thread.read_whole(scene.session, scene.article.id, sort=thread.Sort.OLDEST)
    return list(read.comments)


@BOTH_WAYS
def test_no_table_holds_the_address_or_the_name_afterwards(scene: Scene, keep_texts: bool) -> None:
    comment = scene.comment(State.APPROVED, website="https://noor.de.wit.example")
    scene.comment(State.REJECTED)
    put(scene.session, NewMail(key="a", kind="approved", recipient=READER.email), now=NOW)
    scene.move(comment, Move.PICK)
    lifecycle.last_event(scene.session, comment).note = f"Gebeld met {READER.email}"  # type: ignore[union-attr]
    scene.session.flush()

    erase(scene, keep_texts=keep_texts)

    assert rows_with(scene, READER.email) == []
    assert rows_with(scene, READER.name) == []
    assert rows_with(scene, "noor.de.wit") == []


@pytest.mark.parametrize("state", [s for s in State if s not in {State.APPROVED, State.ERASED}], ids=str)
@BOTH_WAYS
def test_what_is_not_public_is_emptied_in_both_ways(scene: Scene, state: State, keep_texts: bool) -> None:
    comment = scene.comment(state)

    erase(scene, keep_texts=keep_texts)

    assert comment.state is State.ERASED
    assert texts(comment) == [("", RevisionState.DECLINED)]


def test_published_texts_stay_without_a_name(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, website="https://noor.example", source="Wat blijft.")

    erase(scene, keep_texts=True)

    assert published(comment) == "Wat blijft."
    assert (comment.author_name, comment.website, comment.commenter_id, comment.badge) == (
        "",
        None,
        None,
        None,
    )


def test_a_published_text_that_goes_too_is_emptied(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)

    erase(scene, keep_texts=False)

    assert (comment.state, comment.published_revision_id) == (State.ERASED, None)
    assert texts(comment) == [("", RevisionState.DECLINED)]


def test_of_a_text_that_stays_the_other_versions_are_emptied(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Eerste versie.")
    scene.edit(comment, "Tweede versie.")
    scene.move(comment, Move.APPROVE)
    scene.edit(comment, "Derde versie, die wacht.")

    erase(scene, keep_texts=True)

    assert texts(comment) == [
        ("", RevisionState.DECLINED),
        ("Tweede versie.", RevisionState.PUBLISHED),
        ("", RevisionState.DECLINED),
    ]


@pytest.mark.parametrize(
    "source",
    [
        f"Mail me op {READER.email}.",
        f"Mail me op {READER.email.upper()}!",
        f"[mail](mailto:{READER.email})",
        "Mail noor.de.wit&#64;lezers.example",
        "Mail noor\\.de\\.wit@lezers.example",
    ],
)
def test_the_address_is_taken_out_of_a_text_that_stays(scene: Scene, source: str) -> None:
    comment = scene.comment(State.APPROVED, source=f"Eens. {source}")

    erase(scene, keep_texts=True)

    assert comment.published_revision is not None
    assert "lezers.example" not in comment.published_revision.source + comment.published_revision.html
    assert erasing.LEFT_OUT in comment.published_revision.html
    assert "Eens." in comment.published_revision.html


@BOTH_WAYS
def test_others_answers_stand_where_they_stood_at_any_depth(scene: Scene, keep_texts: bool) -> None:
    top = scene.comment(State.APPROVED)
    answer = neighbours_answer(scene, top, source="Daar ben ik het mee eens.")
    below = scene.comment(State.APPROVED, parent_id=answer.id)
    deepest = neighbours_answer(scene, below, source="En dat ook.")
    places = [(c.number, c.root_number, c.path) for c in (top, answer, below, deepest)]

    erase(scene, keep_texts=keep_texts)

    assert [(c.number, c.root_number, c.path) for c in (top, answer, below, deepest)] == places
    shown = page(scene)[0]
    assert shown.is_tombstone is not keep_texts
    assert shown.replies[0].html == "<p>Daar ben ik het mee eens.</p>"
    assert shown.replies[0].replies[0].replies[0].html == "<p>En dat ook.</p>"


def test_a_text_without_answers_is_gone_from_the_thread(scene: Scene) -> None:
    scene.comment(State.APPROVED)

    erase(scene, keep_texts=False)

    assert page(scene) == []


@BOTH_WAYS
def test_each_comment_gets_an_event_and_a_new_lock_number(scene: Scene, keep_texts: bool) -> None:
    comment = scene.comment(State.APPROVED)
    version = comment.version

    erase(scene, keep_texts=keep_texts)

    end = State.APPROVED if keep_texts else State.ERASED
    assert scene.events(comment)[-1] == (Move.ERASE, State.APPROVED, end)
    assert comment.version == version + 1
    assert lifecycle.last_event(scene.session, comment).comment_version == comment.version  # type: ignore[union-attr]


@BOTH_WAYS
def test_pages_that_show_the_name_or_the_text_are_made_again(scene: Scene, keep_texts: bool) -> None:
    scene.comment(State.APPROVED)
    article, front = scene.versions()

    erase(scene, keep_texts=keep_texts)

    assert scene.versions() == (article + 1, front + 1)


def test_no_page_changes_for_what_was_never_public(scene: Scene) -> None:
    scene.comment(State.PENDING)
    before = scene.versions()

    erase(scene, keep_texts=False)

    assert scene.versions() == before


@BOTH_WAYS
def test_the_submission_pages_are_gone(scene: Scene, keep_texts: bool) -> None:
    token = submission_token(SIGNER, scene.comment(State.APPROVED))

    erase(scene, keep_texts=keep_texts)

    with pytest.raises(NotFound):
        get_submitted_comment(scene.session, SIGNER, token)


@BOTH_WAYS
def test_mails_follows_and_forms_are_gone_and_others_stay(scene: Scene, keep_texts: bool) -> None:
    comment = scene.comment(State.APPROVED)
    neighbours_answer(scene, comment)
    for commenter in scene.session.scalars(select(Commenter)):
        scene.session.add(
            Follow(
                commenter_id=commenter.id, article_id=scene.article.id, cadence=Cadence.DAILY, created_at=NOW
            )
        )
        put(scene.session, NewMail(key=commenter.email, kind="x", recipient=commenter.email), now=NOW)

    erase(scene, keep_texts=keep_texts)

    remaining = scene.session.scalars(select(Commenter.email)).all()
    assert remaining == [NEIGHBOUR.email]
    assert set(scene.session.scalars(select(OutboxMail.recipient))) == {NEIGHBOUR.email}
    assert scene.session.scalar(select(func.count()).select_from(Follow)) == 1
    assert scene.session.scalar(select(func.count()).select_from(Submission)) == 1


@BOTH_WAYS
def test_mail_to_staff_at_the_same_address_stays(scene: Scene, keep_texts: bool) -> None:
    comment = scene.comment(State.APPROVED)
    for to_staff in (True, False):
        mail = NewMail(key=str(to_staff), kind="x", recipient=READER.email, to_staff=to_staff)
        put(scene.session, replace(mail, comment_id=comment.id), now=NOW)

    erase(scene, keep_texts=keep_texts)

    assert scene.session.scalars(select(OutboxMail.to_staff)).all() == [True]


def test_mail_to_staff_about_an_erased_comment_of_the_same_address_stays(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    mail = NewMail(key="k", kind="x", recipient=READER.email, to_staff=True, comment_id=comment.id)
    put(scene.session, mail, now=NOW)

    erasing.erase_comment(
        scene.session, SIGNER, comment, by=scene.moderator, version=comment.version, now=NOW
    )

    assert scene.session.scalars(select(OutboxMail.to_staff)).all() == [True]


@pytest.mark.parametrize(
    ("keep_texts", "scope"), [(True, ErasureScope.PERSON), (False, ErasureScope.ADDRESS)], ids=str
)
def test_what_was_erased_is_written_down_without_the_address(
    scene: Scene, keep_texts: bool, scope: ErasureScope
) -> None:
    scene.comment()

    erase(scene, keep_texts=keep_texts)

    rows = scene.session.scalars(select(Erasure).where(Erasure.scope != ErasureScope.COMMENT)).all()
    assert [(row.mark, row.scope, row.at) for row in rows] == [
        (erasing.address_mark(SIGNER, READER.email), scope, NOW)
    ]


def test_of_a_name_that_went_each_comment_is_written_down_emptied_or_as_the_text_that_stays(
    scene: Scene,
) -> None:
    kept = scene.comment(State.APPROVED, source=f"Mail me: {READER.email}.")
    emptied = scene.comment(State.WITHDRAWN)

    erase(scene, keep_texts=True)

    rows = scene.session.scalars(select(Erasure).where(Erasure.scope != ErasureScope.PERSON))
    assert {(row.scope, row.mark) for row in rows} == {
        (ErasureScope.KEPT, erasing.kept_mark(SIGNER, kept.id, f"Mail me: {READER.email}.")),
        (ErasureScope.KEPT, erasing.comment_mark(SIGNER, kept.id, NOW)),
        (ErasureScope.COMMENT, erasing.comment_mark(SIGNER, emptied.id, NOW)),
    }


def test_of_an_address_that_went_with_its_texts_each_comment_is_written_down(scene: Scene) -> None:
    comments = [scene.comment(State.APPROVED), scene.comment(State.WITHDRAWN)]

    erase(scene, keep_texts=False)

    rows = scene.session.scalars(select(Erasure).where(Erasure.scope != ErasureScope.ADDRESS))
    assert {(row.scope, row.mark) for row in rows} == {
        (ErasureScope.COMMENT, erasing.comment_mark(SIGNER, comment.id, NOW)) for comment in comments
    }


def test_erasing_twice_is_erasing_once(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    commenter = comment.commenter
    assert commenter is not None
    erasing.erase_address(scene.session, SIGNER, commenter, keep_texts=False, now=NOW)
    events = scene.events(comment)

    scene.comment()  # the address comes back, and is erased at the same moment: as after a restore
    erase(scene, keep_texts=False)

    assert scene.events(comment) == events
    of_address = select(func.count()).where(Erasure.scope == ErasureScope.ADDRESS)
    assert scene.session.scalar(of_address) == 1


def test_answers_by_staff_with_the_same_address_are_theirs(scene: Scene) -> None:
    account = scene.session.get_one(Account, scene.moderator.account_id)
    answer = submit_staff_reply(
        scene.session, scene.article, account, "Dank.", "<p>Dank.</p>", parent_id=None, now=NOW
    )
    scene.comment(email=account.email)

    erase(scene, keep_texts=False, email=account.email)

    assert (answer.state, answer.author_name, published(answer)) == (State.APPROVED, account.name, "Dank.")


def test_an_emptied_version_never_comes_back_into_the_queue(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Wat blijft.")
    scene.edit(comment, "Wat wachtte.")
    erase(scene, keep_texts=True)

    scene.move(comment, Move.REMOVE)
    scene.move(comment, Move.REOPEN)
    scene.move(comment, Move.HOLD)
    scene.move(comment, Move.UNDO)

    assert comment.waiting_revision is not None
    assert comment.waiting_revision.source == "Wat blijft."


def test_a_decision_from_before_an_erasure_cannot_be_undone(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED, source="Eerste versie.")
    scene.edit(comment, "Tweede versie.")
    scene.move(comment, Move.APPROVE)
    erase(scene, keep_texts=True)

    with pytest.raises(NothingToUndo):
        scene.move(comment, Move.UNDO)


def test_a_moderator_who_had_the_comment_before_them_is_told(scene: Scene) -> None:
    comment = scene.comment()
    seen = comment.version
    erase(scene, keep_texts=True)

    with pytest.raises(DecidedAlready):
        scene.move(comment, Move.APPROVE, version=seen)


def test_two_thousand_comments_go_with_few_statements(scene: Scene) -> None:
    first = scene.comment(State.APPROVED, source=f"Bel {READER.email}")
    scene.session.flush()
    columns = {c.name: getattr(first, c.name) for c in Comment.__table__.columns if c.name != "id"}
    rows = [
        columns | {"number": None, "path": None, "published_revision_id": None, "state": State.PENDING}
    ] * 2000
    scene.session.execute(Comment.__table__.insert(), rows)  # type: ignore[attr-defined]
    ids = scene.session.scalars(select(Comment.id).where(Comment.id != first.id)).all()
    text = {
        c.name: getattr(first.revisions[0], c.name)
        for c in CommentRevision.__table__.columns
        if c.name != "id"
    }
    scene.session.execute(
        CommentRevision.__table__.insert(),  # type: ignore[attr-defined]
        [text | {"comment_id": id_, "state": RevisionState.WAITING} for id_ in ids],
    )

    erase(scene, keep_texts=False)

    states = scene.session.execute(select(Comment.state, func.count()).group_by(Comment.state)).all()
    assert [tuple(row) for row in states] == [(State.ERASED, 2001)]
    erasures = select(func.count()).where(CommentEvent.kind == Move.ERASE).select_from(CommentEvent)
    assert scene.session.scalar(erasures) == 2001
    assert rows_with(scene, READER.email) == []
