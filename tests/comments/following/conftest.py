"""A site with a clock that waits, and its post office."""

from __future__ import annotations

import pytest

from tests.comments.proving.mailbox import Clock
from tests.factories import NOW


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the views that readers meet."""
    clock = Clock(NOW)
    for module in ("following", "unsubscribing", "proving"):
        monkeypatch.setattr(f"forum.comments.{module}.views.utc_now", clock)
    return clock
