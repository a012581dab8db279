"""Throw-away addresses: domains that give anyone a mailbox for ten minutes. The list is a kept package."""

from __future__ import annotations

from forum.spam.facts import Facts
from forum.spam.reasons import HoldReason

CODE = "disposable_email"


def is_disposable(domain: str) -> bool:
    """Whether a mail domain, or one that it lies below, is on the list.

    :param domain: in lower case, as it is written in an address.
    """
    # Ten thousand names, read when the first address is looked at and not at the start.
    from disposable_email_domains import blocklist

    labels = _in_ascii(domain).split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))


def check(facts: Facts) -> HoldReason | None:
    """A throw-away address is a hold reason; some people have good reasons for one."""
    return HoldReason(CODE, facts.disposable_domain) if facts.disposable_domain else None


def _in_ascii(domain: str) -> str:
    """The domain as the DNS knows it; the list holds names in that form."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:  # a name that the DNS cannot hold either
        return domain
