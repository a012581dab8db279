"""A site with a thread to answer in, and a window at its article."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.writing.scene import Thread, open_window, running_thread


@pytest.fixture(scope="module")
def thread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thread]:
    """A running site with an article and two comments."""
    with running_thread(tmp_path_factory.mktemp("writing")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, thread: Thread) -> Iterator[Page]:
    """The article, in a window of its own."""
    page = open_window(browser, thread)
    yield page
    page.context.close()
