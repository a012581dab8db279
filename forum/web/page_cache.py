"""Finished public pages, kept in memory and answered before Flask.

Nothing personal can enter: a page that is kept was made from a bare request (method, path and known parameters; no
cookie, no address, no header of the visitor), see `bare_environ`. A page is served as long as every page version that
it depends on is the present one, and until its own `expires_at`. One that may be served no longer is not kept in memory
either: it may show what somebody has erased. It goes when its address is asked for, and in a sweep that some request
does every `SWEEP_EVERY_S`; after an erasure in this process at once (`PageCache.drop_stale`).
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from forum.base.clock import utc_now
from forum.web.page_encodings import Forms, forms_of
from forum.web.versions import Versions

SLOT = "forum.page_slot"
"""Key in the WSGI environ under which a view finds its `Slot`."""

SWEEP_EVERY_S = 30.0
"""How often pages are dropped that nobody asks for any more: what was erased elsewhere goes within a minute, if any
request comes."""

_ARTICLE = re.compile(r"/articles/[^/]+")
_OF_FRONT_PAGE: Mapping[str, str | None] = {"page": None, "p": None, "page_id": None}
_OF_ARTICLE: Mapping[str, str | None] = {
    "page": None,
    "sort": "newest",
    "branch": None,
    "all": "1",
    "by": "author",
}
"""What makes another page, in the order of keys; where one value alone does, that value."""
_CACHEABLE_PATH = re.compile(r"/|/articles/[^/]+(?:/comments/latest)?|/privacy")
_OVERHEAD_BYTES = 2_000

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


@dataclass
class Slot:
    """Where a view says that its page may be kept, and on what it depends.

    :param counter: opaque; handed to `on_view` each time the page is served.
    """

    versions: Mapping[str, int] | None = None
    expires_at: datetime | None = None
    counter: int | None = None

    def keep(
        self, versions: Mapping[str, int], *, expires_at: datetime | None = None, counter: int | None = None
    ) -> None:
        """Let the page be kept. `versions` were read before anything that the page shows."""
        self.versions, self.expires_at, self.counter = versions, expires_at, counter


@dataclass(frozen=True)
class KeptPage:
    """One finished page."""

    forms: Forms
    versions: Mapping[str, int]
    expires_at: datetime | None
    counter: int | None

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, roughly."""
        return self.forms.size_bytes + _OVERHEAD_BYTES


@dataclass
class _Answer:
    """What the application said to a bare request."""

    status: str = "500"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def depends_on_visitor(self) -> bool:
        """Whether a session or another header of the request was read: such a page is kept for nobody else."""
        return any(name.lower() in {"vary", "set-cookie"} for name, _ in self.headers)


