"""Reading a discussion in a browser: the linked comment, keys, folding, news, more comments; and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.discussion import Discussion, box_in_window, focused, shown, writing_beside
from tests.factories import NOW
from tests.proofs.site import Site, running_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all: each test has an article of its own."""
    with running_site(tmp_path_factory.mktemp("threads"), workers=1) as site:
        yield site


@pytest.fixture(scope="module")
def begin(running: Site) -> Iterator[Callable[[], Discussion]]:
    """Begins a discussion."""
    with writing_beside(running) as begin_one:
        yield begin_one


@pytest.fixture
def discussion(begin: Callable[[], Discussion]) -> Discussion:
    """An empty one."""
    return begin()


@pytest.fixture
def page(running: Site, browser: Browser) -> Iterator[Page]:
    """A reader's window with scripts."""
    context = browser.new_context(
        base_url=running.base_url, locale="nl-NL", viewport={"width": 1280, "height": 800}
    )
    yield context.new_page()
    context.close()


_NOTE_LONG_WAITS = """
  const begin = window.setTimeout;
  window.setTimeout = (then, wait, ...rest) => {
    const root = document.documentElement;
    if (wait >= 60000) root.dataset.waits = [root.dataset.waits, wait / 1000].filter(Boolean).join(" ");
    return begin(then, wait, ...rest);
  };
"""
"""Notes on the page, in seconds, what its own clock is set to: a test then moves that clock, and not before."""


def _wait_until_remembered(page: Page) -> None:
    page.evaluate(
        "new Promise(done => {"
        " const look = () => localStorage.getItem('seen') ? done() : requestAnimationFrame(look); look() })"
    )


@pytest.mark.parametrize("order", ["", "?sort=newest"])
@pytest.mark.parametrize("width", [320, 1280])
def test_a_linked_comment_is_in_view_and_focused_with_the_way_to_it(
    discussion: Discussion, page: Page, order: str, width: int
) -> None:
    ids = discussion.chain(9)
    discussion.say(*[None] * 30)
    page.set_viewport_size({"width": width, "height": 800})

    for comment_id in (ids[1], ids[-1]):
        page.goto(f"/comments/{comment_id}{order}")

        expect(page.locator(f"#comment-{comment_id}")).to_be_focused()
        top, below = box_in_window(page, comment_id)
        assert top >= 0
        assert below > 100
        expect(page.locator(f"#comment-{comment_id} > .trail a")).to_have_count(ids.index(comment_id))


def test_keys_lead_through_the_discussion_only_while_it_has_the_focus(
    discussion: Discussion, page: Page
) -> None:
    first, reply, deeper = discussion.chain(3)
    (second,) = discussion.say(None)
    page.goto(discussion.path)
    page.keyboard.press("j")
    before = focused(page)

    page.locator(f"#comment-{first} a").first.focus()
    way = []
    for key in "jjpknk":
        page.keyboard.press(key)
        way.append(focused(page))

    assert before == ""
    assert way == [f"comment-{n}" for n in (reply, deeper, reply, first, second, deeper)]


def test_keys_can_be_switched_off_and_stay_off(discussion: Discussion, page: Page) -> None:
    first, reply = discussion.chain(2)
    page.goto(f"{discussion.path}#comment-{first}")
    page.keyboard.press("?")
    page.locator(".keys input").uncheck()

    page.reload()
    page.locator(f"#comment-{first} a").first.focus()
    page.keyboard.press("j")

    expect(page.locator(f"#comment-{first} a").first).to_be_focused()
    expect(page.locator(f"#comment-{reply}")).to_be_visible()


def test_keys_type_letters_in_a_field(discussion: Discussion, page: Page) -> None:
    discussion.chain(2)
    page.goto(discussion.path)

    page.locator("#body").focus()
    page.keyboard.type("jkpn?")

    expect(page.locator("#body")).to_have_value("jkpn?")


def test_a_branch_folds_stays_folded_for_the_visit_and_opens_for_a_linked_comment(
    discussion: Discussion, page: Page
) -> None:
    first, reply, deeper = discussion.chain(3)
    (second,) = discussion.say(None)
    page.goto(discussion.path)
    button = page.locator(".branch-summary button")

    button.click()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.reload()
    expect(page.locator(f"#comment-{reply}")).to_be_hidden()
    page.locator(f"#comment-{first} a").first.focus()
    page.keyboard.press("j")
    past_the_folded = focused(page)
    page.goto(f"/comments/{deeper}")

    assert past_the_folded == f"comment-{second}"
    expect(page.locator(f"#comment-{deeper}")).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")


def test_the_steps_show_only_to_somebody_who_goes_through_the_discussion(
    discussion: Discussion, page: Page
) -> None:
    first, reply = discussion.chain(2)
    page.goto(discussion.path)

    page.locator(f"#comment-{first} .comment-body").click()
    expect(page.locator(".steps")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator(f"#comment-{reply}")).to_be_focused()
    page.locator("[data-go=previous]").click()
    expect(page.locator(f"#comment-{first}")).to_be_focused()
    page.locator("#body").focus()

    expect(page.locator(".steps")).to_be_hidden()


def test_the_age_stands_beside_the_date_in_the_language_of_the_page(
    discussion: Discussion, page: Page
) -> None:
    (comment_id,) = discussion.say(None)
    page.clock.set_fixed_time(NOW + timedelta(hours=3, minutes=50))

    page.goto(discussion.path)

    expect(page.locator(f"#comment-{comment_id} time")).to_have_text("20 november 2026, 10:30")
    expect(page.locator(f"#comment-{comment_id} .age")).to_have_text("3 uur geleden")


