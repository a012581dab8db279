"""The door of the writer's own page: a link by mail, opened by a press, for whoever the address belongs to."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from forum.accounts.models import Cadence
from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.following.service import follow
from forum.comments.models import Comment, Commenter, Move, State
from forum.comments.writer.links import writer_token
from forum.mail.models import SuppressedAddress, SuppressionCause
from tests.comments.proving.mailbox import Town
from tests.factories import NOW, READER, SIGNER

STRANGER = "onbekend@lezers.example"
SUPPRESSED = "weg@lezers.example"


def _ask(town: Town, email: str) -> object:
    return town.browser().post("/writer/link", data={"email": email})


def _link(town: Town) -> str:
    """A link to the reader's page, asked for at the door."""
    town.post()
    _ask(town, READER.email)
    mail = town.outbox("writer_link")[-1]
    return town.links(mail)[0]


def test_who_has_comments_here_gets_the_link(both_towns: Town) -> None:
    both_towns.post()

    _ask(both_towns, f" {READER.email.upper()} ")

    assert [mail.recipient for mail in both_towns.outbox("writer_link")] == [READER.email]


def test_an_address_without_comments_gets_no_mail(both_towns: Town) -> None:
    with both_towns.site.app.app_context(), writing(db.session):
        db.session.add(Commenter(email="leeg@lezers.example", created_at=NOW, proven_at=NOW))

    _ask(both_towns, STRANGER)
    _ask(both_towns, "leeg@lezers.example")

    assert both_towns.outbox() == []


def test_who_only_follows_a_discussion_gets_the_link(both_towns: Town) -> None:
    with both_towns.site.app.app_context(), writing(db.session):
        follower = Commenter(email=READER.email, created_at=NOW, proven_at=NOW)
        db.session.add(follower)
        db.session.flush()
        follow(db.session, follower, both_towns.site.article_id, Cadence.WEEKLY, now=NOW)

    _ask(both_towns, READER.email)

    (mail,) = both_towns.outbox("writer_link")
    assert mail.recipient == READER.email
    assert both_towns.words(mail) is not None


def test_an_address_whose_comments_were_erased_gets_no_mail(town: Town) -> None:
    town.post()
    with town.site.app.app_context(), writing(db.session):
        comment = db.session.scalars(select(Comment)).one()
        lifecycle.move(
            db.session, comment, Move.ERASE, by=lifecycle.COMMENTER, version=comment.version, now=NOW
        )

    _ask(town, READER.email)

    assert town.outbox("writer_link") == []


def test_the_answer_is_the_same_for_every_address(town: Town) -> None:
    town.post()
    with town.site.app.app_context(), writing(db.session):
        mark = SIGNER.keyed_hash("suppressed", SUPPRESSED)
        db.session.add(SuppressedAddress(address_hash=mark, cause=SuppressionCause.BOUNCED, at=NOW))
    town.post(email=SUPPRESSED)

    answers = [_ask(town, email) for email in (READER.email, STRANGER, SUPPRESSED)]

    seen = {
        (answer.status_code, answer.headers["Location"], answer.data)  # type: ignore[attr-defined]
        for answer in answers
    }
    assert len(seen) == 1


def test_three_links_an_hour_go_to_an_address_and_the_answer_stays_the_same(town: Town) -> None:
    with town.site.app.app_context():
        town.site.comment()  # before proof was asked for
    answers = []
    for _ in range(5):
        answers.append(_ask(town, READER.email))
        town.deliver()
        town.clock.wait(seconds=1)

    assert len(town.outbox("writer_link")) == 3
    assert {answer.status_code for answer in answers} == {303}  # type: ignore[attr-defined]


def test_a_link_that_has_not_left_yet_is_enough(town: Town) -> None:
    town.post()

    _ask(town, READER.email)
    _ask(town, READER.email)

    assert len(town.outbox("writer_link")) == 1


