"""A mistyped address is corrected from the receipt; the old link then opens nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from forum.base.session import db, writing
from forum.comments.models import Comment, Commenter, State
from forum.comments.proving import service
from forum.comments.proving.errors import ConfirmedAlready
from forum.mail.models import MailState, OutboxMail
from tests.comments.proving.mailbox import Town
from tests.conftest import AppFactory
from tests.factories import READER

RIGHT = "noor@lezers.example"


def _emails(town: Town) -> list[str]:
    with town.site.app.app_context():
        return list(db.session.scalars(select(Commenter.email).order_by(Commenter.id)))


def test_the_comment_goes_over_to_the_right_address_and_the_mail_too(both_towns: Town) -> None:
    browser = both_towns.browser()
    receipt = both_towns.post(browser)

    answer = browser.post(f"{receipt}/address", data={"email": f" {RIGHT.upper()} "})

    assert answer.status_code == 303
    assert _emails(both_towns) == [RIGHT]
    assert [(mail.recipient, mail.state) for mail in both_towns.outbox()] == [
        (READER.email, MailState.STOPPED), (RIGHT, MailState.WAITING),
    ]  # fmt: skip


def test_the_link_to_the_former_address_opens_nothing(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    old = town.link()

    browser.post(f"{receipt}/address", data={"email": RIGHT})

    assert town.browser().get(old).status_code == 404
    assert town.states() == [State.UNCONFIRMED]


def test_the_link_to_the_right_address_confirms(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    browser.post(f"{receipt}/address", data={"email": RIGHT})

    town.press(browser, town.link(RIGHT))

    assert town.states() == [State.PENDING]
    assert town.is_proven(RIGHT)


def test_a_press_on_a_page_opened_before_the_correction_confirms_nothing(town: Town) -> None:
    browser, stranger = town.browser(), town.browser()
    receipt = town.post(browser)
    old = town.link()
    mark = stranger.get(old).text.split('name="press" value="')[1].split('"')[0]
    browser.post(f"{receipt}/address", data={"email": RIGHT})
    town.clock.wait(seconds=3)

    stranger.post(old, data={"press": mark})

    assert town.states() == [State.UNCONFIRMED]
    assert not town.is_proven()


def test_a_mail_to_the_former_address_that_was_on_its_way_says_nothing(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    mail = town.waiting()[0]

    browser.post(f"{receipt}/address", data={"email": RIGHT})

    assert town.words(mail) is None


@pytest.mark.parametrize("typed", ["", "noor", "noor@", "a@b@c.example", "x" * 300 + "@lezers.example"])
def test_what_is_no_address_is_refused_and_given_back(town: Town, typed: str) -> None:
    browser = town.browser()
    receipt = town.post(browser)

    answer = browser.post(f"{receipt}/address", data={"email": typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert _emails(town) == [READER.email]


def test_a_mail_that_is_leaving_keeps_its_lease(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    with town.site.app.app_context(), writing(db.session):
        db.session.get_one(OutboxMail, town.waiting()[0].id).lease = "een worker"

    browser.post(f"{receipt}/address", data={"email": RIGHT})

    stopped = town.outbox()[0]
    assert (stopped.state, stopped.lease) == (MailState.STOPPED, "een worker")


def test_the_same_address_again_only_asks_for_the_mail_again(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    link = town.link()
    town.deliver()

    browser.post(f"{receipt}/address", data={"email": READER.email})

    assert town.links(town.waiting()[0]) == [link]


def test_the_address_of_a_comment_that_moderators_see_stays_as_it_is(town: Town) -> None:
    browser = town.browser()
    receipt = town.prove(browser)

    answer = browser.post(f"{receipt}/address", data={"email": RIGHT})

    assert answer.status_code == 409
    assert _emails(town) == [READER.email]


def test_a_confirmation_at_the_same_moment_wins_from_a_correction(town: Town) -> None:
    town.post()
    with town.site.app.app_context(), writing(db.session):
        comment = db.session.scalars(select(Comment)).one()
        service.confirm_comment(db.session, comment, now=town.clock.now)

        with pytest.raises(ConfirmedAlready):
            service.correct_address(db.session, comment, RIGHT, disposable_domain="", now=town.clock.now)


def test_a_former_address_with_other_comments_keeps_them(town: Town) -> None:
    browser = town.browser()
    town.post(body="Deze blijft van het eerste adres.")
    receipt = town.post(browser, body="Deze was van een ander.")

    browser.post(f"{receipt}/address", data={"email": RIGHT})

    assert _emails(town) == [READER.email, RIGHT]


def test_a_proven_former_address_is_not_forgotten(town: Town) -> None:
    with town.site.app.app_context(), writing(db.session):
        db.session.add(Commenter(email=READER.email, created_at=town.clock.now, proven_at=town.clock.now))
    browser = town.browser()
    receipt = town.post(browser)

    browser.post(f"{receipt}/address", data={"email": RIGHT})

    assert READER.email in _emails(town)


def test_correcting_to_an_address_that_this_browser_has_proven_needs_no_mail(town: Town) -> None:
    browser = town.browser()
    town.prove(browser)
    town.deliver()
    receipt = town.post(browser, email="noor.de.wit@lezer.example", body="Met een tikfout in het adres.")

    browser.post(f"{receipt}/address", data={"email": READER.email})

    assert town.states() == [State.PENDING, State.PENDING]
    assert town.waiting() == []


def test_correcting_to_an_address_that_another_browser_has_proven_needs_a_mail(town: Town) -> None:
    town.prove(town.browser())
    thief = town.browser()
    receipt = town.post(thief, email="dief@lezers.example", body="Ik doe me voor als een ander.")

    thief.post(f"{receipt}/address", data={"email": READER.email})

    assert town.states() == [State.PENDING, State.UNCONFIRMED]


def test_the_receipt_offers_the_domain_that_was_probably_meant(town: Town) -> None:
    browser = town.browser()

    page = browser.get(town.post(browser, email="jan@gmial.com"))

    assert "Did you mean jan@gmail.com?" in page.text
    assert '<input type="hidden" name="email" value="jan@gmail.com">' in page.text


def test_a_usual_address_is_offered_nothing(town: Town) -> None:
    browser = town.browser()

    page = browser.get(town.post(browser, email="jan@gmail.com"))

    assert "Did you mean jan" not in page.text


def test_what_moderators_are_told_of_the_address_follows_the_address(
    make_app: AppFactory, town: Town
) -> None:
    browser = town.browser()
    receipt = town.post(browser, email="jan@yopmail.com")
    browser.post(f"{receipt}/address", data={"email": RIGHT})

    with town.site.app.app_context():
        comment = db.session.scalars(select(Comment)).one()
        assert comment.newest_revision.hold_reasons == []


def test_one_network_corrects_only_so_often(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)

    answers = [
        browser.post(f"{receipt}/address", data={"email": f"slachtoffer{n}@lezers.example"})
        for n in range(21)
    ]

    assert [answer.status_code for answer in answers] == [303] * 19 + [429] * 2  # the post asked for one too
    assert 'value="slachtoffer20@lezers.example"' in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_another_browser_with_the_link_sees_no_address_and_corrects_none(town: Town) -> None:
    receipt = town.post(town.browser())
    stranger = town.browser()

    page = stranger.get(receipt)
    answer = stranger.post(f"{receipt}/address", data={"email": "dief@elders.example"})

    assert READER.email not in page.text
    assert "n…@l….example" in page.text
    assert f"{receipt}/address" not in page.text
    assert answer.status_code == 403
    assert _emails(town) == [READER.email]


def test_the_page_holds_too_little_of_the_submissions_id_to_send_it_again(town: Town) -> None:
    receipt = town.post(town.browser(), submission_id="een-en-hetzelfde")
    stranger = town.browser()
    shown = stranger.get(receipt).text.split('data-sent="')[1].split('"')[0]

    town.site.post(stranger, submission_id=shown)

    assert shown == "een-en-h"
    assert stranger.post(f"{receipt}/address", data={"email": RIGHT}).status_code == 403


def test_a_correction_beyond_the_limit_of_mails_promises_none(town: Town) -> None:
    elsewhere = [town.post(town.browser(), email=RIGHT, body=f"Tekst nummer {n}.") for n in range(3)]
    browser = town.browser()
    receipt = town.post(browser)

    answer = browser.post(f"{receipt}/address", data={"email": RIGHT})
    page = browser.get(answer.headers["Location"]).text

    assert len(elsewhere) == len([mail for mail in town.outbox() if mail.recipient == RIGHT])
    assert f"The address has been changed to {RIGHT}." in page
    assert f"no mail has gone to {RIGHT}" in page
    assert "Look in your mail" not in page


def test_the_same_post_sent_twice_can_be_corrected_by_its_browser(town: Town) -> None:
    town.post(town.browser(), submission_id="een-en-hetzelfde")
    browser = town.browser()
    receipt = town.post(browser, submission_id="een-en-hetzelfde")

    browser.post(f"{receipt}/address", data={"email": RIGHT})

    assert _emails(town) == [RIGHT]


def test_a_browser_corrects_each_of_the_comments_that_came_from_it(town: Town) -> None:
    browser = town.browser()
    first = town.post(browser, body="De eerste reactie.")
    second = town.post(browser, body="De tweede reactie.", email="een.ander@lezers.example")

    answers = [browser.post(f"{receipt}/address", data={"email": RIGHT}) for receipt in (first, second)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert _emails(town) == [RIGHT]
