"""A form becomes a comment once: replays, parents, closing, commenters, holds, and answers by staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from forum.accounts.models import Account, RoleName
from forum.articles.models import CommentPolicy
from forum.base.errors import NotFound, Refusal
from forum.comments import lifecycle
from forum.comments.commenters import commenter_id_for, record_of
from forum.comments.errors import CommentsClosed, EmptyAfterCleaning, ParentGone, SubmissionIdReused
from forum.comments.loaders import get_submitted_comment, submission_token
from forum.comments.models import Badge, Comment, Commenter, Move, State, Submission
from forum.comments.submission import CommentDraft, Receipt, find_replay, submit, submit_staff_reply
from tests.comments.scene import Scene
from tests.factories import AUTHOR, NOW, READER, SIGNER, make_account, make_article, make_draft

MINUTE = timedelta(minutes=1)


def replay(scene: Scene, draft: CommentDraft, *, later: timedelta = timedelta(0)) -> Receipt | None:
    return find_replay(scene.session, SIGNER, scene.article, draft, now=NOW + later)


def send(scene: Scene, draft: CommentDraft) -> int:
    return submit(scene.session, SIGNER, scene.article, draft, now=NOW).id


def test_a_new_submission_is_no_replay(scene: Scene) -> None:
    assert replay(scene, make_draft()) is None


def test_the_same_id_again_is_answered_as_the_first_time_however_late(scene: Scene) -> None:
    draft = make_draft(submission_id="een")
    comment_id = send(scene, draft)

    answers = {replay(scene, draft, later=wait) for wait in (0 * MINUTE, 11 * MINUTE, timedelta(days=400))}

    token = submission_token(SIGNER, scene.session.get_one(Comment, comment_id))
    assert answers == {Receipt(comment_id, token, is_new=False)}


def test_the_token_of_a_comment_opens_no_other_one_that_has_its_id_after_a_restore(scene: Scene) -> None:
    comment = scene.session.get_one(Comment, send(scene, make_draft()))
    token = submission_token(SIGNER, comment)
    opened = get_submitted_comment(scene.session, SIGNER, token)[0]

    comment.submitted_at += timedelta(microseconds=1)  # as somebody else's, from another life of the database

    assert opened is comment
    with pytest.raises(NotFound):
        get_submitted_comment(scene.session, SIGNER, token)


@pytest.mark.parametrize("change", [{"source": "Iets anders."}, {"email": "ander@lezers.example"}], ids=str)
def test_the_same_id_with_anything_different_is_refused(scene: Scene, change: dict[str, str]) -> None:
    send(scene, make_draft(submission_id="een"))

    with pytest.raises(SubmissionIdReused):
        replay(scene, make_draft(submission_id="een", **change))


def test_the_same_id_below_another_article_is_refused(scene: Scene) -> None:
    draft = make_draft(submission_id="een")
    send(scene, draft)
    other = make_article(scene.session)

    with pytest.raises(SubmissionIdReused):
        find_replay(scene.session, SIGNER, other, draft, now=NOW)


def test_another_id_with_the_same_text_is_a_new_comment(scene: Scene) -> None:
    send(scene, make_draft(submission_id="een"))

    assert replay(scene, make_draft(submission_id="twee")) is None


@pytest.mark.parametrize("first_id", [None, "een"])
def test_the_same_text_without_an_id_is_told_it_was_received_and_given_no_link(
    scene: Scene, first_id: str | None
) -> None:
    send(scene, make_draft(submission_id=first_id))

    assert replay(scene, make_draft(), later=9 * MINUTE) == Receipt(None, None, is_new=False)


def test_after_ten_minutes_the_same_text_without_an_id_is_new(scene: Scene) -> None:
    send(scene, make_draft())

    assert replay(scene, make_draft(), later=10 * MINUTE) is None


@pytest.mark.parametrize("change", [{"source": "Iets anders."}, {"email": "ander@lezers.example"}], ids=str)
def test_another_text_or_address_without_an_id_is_new(scene: Scene, change: dict[str, str]) -> None:
    send(scene, make_draft())

    assert replay(scene, make_draft(**change)) is None


def test_only_an_approved_comment_of_the_same_article_can_be_answered(scene: Scene) -> None:
    for state in State:
        parent = scene.comment(state)
        try:
            send(scene, make_draft(parent_id=parent.id))
            taken = True
        except ParentGone:
            taken = False

        assert taken is (state is State.APPROVED), state


def test_a_comment_below_another_article_cannot_be_answered_here(scene: Scene) -> None:
    elsewhere = Scene(scene.session, make_article(scene.session), scene.moderator, scene.second_moderator)
    parent = elsewhere.comment(State.APPROVED)

    with pytest.raises(ParentGone):
        send(scene, make_draft(parent_id=parent.id))


def test_a_comment_that_never_was_cannot_be_answered(scene: Scene) -> None:
    with pytest.raises(ParentGone):
        send(scene, make_draft(parent_id=987_654))


def test_a_reply_is_one_level_deeper_than_what_it_answers(scene: Scene) -> None:
    root = scene.comment(State.APPROVED)
    reply = scene.comment(State.APPROVED, parent_id=root.id)

    deeper = scene.comment(parent_id=reply.id)

    assert (root.depth, reply.depth, deeper.depth, deeper.parent_id) == (0, 1, 2, reply.id)


@pytest.mark.parametrize(
    ("before_closing", "taken"), [(timedelta(microseconds=1), True), (timedelta(0), False), (-MINUTE, False)]
)
def test_no_comment_is_taken_at_the_closing_minute(
    scene: Scene, before_closing: timedelta, taken: bool
) -> None:
    scene.article.comments_close_at = NOW + before_closing
    refused = False

    try:
        send(scene, make_draft())
    except CommentsClosed:
        refused = True

    assert refused is not taken


def test_a_closed_discussion_takes_no_comment(scene: Scene) -> None:
    scene.article.comment_policy = CommentPolicy.CLOSED

    with pytest.raises(CommentsClosed):
        send(scene, make_draft())


@pytest.mark.parametrize("html", ["", "<p>\u200b</p>", "<p>&nbsp;<br></p>"])
def test_a_text_with_nothing_to_read_is_refused_and_leaves_nothing(scene: Scene, html: str) -> None:
    with pytest.raises(EmptyAfterCleaning):
        send(scene, make_draft(html=html))

    assert scene.session.scalar(select(func.count()).select_from(Commenter)) == 0


def test_what_was_typed_is_kept_with_the_comment(scene: Scene) -> None:
    comment = scene.comment(
        name="Noor", website="https://www.voorbeeld.example", notify_replies=True, network_hash="a" * 32
    )

    assert (comment.author_name, comment.website, comment.notify_replies, comment.lang) == (
        "Noor", "https://www.voorbeeld.example", True, "nl",
    )  # fmt: skip
    form = scene.session.scalars(select(Submission)).one()
    assert (form.comment_id, form.network_hash, form.received_at) == (comment.id, "a" * 32, NOW)
    assert READER.email not in form.fingerprint


def test_one_address_is_one_commenter_who_is_not_proven_by_typing_it(scene: Scene) -> None:
    first, second = scene.comment(), scene.comment(name="Een ander")

    assert first.commenter_id == second.commenter_id
    commenter = scene.session.scalars(select(Commenter)).one()
    assert (commenter.email, commenter.proven_at, commenter.created_at) == (READER.email, None, NOW)


def test_a_commenter_that_exists_is_left_as_it_is(scene: Scene) -> None:
    first = commenter_id_for(scene.session, READER.email, now=NOW)
    commenter = scene.session.get_one(Commenter, first)
    commenter.proven_at = NOW
    scene.session.flush()

    second = commenter_id_for(scene.session, READER.email, now=NOW + MINUTE)
    scene.session.refresh(commenter)

    assert (second, commenter.proven_at, commenter.created_at) == (first, NOW, NOW)


def test_the_record_of_an_address_counts_its_comments_by_state(scene: Scene) -> None:
    for state in (State.APPROVED, State.APPROVED, State.REJECTED, State.PENDING):
        comment = scene.comment(state)
        comment.proven_at = NOW
    scene.comment(State.APPROVED)  # somebody only typed the address
    scene.session.flush()
    assert comment.commenter_id is not None

    record = record_of(scene.session, {comment.commenter_id, 987_654})

    assert record == {comment.commenter_id: {State.APPROVED: 2, State.REJECTED: 1, State.PENDING: 1}}


def test_hold_reasons_are_kept_and_refuse_nothing(scene: Scene) -> None:
    account = scene.session.get_one(Account, scene.moderator.account_id)

    comment = scene.comment(
        name=account.name.upper(), honeypot="gratis", started_at=NOW - timedelta(seconds=2),
        source="https://a.example en https://b.example",
    )  # fmt: skip

    assert comment.state is State.PENDING
    assert [reason["code"] for reason in comment.newest_revision.hold_reasons] == [
        "staff_name", "honeypot", "too_fast", "links",
    ]  # fmt: skip


def staff(scene: Scene, *roles: RoleName) -> Account:
    return make_account(scene.session, AUTHOR, roles)


def answer(scene: Scene, account: Account, parent_id: int | None = None) -> Comment:
    return submit_staff_reply(
        scene.session, scene.article, account, "Dank je.", "<p>Dank je.</p>", parent_id=parent_id, now=NOW
    )


def test_an_answer_by_staff_is_public_at_once_in_its_place(scene: Scene) -> None:
    parent = scene.comment(State.APPROVED)
    before = scene.versions()

    comment = submit_staff_reply(
        scene.session, scene.article, staff(scene, RoleName.AUTHOR), "Dank je.", "<p>Dank je.</p>",
        parent_id=parent.id, now=NOW,
    )  # fmt: skip

    assert (comment.state, comment.number, comment.root_number, comment.published_at) == (
        State.APPROVED,
        2,
        1,
        NOW,
    )
    assert comment.path == "0000100002"
    assert comment.published_revision is comment.newest_revision
    assert scene.versions() == (before[0] + 1, before[1] + 1)
    assert scene.events(comment) == [(Move.SUBMIT, None, State.APPROVED)]


@pytest.mark.parametrize(
    ("roles", "badge"),
    [
        ((RoleName.MODERATOR,), Badge.MODERATOR),
        ((RoleName.EDITOR, RoleName.ADMIN), Badge.EDITOR),
        ((RoleName.ADMIN,), Badge.ADMIN),
        ((RoleName.AUTHOR, RoleName.MODERATOR), Badge.MODERATOR),
    ],
)
def test_staff_speak_as_their_role(scene: Scene, roles: tuple[RoleName, ...], badge: Badge) -> None:
    comment = answer(scene, staff(scene, *roles))

    assert comment.badge is badge


def test_who_is_in_the_byline_speaks_as_the_author_whatever_other_roles(scene: Scene) -> None:
    account = staff(scene, RoleName.AUTHOR, RoleName.ADMIN)
    scene.article = make_article(scene.session, people=((AUTHOR.name, None),))

    comment = answer(scene, account)

    assert comment.badge is Badge.AUTHOR


def test_staff_may_answer_in_a_closed_discussion(scene: Scene) -> None:
    scene.article.comment_policy = CommentPolicy.CLOSED

    comment = answer(scene, staff(scene, RoleName.MODERATOR))

    assert comment.state is State.APPROVED


@pytest.mark.parametrize("state", [State.PENDING, State.REMOVED], ids=str)
def test_staff_answer_only_what_is_public(scene: Scene, state: State) -> None:
    parent = scene.comment(state)

    with pytest.raises(ParentGone):
        answer(scene, staff(scene, RoleName.MODERATOR), parent.id)


def test_an_answer_by_staff_can_be_removed_and_brought_back(scene: Scene) -> None:
    comment = submit_staff_reply(
        scene.session,
        scene.article,
        staff(scene, RoleName.AUTHOR),
        "Dank.",
        "<p>Dank.</p>",
        parent_id=None,
        now=NOW,
    )
    scene.move(comment, Move.REMOVE)

    scene.move(comment, Move.UNDO)

    assert (comment.state, comment.number) == (State.APPROVED, 1)
    assert comment.published_revision is not None
    with pytest.raises(Refusal):
        scene.move(comment, Move.UNDO)


def test_a_commenter_cannot_let_an_own_comment_through(scene: Scene) -> None:
    comment = scene.comment()

    with pytest.raises(Refusal):
        scene.move(comment, Move.APPROVE, by=lifecycle.COMMENTER)
