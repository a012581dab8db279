"""Writing with scripts: the form comes to the comment, helps with Markdown, and shows how the text will look."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.writing.scene import (
    Thread,
    body,
    expect_at_home,
    fill_person,
    reply_link,
    select_text,
    send,
)

pytestmark = pytest.mark.browser


def test_reply_opens_the_form_under_the_comment_with_the_focus_in_the_text(
    page: Page, thread: Thread
) -> None:
    reply_link(page, thread.second).click()

    expect(body(page)).to_be_focused()
    expect(page.locator("#form-title")).to_have_text(re.compile("^Answer .?Ömer Kaya.?$"))
    expect(page.locator("input[name=parent_id]")).to_have_value(str(thread.second))
    expect(page.locator(f"li:has(> #comment-{thread.second}) > #comment-form")).to_have_count(1)
    expect(page.locator("#comment-form")).to_have_count(1)


@pytest.mark.parametrize("way", ["escape", "cancel"])
def test_escape_and_cancel_give_the_focus_back(page: Page, thread: Thread, way: str) -> None:
    link = reply_link(page, thread.first)
    link.click()

    page.keyboard.press("Escape") if way == "escape" else page.click("#cancel")

    expect(link).to_be_focused()
    expect_at_home(page)
    expect(page.locator("#form-title")).to_have_text("Write a comment")


def test_escape_while_letters_are_composed_keeps_the_form_open(page: Page, thread: Thread) -> None:
    reply_link(page, thread.first).click()

    body(page).dispatch_event("keydown", {"key": "Escape", "isComposing": True, "bubbles": True})

    expect(page.locator(".thread #comment-form")).to_have_count(1)


def test_a_comment_on_the_article_stays_within_reach(page: Page, thread: Thread) -> None:
    reply_link(page, thread.first).click()

    page.click("#form-home button")

    expect(body(page)).to_be_focused()
    expect_at_home(page)


def test_each_answer_keeps_its_own_text_and_its_own_id(page: Page, thread: Thread) -> None:
    seen = []
    for comment_id, text in ((thread.first, "Aan de eerste."), (thread.second, "Aan de tweede.")):
        reply_link(page, comment_id).click()
        body(page).fill(text)
        seen.append(page.locator("input[name=submission_id]").input_value())
    reply_link(page, thread.first).click()

    expect(body(page)).to_have_value("Aan de eerste.")
    assert all(seen)
    assert seen[0] != seen[1] == seen[1].strip()
    expect(page.locator("input[name=submission_id]")).to_have_value(seen[0])


def test_an_answer_that_is_sent_answers_that_comment(page: Page, thread: Thread) -> None:
    reply_link(page, thread.second).click()
    body(page).fill("Ik ben het met je eens, Ömer.")
    fill_person(page)

    send(page)

    assert thread.newest_parent() == thread.second


def test_pressing_send_twice_sends_once(page: Page, thread: Thread) -> None:
    before = thread.count()
    body(page).fill("Twee keer geklikt.")
    fill_person(page)

    page.dblclick("#comment-form .button.primary")
    expect(page).to_have_url(re.compile("/submissions/"))

    assert thread.count() == before + 1


def test_a_link_opened_in_a_new_tab_is_left_alone(page: Page, thread: Thread) -> None:
    with page.context.expect_page() as opened:
        reply_link(page, thread.first).click(modifiers=["ControlOrMeta"])

    assert opened.value.url.endswith(f"/comments/new?parent={thread.first}")
    expect_at_home(page)


@pytest.mark.parametrize(
    ("tool", "text", "start", "end", "expected"),
    [
        ("bold", "een twee", 4, 8, "een **twee**"), ("bold", "een twee ", 3, 9, "een **twee** "),
        ("bold", "een\n\ntwee", 0, 9, "**een**\n\n**twee**"), ("bold", "een ", 4, 4, "een ****"),
        ("italic", "een", 0, 3, "*een*"), ("quote", "een\ntwee", 5, 5, "een\n\n> twee"),
        ("quote", "een\ntwee", 0, 8, "> een\n> twee"), ("list", "een\ntwee", 0, 8, "- een\n- twee"),
        ("link", "zie hier", 4, 8, "zie [hier](https://)"), ("link", "", 0, 0, "[](https://)"),
        ("code", "een", 0, 3, "`een`"), ("code", "een\ntwee", 0, 8, "```\neen\ntwee\n```"),
        ("italic", "👩‍🌾 é", 0, 7, "*👩‍🌾 é*"),
    ],
)  # fmt: skip
def test_a_button_writes_markdown(
    page: Page, tool: str, text: str, start: int, end: int, expected: str
) -> None:
    body(page).fill(text)
    body(page).evaluate("(field, [start, end]) => field.setSelectionRange(start, end)", [start, end])

    page.click(f"[data-tool={tool}]")

    expect(body(page)).to_have_value(expected)
    expect(body(page)).to_be_focused()


def test_what_a_button_wrote_can_be_undone_and_is_used_by_keyboard(page: Page) -> None:
    body(page).press_sequentially("koffie")
    body(page).press("ControlOrMeta+a")
    page.locator("[data-tool=bold]").focus()
    page.keyboard.press("Enter")
    expect(body(page)).to_have_value("**koffie**")

    body(page).press("ControlOrMeta+z")

    expect(body(page)).to_have_value("koffie")


def test_the_preview_is_made_by_the_server_and_again_while_writing_goes_on(page: Page) -> None:
    body(page).fill("Een *buurthuis*")
    page.click("button[name=preview]")
    expect(page.locator("#form-preview em")).to_have_text("buurthuis")
    expect(page.locator("button[name=preview]")).to_have_attribute("aria-expanded", "true")

    body(page).press("End")
    body(page).press_sequentially(" is **open**")

    expect(page.locator("#form-preview strong")).to_have_text("open")
    page.click("button[name=preview]")
    expect(page.locator("#form-preview")).to_be_hidden()


def test_a_preview_that_is_refused_says_why(page: Page) -> None:
    body(page).fill("x" * 10_001)

    page.click("button[name=preview]")

    expect(page.locator("#form-status")).to_contain_text("10,001")


def _too_many(route: Route) -> None:
    route.fulfill(status=429, content_type="text/plain; charset=utf-8", body="Wait for 20 seconds.")


def test_a_preview_over_the_limit_says_how_long_to_wait(page: Page) -> None:
    page.route("**/preview", _too_many)
    body(page).fill("Een buurthuis")

    page.click("button[name=preview]")

    expect(page.locator("#form-status")).to_have_text("Wait for 20 seconds.")


@pytest.mark.parametrize("trouble", ["offline", "a page of an error"])
def test_without_a_preview_the_text_stays(page: Page, trouble: str) -> None:
    body(page).fill("Een buurthuis")
    if trouble == "offline":
        page.context.set_offline(True)
    else:
        page.route(
            "**/preview", lambda route: route.fulfill(status=503, content_type="text/html", body="<p>Weg</p>")
        )

    page.click("button[name=preview]")

    expect(page.locator("#form-status")).to_have_text(
        page.locator("#form-preview").get_attribute("data-failed") or "?"
    )
    expect(body(page)).to_have_value("Een buurthuis")


@pytest.mark.parametrize("press", ["reply", "quote"])
def test_the_selected_passage_begins_the_answer(page: Page, thread: Thread, press: str) -> None:
    select_text(page, thread.first, "draait op", "Niet op")

    if press == "reply":
        reply_link(page, thread.first).click()
    else:
        page.click("#quoter")

    expect(body(page)).to_have_value("> draait op mensen.\n>\n> Niet op\n\n")
    expect(body(page)).to_be_focused()
    expect(page.locator("input[name=parent_id]")).to_have_value(str(thread.first))


def test_lists_and_quotations_are_quoted_as_they_were_typed(page: Page, thread: Thread) -> None:
    select_text(page, thread.first, "Niet op", "blijft zo.")

    reply_link(page, thread.first).click()

    expect(body(page)).to_have_value(
        "> Niet op regels:\n>\n> - koffie\n> - aandacht\n>\n> > Wie zei dat?\n>\n> En dat blijft zo.\n\n"
    )


def test_a_selection_by_keyboard_is_quoted_as_well(page: Page, thread: Thread) -> None:
    select_text(page, thread.second, "denk ik", "anders")
    expect(page.locator("#quoter")).to_be_visible()

    page.locator("#quoter").focus()
    page.keyboard.press("Enter")

    expect(body(page)).to_have_value("> denk ik anders\n\n")


def test_a_passage_of_another_comment_is_not_put_into_this_answer(page: Page, thread: Thread) -> None:
    select_text(page, thread.first, "draait", "mensen")

    reply_link(page, thread.second).click()

    expect(page.locator("input[name=parent_id]")).to_have_value(str(thread.second))
    expect(body(page)).to_have_value("")


def test_the_button_for_quotations_adds_a_passage_to_what_is_written(page: Page, thread: Thread) -> None:
    reply_link(page, thread.second).click()
    body(page).press_sequentially("Ja:")
    select_text(page, thread.second, "denk ik", "anders")

    page.click("[data-tool=quote]")

    expect(body(page)).to_have_value("Ja:\n\n> denk ik anders\n\n")


def test_the_room_that_is_left_is_told_from_four_fifths_on(page: Page) -> None:
    shown, spoken = page.locator("#count > :first-child"), page.locator("#count > [role=status]")
    body(page).fill("x" * 7_999)
    expect(shown).to_have_text("")

    body(page).fill("x" * 8_001)
    expect(shown).to_have_text("Characters left: 1,999")
    expect(spoken).to_have_text("Characters left: 1,999")

    body(page).press("End")
    body(page).press_sequentially("abc")
    expect(shown).to_have_text("Characters left: 1,996")
    expect(spoken).to_have_text("Characters left: 1,999")  # not at every key

    body(page).fill("x" * 10_002)
    expect(spoken).to_have_text("Characters too many: 2")


def test_an_emoji_is_one_character_as_for_the_server(page: Page) -> None:
    body(page).fill("  " + "😀" * 10_000 + "\n")

    expect(page.locator("#count > :first-child")).to_have_text("Characters left: 0")


def test_text_from_right_to_left_is_written_from_the_right(page: Page) -> None:
    body(page).fill("سلام، این یک نظر است")

    assert body(page).evaluate("(field) => getComputedStyle(field).direction") == "rtl"


def test_a_failed_post_puts_the_focus_on_what_is_wrong(page: Page) -> None:
    body(page).fill("Een buurthuis draait op mensen.")
    page.click("#comment-form .button.primary")

    expect(page.locator("#error-summary")).to_be_focused()
    page.click("#error-summary a[href='#name']")
    expect(page.locator("#name")).to_be_focused()