def test_what_came_since_the_last_visit_is_marked_in_words(discussion: Discussion, page: Page) -> None:
    (first,) = discussion.say(None)
    page.goto(f"{discussion.path}#comments")
    expect(page.locator(".comment .tag")).to_have_count(0)
    _wait_until_remembered(page)
    new = discussion.say(first, None)
    page.evaluate("sessionStorage.clear()")  # another visit

    page.goto(discussion.path)
    page.reload()
    expect(page.locator("#thread-status")).to_have_text("2 nieuwe reacties sinds je vorige bezoek")
    expect(page.locator(".comment .tag")).to_have_text(["nieuw", "nieuw"])
    for comment_id in new:
        page.locator("[data-do=next-new]").click()
        expect(page.locator(f"#comment-{comment_id}")).to_be_focused()


def test_the_next_new_comment_may_stand_on_another_page(discussion: Discussion, page: Page) -> None:
    discussion.say(*[None] * 25)
    page.goto(f"{discussion.path}#comments")
    _wait_until_remembered(page)
    (new,) = discussion.say(None)
    page.evaluate("sessionStorage.clear()")

    page.goto(discussion.path)
    page.reload()
    page.locator("[data-do=next-new]").click()

    page.wait_for_url(f"**{discussion.path}?page=2#comment-{new}")
    expect(page.locator(f"#comment-{new}")).to_be_focused()


def test_arrivals_are_told_move_nothing_and_come_when_asked_for(discussion: Discussion, page: Page) -> None:
    first, second = discussion.say(None, None)
    page.clock.install()
    page.goto(f"{discussion.path}#comment-{second}")
    expect(page.locator("#thread-status")).to_be_empty()
    top = box_in_window(page, second)
    reply, last = discussion.say(first, None)

    page.clock.fast_forward(61_000)
    expect(page.locator("#thread-status")).to_have_text("2 nieuwe reacties")
    assert box_in_window(page, second) == top
    assert len(shown(page)) == 2
    page.locator("[data-do=show]").click()

    expect(page.locator(f"#comment-{reply}")).to_be_focused()
    assert shown(page) == [f"comment-{n}" for n in (first, reply, second, last)]
    expect(page.locator(".branch-summary button")).to_have_text("1 antwoord van 1 naam")
    expect(page.locator(".comment .tag")).to_have_count(2)


def test_a_page_that_hears_nothing_new_asks_less_often(discussion: Discussion, page: Page) -> None:
    discussion.say(None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/latest" in request.url else None)
    page.clock.install()
    page.add_init_script(_NOTE_LONG_WAITS)
    page.goto(discussion.path)

    waits = ["60", "90", "135", "202.5", "303.75", "455.625", "600", "600", "600"]
    for n in range(1, len(waits) + 1):
        expect(page.locator("html")).to_have_attribute("data-waits", " ".join(waits[:n]))
        assert len(asked) == n - 1
        page.clock.fast_forward(round(float(waits[n - 1]) * 1000))


def test_more_comments_come_below_what_is_read(discussion: Discussion, page: Page) -> None:
    ids = discussion.say(*[None] * 27)
    page.goto(discussion.path)
    more = page.locator(".more-comments a")
    more.scroll_into_view_if_needed()
    top = box_in_window(page, ids[24])

    more.click()

    expect(page.locator(f"#comment-{ids[25]}")).to_be_focused()
    expect(page.locator("#thread-status")).to_have_text("Er staan 2 reacties bij, hieronder")
    expect(page).to_have_url(f"{page.url.partition('/articles')[0]}{discussion.path}")
    expect(more).to_have_count(0)
    assert shown(page) == [f"comment-{n}" for n in ids]
    assert box_in_window(page, ids[24]) == top


def test_a_more_that_fails_is_a_plain_link(discussion: Discussion, page: Page) -> None:
    ids = discussion.say(*[None] * 27)
    page.goto(discussion.path)
    page.route(
        "**/articles/**",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_(),
    )

    page.locator(".more-comments a").click()

    page.wait_for_url(f"**{discussion.path}?page=2#comments")
    assert shown(page) == [f"comment-{n}" for n in ids[25:]]


def test_nothing_moves_while_a_linked_page_loads(discussion: Discussion, page: Page) -> None:
    discussion.say(*[None] * 4)
    ids = discussion.chain(6)
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => {"
        " for (const each of list.getEntries()) moved += each.value })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"/comments/{ids[2]}")
        expect(page.locator(f"#comment-{ids[2]}")).to_be_focused()
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

        assert page.evaluate("moved") == 0


def test_without_scripts_everything_is_shown_and_linked(
    discussion: Discussion, running: Site, browser: Browser
) -> None:
    ids = discussion.chain(4)
    rest = discussion.say(*[None] * 26)
    context = browser.new_context(base_url=running.base_url, java_script_enabled=False)
    page = context.new_page()

    page.goto(f"/comments/{ids[3]}")
    expect(page.locator(f"#comment-{ids[3]} .comment-body")).to_be_in_viewport()
    page.locator(f"#comment-{ids[3]} .answers").click()
    expect(page).to_have_url(f"{running.base_url}{discussion.path}#comment-{ids[2]}")
    expect(page.locator(".branch-summary")).to_have_text("3 antwoorden van 3 namen")
    expect(page.locator(".thread-bar button")).to_have_count(0)
    page.locator(".more-comments a").click()

    expect(page.locator(".thread .comment")).to_have_count(2)
    expect(page.locator(f"#comment-{rest[-1]}")).to_be_visible()
    context.close()
