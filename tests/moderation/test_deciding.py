"""Decisions over HTTP: one, many, twice, too late, without a reason, and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.base.session import db
from forum.comments.models import Comment
from forum.moderation import decisions
from forum.moderation.decisions import MAX_NOTE_CHARS
from tests.factories import Site, csrf_token
from tests.moderation.work import colleague, events_of, ids, items, moderator, state_of
from tests.pages.pages import parse, with_class, words


@pytest.mark.parametrize(
    ("action", "form", "state"),
    [
        ("approve", {}, "approved"),
        ("reject", {"reason": "off_topic"}, "rejected"),
        ("spam", {}, "spam"),
        ("hold", {}, "pending"),
    ],
)
def test_a_waiting_comment_can_be_decided(
    both_sites: Site, action: str, form: dict[str, str], state: str
) -> None:
    comment_id = both_sites.comment()

    answer = moderator(both_sites).decide(comment_id, action, **form)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/moderation/comments/{comment_id}")
    assert state_of(both_sites, comment_id) == (state, 2)


@pytest.mark.parametrize(
    ("action", "form", "state"), [("remove", {"reason": "privacy"}, "removed"), ("spam", {}, "spam")]
)
def test_a_published_comment_can_be_taken_away(
    both_sites: Site, action: str, form: dict[str, str], state: str
) -> None:
    comment_id = both_sites.approved()

    answer = moderator(both_sites).decide(comment_id, action, 2, **form)

    assert answer.status_code == 303
    assert state_of(both_sites, comment_id) == (state, 3)


@pytest.mark.parametrize("first", ["approve", "reject", "spam", "hold"])
def test_every_decision_can_be_undone(both_sites: Site, first: str) -> None:
    comment_id = both_sites.comment()
    mirjam = moderator(both_sites)
    mirjam.decide(comment_id, first, reason="off_topic")

    answer = mirjam.decide(comment_id, "undo", 2)

    assert answer.status_code == 303
    assert state_of(both_sites, comment_id) == ("pending", 3)
    assert ids(mirjam.queue()) == [comment_id]
    assert not with_class(items(mirjam.queue())[0], "hold-reasons")


def test_a_refused_comment_can_be_put_back_in_the_queue(site: Site) -> None:
    comment_id = site.comment()
    mirjam = moderator(site)
    mirjam.decide(comment_id, "reject", reason="off_topic")

    mirjam.decide(comment_id, "reopen", 2)

    assert ids(mirjam.queue()) == [comment_id]


def test_the_same_decision_again_by_the_same_person_is_one_decision(both_sites: Site) -> None:
    comment_id = both_sites.comment()
    mirjam = moderator(both_sites)

    answers = [mirjam.decide(comment_id, "approve") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert [kind for kind, _, _ in events_of(both_sites, comment_id)] == ["submit", "approve"]


@pytest.mark.parametrize("action", ["approve", "reject", "spam"])
def test_who_comes_second_is_told_who_did_what_and_when(both_sites: Site, action: str) -> None:
    comment_id = both_sites.comment()
    moderator(both_sites).decide(comment_id, "approve")

    answer = colleague(both_sites).decide(comment_id, action, reason="insult", note="Wat ik ervan vond.")

    assert answer.status_code == 409
    alert = next(words(element) for element in parse(answer.text).iter() if element.get("role") == "alert")
    assert "Mirjam Aarts" in alert
    assert "goedgekeurd" in alert.lower() or "approved" in alert.lower()
    assert "2026" in alert or "20" in alert
    assert 'value="Wat ik ervan vond."' in answer.text
    assert 'value="insult" selected' in answer.text
    assert [item.get("data-version") for item in items(answer.text)] == ["2"]
    assert state_of(both_sites, comment_id) == ("approved", 2)


@pytest.mark.parametrize("version", ["0", "2", "99"])
def test_a_lock_number_that_is_not_the_present_one_is_a_conflict(site: Site, version: str) -> None:
    comment_id = site.comment()

    answer = moderator(site).decide(comment_id, "approve", version)

    assert answer.status_code == 409
    assert state_of(site, comment_id) == ("pending", 1)


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_a_decision_that_names_no_lock_number_is_refused(site: Site, version: str) -> None:
    comment_id = site.comment()

    answer = moderator(site).decide(comment_id, "approve", version)

    assert answer.status_code == 422
    assert state_of(site, comment_id) == ("pending", 1)


@pytest.mark.parametrize(
    ("action", "form"),
    [
        ("", {}),
        ("publish", {}),
        ("edit", {}),
        ("erase", {}),
        ("withdraw", {}),
        ("confirm", {}),
        ("APPROVE", {}),
        ("reject", {}),
        ("reject", {"reason": "because"}),
        ("spam", {"reason": "because"}),
        ("approve", {"note": "x" * (MAX_NOTE_CHARS + 1)}),
        ("remove", {"reason": "insult"}),
        ("reopen", {}),
        ("undo", {}),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_and_the_note_kept(
    site: Site, action: str, form: dict[str, str]
) -> None:
    comment_id = site.comment()

    answer = moderator(site).decide(comment_id, action, **({"note": "Mijn notitie."} | form))

    assert answer.status_code == 422
    assert state_of(site, comment_id) == ("pending", 1)
    assert form.get("note", "Mijn notitie.") in answer.text
    assert [kind for kind, _, _ in events_of(site, comment_id)] == ["submit"]


def test_reason_and_note_are_kept_with_the_decision(both_sites: Site) -> None:
    comment_id = both_sites.comment()

    moderator(both_sites).decide(comment_id, "reject", reason="privacy", note="  Noemt een adres. ")

    assert events_of(both_sites, comment_id)[-1] == ("reject", "privacy", "Noemt een adres.")


def test_a_note_as_long_as_may_be_is_taken(site: Site) -> None:
    comment_id = site.comment()

    assert moderator(site).decide(comment_id, "approve", note="é" * MAX_NOTE_CHARS).status_code == 303


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/moderation?state=pending&q=a", "/moderation?state=pending&q=a&done=1"),
        ("/moderation/comments/7#state", "/moderation/comments/7#state"),
        ("https://evil.example/moderation", None),
        ("//evil.example/moderation", None),
        ("/\\evil.example", None),
        ("/moderation\r\nSet-Cookie: a=b", None),
        ("", None),
    ],
)
def test_after_a_decision_the_moderator_is_back_where_it_was_made(
    site: Site, target: str, location: str | None
) -> None:
    comment_id = site.comment()

    answer = moderator(site).decide(comment_id, "approve", next=target)

    assert answer.status_code == 303
    assert answer.headers["Location"] == (location or f"/moderation/comments/{comment_id}")


def test_a_decision_about_a_comment_that_never_was_is_not_found(site: Site) -> None:
    assert moderator(site).decide(987654321, "approve").status_code == 404


def test_many_are_decided_at_once(both_sites: Site) -> None:
    waiting = [both_sites.comment(source=f"Reactie {n}.") for n in range(3)]
    mirjam = moderator(both_sites)

    answer = mirjam.decide_many([f"{n}:1" for n in waiting[:2]], "approve", next="/moderation?q=reactie")
    page = mirjam.client.get(answer.headers["Location"]).text

    assert answer.status_code == 303
    assert [state_of(both_sites, n)[0] for n in waiting] == ["approved", "approved", "pending"]
    assert ids(page) == [waiting[2]]
    assert "2" in words(with_class(parse(page), "notice")[0])


def test_of_many_those_that_somebody_else_decided_are_listed(both_sites: Site) -> None:
    waiting = [both_sites.comment(source=f"Reactie {n}.", name=f"Lezer {n}") for n in range(3)]
    colleague(both_sites).decide(waiting[1], "spam")
    mirjam = moderator(both_sites)

    answer = mirjam.decide_many([f"{n}:1" for n in waiting], "reject", reason="off_topic")
    page = mirjam.client.get(answer.headers["Location"]).text

    assert [state_of(both_sites, n)[0] for n in waiting] == ["rejected", "spam", "rejected"]
    (conflicts,) = with_class(parse(page), "error-summary")
    told = words(conflicts)
    assert "Lezer 1" in told
    assert "Sjoerd de Boer" in told
    assert "Lezer 0" not in told


def test_a_comment_that_never_was_holds_up_no_other(site: Site) -> None:
    waiting = site.comment()
    mirjam = moderator(site)

    answer = mirjam.decide_many(["987654321:1", f"{waiting}:1"], "approve")

    assert answer.status_code == 303
    assert mirjam.client.get(answer.headers["Location"]).status_code == 200
    assert state_of(site, waiting)[0] == "approved"


@pytest.mark.parametrize(
    ("choices", "action", "form", "status"),
    [
        ([], "approve", {}, 422),
        (["1:1"], "", {}, 422),
        (["1:1"], "undo", {}, 422),
        (["1:1"], "reject", {}, 422),
        (["1:1"], "reject", {"reason": "because"}, 422),
        (["1:1"] * 201, "approve", {}, 422),
        (["1"], "approve", {}, 400),
        (["1:x"], "approve", {}, 400),
        ([f"{'9' * 19}:1"], "approve", {}, 400),
        (["1:1", "'; DROP TABLE comments"], "approve", {}, 400),
    ],
)
def test_a_bulk_decision_that_makes_no_sense_decides_nothing(
    site: Site, choices: list[str], action: str, form: dict[str, str], status: int
) -> None:
    comment_id = site.comment()

    answer = moderator(site).decide_many(choices, action, **form)

    assert answer.status_code == status
    assert state_of(site, comment_id) == ("pending", 1)


@pytest.mark.parametrize(
    "query",
    [
        "?conflict=x",
        "?conflict=0",
        f"?conflict={'9' * 5000}",
        f"?conflict={'9' * 19}",
        "?done=-5&conflict=",
        "?done=x",
    ],
)
def test_no_made_up_outcome_breaks_the_queue(both_sites: Site, query: str) -> None:
    assert both_sites.moderator().get(f"/moderation{query}").status_code in {200, 404}


def test_an_author_decides_nothing(site: Site) -> None:
    comment_id = site.comment()
    author = site.author()
    token = csrf_token(author)
    answers = [
        author.get("/moderation"),
        author.get(f"/moderation/comments/{comment_id}"),
        author.post(f"/moderation/comments/{comment_id}/decisions",
                    data={"action": "approve", "version": "1", "csrf_token": token}),
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert state_of(site, comment_id) == ("pending", 1)
    assert not any("mensen" in answer.text for answer in answers)


def test_who_lost_the_right_at_that_moment_is_shown_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment_id = site.comment(source="Nog niet gelezen.")
    mirjam = moderator(site)
    decide = decisions.decide

    def too_late(session: Session, account: Account, *arguments: Any, **named: Any) -> object:
        """The role goes between the look at the session and the transaction."""
        account.roles = []
        session.commit()
        return decide(session, account, *arguments, **named)

    monkeypatch.setattr(decisions, "decide", too_late)

    answer = mirjam.decide(comment_id, "approve")

    assert answer.status_code == 403
    assert "Nog niet gelezen." not in answer.text
    assert state_of(site, comment_id) == ("pending", 1)


def test_a_text_that_a_conflict_shows_was_seen(both_sites: Site) -> None:
    comment_id = both_sites.comment()

    answer = moderator(both_sites).decide(comment_id, "approve", 0)

    assert answer.status_code == 409
    with both_sites.app.app_context():
        assert db.session.get_one(Comment, comment_id).newest_revision.seen_at is not None
