"""What every storage of moving windows has in common: entries, receipts, refusals.

A window holds the moments at which something was done under one key. An entry fits when fewer than `limit`
moments lie within the last `period_s` seconds; a moment exactly `period_s` old no longer counts. Moments are
whole microseconds, which survive every storage unrounded (Redis counts in doubles).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from limits.storage import MovingWindowSupport, Storage

Clock = Callable[[], float]
"""Gives the time in seconds since 1970, as `time.time` does."""

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to be counted in one window.

    :param key: names the window; at most 200 characters, nothing personal.
    :param limit: how many the window takes.
    :param period_s: length of the window, seconds.
    :param scope: what a refusal is named after; not stored.
    :param amount: how many places it takes.
    """

    key: str
    limit: int
    period_s: int
    scope: str = ""
    amount: int = 1

    @property
    def period_us(self) -> int:
        """Length of the window, microseconds."""
        return self.period_s * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of what was taken, when and from which storage: enough to give back exactly that."""

    holder: WindowStorage
    entries: tuple[Entry, ...]
    at_us: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was taken. `entry` is the one that has to wait longest, `wait_us` how long."""

    entry: Entry
    wait_us: int

    @property
    def wait_s(self) -> int:
        """Whole seconds after which the entry fits if nobody comes in between; at least 1."""
        return max(1, math.ceil(self.wait_us / MICROSECONDS))


def longest_wait(blocked: Sequence[tuple[Entry, int]], now_us: int) -> Refused:
    """The refusal that lasts longest.

    :param blocked: each full window with the moment that must leave it first.
    """
    waits = [Refused(entry, min(at_us - now_us, 0) + entry.period_us) for entry, at_us in blocked]
    return max(waits, key=lambda refused: refused.wait_us)


class WindowStorage(Storage, MovingWindowSupport):
    """A storage of the `limits` library that can also take several entries at once, and give them back."""

    clock: Clock

    def now_us(self) -> int:
        """The current moment, microseconds since 1970."""
        return int(self.clock() * MICROSECONDS)

    def acquire_many(self, entries: Sequence[Entry]) -> Receipt | Refused:
        """Take all entries or none of them, as one step that no other process can come between.

        :param entries: at least one; no key twice.
        """
        impossible = [Refused(entry, entry.period_us) for entry in entries if entry.amount > entry.limit]
        if impossible:
            return max(impossible, key=lambda refused: refused.wait_us)
        return self._take(tuple(entries))

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take one entry; what Flask-Limiter calls. True when it fitted.

        :param expiry: length of the window, seconds.
        """
        return isinstance(self.acquire_many([Entry(key, limit, expiry, amount=amount)]), Receipt)

    @abstractmethod
    def _take(self, entries: tuple[Entry, ...]) -> Receipt | Refused:
        """`acquire_many` for entries of which each could fit an empty window."""

    @abstractmethod
    def release_many(self, receipt: Receipt) -> None:
        """Give back what `receipt` proves, and nothing that was taken by another."""

    @abstractmethod
    def release_entry(self, key: str) -> bool:
        """Give back the newest entry of `key`. True when there was one."""

    @abstractmethod
    def prune(self, now: float) -> int:
        """Delete entries whose window has passed.

        :param now: seconds since 1970.
        :returns: how many were deleted.
        """
