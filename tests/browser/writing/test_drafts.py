"""What is being written survives everything; what is remembered is only what was asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from forum.base.clock import utc_now
from tests import factories
from tests.browser.writing.scene import (
    Thread,
    body,
    expect_at_home,
    fill_person,
    open_window,
    reply_link,
    send,
    wait_until_kept,
)

pytestmark = pytest.mark.browser
TEXT = "Een buurthuis draait op *mensen*."
NOTE = "#draft-note [role=status]"


def _write(page: Page, text: str = TEXT) -> None:
    body(page).fill(text)
    wait_until_kept(page, text)


def _kept(page: Page) -> dict[str, str]:
    """Everything that this browser keeps, but for the look of the site."""
    return dict(page.evaluate("Object.entries(localStorage).filter(([key]) => key !== 'theme')"))


def _drafts(page: Page) -> list[str]:
    return sorted(key for key in _kept(page) if key.startswith("draft"))


def test_a_reload_brings_the_text_back_with_a_note(page: Page) -> None:
    _write(page)

    page.reload()

    expect(body(page)).to_have_value(TEXT)
    expect(page.locator(NOTE)).to_have_text("Your draft of 1 minute ago is back.")


def test_a_text_is_kept_even_when_the_page_is_left_at_once(page: Page, thread: Thread) -> None:
    body(page).fill(TEXT)

    page.goto("/")
    page.goto(thread.path)

    expect(body(page)).to_have_value(TEXT)


def test_the_longest_text_comes_back_whole(page: Page) -> None:
    text = "😀é" * 5_000
    _write(page, text)

    page.reload()

    expect(body(page)).to_have_value(text)


def test_an_answer_comes_back_where_it_was(page: Page, thread: Thread) -> None:
    reply_link(page, thread.second).click()
    _write(page)

    page.reload()

    expect(page.locator(f"li:has(> #comment-{thread.second}) > #comment-form")).to_have_count(1)
    expect(body(page)).to_have_value(TEXT)


def test_after_a_closed_tab_an_unfinished_answer_is_offered(page: Page, thread: Thread) -> None:
    reply_link(page, thread.second).click()
    _write(page)
    again = page.context.new_page()
    page.close()

    again.goto(thread.path)

    expect_at_home(again)
    expect(body(again)).to_have_value("")
    again.click("#draft-note a")
    expect(body(again)).to_have_value(TEXT)
    expect(again.locator("input[name=parent_id]")).to_have_value(str(thread.second))


def test_a_draft_of_an_answer_comes_back_on_the_page_of_its_own_too(page: Page, thread: Thread) -> None:
    reply_link(page, thread.second).click()
    _write(page)

    page.goto(f"{thread.path}/comments/new?parent={thread.second}")

    expect(body(page)).to_have_value(TEXT)


def test_a_draft_can_be_thrown_away_and_that_can_be_undone(page: Page) -> None:
    _write(page)
    page.reload()

    page.click("#draft-note button")
    expect(body(page)).to_have_value("")
    expect(body(page)).to_be_focused()
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('draft'))")

    page.keyboard.press("ControlOrMeta+z")
    expect(body(page)).to_have_value(TEXT)


def test_a_draft_is_cleared_once_the_comment_has_arrived(page: Page, thread: Thread) -> None:
    _write(page)
    fill_person(page)

    send(page)

    assert _drafts(page) == []
    page.goto(thread.path)
    expect(body(page)).to_have_value("")


def test_back_after_sending_is_an_empty_form_of_another_comment(page: Page, thread: Thread) -> None:
    _write(page, "Deze is verstuurd.")
    fill_person(page)
    used = page.locator("input[name=submission_id]").input_value()
    send(page)

    page.go_back()

    expect(body(page)).to_have_value("")
    assert page.locator("input[name=submission_id]").input_value() not in {"", used}
    before = thread.count()
    body(page).fill("En nog een.")
    fill_person(page)
    send(page)
    assert thread.count() == before + 1


def test_a_refused_post_clears_nothing(page: Page, thread: Thread) -> None:
    _write(page)
    page.click("#comment-form .button.primary")
    expect(page.locator("#error-summary")).to_be_visible()

    page.goto(thread.path)

    expect(body(page)).to_have_value(TEXT)


def test_what_was_mended_on_the_page_of_errors_is_what_comes_back(page: Page, thread: Thread) -> None:
    _write(page)
    page.click("#comment-form .button.primary")
    expect(page.locator("#error-summary")).to_be_visible()
    _write(page, "Beter zo.")

    page.go_back()

    expect(body(page)).to_have_value("Beter zo.")


def test_a_post_that_never_left_keeps_the_text(page: Page, thread: Thread) -> None:
    _write(page)
    fill_person(page)
    page.context.set_offline(True)
    page.click("#comment-form .button.primary")
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)

    page.goto(thread.path)

    expect(body(page)).to_have_value(TEXT)


def test_an_old_receipt_clears_no_newer_draft(page: Page, thread: Thread) -> None:
    _write(page, "De eerste keer.")
    fill_person(page)
    send(page)
    receipt = page.url
    page.goto(thread.path)
    _write(page, "De tweede keer.")

    page.goto(receipt)

    assert _drafts(page) == [f"draft:{thread.slug}:"]


def test_drafts_of_a_month_ago_and_what_is_no_draft_go(page: Page, thread: Thread) -> None:
    page.evaluate(
        """(slug) => {
          const at = Date.now() - 31 * 24 * 3600 * 1000;
          localStorage.setItem(`draft:${slug}:`, JSON.stringify({ text: "Oud.", id: "x", at }));
          localStorage.setItem("draft:ander:", "{geen json");
        }""",
        thread.slug,
    )

    page.goto(thread.path)

    expect(body(page)).to_have_value("")
    assert _drafts(page) == []


def test_with_storage_switched_off_everything_else_works(page: Page, thread: Thread) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('off', 'SecurityError'); } });"
    )
    page.goto(thread.path)
    before = thread.count()

    reply_link(page, thread.first).click()
    body(page).fill("Zonder opslag.")
    page.check("#remember_me")
    fill_person(page)
    send(page)

    assert (errors, thread.count()) == ([], before + 1)


def test_name_and_address_are_kept_nowhere_unless_asked_for(page: Page, thread: Thread) -> None:
    expect(page.locator("#remember_me")).not_to_be_checked()
    _write(page)
    fill_person(page)
    send(page)
    page.goto(thread.path)
    _write(page)

    assert "writer" not in _kept(page)
    assert "noor" not in str(_kept(page)).casefold()
    assert page.context.cookies() == []
    expect(page.locator("#name")).to_have_value("")


def test_name_and_address_are_remembered_when_asked_and_forgotten_when_unticked(
    page: Page, thread: Thread
) -> None:
    page.check("#remember_me")
    fill_person(page)
    page.goto(thread.path)
    expect(page.locator("#remember_me")).to_be_checked()
    expect(page.locator("#name")).to_have_value("Noor de Wit")
    expect(page.locator("#email")).to_have_value("noor.de.wit@lezers.example")

    page.uncheck("#remember_me")

    assert "writer" not in _kept(page)
    page.goto(thread.path)
    expect(page.locator("#name")).to_have_value("")


@pytest.mark.parametrize("is_fresh", [True, False], ids=["just erased", "a link from elsewhere"])
def test_only_once_erased_the_browser_forgets_who_writes(page: Page, thread: Thread, is_fresh: bool) -> None:
    page.evaluate("localStorage.setItem('writer', 'Noor'); localStorage.setItem('seen', '{}')")
    if is_fresh:
        until = utc_now() + timedelta(minutes=5)
        value = factories.SIGNER.make_expiring_token("cookie erased", [1], expires_at=until)
        page.context.add_cookies([{"name": "erased", "value": value, "url": thread.site.base_url}])

    page.goto("/writer/erased", wait_until="networkidle")

    kept = page.evaluate("[localStorage.getItem('writer'), localStorage.getItem('seen')]")
    assert kept == [None if is_fresh else "Noor", "{}"]


def test_without_scripts_nothing_is_offered_that_needs_them(browser: Browser, thread: Thread) -> None:
    page = open_window(browser, thread, script=False)

    for needs_script in page.locator(".needs-script").all():
        expect(needs_script).to_be_hidden()
    expect(page.locator("#cancel")).to_be_hidden()
    page.context.close()


def test_without_scripts_an_answer_is_previewed_and_sent(browser: Browser, thread: Thread) -> None:
    page = open_window(browser, thread, script=False)
    reply_link(page, thread.second).click()
    page.wait_for_url(f"**/comments/new?parent={thread.second}")
    body(page).fill(TEXT)
    fill_person(page)

    page.click("button[name=preview]")

    expect(page.locator(".form-preview .comment-body em")).to_have_text("mensen")
    expect(body(page)).to_have_value(TEXT)
    expect(page.locator("#name")).to_have_value("Noor de Wit")
    send(page)
    assert thread.newest_parent() == thread.second
    page.context.close()
