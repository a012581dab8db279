"""The main journey in Chromium on PostgreSQL and on SQLite, with and without JavaScript."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests import services
from tests.browser import journey
from tests.browser.conftest import CHROMIUM_OPTIONS
from tests.proofs.databases import scratch_database
from tests.proofs.site import running_site


def prove() -> bool:
    """Take the journey four times; an assertion that does not hold ends the proof."""
    with sync_playwright() as playwright:
        path = services.address(services.CHROMIUM_VARIABLE)
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        for database in ("postgresql", "sqlite"):
            for javascript in (True, False):
                _walk(chromium, database, javascript=javascript)
                print(f"  the journey on {database}, JavaScript {'on' if javascript else 'off'}: passed")
        chromium.close()
    return True


def _walk(chromium: Browser, database: str, *, javascript: bool) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(scratch_database()) if database == "postgresql" else None
        site = stack.enter_context(running_site(folder, database_url=url, workers=2))
        journey.prepare(site)

        def open_page(base_url: str) -> Page:
            context = chromium.new_context(base_url=base_url, java_script_enabled=javascript, locale="nl-NL")
            return context.new_page()

        journey.walk(site, open_page)
