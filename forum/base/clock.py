"""The one place that asks what time it is. Services get `now` handed in."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Current time, UTC, with its time zone."""
    return datetime.now(UTC)
