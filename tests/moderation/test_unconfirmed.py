"""What nobody has confirmed is seen by no moderator, however they ask."""

from __future__ import annotations

import pytest

from forum.base.session import db
from forum.comments.models import State
from forum.moderation.queue import LISTED_STATES, counts_by_state
from tests.conftest import AppFactory
from tests.factories import READER, Site, csrf_token, make_site

TEXT = "Onbevestigd-7c41"


@pytest.fixture
def site(make_app: AppFactory, sqlite_url: str) -> Site:
    """A site with one comment whose address nobody has proven."""
    site = make_site(make_app(sqlite_url, FORUM_CONFIRM_EMAIL="always", FORUM_LOCALE="en"))
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


def test_it_is_no_part_of_the_record_of_the_address(site: Site) -> None:
    site.comment(source="Deze wacht wel.")

    page = site.moderator().get("/moderation").text

    assert "Deze wacht wel." in page
    assert "Address not confirmed" not in page
