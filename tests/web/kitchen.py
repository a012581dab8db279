"""An application behind the page cache that counts how often it makes a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.test import Client, TestResponse

from forum.web.page_cache import SLOT, PageCache, Slot

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MEGABYTE = 1_000_000


class Versions:
    """Page versions of a test."""

    def __init__(self) -> None:
        self.present: dict[str, int] = {}
        self.is_away = False
        self.reads = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def are_present(self, versions: Mapping[str, int]) -> bool:
        return all(self.present.get(key, 0) == version for key, version in versions.items())

    def read(self, keys: Iterable[str]) -> dict[str, int] | None:
        self.reads += 1
        found = {key: self.present.get(key, 0) for key in keys}
        self.meanwhile()
        return None if self.is_away else found


class Kitchen:
    """An application that counts how often it makes a page, behind a cache with a clock of its own."""

    def __init__(self, *, max_bytes: int = MEGABYTE, size_bytes: int = 100) -> None:
        self.made: list[str] = []
        self.seen: list[dict[str, Any]] = []
        self.viewed: list[int] = []
        self.versions = Versions()
        self.now = NOON
        self.seconds = 1000.0
        self.expires_at: datetime | None = None
        self.keeps = True
        self.status = "200 OK"
        self.headers: list[tuple[str, str]] = []
        self.size_bytes = size_bytes
        self.cache = PageCache(
            self._make, self.versions, max_bytes=max_bytes, base_url="http://forum.example",
            is_signed_in=lambda environ: "weerwoord=" in environ.get("HTTP_COOKIE", ""),
            on_view=lambda counter, _: self.viewed.append(counter), now=lambda: self.now,
            clock=lambda: self.seconds,
        )  # fmt: skip
        self.client = Client(self.cache, use_cookies=False)

    def get(self, path: str = "/", **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def _make(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        address = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        self.made.append(address)
        self.seen.append(environ)
        slot: Slot | None = environ.get(SLOT)
        if slot is not None and self.keeps:
            slot.keep(
                {"article:1": self.versions.present.get("article:1", 0)},
                expires_at=self.expires_at,
                counter=1,
            )
        length = ("Content-Length", str(self.size_bytes))
        start_response(self.status, [("Content-Type", "text/plain"), length, *self.headers])
        return [address.ljust(self.size_bytes, ".").encode()]
