"""All checks, in the order in which the queue shows their reasons."""

from __future__ import annotations

from forum.spam import disposable, honeypot, links, speed, staff_name
from forum.spam.facts import Facts
from forum.spam.reasons import HoldReason

CHECKS = (staff_name.check, honeypot.check, speed.check, links.check, disposable.check)


def assess(facts: Facts) -> list[HoldReason]:
    """The hold reasons that the facts give; often none."""
    return [reason for check in CHECKS if (reason := check(facts)) is not None]
