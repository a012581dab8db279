"""What the checks may know of a submission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One submission as the checks see it.

    :param html: the text as it will be printed.
    :param honeypot: what stood in the field that people do not see.
    :param started_at: when writing began, as far as the form says; None is no evidence.
    :param disposable_domain: the domain of the address when it gives throw-away addresses; else empty.
    :param staff_names: the names of accounts and of people with a byline.
    """

    name: str
    html: str
    honeypot: str
    started_at: datetime | None
    received_at: datetime
    staff_names: tuple[str, ...]
    disposable_domain: str = ""
