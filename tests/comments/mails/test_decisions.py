"""What a writer is told of decisions: each that stands, once, and nothing that was taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from forum.articles.models import Article, ArticleState, CommentPolicy
from forum.comments import lifecycle
from forum.comments.lifecycle import Reason
from forum.comments.models import ActorKind, Comment, CommentEvent, CommentRevision, Move, State
from forum.mail.models import OutboxMail
from tests.comments.mails.post import OFF_TOPIC, Post
from tests.conftest import AppFactory
from tests.factories import MODERATOR, NOW, READER, make_site

LATER = NOW + timedelta(hours=1)
WORDS = "Een buurthuis draait op mensen"


def test_the_writer_is_told_that_a_comment_is_published_and_where(post: Post) -> None:
    comment_id = post.site.approved()

    (mail,) = post.send()

    assert (mail.kind, mail.recipient) == ("approved", READER.email)
    assert f"/comments/{comment_id}\n" in mail.words.text
    assert f'/comments/{comment_id}"' in mail.words.html


def test_every_mail_to_a_writer_links_to_the_own_page(post: Post) -> None:
    post.site.approved()

    (mail,) = post.send()

    assert "/writer/" in mail.words.text
    assert "/writer/" in mail.words.html


def test_a_refusal_tells_the_reason_and_the_law(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.REJECT, reason=Reason("privacy", legal_ground="AVG, art. 6"))

    (mail,) = post.send()

    assert mail.kind == "refused"
    assert "Noemt privégegevens van een ander" in mail.words.text
    assert "AVG, art. 6" in mail.words.html


def test_a_note_for_colleagues_is_told_to_no_writer(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC, note="Deze man kennen we.")

    (mail,) = post.send()

    assert "kennen we" not in mail.words.text + mail.words.html + mail.words.subject


def test_no_moderator_is_named_to_a_writer(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    (mail,) = post.send()

    assert MODERATOR.name not in mail.words.text + mail.words.html
    assert MODERATOR.email not in mail.words.text + mail.words.html


@pytest.mark.parametrize(
    ("policy", "is_offered"), [(CommentPolicy.PREMODERATED, True), (CommentPolicy.CLOSED, False)]
)
def test_writing_again_is_offered_where_it_is_possible(
    post: Post, policy: CommentPolicy, is_offered: bool
) -> None:
    comment_id = post.site.comment()
    post.write(lambda session: session.execute(update(Article).values(comment_policy=policy)))
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    (mail,) = post.send()

    assert (f"/articles/{post.site.slug}\n" in mail.words.text) is is_offered


def test_approved_undone_and_refused_within_the_delay_is_one_mail_the_refusal(both_posts: Post) -> None:
    comment_id = both_posts.site.approved()
    both_posts.move(comment_id, Move.UNDO)
    both_posts.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    assert both_posts.send_kinds() == ["refused"]


def test_an_undone_approval_that_comes_again_is_told_once(both_posts: Post) -> None:
    comment_id = both_posts.site.approved()
    both_posts.move(comment_id, Move.UNDO)
    both_posts.move(comment_id, Move.APPROVE)

    assert both_posts.send_kinds() == ["approved"]


def test_an_approval_that_was_told_is_not_told_again_after_an_undo(both_posts: Post) -> None:
    comment_id = both_posts.site.approved()
    both_posts.send()
    both_posts.move(comment_id, Move.UNDO)
    both_posts.move(comment_id, Move.APPROVE)

    assert both_posts.send_kinds() == []


def test_an_approval_after_a_refusal_that_was_told_is_told(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()
    post.move(comment_id, Move.UNDO)
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)
    post.send()
    post.move(comment_id, Move.UNDO)
    post.move(comment_id, Move.APPROVE)

    assert post.send_kinds() == ["approved"]


def test_who_was_told_of_a_removal_is_told_that_it_was_undone(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()
    post.move(comment_id, Move.REMOVE, reason=OFF_TOPIC)
    removed = post.send_kinds()
    post.move(comment_id, Move.UNDO)

    assert removed == ["removed"]
    assert post.send_kinds() == ["approved"]


def test_a_removal_that_is_undone_within_the_delay_is_never_heard_of(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()
    post.move(comment_id, Move.REMOVE, reason=OFF_TOPIC)
    post.move(comment_id, Move.UNDO)

    assert post.send_kinds() == []


def test_of_two_refusals_one_after_the_other_the_last_reason_is_told(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.REJECT, reason=Reason("insult"))
    post.move(comment_id, Move.REOPEN)
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    (mail,) = post.send()

    assert "Gaat niet over het artikel" in mail.words.text


def test_another_reason_is_told_after_the_first_was(post: Post) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, Move.REJECT, reason=Reason("insult"))
    post.send()
    post.move(comment_id, Move.UNDO)
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    assert post.send_kinds() == ["refused"]


@pytest.mark.parametrize("kind", [Move.SPAM, Move.HOLD])
def test_nobody_is_told_of_spam_or_of_a_second_opinion(post: Post, kind: Move) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, kind)

    assert post.waiting() == []


@pytest.mark.parametrize("kind", [Move.WITHDRAW, Move.ERASE])
def test_what_the_writer_does_is_no_news_to_the_writer(post: Post, kind: Move) -> None:
    comment_id = post.site.comment()
    post.move(comment_id, kind, by=lifecycle.COMMENTER)

    assert post.waiting() == []


def test_a_comment_that_was_withdrawn_meanwhile_is_not_said_to_be_published(post: Post) -> None:
    comment_id = post.site.approved()
    post.move(comment_id, Move.WITHDRAW, by=lifecycle.COMMENTER)

    assert post.send_kinds() == []


@pytest.mark.parametrize("gone", [{"state": ArticleState.DRAFT}, {"published_at": NOW + timedelta(days=700)}])
def test_below_an_article_that_was_taken_down_meanwhile_nothing_is_said_to_be_published(
    post: Post, gone: dict[str, object]
) -> None:
    post.site.approved()
    changed = post.site.approved()
    post.edit(changed, "Een betere tekst.")
    post.move(changed, Move.APPROVE)
    waited = post.waiting()
    post.write(lambda session: session.execute(update(Article).values(gone)))

    assert waited == ["approved", "approved", "edit_approved"]
    assert post.send_kinds() == []


def test_a_refusal_below_an_article_that_was_taken_down_is_still_owed_and_leads_nowhere(post: Post) -> None:
    post.move(post.site.comment(), Move.REJECT, reason=OFF_TOPIC)
    post.write(lambda session: session.execute(update(Article).values(state=ArticleState.DRAFT)))

    (mail,) = post.send()

    assert mail.kind == "refused"
    assert f"/articles/{post.site.slug}" not in mail.words.text + mail.words.html


def test_a_comment_that_was_erased_meanwhile_brings_no_mail(both_posts: Post) -> None:
    comment_id = both_posts.site.approved()
    both_posts.move(comment_id, Move.ERASE, by=lifecycle.COMMENTER)

    assert both_posts.send_kinds() == []


def test_writers_of_another_site_get_no_mail(post: Post) -> None:
    comment_id = post.site.comment()
    post.write(
        lambda session: session.execute(
            update(CommentEvent).where(CommentEvent.comment_id == comment_id).values(kind=Move.IMPORT)
        )
    )
    post.move(comment_id, Move.APPROVE)

    assert post.waiting() == []


def test_an_answer_by_staff_brings_its_writer_no_mail(post: Post) -> None:
    post.staff_reply(None)

    assert post.waiting() == []


def test_who_stopped_all_mail_gets_none_about_own_comments(post: Post) -> None:
    comment_id = post.site.comment()
    post.change(READER, mail_stopped_at=NOW)
    post.move(comment_id, Move.APPROVE)

    assert post.waiting() == []


def test_who_stops_all_mail_while_one_waits_gets_it_no_more(post: Post) -> None:
    post.site.approved()
    post.change(READER, mail_stopped_at=NOW)

    assert post.send_kinds() == []


def test_an_address_that_has_another_owner_now_gets_nothing_of_the_first(post: Post) -> None:
    post.site.approved()
    post.change(READER, email="iemand.anders@lezers.example")

    assert post.send_kinds() == []


def test_an_unproven_address_gets_no_mail_where_addresses_are_proven(
    sqlite_url: str, make_app: AppFactory
) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always")))
    post.site.approved()

    assert post.send_kinds() == []


def test_a_proven_address_gets_mail_where_addresses_are_proven(sqlite_url: str, make_app: AppFactory) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always")))
    post.site.approved()
    post.prove()

    assert post.send_kinds() == ["approved"]


@pytest.mark.parametrize("is_proven", [False, True])
def test_a_text_is_sent_to_no_address_that_was_only_typed(post: Post, is_proven: bool) -> None:
    comment_id = post.site.comment()
    if is_proven:
        post.prove()
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    (mail,) = post.send()

    assert (WORDS in mail.words.text, WORDS in mail.words.html) == (is_proven, is_proven)


def test_an_approved_change_is_told(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()
    post.edit(comment_id, "Een buurthuis draait op buren.")
    post.move(comment_id, Move.APPROVE)

    assert post.send_kinds() == ["edit_approved"]


def test_a_declined_change_is_told_with_its_reason(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()
    post.edit(comment_id, "Een buurthuis draait op buren.")
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC)

    (mail,) = post.send()

    assert mail.kind == "edit_declined"
    assert "Gaat niet over het artikel" in mail.words.text


@pytest.mark.parametrize(("kind", "reason"), [(Move.APPROVE, None), (Move.REJECT, OFF_TOPIC)])
def test_a_decision_about_a_change_that_is_undone_is_not_told(
    post: Post, kind: Move, reason: Reason | None
) -> None:
    comment_id = post.site.approved()
    post.send()
    post.edit(comment_id, "Een buurthuis draait op buren.")
    post.move(comment_id, kind, reason=reason)
    post.move(comment_id, Move.UNDO)

    assert post.send_kinds() == []


def test_a_return_tells_what_the_moderator_asks(post: Post) -> None:
    comment_id = post.site.comment()
    post.write(lambda session: session.execute(update(CommentRevision).values(remark="Noem je bron.\nDank!")))
    post.move(comment_id, Move.RETURN)

    (mail,) = post.send()

    assert mail.kind == "returned"
    assert "> Noem je bron.\n> Dank!" in mail.words.text
    assert "<p>Noem je bron.<br>Dank!</p>" in mail.words.html


def test_an_automatic_refusal_says_that_no_person_decided(sqlite_url: str, make_app: AppFactory) -> None:
    post = Post(make_site(make_app(sqlite_url, FORUM_LOCALE="en")))
    comment_id = post.site.comment()
    post.move(comment_id, Move.REJECT, reason=OFF_TOPIC, by=lifecycle.Actor(ActorKind.RULE))

    (mail,) = post.send()

    assert "This was decided automatically." in mail.words.text
    assert "A moderator has read" not in mail.words.text


def test_a_mail_about_a_decision_waits_for_an_undo_and_is_part_of_its_event(post: Post) -> None:
    post.site.approved()

    mail = post.read(lambda session: session.query(OutboxMail).one())

    assert mail.waits_for_undo
    assert mail.event_id is not None
    assert not mail.to_staff


def test_no_mail_about_a_decision_is_a_subscription(post: Post) -> None:
    post.site.approved()

    (mail,) = post.send()

    assert mail.words.unsubscribe_url is None


def test_the_state_of_a_comment_is_never_changed_by_composing(post: Post) -> None:
    comment_id = post.site.approved()
    post.send()

    state, version = post.read(lambda session: _state(session.get_one(Comment, comment_id)))

    assert (state, version) == (State.APPROVED, 2)


def _state(comment: Comment) -> tuple[State, int]:
    return comment.state, comment.version


def test_a_removal_is_about_the_text_that_readers_saw_and_not_about_an_edit_that_waits(post: Post) -> None:
    comment_id = post.site.approved(source="Wat er stond.")
    post.prove()
    post.edit(comment_id, "Wat nog niemand las.")
    post.send()
    post.move(comment_id, Move.REMOVE, reason=OFF_TOPIC)

    (mail,) = post.send()

    assert mail.kind == "removed"
    assert "Wat er stond" in mail.words.text
    assert "Wat nog niemand las" not in mail.words.text
