"""axe-core and the Nu HTML checker over a sample of the pages; all of them: `script/prove pages`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import checkers
from tests.browser.pages import Scene, Visitors, go, running_scene, sample, visitors
from tests.conftest import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One running site for all tests here."""
    with running_scene(tmp_path_factory.mktemp("accessibility")) as running:
        yield running


@pytest.fixture(scope="module")
def windows(browser: Browser, scene: Scene) -> Iterator[Visitors]:
    """A reader, the author and the moderator."""
    with visitors(browser, scene) as opened:
        yield opened


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_on_the_pages_of_the_sample(scene: Scene, windows: Visitors, width: int) -> None:
    if not checkers.axe_exists():
        skip_or_fail("axe-core")
    found = {}

    for state in sample(scene):
        page = windows[state.by].new_page()
        page.set_viewport_size({"width": width, "height": 800})
        go(page, state)
        found[state.name] = checkers.axe_violations(page) + checkers.small_targets(page)
        page.close()

    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_pages_of_the_sample_are_correct_html(scene: Scene, windows: Visitors) -> None:
    if not checkers.nu_exists():
        skip_or_fail("the Nu HTML checker")
    documents = {}

    for state in sample(scene):
        page = windows[state.by].new_page()
        documents[state.name] = go(page, state)
        page.close()

    assert checkers.nu_errors(documents) == []
