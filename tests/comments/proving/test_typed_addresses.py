"""Typing the address of somebody who is known here publishes nothing and shows nothing of theirs."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from forum.base.session import db, writing
from forum.comments.models import Comment, Commenter, State
from forum.comments.writer.texts import service as texts
from tests.comments.proving.mailbox import Town
from tests.factories import NOW

PEOPLE = 100
A_FEW = 3


def _email(number: int) -> str:
    return f"geliefd{number}@lezers.example"


def _people_known(town: Town, count: int) -> None:
    """People with a proven address: one approved comment each, and one that waits."""
    for number in range(count):
        town.site.approved(
            email=_email(number), name=f"Geliefde {number}", source=f"Geplaatst-{number} van iemand."
        )
        town.site.comment(
            email=_email(number), name=f"Geheim {number}", source=f"Wachtend-{number} van iemand."
        )
    with town.site.app.app_context(), writing(db.session):
        db.session.execute(update(Commenter).values(proven_at=town.clock.now))


@pytest.fixture
def known(town: Town) -> Town:
    """A few such people."""
    _people_known(town, A_FEW)
    return town


def test_a_hundred_typed_addresses_publish_nothing_and_see_nothing_of_theirs(town: Town) -> None:
    _people_known(town, PEOPLE)
    seen: list[str] = []
    for number in range(PEOPLE):
        thief = town.browser()
        receipt = town.post(thief, email=_email(number), name="Iemand anders", body=f"Gestolen-{number}.")
        seen += [
            thief.get(path, follow_redirects=True).text
            for path in (receipt, "/writer", "/writer/link", f"/articles/{town.site.slug}?all=1")
        ]
        assert thief.get_cookie("writer") is None
        assert thief.get_cookie("proven") is None
    moderator = town.site.moderator()
    queue = [moderator.get(f"/moderation?q=Gestolen&state={state}").text for state in ("pending", "approved")]
    public = town.browser().get(f"/articles/{town.site.slug}?all=1").text

    assert town.states()[-PEOPLE:] == [State.UNCONFIRMED] * PEOPLE
    assert not re.search(r"Wachtend-\d|Geheim \d", "".join(seen))
    assert not re.search(r"Gestolen-\d", public + "".join(queue))


def test_a_typed_address_opens_no_writers_page(known: Town) -> None:
    thief = known.browser()
    known.post(thief, email=_email(1), body="Gestolen.")

    answers = [thief.get("/writer"), thief.post("/writer/link", data={"email": _email(1)})]

    assert answers[0].status_code in {303, 404}
    assert answers[1].headers["Location"] == "/writer/link?sent=1"
    assert "Geheim" not in "".join(answer.text for answer in answers)


def test_the_receipt_of_a_typed_address_never_leads_to_its_links(known: Town) -> None:
    thief = known.browser()

    page = thief.get(known.post(thief, email=_email(1), body="Gestolen.")).text

    assert "/confirm/" not in page
    assert not re.search(r"/writer/(?!link)", page)


def test_a_typed_address_cannot_be_corrected_into_a_proof(known: Town) -> None:
    thief = known.browser()
    receipt = known.post(thief, email="dief@lezers.example", body="Gestolen.")

    thief.post(f"{receipt}/address", data={"email": _email(1)})
    thief.post(f"{receipt}/mail")

    assert known.states()[-1] is State.UNCONFIRMED


def test_where_no_proof_is_asked_a_typed_address_is_not_told_as_proven(trusting_town: Town) -> None:
    town = trusting_town
    town.post(town.browser(), body="Van Noor zelf.")
    with town.site.app.app_context(), writing(db.session):
        db.session.scalars(select(Commenter)).one().proven_at = NOW

    town.post(town.browser(), body="Van wie Noors adres typte.")

    page = town.site.moderator().get("/moderation").text
    assert page.count("(not proven)") == 2


def test_moderators_are_told_which_comment_came_from_a_proven_address(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)

    town.post(browser, body="Uit dezelfde browser.")

    page = town.site.moderator().get("/moderation").text
    assert page.count("(proven)") == 2


def test_a_comment_confirmed_on_the_writers_page_counts_as_proven(town: Town) -> None:
    town.post()
    with town.site.app.app_context(), writing(db.session):
        comment = db.session.scalars(select(Comment)).one()
        texts.confirm(db.session, comment, version=comment.version, now=NOW)

    assert town.site.moderator().get("/moderation").text.count("(proven)") == 1