def test_one_network_asks_only_so_often(town: Town) -> None:
    answers = [_ask(town, f"lezer{number}@lezers.example") for number in range(21)]

    assert [answer.status_code for answer in answers] == [303] * 20 + [429]  # type: ignore[attr-defined]


@pytest.mark.parametrize("typed", ["", "noor", "noor@@lezers.example"])
def test_what_is_no_address_is_refused_and_given_back(town: Town, typed: str) -> None:
    answer = town.browser().post("/writer/link", data={"email": typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


def test_the_page_behind_the_link_shows_a_button_and_nothing_of_the_writer(town: Town) -> None:
    page = town.browser().get(_link(town))

    assert page.status_code == 200
    assert 'name="press"' in page.text
    assert READER.email not in page.text
    assert READER.name not in page.text
    assert "draait op mensen" not in page.text


def test_the_press_proves_the_address_and_opens_the_page(both_towns: Town) -> None:
    link = _link(both_towns)
    browser = both_towns.browser()

    answer = both_towns.press(browser, link)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/writer")
    assert both_towns.is_proven()
    assert browser.get_cookie("writer") is not None


def test_the_press_proves_the_address_for_the_next_comment_of_this_browser(town: Town) -> None:
    browser = town.browser()
    town.press(browser, _link(town))

    town.post(browser, body="Nog een reactie.")

    assert town.states() == [State.UNCONFIRMED, State.PENDING]


def test_the_press_confirms_no_comment_that_anybody_may_have_typed(town: Town) -> None:
    town.press(town.browser(), _link(town))

    assert town.states() == [State.UNCONFIRMED]


def test_the_link_may_be_used_again_within_its_week(town: Town) -> None:
    link = _link(town)
    town.press(town.browser(), link)
    town.clock.wait(days=6)

    answer = town.press(town.browser(), link)

    assert answer.status_code == 303


def test_a_link_that_is_too_old_leads_to_the_door(town: Town) -> None:
    link = _link(town)
    town.clock.wait(days=7)

    page = town.browser().get(link)

    assert page.status_code == 410
    assert "too old" in page.text
    assert 'action="/writer/link"' in page.text


def test_a_link_to_an_erased_address_opens_nothing(town: Town) -> None:
    link = _link(town)
    with town.site.app.app_context(), writing(db.session):
        comment = db.session.scalars(select(Comment)).one()
        lifecycle.move(
            db.session, comment, Move.ERASE, by=lifecycle.COMMENTER, version=comment.version, now=NOW
        )

    assert town.browser().get(link).status_code == 404


def test_the_link_of_an_erased_address_opens_nothing_of_who_has_its_id_now(town: Town) -> None:
    with town.site.app.app_context(), writing(db.session):
        db.session.add(Commenter(id=1, email=STRANGER, created_at=NOW, proven_at=NOW))
    with town.site.app.app_context():
        erased = Commenter(id=1, email=READER.email, created_at=NOW)
        token = writer_token(SIGNER, erased, now=NOW)

    assert town.browser().get(f"/writer/{token}").status_code == 404


@pytest.mark.parametrize("token", ["geraden", "x" * 3000, "WzFd.abc", "link2"])
def test_a_token_that_is_not_ours_opens_nothing(town: Town, token: str) -> None:
    assert town.browser().get(f"/writer/{token}").status_code == 404


def test_a_second_try_of_the_same_mail_holds_the_same_link(town: Town) -> None:
    town.post()
    _ask(town, READER.email)
    mail = town.outbox("writer_link")[0]
    first = town.links(mail)
    town.clock.wait(hours=3)

    assert town.links(mail) == first


def test_the_door_is_the_same_for_everyone_and_sets_no_cookie(town: Town) -> None:
    page = town.browser().get("/writer/link")

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers


def test_asking_makes_no_commenter(town: Town) -> None:
    _ask(town, STRANGER)

    with town.site.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Commenter)) == 0
