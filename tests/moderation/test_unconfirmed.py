"""What nobody has confirmed is seen by no moderator, however they ask."""

from __future__ import annotations

import pytest
from flask import Flask

from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.models import Comment, Move, State
from forum.moderation.queue import LISTED_STATES, counts_by_state
from tests.conftest import AppFactory
from tests.factories import NOW, READER, Site, csrf_token, make_site

TEXT = "Onbevestigd-7c41"


@pytest.fixture
def site(make_app: AppFactory, sqlite_url: str) -> Site:
    """A site with one comment whose address nobody has proven."""
    return _asking(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always", FORUM_LOCALE="en"))


@pytest.fixture
def both_asking(make_app: AppFactory, database_url: str) -> Site:
    """The same on each database."""
    return _asking(make_app(database_url, FORUM_CONFIRM_EMAIL="always", FORUM_LOCALE="en"))


def _asking(app: Flask) -> Site:
    site = make_site(app)
    assert site.post(body=TEXT).status_code == 303
    return site


@pytest.mark.parametrize(
    "query", ["", "?state=unconfirmed", f"?q={TEXT}", f"?q={READER.email}", "?conflict=1&done=0"]
)
def test_the_queue_does_not_show_it(site: Site, query: str) -> None:
    assert f"<p>{TEXT}" not in site.moderator().get(f"/moderation{query}").text


def test_no_state_of_the_queue_lists_it(site: Site) -> None:
    assert State.UNCONFIRMED not in LISTED_STATES
    moderator = site.moderator()

    pages = [moderator.get(f"/moderation?state={state.value}").text for state in LISTED_STATES]

    assert TEXT not in "".join(pages)


def test_it_is_not_counted(site: Site) -> None:
    with site.app.app_context():
        assert counts_by_state(db.session) == {State.PENDING: 0}


def test_its_page_is_not_found(site: Site) -> None:
    assert site.moderator().get("/moderation/comments/1").status_code == 404


@pytest.mark.parametrize("action", ["approve", "reject", "spam", "hold", "undo", "remove", "reopen"])
def test_no_decision_about_it_is_possible_and_the_refusal_does_not_show_it(site: Site, action: str) -> None:
    moderator = site.moderator()
    form = {"action": action, "reason": "insult", "version": "1", "csrf_token": csrf_token(moderator)}

    answer = moderator.post("/moderation/comments/1/decisions", data=form)

    assert answer.status_code == 404
    assert TEXT not in answer.text


def test_a_bulk_decision_leaves_it_alone_and_does_not_show_it(site: Site) -> None:
    moderator = site.moderator()
    form = {"action": "approve", "comment": "1:1", "csrf_token": csrf_token(moderator)}

    answer = moderator.post("/moderation/decisions", data=form, follow_redirects=True)

    assert TEXT not in answer.text
    assert TEXT not in site.reader().get(f"/articles/{site.slug}").text


@pytest.fixture(params=[Move.WITHDRAW, Move.ERASE])
def ended(request: pytest.FixtureRequest, both_asking: Site) -> Site:
    """The comment was withdrawn or erased, and never confirmed."""
    _move(both_asking, request.param)
    return both_asking


def _move(site: Site, *moves: Move) -> None:
    with site.app.app_context(), writing(db.session):
        comment = db.session.get_one(Comment, 1)
        for move in moves:
            lifecycle.move(
                db.session, comment, move, by=lifecycle.COMMENTER, version=comment.version, now=NOW
            )


def test_what_ended_unconfirmed_is_in_no_list_and_not_counted(ended: Site) -> None:
    moderator = ended.moderator()

    pages = [moderator.get(f"/moderation?state={state.value}").text for state in LISTED_STATES]

    assert 'data-comment-id="1"' not in "".join(pages)
    with ended.app.app_context():
        assert counts_by_state(db.session).get(State.WITHDRAWN, 0) == 0


def test_the_page_of_what_ended_unconfirmed_is_not_found(ended: Site) -> None:
    assert ended.moderator().get("/moderation/comments/1").status_code == 404


def test_what_was_confirmed_and_then_withdrawn_is_seen(both_asking: Site) -> None:
    _move(both_asking, Move.CONFIRM, Move.WITHDRAW)
    moderator = both_asking.moderator()

    assert TEXT in moderator.get("/moderation?state=withdrawn").text
    assert moderator.get("/moderation/comments/1").status_code == 200
    with both_asking.app.app_context():
        assert counts_by_state(db.session)[State.WITHDRAWN] == 1


def test_what_needed_no_confirmation_and_was_withdrawn_is_seen(both_sites: Site) -> None:
    both_sites.comment(source=TEXT)
    _move(both_sites, Move.WITHDRAW)

    assert TEXT in both_sites.moderator().get("/moderation?state=withdrawn").text


def test_it_is_no_part_of_the_record_of_the_address(site: Site) -> None:
    site.comment(source="Deze wacht wel.")

    page = site.moderator().get("/moderation").text

    assert "Deze wacht wel." in page
    assert "Address not confirmed" not in page
