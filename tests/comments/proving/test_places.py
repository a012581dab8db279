"""The places that an address has for its comments: nobody uses up another's, and a correction goes around none."""

from __future__ import annotations

from forum.comments.models import State
from tests.comments.proving.mailbox import Town
from tests.factories import READER

VICTIM = "anna@lezers.example"


def _statuses(town: Town, count: int, email: str = READER.email) -> list[int]:
    """What posts from a browser without proof are answered with."""
    return [town.site.post(email=email, body=f"Reactie nummer {n}.").status_code for n in range(count)]


def test_who_only_types_an_address_uses_up_nothing_of_the_browser_that_has_proven_it(
    strict_town: Town,
) -> None:
    owner = strict_town.browser()
    strict_town.prove(owner)
    assert _statuses(strict_town, 3) == [303, 429, 429]

    answers = [strict_town.site.post(owner, body=f"Van Noor zelf, {n}.").status_code for n in range(3)]

    assert answers == [303, 303, 429]


def test_the_owner_uses_up_nothing_of_who_has_not_proven_the_address_yet(strict_town: Town) -> None:
    owner = strict_town.browser()
    strict_town.prove(owner)
    for n in range(2):
        strict_town.post(owner, body=f"Van Noor zelf, {n}.")

    assert _statuses(strict_town, 1) == [303]


def test_a_correction_needs_a_place_under_the_new_address(strict_town: Town) -> None:
    assert _statuses(strict_town, 2, email=VICTIM) == [303, 303]
    browser = strict_town.browser()
    receipt = strict_town.post(browser)

    answer = browser.post(f"{receipt}/address", data={"email": VICTIM})

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert f'value="{VICTIM}"' in answer.text
    assert "You can use it in" in answer.text
    assert len(strict_town.waiting(READER.email)) == 1


def test_a_correction_takes_a_place_under_the_new_address(strict_town: Town) -> None:
    browser = strict_town.browser()
    receipt = strict_town.post(browser)

    browser.post(f"{receipt}/address", data={"email": VICTIM})

    assert _statuses(strict_town, 2, email=VICTIM) == [303, 429]


def test_the_same_address_again_takes_no_second_place(strict_town: Town) -> None:
    browser = strict_town.browser()
    receipt = strict_town.post(browser)

    answers = [browser.post(f"{receipt}/address", data={"email": READER.email}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303] * 3
    assert _statuses(strict_town, 2) == [303, 429]


def test_a_correction_that_is_refused_gives_its_place_back(strict_town: Town) -> None:
    browser = strict_town.browser()
    receipt = strict_town.prove(browser)

    assert browser.post(f"{receipt}/address", data={"email": VICTIM}).status_code == 409

    assert _statuses(strict_town, 3, email=VICTIM) == [303, 303, 429]


def test_a_correction_in_the_browser_that_has_proven_the_new_address_counts_as_its_owners(
    strict_town: Town,
) -> None:
    owner = strict_town.browser()
    strict_town.prove(owner)
    _statuses(strict_town, 2)
    receipt = strict_town.post(owner, email="noor.de.wit@lezer.example", body="Met een tikfout.")

    answer = owner.post(f"{receipt}/address", data={"email": READER.email})

    assert answer.status_code == 303
    assert strict_town.states()[-1] is State.PENDING
