"""The minimum time between the first key and the post."""

from __future__ import annotations

from forum.spam.facts import Facts
from forum.spam.reasons import HoldReason

MINIMUM_S = 5


def check(facts: Facts) -> HoldReason | None:
    """Sent within `MINIMUM_S` seconds is a hold reason. No stamp, or one from the future, is no evidence."""
    if facts.started_at is None:
        return None
    seconds = (facts.received_at - facts.started_at).total_seconds()
    return HoldReason("too_fast", str(int(seconds))) if 0 <= seconds < MINIMUM_S else None
