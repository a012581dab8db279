"""A site with a clock that waits, and its post office."""

from __future__ import annotations

import pytest

from tests.comments.mails.post import Post
from tests.comments.proving.mailbox import Clock
from tests.factories import NOW, Site


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the views that readers meet."""
    clock = Clock(NOW)
    for module in ("following", "unsubscribing", "proving"):
        monkeypatch.setattr(f"forum.comments.{module}.views.utc_now", clock)
    return clock


@pytest.fixture
def post(site: Site) -> Post:
    """A post office on SQLite."""
    return Post(site)


@pytest.fixture
def both_posts(both_sites: Site) -> Post:
    """A post office on each database."""
    return Post(both_sites)
