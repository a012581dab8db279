"""Moving windows in Redis, shared by all nodes: one list of moments a window, newest first.

A Lua script runs as one step of the server, so several windows are tested and taken at once. They are keys of
one server: Redis Cluster, which spreads keys, is not supported.
"""

from __future__ import annotations

import time
from typing import Any, cast

from limits.storage import RedisStorage
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from forum.web.limit_storage.base import (
    MICROSECONDS,
    Clock,
    Entry,
    Receipt,
    Refused,
    WindowStorage,
    longest_wait,
)

TIMEOUT_S = 0.25
"""Longest wait for a connection, and for an answer."""

# ARGV: the moment, then limit, period and number of places of each key. Answers with the windows that are
# full, as position and blocking moment in turn; with nothing when all was taken. LTRIM drops only moments
# that have left the window: the entry at `limit - amount` was one.
_TAKE = """
local full = {}
for i, key in ipairs(KEYS) do
    local limit, period_us, amount = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
    local blocking = redis.call('LINDEX', key, limit - amount)
    if blocking and tonumber(blocking) > ARGV[1] - period_us then
        full[#full + 1] = i
        full[#full + 1] = blocking
    end
end
if #full > 0 then
    return full
end
for i, key in ipairs(KEYS) do
    local limit, period_us, amount = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
    for _ = 1, tonumber(amount) do
        redis.call('LPUSH', key, ARGV[1])
    end
    redis.call('LTRIM', key, 0, limit - 1)
    redis.call('PEXPIRE', key, math.ceil(period_us / 1000))
end
return full
"""
# ARGV: the moment, then the number of places of each key.
_RELEASE = """
for i, key in ipairs(KEYS) do
    redis.call('LREM', key, ARGV[i + 1], ARGV[1])
end
"""


class RedisLimits(RedisStorage, WindowStorage):
    """Windows in the server of `forum+redis://…`, `forum+rediss://…` or `forum+unix://…`.

    Nothing is tried twice: a second try after a lost answer would count twice, and `ResilientLimits` knows
    better what to do.

    :param key_prefix: begins every key.
    :param clock: seconds since 1970; nodes that share a server keep their clocks by NTP.
    """

    STORAGE_SCHEME = ["forum+redis", "forum+rediss", "forum+unix"]

    def __init__(
        self,
        uri: str,
        wrap_exceptions: bool = False,
        *,
        key_prefix: str = "forum-limits",
        clock: Clock = time.time,
    ) -> None:
        super().__init__(
            uri.removeprefix("forum+"),
            key_prefix=key_prefix,
            wrap_exceptions=wrap_exceptions,
            socket_connect_timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            retry=cast(Any, Retry(NoBackoff(), 0)),  # handed on to the client as it is
        )
        self.clock = clock
        self._client = cast(Redis, self.storage)
        self._lua_take = self._client.register_script(_TAKE)
        self._lua_release = self._client.register_script(_RELEASE)

    # Ours: with the clock that was handed in, and counting as the other storages do.
    acquire_entry = WindowStorage.acquire_entry

    def _take(self, entries: tuple[Entry, ...]) -> Receipt | Refused:
        now_us = self.now_us()
        numbers = [number for entry in entries for number in (entry.limit, entry.period_us, entry.amount)]
        full = self._lua_take([self.prefixed_key(entry.key) for entry in entries], [now_us, *numbers])
        if full:
            blocked = [(entries[i - 1], int(at_us)) for i, at_us in zip(full[::2], full[1::2], strict=True)]
            return longest_wait(blocked, now_us)
        return Receipt(self, entries, now_us)

    def release_many(self, receipt: Receipt) -> None:
        """Give back what `receipt` proves."""
        keys = [self.prefixed_key(entry.key) for entry in receipt.entries]
        self._lua_release(keys, [receipt.at_us, *(entry.amount for entry in receipt.entries)])

    def release_entry(self, key: str) -> bool:
        """Give back the newest entry of `key`."""
        return self._client.lpop(self.prefixed_key(key)) is not None

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Start of the window (its oldest entry, or now; seconds since 1970) and its number of entries."""
        now_us = self.now_us()
        moments = [
            int(at_us)
            for at_us in cast(list[bytes], self._client.lrange(self.prefixed_key(key), 0, limit - 1))
        ]
        inside = [at_us for at_us in moments if at_us > now_us - expiry * MICROSECONDS]
        return min(inside, default=now_us) / MICROSECONDS, len(inside)

    def prune(self, now: float) -> int:  # noqa: ARG002 - Redis drops expired windows by its own clock
        """Nothing to do: every key expires with its window."""
        return 0
