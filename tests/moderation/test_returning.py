"""Sending a comment back for revision: words to the writer, marked passages, and what the writer makes of it."""

from __future__ import annotations

import pytest

from forum.base.clock import utc_now
from forum.base.session import db
from forum.comments.models import Comment, CommentRevision
from tests.comments.writer.pages import texts_of, writer
from tests.factories import Site
from tests.moderation.work import colleague, events_of, moderator, state_of

TEXT = "De wethouder *liegt* altijd.\n\nEn de raad slaapt."
ASKED = "Waaruit blijkt dat?"


def newest(site: Site, comment_id: int) -> CommentRevision:
    with site.app.app_context():
        revision = db.session.get_one(Comment, comment_id).newest_revision
        db.session.expunge(revision)
        return revision


def test_a_comment_goes_back_with_words_and_passages(both_sites: Site) -> None:
    comment_id = both_sites.comment(source=TEXT)

    answer = moderator(both_sites).decide(
        comment_id, "return", message=ASKED, passages="wethouder liegt\r\n\r\n de raad  slaapt \r\n"
    )

    assert answer.status_code == 303
    assert state_of(both_sites, comment_id) == ("returned", 2)
    revision = newest(both_sites, comment_id)
    assert (revision.remark, revision.passages) == (ASKED, ["wethouder liegt", "de raad  slaapt"])


def test_the_words_to_the_writer_stand_in_no_event(site: Site) -> None:
    comment_id = site.comment(source=TEXT)

    moderator(site).decide(comment_id, "return", message=ASKED, note="Let op deze.")

    assert events_of(site, comment_id)[-1] == ("return", None, "Let op deze.")


@pytest.mark.parametrize(
    ("message", "passages"),
    [
        ("", ""),
        (" \n ", ""),
        ("x" * 2_001, ""),
        (ASKED, "de burgemeester"),
        (ASKED, "\n".join(["raad"] * 21)),
    ],
    ids=["no words", "blank words", "too many words", "not in the text", "too many passages"],
)
def test_a_return_that_makes_no_sense_is_refused_and_its_words_given_back(
    site: Site, message: str, passages: str
) -> None:
    comment_id = site.comment(source=TEXT)

    answer = moderator(site).decide(comment_id, "return", message=message, passages=passages)

    assert answer.status_code == 422
    assert message in answer.text
    assert passages.split("\n")[0] in answer.text
    assert state_of(site, comment_id) == ("pending", 1)
    assert newest(site, comment_id).remark is None


def test_only_what_waits_can_be_sent_back(site: Site) -> None:
    comment_id = site.approved()

    answer = moderator(site).decide(comment_id, "return", 2, message=ASKED)

    assert answer.status_code == 422


def test_many_cannot_be_sent_back_at_once(site: Site) -> None:
    comment_id = site.comment()

    answer = moderator(site).decide_many([f"{comment_id}:1"], "return", message=ASKED)

    assert answer.status_code == 422
    assert state_of(site, comment_id) == ("pending", 1)


def test_the_same_return_again_is_one_and_keeps_its_words(site: Site) -> None:
    comment_id, mirjam = site.comment(source=TEXT), moderator(site)

    mirjam.decide(comment_id, "return", message=ASKED)
    again = mirjam.decide(comment_id, "return", message="Iets anders.")

    assert again.status_code == 303
    assert newest(site, comment_id).remark == ASKED


def test_a_second_return_has_words_of_its_own(site: Site) -> None:
    comment_id, mirjam = site.comment(source=TEXT), moderator(site)
    mirjam.decide(comment_id, "return", message=ASKED, passages="raad")
    mirjam.decide(comment_id, "undo", 2)

    mirjam.decide(comment_id, "return", 3, message="Toch liever korter.")

    revision = newest(site, comment_id)
    assert (revision.remark, revision.passages) == ("Toch liever korter.", [])


def test_who_sends_back_second_is_told_and_changes_nothing(site: Site) -> None:
    comment_id = site.comment(source=TEXT)
    moderator(site).decide(comment_id, "return", message=ASKED)

    answer = colleague(site).decide(comment_id, "return", message="Ik ook.")

    assert answer.status_code == 409
    assert newest(site, comment_id).remark == ASKED


def test_what_the_writer_makes_of_it_stands_below_what_was_asked(site: Site) -> None:
    comment_id, mirjam = site.comment(source=TEXT), moderator(site)
    mirjam.decide(comment_id, "return", message=ASKED, passages="altijd")
    writer(site).send(comment_id, "De wethouder zegt iets anders dan de notulen.")

    page = mirjam.queue()

    assert page.index(ASKED) < page.index("<mark>altijd</mark>") < page.index("dan de notulen")


def test_revise_send_again_and_approve_end_on_the_page(both_sites: Site) -> None:
    comment_id, mirjam = both_sites.comment(source=TEXT), moderator(both_sites)
    mirjam.decide(comment_id, "return", message=ASKED)
    writer(both_sites).send(comment_id, "De notulen zeggen iets anders.")

    mirjam.decide(comment_id, "approve", 3)

    page = both_sites.reader().get(f"/articles/{both_sites.slug}").text
    assert "De notulen zeggen iets anders." in page
    assert ASKED not in page
    assert "liegt" not in page


def test_hostile_words_to_the_writer_are_words(site: Site) -> None:
    comment_id = site.comment(source=TEXT)

    moderator(site).decide(comment_id, "return", message="<script>alert(1)</script>")

    assert "<script>alert(1)" not in writer(site).page()


@pytest.mark.parametrize("path", ["/moderation", "/moderation/comments/{id}"])
def test_a_moderators_look_is_remembered_the_first_time(both_sites: Site, path: str) -> None:
    comment_id, mirjam = both_sites.comment(), moderator(both_sites)

    looks = []
    for _ in range(2):
        assert mirjam.client.get(path.format(id=comment_id)).status_code == 200
        looks.append(newest(both_sites, comment_id).seen_at)

    assert looks[0] is not None
    assert looks[0] == looks[1]


def test_a_list_that_does_not_show_a_comment_is_no_look_at_it(site: Site) -> None:
    comment_id = site.comment()

    moderator(site).queue("?state=approved")

    assert newest(site, comment_id).seen_at is None


def test_after_a_look_the_writer_changes_nothing_unnoticed(site: Site) -> None:
    comment_id = site.comment(source="Eerst.", now=utc_now())
    moderator(site).queue()

    writer(site).send(comment_id, "Daarna.")

    assert texts_of(site, comment_id) == [("Eerst.", "superseded"), ("Daarna.", "waiting")]
