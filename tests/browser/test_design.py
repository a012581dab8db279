"""The look in a real browser: the choice between light and dark, the measure of a line, the size of what is pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import journey
from tests.proofs.site import Site, running_site

pytestmark = pytest.mark.browser

PARAGRAPH = (
    "Wie een buurthuis wil leiden, begint met luisteren naar de mensen die er al jaren komen en die zelden iets zeggen "
    "als er een vergadering is, maar des te meer als de koffie op tafel staat en niemand een verslag maakt. "
)
LONG_ARTICLE = journey.ARTICLE.replace("slug: een", "slug: lang-een") + "\n\n".join([PARAGRAPH * 3] * 3)
ADDRESS = "/articles/lang-een-buurthuis-is-geen-bedrijf"
LINES = """() => Array.from(document.querySelectorAll(".article-body > p"), (paragraph) => {
  const text = paragraph.firstChild, range = document.createRange(), lines = new Map();
  for (let at = 0; at < text.length; at++) {
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    const box = range.getBoundingClientRect();
    if (box.width) lines.set(Math.round(box.top), (lines.get(Math.round(box.top)) || 0) + 1);
  }
  return Array.from(lines.values()).slice(0, -1);
}).flat()"""
SMALL_TARGETS = """() => Array.from(document.querySelectorAll("a, button, input, select, textarea, summary"))
  .filter((element) => element.checkVisibility() && !element.closest("p, .visually-hidden, .nickname, .skip-link"))
  .map((element) => (element.closest("label") || element))
  .filter((element) => { const box = element.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
  .map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One running site for all tests here, which only read it: a short article, and one that fills many lines."""
    with running_site(tmp_path_factory.mktemp("design"), workers=1) as running:
        for name, text in (("kort.md", journey.ARTICLE), ("lang.md", LONG_ARTICLE)):
            file = running.folder / name
            file.write_text(text, encoding="utf-8")
            running.flask("article", "import", str(file))
        yield running


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A reader's browser whose system is light."""
    opened = browser.new_context(base_url=site.base_url, color_scheme="light", locale="nl-NL")
    yield opened
    opened.close()


def _ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def _kept(page: Page) -> object:
    return page.evaluate("localStorage.getItem('theme')")


def _choose(page: Page, value: str) -> None:
    page.locator(f".themes input[value={value}]").check()


def test_the_look_follows_the_system_until_somebody_chooses(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    light = _ground(page)

    page.emulate_media(color_scheme="dark")

    assert _ground(page) != light
    assert _kept(page) is None
    expect(page.locator(".themes input[value=auto]")).to_be_checked()


def test_a_choice_is_remembered_and_can_be_forgotten(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/")
    light = _ground(page)

    _choose(page, "dark")
    page.goto("/privacy")
    dark = _ground(page)
    remembered = _kept(page)
    _choose(page, "auto")

    assert dark != light
    assert remembered == "dark"
    assert (_ground(page), _kept(page)) == (light, None)


def test_a_reader_who_keeps_nothing_may_choose_for_the_page(context: BrowserContext) -> None:
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('off'); }})"
    )
    page = context.new_page()
    page.goto("/")
    light = _ground(page)

    _choose(page, "dark")

    assert _ground(page) != light


def test_without_a_script_there_is_no_choice(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")

    expect(page.locator(".themes")).to_be_hidden()
    expect(page.locator(".site-footer a").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_paper_is_white_whatever_was_chosen(context: BrowserContext, look: str) -> None:
    page = context.new_page()
    page.goto("/")
    _choose(page, look)

    page.emulate_media(media="print")

    assert _ground(page) == "rgb(255, 255, 255)"
    expect(page.locator(".site-footer")).to_be_hidden()


def test_a_full_line_of_an_article_has_60_to_72_characters(context: BrowserContext) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(ADDRESS)

    lines = sorted(page.evaluate(LINES))

    assert len(lines) > 15
    assert 60 <= lines[len(lines) // 2] <= 72
    assert lines[-1] <= 74


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/", "/privacy", "/login", "/nergens", ADDRESS])
def test_nothing_is_wider_than_the_window_or_too_small_to_press(
    context: BrowserContext, path: str, width: int
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL_TARGETS) == []


def test_letters_twice_as_large_cut_nothing(context: BrowserContext) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    for path in ("/", ADDRESS, "/login"):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")

        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
