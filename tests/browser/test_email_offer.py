"""A mistyped mail domain is noticed while typing: an offer below the field, for the eye and for the ear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import journey
from tests.proofs.site import Site, running_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site that asks for no proof."""
    with running_site(tmp_path_factory.mktemp("offer"), workers=1, env={"FORUM_LOCALE": "en"}) as running:
        journey.prepare(running)
        yield running


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The article with its form, and what was asked for since."""
    context = browser.new_context(base_url=site.base_url)
    page = context.new_page()
    page.goto("/articles/een-buurthuis-is-geen-bedrijf", wait_until="networkidle")
    yield page
    context.close()


def _type(page: Page, email: str) -> None:
    """Type an address, and go on, until the script has looked at it: it does once it has a place to say so."""
    page.locator("#email").press_sequentially(email)
    page.locator("#website").focus()
    expect(page.locator(".field-row:has(#email) + * > [role=status]")).to_have_count(1)


def test_the_script_is_not_asked_for_before_somebody_types_an_address(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.locator("#body").press_sequentially("Een buurthuis.")
    page.locator("#name").press_sequentially("Noor")

    assert not [url for url in asked if "email.js" in url]


def test_a_mistyped_domain_is_offered_and_announced(page: Page) -> None:
    _type(page, "Jan@gmial.com")

    expect(page.get_by_role("status").filter(has_text="Did you mean jan@gmail.com?")).to_be_visible()


def test_one_press_fills_in_what_was_meant_and_stays_at_the_field(page: Page) -> None:
    _type(page, "jan@gmial.com")

    page.get_by_role("button", name="Yes, use jan@gmail.com").click()

    expect(page.locator("#email")).to_have_value("jan@gmail.com")
    expect(page.locator("#email")).to_be_focused()
    expect(page.get_by_text("Did you mean")).to_have_count(0)


def test_the_offer_is_reached_by_keyboard_right_after_the_field(page: Page) -> None:
    _type(page, "jan@gmial.com")
    expect(page.get_by_text("Did you mean")).to_be_visible()
    page.locator("#email").focus()

    page.keyboard.press("Tab")

    expect(page.get_by_role("button", name="Yes, use jan@gmail.com")).to_be_focused()


def test_the_offer_goes_away_when_the_address_is_typed_on(page: Page) -> None:
    _type(page, "jan@gmial.com")
    expect(page.get_by_text("Did you mean")).to_be_visible()

    page.locator("#email").press_sequentially("x")

    expect(page.get_by_text("Did you mean")).to_have_count(0)


def test_an_address_that_may_be_meant_is_left_alone(page: Page) -> None:
    _type(page, "noor@lezers.example")

    expect(page.get_by_text("Did you mean")).to_have_count(0)


def test_what_is_offered_is_never_forced(page: Page) -> None:
    page.locator("#body").fill("Een buurthuis draait op mensen.")
    page.locator("#name").fill("Jan")
    _type(page, "jan@gmial.com")
    expect(page.get_by_text("Did you mean")).to_be_visible()

    page.locator("#comment-form button.primary").click()

    expect(page.locator("h1")).to_have_text("Thank you, your comment has arrived")


@pytest.mark.parametrize("path", ["/articles/een-buurthuis-is-geen-bedrijf/follow", "/writer/link"])
def test_wherever_a_mail_is_asked_for_the_same_offer_is_made(page: Page, path: str) -> None:
    page.goto(path, wait_until="networkidle")
    with page.expect_response(lambda response: "/email.js" in response.url):
        page.locator("#email").press_sequentially("jan@gmial.com")
    page.locator("main button.primary").focus()

    page.get_by_role("button", name="Yes, use jan@gmail.com").click()

    expect(page.locator("#email")).to_have_value("jan@gmail.com")
