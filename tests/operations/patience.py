"""Wiping beside others who write to the same server."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from forum.config import Settings
from forum.operations.keeping_jobs import wipe_erased

TIMEOUT_S = 300
"""Of tests that wait for others: those in general end in 120 s, which is as long as one of these waits may take."""
ATTEMPTS = 24
"""Of 5 s each at most. On a server that four test runs shared, one took eleven."""


def wiped(session: Session, settings: Settings, *, now: datetime) -> bool:
    """What the worker does within minutes; whether something was wiped.

    Whoever still writes elsewhere on the server, as other tests do, is waited for a few seconds each time.
    """
    return any(wipe_erased(session, settings, now=now) for _attempt in range(ATTEMPTS))
