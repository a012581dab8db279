"""The one place that asks what time it is. Services get `now` handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """Current time, UTC, with its time zone."""
    return datetime.now(UTC)


CLOCKS_DIFFER = timedelta(minutes=5)
"""So far the clocks of two machines may be apart."""


def is_to_come(noted_at: datetime, *, now: datetime) -> bool:
    """Whether what was noted as done is still to come: a clock was wrong then, or is now. Nothing may wait for it."""
    return noted_at > now + CLOCKS_DIFFER
