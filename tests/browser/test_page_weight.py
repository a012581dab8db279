"""What the article page with fifty comments costs: bytes, requests, and no movement while it loads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.discussion import writing_beside
from tests.proofs.site import Site, running_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MAX_BYTES = 60 * 1024
MAX_REQUESTS = 5
SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shifts.push(entry.value); })
    .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site."""
    with running_site(tmp_path_factory.mktemp("weight"), workers=1) as running:
        yield running


@pytest.fixture(scope="module")
def article(site: Site) -> str:
    """Path of an article with fifty comments in 25 branches."""
    with writing_beside(site) as begin:
        discussion = begin()
        discussion.say(*discussion.say(*[None] * 25))
        return discussion.path


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A window of somebody who was never here."""
    context = browser.new_context(base_url=site.base_url, viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


def test_the_page_is_light_and_asks_for_little(page: Page, article: str) -> None:
    sizes: list[float] = []
    network = page.context.new_cdp_session(page)
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")

    page.goto(article, wait_until="networkidle")

    assert page.locator(".thread .comment").count() == 50
    assert sum(sizes) <= MAX_BYTES
    assert len(sizes) <= MAX_REQUESTS


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("slow_bytes_per_s", [0, 30_000])
def test_nothing_shifts_while_the_page_loads(
    page: Page, article: str, width: int, slow_bytes_per_s: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    if slow_bytes_per_s:
        network = page.context.new_cdp_session(page)
        network.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": 200,
                "uploadThroughput": -1,
                "downloadThroughput": slow_bytes_per_s,
            },
        )
    page.add_init_script(SHIFTS)

    page.goto(article, wait_until="networkidle")

    assert page.evaluate("shifts") == []
