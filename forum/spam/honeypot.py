"""The honeypot: a field that people do not see and scripts fill in."""

from __future__ import annotations

from forum.spam.facts import Facts
from forum.spam.reasons import HoldReason


def check(facts: Facts) -> HoldReason | None:
    """A filled honeypot is a hold reason; autofill can do it too, so never more than that."""
    return HoldReason("honeypot") if facts.honeypot else None
