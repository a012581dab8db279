"""A storage that may go away, and the local file that counts meanwhile.

A circuit breaker: after one failure the first storage is left alone for `PAUSE_S`, then one request tries it
again while the others go on with the second. So an outage costs at most one timeout every `PAUSE_S`, fails no
request and lifts no limit: each node goes on counting by itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from forum.web.limit_storage.base import Clock, Entry, Receipt, Refused, WindowStorage

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

PAUSE_S = 5.0
"""How long a failing storage is left alone."""
LOG_PAUSE_S = 60.0
"""Least time between two log lines about an outage."""


class ResilientLimits(WindowStorage):
    """`first` while it answers, else `second`.

    :param first: shared by all nodes, may be away.
    :param second: local, does not go away.
    :param monotonic: seconds from any start, never backwards.
    """

    STORAGE_SCHEME = ["forum+resilient"]

    def __init__(
        self,
        uri: str,
        wrap_exceptions: bool = False,
        *,
        first: WindowStorage,
        second: WindowStorage,
        monotonic: Clock = time.monotonic,
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self.first, self.second = first, second
        self.clock = second.clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._away_until: float | None = None
        self._logged_at = -LOG_PAUSE_S
        self._outage_is_logged = False

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Only what the second storage raises gets out."""
        return self.second.base_exceptions

    @property
    def is_away(self) -> bool:
        """Whether the second storage is counting."""
        return self._away_until is not None

    def _either(self, ask: Callable[[WindowStorage], _T]) -> _T:
        if self._may_try_first():
            try:
                answer = ask(self.first)
            except self.first.base_exceptions as error:
                self._note_failure(error)
            else:
                self._note_success()
                return answer
        return ask(self.second)

    def _may_try_first(self) -> bool:
        """True while all is well, and for one caller whenever a pause is over."""
        if self._away_until is None:
            return True
        with self._lock:
            now = self._monotonic()
            if self._away_until is not None and now < self._away_until:
                return False
            self._away_until = now + PAUSE_S
            return True

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            now = self._monotonic()
            self._away_until = now + PAUSE_S
            if now - self._logged_at >= LOG_PAUSE_S:
                self._logged_at, self._outage_is_logged = now, True
                # The error's text may hold an address or a password.
                _log.warning(
                    "limits: shared storage is away (%s), this machine counts alone", type(error).__name__
                )

    def _note_success(self) -> None:
        if self._away_until is None:
            return
        with self._lock:
            self._away_until = None
            if self._outage_is_logged:
                self._outage_is_logged = False
                _log.info("limits: shared storage is back")

    def _take(self, entries: tuple[Entry, ...]) -> Receipt | Refused:
        return self._either(lambda storage: storage.acquire_many(entries))

    def release_many(self, receipt: Receipt) -> None:
        """Give back what `receipt` proves where it was taken; if that is away, it passes with its window."""
        if receipt.holder is self.second:
            self.second.release_many(receipt)
        elif self._may_try_first():
            try:
                receipt.holder.release_many(receipt)
            except self.first.base_exceptions as error:
                self._note_failure(error)
            else:
                self._note_success()

    def release_entry(self, key: str) -> bool:
        """Give back the newest entry of `key`."""
        return self._either(lambda storage: storage.release_entry(key))

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Start of the window, in seconds since 1970, and its number of entries."""
        return self._either(lambda storage: storage.get_moving_window(key, limit, expiry))

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count up in a fixed window."""
        return self._either(lambda storage: storage.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        """The count of a fixed window."""
        return self._either(lambda storage: storage.get(key))

    def get_expiry(self, key: str) -> float:
        """When a fixed window ends, seconds since 1970."""
        return self._either(lambda storage: storage.get_expiry(key))

    def clear(self, key: str) -> None:
        """Empty one window, in both storages."""
        self.second.clear(key)
        self._either(lambda storage: storage.clear(key))

    def reset(self) -> int:
        """Empty all windows, in both storages."""
        return (self.second.reset() or 0) + (self._either(lambda storage: storage.reset()) or 0)

    def check(self) -> bool:
        """Whether limits hold: one of the two storages answers."""
        return self.first.check() or self.second.check()

    def prune(self, now: float) -> int:
        """Delete entries whose window has passed, in both storages."""
        return self.second.prune(now) + (
            0 if self.is_away else self._either(lambda storage: storage.prune(now))
        )
