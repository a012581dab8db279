"""When the mail server of an address does not take our mail, the receipt says so and asks for the right address."""

from __future__ import annotations

import pytest

from forum.mail.models import MailState
from forum.mail.suppression import STOPPED_BECAUSE
from tests.comments.proving.mailbox import Town

TOLD = "does not arrive"


@pytest.mark.parametrize(
    ("state", "answer"), [(MailState.FAILED, "5.1.1 no such user"), (MailState.STOPPED, STOPPED_BECAUSE)]
)
def test_the_receipt_says_that_our_mail_does_not_arrive(town: Town, state: MailState, answer: str) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    town.refuse(state, answer)

    page = browser.get(receipt).text

    assert TOLD in page
    assert "Look in your mail" not in page
    assert "no such user" not in page


def test_the_correction_then_comes_before_sending_again(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    usual = browser.get(receipt).text
    town.refuse()

    page = browser.get(receipt).text

    assert usual.index(f"{receipt}/mail") < usual.index(f"{receipt}/address")
    assert page.index(f"{receipt}/address") < page.index(f"{receipt}/mail")


def test_it_says_so_also_to_who_comes_from_asking_again(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    town.refuse()

    assert TOLD in browser.get(f"{receipt}?asked=again").text


def test_a_mail_that_waits_anew_is_told_as_any_other(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    town.refuse()

    browser.post(f"{receipt}/mail")

    assert TOLD not in browser.get(receipt).text


def test_after_a_correction_the_new_address_is_told_nothing_of_the_former(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    town.refuse()

    browser.post(f"{receipt}/address", data={"email": "noor@lezers.example"})

    page = browser.get(receipt).text
    assert TOLD not in page
    assert "Look in your mail: noor@lezers.example" in page


def test_a_mail_that_was_stopped_by_a_correction_back_and_forth_was_not_refused(town: Town) -> None:
    browser = town.browser()
    receipt = town.post(browser)
    town.refuse(MailState.STOPPED, "")

    assert TOLD not in browser.get(receipt).text