class PageCache:
    """WSGI middleware in front of the application.

    :param max_bytes: memory that kept pages may take in this process; 0 keeps none.
    :param is_signed_in: whether a WSGI environ comes from somebody who is signed in; they are served past the cache.
    :param on_view: called with a page's counter and the visitor's environ each time a page is served.
    :param clock: seconds from any start, never backwards.
    """

    def __init__(
        self,
        application: Application,
        versions: Versions,
        *,
        max_bytes: int,
        base_url: str,
        is_signed_in: Callable[[Mapping[str, Any]], bool],
        on_view: Callable[[int, Mapping[str, Any]], None],
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application = application
        self._versions = versions
        self._max_bytes = max_bytes
        self._base_url = base_url
        self._is_signed_in = is_signed_in
        self._on_view = on_view
        self._now = now
        self._clock = clock
        self._sweep_at_s = clock() + SWEEP_EVERY_S
        self._pages: OrderedDict[str, KeptPage] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer from memory, or let the application make the page from a bare request."""
        if self._clock() >= self._sweep_at_s:
            self.drop_stale()
        if not self._is_for_anyone(environ):
            return self._application(environ, start_response)
        query = known_query(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        key = f"{environ['PATH_INFO']}?{query}"
        page = self._present(key) or self._make_once(key, environ, query)
        if isinstance(page, _Answer):
            start_response(page.status, page.headers)
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else page.body]
        return self._serve(page, environ, start_response)

    def drop_stale(self) -> None:
        """Let go of every page that is over or that shows what has changed by now, whoever may ask for it."""
        self._sweep_at_s = self._clock() + SWEEP_EVERY_S
        with self._lock:
            kept = list(self._pages.items())
        present = self._versions.read({key for _, page in kept for key in page.versions}) if kept else {}
        for key, page in kept:
            if present is None or self._is_over(page) or not page.versions.items() <= present.items():
                self._drop(key, only=page)

    def _is_for_anyone(self, environ: Mapping[str, Any]) -> bool:
        return (
            environ["REQUEST_METHOD"] in {"GET", "HEAD"}
            and _CACHEABLE_PATH.fullmatch(environ.get("PATH_INFO", "")) is not None
            and not self._is_signed_in(environ)
        )

    def _present(self, key: str) -> KeptPage | None:
        """The kept page, if what it shows is still so."""
        page = self._pages.get(key)
        if page is None:
            return None
        if self._is_over(page) or not self._versions.are_present(page.versions):
            self._drop(key)
            return None
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
        return page

    def _is_over(self, page: KeptPage) -> bool:
        return page.expires_at is not None and page.expires_at <= self._now()

    def _make_once(self, key: str, environ: Mapping[str, Any], query: str) -> KeptPage | _Answer:
        """Make the page, unless another request did so while this one waited."""
        with self._lock_for(key):
            return self._present(key) or self._make(key, environ, query)

    def _make(self, key: str, environ: Mapping[str, Any], query: str) -> KeptPage | _Answer:
        slot = Slot()
        bare = bare_environ(environ, query, self._base_url) | {SLOT: slot}
        answer = _Answer()

        def start(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> None:
            answer.status, answer.headers = status, headers

        parts = self._application(bare, start)
        try:
            answer.body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        if slot.versions is None or not answer.status.startswith("200") or answer.depends_on_visitor:
            return answer
        fits = len(answer.body) + _OVERHEAD_BYTES <= self._max_bytes
        forms = forms_of(answer.body, answer.headers, is_kept=fits)
        page = KeptPage(forms, slot.versions, slot.expires_at, slot.counter)
        self._keep(key, page)
        return page

    def _serve(
        self, page: KeptPage, environ: Mapping[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        if page.counter is not None and environ["REQUEST_METHOD"] == "GET":
            self._on_view(page.counter, environ)
        form = page.forms.for_visitor(environ)
        if form.is_held_by(environ):
            start_response("304 Not Modified", form.headers_unchanged)
            return [b""]
        start_response("200 OK", list(form.headers))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else form.body]

    def _keep(self, key: str, page: KeptPage) -> None:
        if page.size_bytes > self._max_bytes:
            return
        self._drop(key)
        with self._lock:
            self._pages[key] = page
            self._bytes += page.size_bytes
            while self._bytes > self._max_bytes:
                _, oldest = self._pages.popitem(last=False)
                self._bytes -= oldest.size_bytes

    def _drop(self, key: str, *, only: KeptPage | None = None) -> None:
        """Let go of the page of an address, or of `only` this one, whose place a newer one may have taken."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None and (only is None or page is only):
                del self._pages[key]
                self._bytes -= page.size_bytes

    def _lock_for(self, key: str) -> threading.Lock:
        """One maker a page: the others wait for it instead of making the same."""
        with self._lock:
            if len(self._making) > 1_000:
                self._making = {name: lock for name, lock in self._making.items() if lock.locked()}
            return self._making.setdefault(key, threading.Lock())


def known_query(path: str, raw: str) -> str:
    """What of a query string makes another page of a path, in one order: nothing else may make a second copy."""
    known = _OF_FRONT_PAGE if path == "/" else _OF_ARTICLE if _ARTICLE.fullmatch(path) else {}
    given = dict(reversed(parse_qsl(raw, keep_blank_values=True, max_num_fields=None, errors="replace")))
    return urlencode(
        [
            (name, given[name])
            for name, only in known.items()
            if name in given and only in (None, given[name]) and (name, given[name]) != ("page", "1")
        ]
    )


def bare_environ(environ: Mapping[str, Any], query: str, base_url: str) -> dict[str, Any]:
    """A request for the same page by nobody in particular: all that a public page may depend on."""
    host = urlsplit(base_url)
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": environ.get("SCRIPT_NAME", ""),
        "PATH_INFO": environ["PATH_INFO"],
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": host.hostname or "localhost",
        "SERVER_PORT": str(host.port or (443 if host.scheme == "https" else 80)),
        "HTTP_HOST": host.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": host.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": environ.get("wsgi.errors"),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
