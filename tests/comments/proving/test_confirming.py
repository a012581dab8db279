"""A comment waits unseen until its address is proven by a press behind the link in a mail."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from forum.base.session import db, writing
from forum.comments import lifecycle
from forum.comments.models import Comment, CommentEvent, Move, State
from tests.comments.proving.mailbox import Town
from tests.factories import READER


def test_a_comment_from_an_unproven_address_begins_unconfirmed_with_a_mail(both_towns: Town) -> None:
    both_towns.post()

    assert both_towns.states() == [State.UNCONFIRMED]
    assert [mail.kind for mail in both_towns.waiting()] == ["confirm"]


def test_the_press_sends_the_comment_to_the_moderators_and_proves_the_address(both_towns: Town) -> None:
    browser = both_towns.browser()
    both_towns.post(browser)

    answer = both_towns.press(browser, both_towns.link())

    assert answer.status_code == 303
    assert both_towns.states() == [State.PENDING]
    assert both_towns.is_proven()


def test_the_confirmation_stands_in_the_history_as_the_writers(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)

    with town.site.app.app_context():
        event = db.session.scalars(select(CommentEvent).where(CommentEvent.kind == Move.CONFIRM)).one()
        assert (event.from_state, event.to_state, event.by.value) == (
            State.UNCONFIRMED, State.PENDING, "commenter",
        )  # fmt: skip


def test_without_confirmation_a_comment_goes_to_the_moderators_and_nobody_is_mailed(
    trusting_town: Town,
) -> None:
    trusting_town.post()

    assert trusting_town.states() == [State.PENDING]
    assert trusting_town.outbox() == []


def test_the_page_behind_the_link_shows_the_text_as_it_will_look(town: Town) -> None:
    town.post(body="Dat is *niet* waar, <b>echt</b> niet.")

    page = town.browser().get(town.link())

    assert page.status_code == 200
    assert "<em>niet</em>" in page.text
    assert 'name="press"' in page.text


def test_the_page_behind_the_link_is_never_kept_or_indexed(town: Town) -> None:
    town.post()

    page = town.browser().get(town.link())

    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_the_link_works_in_another_browser(both_towns: Town) -> None:
    both_towns.post(both_towns.browser())

    both_towns.press(both_towns.browser(), both_towns.link())

    assert both_towns.states() == [State.PENDING]


def test_a_second_press_of_the_same_page_is_as_good_as_the_first(town: Town) -> None:
    browser = town.browser()
    town.post(browser)
    link = town.link()
    page = browser.get(link).text
    town.clock.wait(seconds=3)
    mark = page.split('name="press" value="')[1].split('"')[0]
    browser.post(link, data={"press": mark})

    answer = browser.post(link, data={"press": mark})

    assert answer.status_code == 303
    assert town.states() == [State.PENDING]


def test_a_used_link_says_that_it_is_done_and_has_no_button(town: Town) -> None:
    browser = town.browser()
    town.post(browser)
    link = town.link()
    town.press(browser, link)

    here, elsewhere = browser.get(link), town.browser().get(link)

    assert (here.status_code, elsewhere.status_code) == (200, 200)
    assert "Your address is confirmed" in here.text
    assert "You had confirmed this comment already" in elsewhere.text
    assert "you need no mail" not in elsewhere.text, "another browser has proven nothing"
    assert not any('name="press"' in page.text for page in (here, elsewhere))


def test_a_used_link_proves_nothing_to_another_browser(town: Town) -> None:
    town.post()
    link = town.link()
    town.press(town.browser(), link)
    other = town.browser()
    other.get(link)

    other.post(link, data={"press": "geraden"})

    town.post(other, body="Nog iets anders dan.")
    assert town.states()[-1] is State.UNCONFIRMED


@pytest.mark.parametrize("days", [7, 8, 400])
def test_a_link_that_is_too_old_says_so_and_confirms_nothing(town: Town, days: int) -> None:
    browser = town.browser()
    town.post(browser)
    link = town.link()
    town.clock.wait(days=days)

    answers = [browser.get(link), browser.post(link, data={"press": "wat dan ook"})]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert "7" in answers[0].text
    assert town.states() == [State.UNCONFIRMED]


def test_a_link_works_until_its_last_moment(town: Town) -> None:
    browser = town.browser()
    town.post(browser)
    town.clock.wait(days=7, seconds=-10)

    town.press(browser, town.link())

    assert town.states() == [State.PENDING]


@pytest.mark.parametrize("token", ["geraden", "WzEsMiwzXQ.abc", "x" * 3000, "%00", "é"])
def test_a_token_that_is_not_ours_is_not_found(town: Town, token: str) -> None:
    answer = town.browser().get(f"/confirm/{token}")

    assert answer.status_code in {400, 404}


def test_the_token_of_another_purpose_confirms_nothing(town: Town) -> None:
    receipt = town.post()
    token = receipt.rpartition("/")[2]

    assert town.browser().get(f"/confirm/{token}").status_code == 404
    assert town.browser().get(f"/writer/{town.link().rpartition('/')[2]}").status_code == 404


def _moved(town: Town, *kinds: Move) -> None:
    with town.site.app.app_context(), writing(db.session):
        comment = db.session.scalars(select(Comment)).one()
        for kind in kinds:
            staff = lifecycle.staff(town.site.moderator_id)
            by = lifecycle.COMMENTER if kind in {Move.CONFIRM, Move.WITHDRAW, Move.ERASE} else staff
            lifecycle.move(db.session, comment, kind, by=by, version=comment.version, now=town.clock.now)


@pytest.mark.parametrize(
    ("moves", "status", "words"),
    [
        ((Move.CONFIRM, Move.APPROVE), 200, "It is published."),
        ((Move.WITHDRAW,), 200, "You have withdrawn it."),
        ((Move.ERASE,), 404, "There is nothing to confirm here"),
    ],
)
def test_a_link_to_a_comment_that_went_on_says_what_became_of_it(
    town: Town, moves: tuple[Move, ...], status: int, words: str
) -> None:
    town.post()
    link = town.link()
    _moved(town, *moves)

    page = town.browser().get(link)

    assert page.status_code == status
    assert words in page.text
    assert 'name="press"' not in page.text


def test_a_press_on_a_withdrawn_comment_brings_it_not_back(town: Town) -> None:
    browser = town.browser()
    town.post(browser)
    link = town.link()
    mark = browser.get(link).text.split('name="press" value="')[1].split('"')[0]
    town.clock.wait(seconds=3)
    _moved(town, Move.WITHDRAW)

    browser.post(link, data={"press": mark})

    assert town.states() == [State.WITHDRAWN]


def test_an_erased_comment_has_no_mail_to_send(town: Town) -> None:
    town.post()
    mail = town.waiting()[0]
    _moved(town, Move.ERASE)

    assert town.words(mail) is None


def test_a_confirmed_comment_has_no_mail_to_send(town: Town) -> None:
    town.post()
    mail = town.waiting()[0]
    town.press(town.browser(), town.link())

    assert town.words(mail) is None


def test_the_receipt_names_the_address_and_what_to_do(town: Town) -> None:
    browser = town.browser()

    receipt = browser.get(town.post(browser))

    assert READER.email in receipt.text
    assert f'action="{receipt.request.path}/mail"' in receipt.text
    assert f'action="{receipt.request.path}/address"' in receipt.text


def test_the_receipt_of_a_confirmed_comment_no_longer_names_the_address(town: Town) -> None:
    browser = town.browser()
    receipt = town.prove(browser)

    page = browser.get(receipt)

    assert READER.email not in page.text
    assert "/address" not in page.text


def test_the_same_post_again_gets_the_same_receipt_and_no_second_mail(town: Town) -> None:
    first = town.post(submission_id="een-en-hetzelfde")
    town.deliver()

    second = town.post(submission_id="een-en-hetzelfde")

    assert first == second
    assert len(town.outbox()) == 1
