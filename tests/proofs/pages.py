"""Every page in every state: axe-core in light and dark at 320 and 1280 px, the Nu HTML checker, sizes, no overflow."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

from tests import services
from tests.browser import checkers
from tests.browser.conftest import CHROMIUM_OPTIONS
from tests.browser.pages import PageState, Visitors, go, page_states, running_scene, visitors

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 1280)


def prove() -> bool:
    """Look at every page; each thing that is found is printed."""
    if not checkers.axe_exists() or not checkers.nu_exists():
        print("  axe-core and the Nu HTML checker are missing: npm ci --prefix tests/tools, and Java")
        return False
    findings: list[str] = []
    documents: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory(prefix="forum-pages-") as folder,
        running_scene(Path(folder)) as scene,
        sync_playwright() as playwright,
    ):
        path = services.address(services.CHROMIUM_VARIABLE)
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        states = page_states(scene)
        with visitors(chromium, scene) as windows:
            for state in states:
                documents[state.name], found = _look(windows, state)
                findings += found
        chromium.close()
    findings += checkers.nu_errors(documents)
    print(f"  {len(states)} pages in {len(THEMES)} themes at {len(WIDTHS)} widths: {len(findings)} findings")
    print("".join(f"  {line}\n" for line in findings), end="")
    return not findings


def _look(windows: Visitors, state: PageState) -> tuple[str, list[str]]:
    """The HTML of a page, and what is wrong with it in each theme at each width."""
    found: list[str] = []
    page = windows[state.by].new_page()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        document = go(page, state)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            found += [f"{state.name}, {theme}, {width} px: {line}" for line in checkers.axe_violations(page)]
        found += [f"{state.name}, {width} px: {line}" for line in _sizes(page)]
    page.close()
    return document, found


def _sizes(page: Page) -> Iterator[str]:
    yield from (f"too small to press: {target}" for target in checkers.small_targets(page))
    if (excess := checkers.overflow_px(page)) > 0:
        yield f"{excess} px too wide"
