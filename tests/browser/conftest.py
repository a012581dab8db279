"""A real site with a real browser: Debian's Chromium, driven by Playwright, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import services
from tests.browser import journey
from tests.conftest import skip_or_fail
from tests.proofs.site import Site, running_site

NewPage = Callable[[str], Page]
CHROMIUM_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
expect.set_options(timeout=30_000)
"""As patient as everything else that Playwright waits for: its own 5 s are short on a machine that has more to do."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    path = services.address(services.CHROMIUM_VARIABLE)
    if not services.chromium_exists(path):
        skip_or_fail("Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def new_page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[NewPage]:
    """Opens windows of different people: each call is a browser with cookies of its own."""
    contexts = []

    def open_page(base_url: str) -> Page:
        context = browser.new_context(base_url=base_url, java_script_enabled=request.param, locale="nl-NL")
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A running site with one article, its author and a moderator."""
    with running_site(tmp_path, workers=1) as running:
        journey.prepare(running)
        yield running
