"""Buttons of mailed links count at once in these tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.web import press


@pytest.fixture(autouse=True)
def quick_press(monkeypatch: pytest.MonkeyPatch) -> None:
    """That machines press too fast is tested with `press` itself."""
    monkeypatch.setattr(press, "LOOK_AT_LEAST", timedelta(0))
