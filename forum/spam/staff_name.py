"""A name like a staff account's. The badge is the defence; this only tells the moderator."""

from __future__ import annotations

from forum.spam.facts import Facts
from forum.spam.reasons import HoldReason
from forum.text import skeleton


def check(facts: Facts) -> HoldReason | None:
    """A name that reads like that of a member of staff, look-alike letters included, is a hold reason."""
    shape = skeleton(facts.name)
    for name in facts.staff_names:
        if shape and shape == skeleton(name):
            return HoldReason("staff_name", name)
    return None
