"""Many links. WordPress holds at two; every comment waits here, so the count is only told."""

from __future__ import annotations

from forum.spam.facts import Facts
from forum.spam.reasons import HoldReason

NOTEWORTHY = 2


def check(facts: Facts) -> HoldReason | None:
    """Two links or more are told."""
    count = facts.html.count("<a ")
    return HoldReason("links", str(count)) if count >= NOTEWORTHY else None
