"""An erasure empties text and person everywhere, and leaves the history and the place."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from forum.accounts.models import Account
from forum.articles.models import Article
from forum.base.errors import NotFound
from forum.comments import lifecycle
from forum.comments.loaders import get_submitted_comment, submission_token
from forum.comments.models import Comment, Commenter, CommentRevision, Move, RevisionState, State, Submission
from forum.comments.submission import submit_staff_reply
from tests.comments.scene import Scene
from tests.factories import NOW, SIGNER


def erase(scene: Scene, comment: Comment) -> None:
    scene.move(comment, Move.ERASE, by=lifecycle.COMMENTER)
    scene.session.flush()
    scene.session.expire_all()


def count(scene: Scene, model: type[Commenter] | type[Submission]) -> int:
    return scene.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("state", [state for state in State if state is not State.ERASED], ids=str)
def test_no_text_and_no_person_is_left_in_any_revision(scene: Scene, state: State) -> None:
    comment = scene.comment(state)

    erase(scene, comment)

    assert (comment.author_name, comment.website, comment.commenter_id) == ("", None, None)
    assert {(r.source, r.html, r.state) for r in comment.revisions} == {("", "", RevisionState.DECLINED)}
    assert all(r.hold_reasons == [] and r.account_id is None for r in comment.revisions)


def test_every_version_of_the_text_is_emptied_even_those_by_staff(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    scene.redact(comment, "Zonder het nummer.")
    scene.edit(comment, "Nog eens.")

    erase(scene, comment)

    assert [revision.source for revision in comment.revisions] == ["", "", ""]
    assert comment.published_revision_id is None


def test_history_and_place_stay(scene: Scene) -> None:
    comment = scene.comment(State.APPROVED)
    place, events = (comment.number, comment.root_number, comment.path), scene.events(comment)

    erase(scene, comment)

    assert (comment.number, comment.root_number, comment.path) == place
    assert scene.events(comment) == [*events, (Move.ERASE, State.APPROVED, State.ERASED)]


def test_the_form_it_came_in_with_is_gone_and_so_is_a_commenter_without_comments(scene: Scene) -> None:
    comment = scene.comment()

    erase(scene, comment)

    assert (count(scene, Submission), count(scene, Commenter)) == (0, 0)


def test_a_commenter_with_another_comment_stays(scene: Scene) -> None:
    comment = scene.comment()
    scene.comment()

    erase(scene, comment)

    assert (count(scene, Submission), count(scene, Commenter)) == (1, 1)


def test_the_submission_page_of_an_erased_comment_is_gone(scene: Scene) -> None:
    comment = scene.comment()
    token = submission_token(SIGNER, comment)

    erase(scene, comment)

    with pytest.raises(NotFound):
        get_submitted_comment(scene.session, SIGNER, token)


def test_an_erased_answer_by_staff_no_longer_names_them(scene: Scene) -> None:
    account = scene.session.get_one(Account, scene.moderator.account_id)
    article = scene.session.get_one(Article, scene.article.id)
    comment = submit_staff_reply(
        scene.session, article, account, "Dank.", "<p>Dank.</p>", parent_id=None, now=NOW
    )

    scene.move(comment, Move.ERASE)

    assert (comment.account_id, comment.badge, comment.author_name) == (None, None, "")


def test_no_erased_text_is_left_in_the_table(scene: Scene) -> None:
    comment = scene.comment(source="Een geheim uit de wijk.")
    scene.edit(comment, "Een geheim van de buren.")

    erase(scene, comment)

    found = scene.session.scalars(
        select(CommentRevision.id).where(
            CommentRevision.source.contains("geheim") | CommentRevision.html.contains("geheim")
        )
    ).all()
    assert found == []
