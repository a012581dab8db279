"""What checkers cannot see: where the focus goes, what hides it, what larger letters and other colours do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checkers
from tests.browser.pages import (
    WRITTEN,
    PageState,
    Scene,
    Visitors,
    go,
    page_states,
    press,
    running_scene,
    sample,
    visitors,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HIDDEN_FOCUS = """() => {
  const focused = document.activeElement;
  const seen = Array.from(focused.getClientRects()).some((box) => {
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return top && (focused.contains(top) || top.contains(focused) || top.closest("label")?.control === focused);
  });
  return seen || focused === document.body || focused.closest(".nickname") ? "" : focused.outerHTML.slice(0, 150);
}"""
"""The element with the focus, if something else lies over it."""
UNTOLD = """() => Array.from(document.querySelectorAll("[aria-invalid=true]"))
  .filter((field) => !(field.getAttribute("aria-describedby") || "").split(" ")
    .some((id) => document.getElementById(id)?.matches(".error")))
  .map((field) => field.id)"""
"""Fields that are wrong and do not say why."""
MOVING = """() => Array.from(document.querySelectorAll("*"))
  .filter((element) => { const style = getComputedStyle(element); return style.scrollBehavior === "smooth"
    || [style.transitionDuration, style.animationDuration].some((value) => parseFloat(value) > 0.01); })
  .map((element) => element.outerHTML.slice(0, 80))"""
EDGED = ".button, input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select, .notice, .tag"
BORDERLESS = """(edged) => Array.from(document.querySelectorAll(edged))
  .filter((element) => element.checkVisibility() && !element.closest(".nickname, .visually-hidden"))
  .filter((element) => {
    const style = getComputedStyle(element);
    return ["Top", "Bottom", "Left"].every((side) => style[`border${side}Style`] === "none"
      || style[`border${side}Width`] === "0px");
  })
  .map((element) => element.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One running site for all tests here."""
    with running_scene(tmp_path_factory.mktemp("use")) as running:
        yield running


@pytest.fixture(scope="module")
def windows(browser: Browser, scene: Scene) -> Iterator[Visitors]:
    """A reader, the author and the moderator."""
    with visitors(browser, scene) as opened:
        yield opened


@pytest.fixture
def page(windows: Visitors) -> Iterator[Page]:
    """A reader's window."""
    opened = windows["reader"].new_page()
    yield opened
    opened.close()


@pytest.fixture
def queue(windows: Visitors) -> Iterator[Page]:
    """The moderator's window."""
    opened = windows["moderator"].new_page()
    yield opened
    opened.close()


def _named(scene: Scene, name: str) -> PageState:
    return next(state for state in page_states(scene) if state.name == name)


def _tab_to(page: Page, selector: str, *, at_most: int = 250) -> None:
    """Press Tab until something that `selector` describes has the focus."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_a_form_with_mistakes_leads_from_the_summary_to_each_field(scene: Scene, page: Page) -> None:
    go(page, _named(scene, "reply form with errors"))

    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("[aria-invalid=true]")).to_have_count(page.locator("#error-summary a").count())
    assert page.evaluate(UNTOLD) == []
    for link in page.locator("#error-summary a").all():
        link.click()
        expect(page.locator(link.get_attribute("href") or "")).to_be_focused()


def test_without_scripts_too_the_summary_has_the_focus(browser: Browser, scene: Scene) -> None:
    context = browser.new_context(base_url=scene.site.base_url, java_script_enabled=False)
    page = context.new_page()

    go(page, _named(scene, "reply form with errors"))

    expect(page.locator("#error-summary:focus")).to_have_count(1)
    context.close()


def test_a_refused_staff_answer_has_the_focus_on_what_is_wrong(scene: Scene, windows: Visitors) -> None:
    page = windows["author"].new_page()

    go(page, _named(scene, "staff reply, refused"))

    expect(page.locator("#error-summary")).to_be_focused()
    assert page.evaluate(UNTOLD) == []
    page.close()


def test_after_another_order_the_keyboard_goes_on_in_the_discussion(scene: Scene, page: Page) -> None:
    page.goto(scene.article)

    page.locator(".sort a").first.click()
    page.wait_for_url("**sort=newest#comments")
    page.keyboard.press("Tab")

    assert page.evaluate("Boolean(document.activeElement.closest('#comments'))")


def test_an_answer_opens_with_the_focus_and_gives_it_back(scene: Scene, page: Page) -> None:
    page.goto(scene.article)
    reply = page.locator(".comment-actions a").first

    reply.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.press("Escape")

    expect(reply).to_be_focused()


def test_a_decision_in_the_queue_is_told_where_the_focus_is(scene: Scene, queue: Page) -> None:
    queue.goto("/moderation")

    queue.locator(".queue-item [value=hold]").first.click()
    queue.wait_for_url("**done=1**")

    expect(queue.locator("[role=status] [autofocus]")).to_be_focused()
    expect(queue.locator("[role=status] .notice.success")).to_be_visible()


def test_a_decision_about_one_comment_leads_to_its_new_state(scene: Scene, queue: Page) -> None:
    queue.goto(f"/moderation/comments/{scene.comments['rejected']}")

    queue.locator("[value=reopen]").click()
    queue.wait_for_url("**#state")

    expect(queue.locator("#state")).to_be_focused()


def test_a_decision_that_came_too_late_has_the_focus_on_why(scene: Scene, queue: Page) -> None:
    go(queue, _named(scene, "decision too late"))

    expect(queue.locator("#refusal")).to_be_focused()


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_lies_over_what_has_the_focus(scene: Scene, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 500})
    page.goto(scene.article)
    page.locator(".thread .comment a").first.focus()
    hidden = []

    for key in ("Tab",) * 40 + ("Shift+Tab",) * 20:
        page.keyboard.press(key)
        hidden.append(page.evaluate(HIDDEN_FOCUS))

    assert [element for element in hidden if element] == []


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_lies_over_the_focus_in_a_queue_with_ticks(scene: Scene, queue: Page, width: int) -> None:
    queue.set_viewport_size({"width": width, "height": 600})
    queue.goto("/moderation")
    queue.locator(".tick input").first.check()
    hidden = []

    for key in ("Tab",) * 40 + ("Shift+Tab",) * 25:
        queue.keyboard.press(key)
        hidden.append(queue.evaluate(HIDDEN_FOCUS))

    assert [element for element in hidden if element] == []


def test_places_for_news_are_there_when_the_page_comes(scene: Scene, page: Page) -> None:
    for name in ("article", "reply form", "receipt"):
        document = go(page, _named(scene, name))

        assert 'role="status"' in document, name


def test_letters_twice_as_large_lose_nothing(scene: Scene, windows: Visitors) -> None:
    too_wide = {}
    for state in sample(scene):
        for width in (640, 1280):
            page = windows[state.by].new_page()
            page.set_viewport_size({"width": width, "height": 800})
            go(page, state)
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            too_wide[f"{state.name} at {width} px"] = checkers.overflow_px(page)
            page.close()

    assert {name: excess for name, excess in too_wide.items() if excess > 0} == {}


def test_in_forced_colours_everything_keeps_its_edges(scene: Scene, windows: Visitors) -> None:
    found = {}
    for state in (*sample(scene), _named(scene, "design")):
        page = windows[state.by].new_page()
        page.emulate_media(forced_colors="active")
        go(page, state)
        found[state.name] = page.evaluate(BORDERLESS, EDGED)
        page.close()

    assert {name: elements for name, elements in found.items() if elements} == {}


def test_nothing_moves_for_who_wants_that(scene: Scene, windows: Visitors) -> None:
    for state in sample(scene):
        page = windows[state.by].new_page()
        page.emulate_media(reduced_motion="reduce")
        go(page, state)

        assert page.evaluate(MOVING) == [], state.name
        page.close()


def test_a_whole_journey_needs_no_mouse(scene: Scene, page: Page) -> None:
    page.goto("/?page=2")
    _tab_to(page, f".teaser a[href='{scene.article}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{scene.article}")
    _tab_to(page, ".comment-actions a[href*='parent=']")
    page.keyboard.press("Enter")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type("Zonder muis geschreven.")
    _tab_to(page, "#name")
    page.keyboard.type("Noor de Wit")
    page.keyboard.press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    _tab_to(page, "#error-summary a")
    page.keyboard.press("Enter")
    expect(page.locator("#email")).to_be_focused()
    page.keyboard.type("noor.de.wit@lezers.example")
    page.keyboard.press("Enter")

    page.wait_for_url("**/submissions/**")
    expect(page.locator(".comment-body")).to_have_text("Zonder muis geschreven.")


def test_names_and_addresses_can_be_filled_in_by_the_browser(scene: Scene, page: Page) -> None:
    page.goto(f"{scene.article}/comments/new")

    for field, token in (("name", "name"), ("email", "email"), ("website", "url")):
        expect(page.locator(f"#{field}")).to_have_attribute("autocomplete", token)


def test_a_text_survives_the_step_that_was_refused(scene: Scene, page: Page) -> None:
    page.goto(f"{scene.article}/comments/new")
    WRITTEN(page)
    page.fill("#email", "geen adres")

    press("#comment-form button.primary")(page)

    expect(page.locator("#body")).to_have_value("Daar denk ik anders over.")
    expect(page.locator("#email")).to_have_attribute("aria-invalid", "true")
