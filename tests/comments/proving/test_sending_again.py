"""The mail is sent again to whoever asks from the receipt: three an hour, and the answer never tells."""

from __future__ import annotations

from forum.base.session import db, writing
from forum.comments.models import State
from forum.mail import outbox
from forum.mail.models import MailState
from tests.comments.proving.mailbox import Town
from tests.factories import READER


def test_the_mail_is_sent_again_with_the_same_link(both_towns: Town) -> None:
    browser = both_towns.browser()
    receipt = both_towns.post(browser)
    link = both_towns.link()
    both_towns.deliver()

    answer = browser.post(f"{receipt}/mail")

    assert answer.status_code == 303
    assert both_towns.links(both_towns.waiting()[0]) == [link]


def test_a_mail_that_has_not_left_yet_is_enough(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)

    browser.post(f"{receipt}/mail")

    assert len(town.outbox()) == 1


def test_three_mails_an_hour_go_to_an_address_and_the_answer_stays_the_same(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    answers = []
    for _ in range(5):
        town.deliver()
        answers.append(browser.post(f"{receipt}/mail"))

    assert len(town.outbox()) == 3
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (303, f"{receipt}?asked=again")
    }
    assert len({browser.get(answer.headers["Location"]).text for answer in answers}) == 1


def test_the_limit_of_an_address_counts_the_mails_of_all_its_comments(town: Town) -> None:
    for number in range(5):
        town.post(body=f"Reactie nummer {number}.")
        town.deliver()

    assert len(town.outbox()) == 3


def test_a_comment_beyond_the_limit_is_kept_and_its_receipt_says_that_no_mail_went(town: Town) -> None:
    for number in range(3):
        town.post(body=f"Reactie nummer {number}.")
    browser = town.browser()

    page = browser.get(town.post(browser, body="De vierde reactie."))

    assert town.states() == [State.UNCONFIRMED] * 4
    assert "no mail has gone to" in page.text
    assert "within an hour" in page.text


def test_other_addresses_have_a_limit_of_their_own(town: Town) -> None:
    for number in range(4):
        town.post(body=f"Reactie nummer {number}.")

    town.post(email="anna@lezers.example")

    assert len(town.waiting("anna@lezers.example")) == 1


def test_many_requests_from_one_network_are_refused_for_a_while(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)

    answers = [browser.post(f"{receipt}/mail") for _ in range(21)]

    assert [answer.status_code for answer in answers] == [303] * 19 + [429] * 2  # the post asked for one too
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_posts_of_one_network_ask_for_no_more_mails_than_it_may_and_are_kept(town: Town) -> None:
    receipts = [town.post(email=f"slachtoffer{n}@lezers.example") for n in range(21)]

    page = town.browser().get(receipts[-1]).text

    assert town.states() == [State.UNCONFIRMED] * 21
    assert len(town.outbox()) == 20
    assert "no mail has gone to" in page
    assert "one network" in page


def test_plus_addresses_of_one_mailbox_share_its_three_mails(town: Town) -> None:
    for n in range(5):
        town.post(email=f"noor+{n}@lezers.example")

    assert len(town.outbox()) == 3


def test_the_mail_is_sent_again_after_an_earlier_one_was_deleted(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    town.deliver()
    for email in ("ander@lezers.example", READER.email):
        browser.post(f"{receipt}/address", data={"email": email})
        town.deliver()
    with town.site.app.app_context(), writing(db.session):
        outbox.forget_recipient(db.session, "ander@lezers.example")

    browser.post(f"{receipt}/mail")

    assert len(town.waiting()) == 1


def test_a_confirmed_comment_is_mailed_no_more(town: Town) -> None:
    browser = town.browser()
    receipt = town.prove(browser)
    town.deliver()

    browser.post(f"{receipt}/mail")

    assert len(town.outbox()) == 1


def test_a_browser_that_has_proven_the_address_meanwhile_needs_no_mail(town: Town) -> None:
    browser = town.browser()
    first = town.post(browser, body="De eerste reactie.")
    town.deliver()
    town.prove(browser, body="De tweede reactie.")
    town.deliver()

    browser.post(f"{first}/mail")

    assert town.states() == [State.PENDING, State.PENDING]
    assert len(town.outbox()) == 2


def test_somebody_elses_receipt_cannot_be_guessed(town: Town) -> None:
    town.post()

    answer = town.browser().post("/submissions/geraden/mail")

    assert answer.status_code == 404
    assert len(town.outbox()) == 1


def test_another_site_cannot_have_mail_sent(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    town.deliver()

    answer = browser.post(f"{receipt}/mail", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert [mail.state for mail in town.outbox()] == [MailState.SENT]


def test_the_mail_names_nothing_that_was_typed(town: Town) -> None:
    town.post(
        name="Koop pillen", body="Koop pillen op https://pillen.example", website="https://pillen.example"
    )

    words = town.words(town.waiting()[0])

    assert words is not None
    for part in (words.subject, words.text, words.html):
        assert "illen" not in part
        assert READER.email not in part


def test_asking_while_a_mail_is_about_to_leave_takes_no_place_from_later_ones(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    for _ in range(5):
        browser.post(f"{receipt}/mail")
    town.deliver()

    browser.post(f"{receipt}/mail")

    assert len(town.outbox()) == 2
