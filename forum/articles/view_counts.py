"""How often an article was read: once per network and agent an hour, bots left out, written in batches.

Who looked is held as keyed hashes in memory only, with a salt that is dropped each day; nothing of it is stored.
Behind a CDN that answers for us, it undercounts.
"""

from __future__ import annotations

import atexit
import hashlib
import mmap
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from forum.articles.models import Article
from forum.base.session import db, writing
from forum.web.client import client_address, network_prefixes
from forum.web.log import log

FLUSH_EVERY_S = 15
_HOUR_S, _DAY_S = 3_600, 86_400
_SLOTS = 65_536
_TAG_BYTES = 8
_SALT_BYTES = 24
_BOTS = re.compile(
    rb"bot|crawl|spider|slurp|preview|fetch|curl|wget|python|java/|go-http|monitor|headless", re.IGNORECASE
)

_SHARED = mmap.mmap(-1, 8 + _SALT_BYTES + _SLOTS * _TAG_BYTES)
"""Memory of all web processes of one start: they are forked from the process that imported this module."""


class Visitors:
    """Remembers for an hour who looked at what, in fixed memory. Two visitors in one slot may be counted twice."""

    def __init__(self, memory: mmap.mmap | None = None) -> None:
        self._memory = _SHARED if memory is None else memory
        self._lock = threading.Lock()

    def is_first(self, *what: str, now_s: float) -> bool:
        """Whether this was not seen before in this hour.

        :param now_s: seconds since 1970.
        """
        with self._lock:
            salt = self._salt(int(now_s // _DAY_S))
            seen = "\0".join((str(int(now_s // _HOUR_S)), *what)).encode()
            digest = hashlib.blake2b(seen, key=salt, digest_size=16).digest()
            at = 8 + _SALT_BYTES + int.from_bytes(digest[:8], "big") % _SLOTS * _TAG_BYTES
            tag = digest[8:]
            if self._memory[at : at + _TAG_BYTES] == tag:
                return False
            self._memory[at : at + _TAG_BYTES] = tag
            return True

    def _salt(self, day: int) -> bytes:
        """Today's salt; yesterday's is overwritten, and with it what any hash could be compared to."""
        stamp = day.to_bytes(8, "big")
        if self._memory[:8] != stamp:
            self._memory[8 : 8 + _SALT_BYTES] = secrets.token_bytes(_SALT_BYTES)
            self._memory[:8] = stamp
        return self._memory[8 : 8 + _SALT_BYTES]


class ViewCounts:
    """Counts views of one web process and writes them in batches."""

    def __init__(self, app: Flask, visitors: Visitors, clock: Callable[[], float] = time.time) -> None:
        self._app = app
        self._visitors = visitors
        self._clock = clock
        self._pending: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._flushed_at_s = clock()

    def saw(self, article_id: int, environ: Mapping[str, Any]) -> None:
        """Count a view of an article, unless it is a bot's or a repeated one."""
        agent = environ.get("HTTP_USER_AGENT", "")
        if not agent or _BOTS.search(agent.encode("utf-8", "replace")):
            return
        trusted = self._app.extensions["forum_settings"].trusted_proxies
        address = client_address(
            environ.get("REMOTE_ADDR") or "", environ.get("HTTP_X_FORWARDED_FOR"), trusted
        )
        now_s = self._clock()
        if self._visitors.is_first(str(article_id), network_prefixes(address)[0][0], agent, now_s=now_s):
            with self._lock:
                self._pending[article_id] += 1
        if self._pending and now_s - self._flushed_at_s >= FLUSH_EVERY_S:
            self._flushed_at_s = now_s
            threading.Thread(target=self.flush, name="view counts").start()

    def flush(self) -> None:
        """Write what was counted. When the database is away, it is kept for the next time."""
        with self._lock:
            batch, self._pending = self._pending, Counter()
        if not batch:
            return
        try:
            with self._app.app_context(), writing(db.session):
                for article_id, views in sorted(batch.items()):
                    db.session.execute(
                        update(Article)
                        .where(Article.id == article_id)
                        .values(view_count=Article.view_count + views)
                    )
        except SQLAlchemyError:
            log("view counts kept back", exc_info=True)
            with self._lock:
                self._pending.update(batch)


def init_view_counts(app: Flask) -> ViewCounts:
    """The counter of this process; what is pending is written when the process ends."""
    counts = ViewCounts(app, Visitors())
    app.extensions["forum_view_counts"] = counts
    atexit.register(counts.flush)
    return counts
