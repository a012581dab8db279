"""A plain HTTP client for proofs and benchmarks: one kept connection, cookies, no redirect followed."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from types import TracebackType
from urllib.parse import urlencode, urlsplit

TIMEOUT_S = 30.0
FRESH_FOR_S = 5.0
"""A connection that was idle for longer is made anew: the server closes idle ones."""
_CSRF = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"|value="([^"]+)"[^>]*\bname="csrf_token"')


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def location(self) -> str:
        """The path that a redirect points to, or nothing."""
        return urlsplit(self.headers.get("location", "")).path

    def csrf_token(self) -> str:
        """The token of the first form in the page.

        :raises ValueError: there is none.
        """
        found = _CSRF.search(self.text)
        if found is None:
            raise ValueError(f"no csrf_token in an answer with status {self.status}")
        return unescape(found[1] or found[2])


class Client:
    """One visitor. A connection that broke is made anew at the next request; nothing is sent twice.

    :param source: the address that requests come from, such as `127.0.0.2`: a network of its own for the limits.
    """

    def __init__(self, base_url: str, *, source: str = "") -> None:
        parts = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(
            str(parts.hostname), parts.port, timeout=TIMEOUT_S, source_address=(source, 0) if source else None
        )
        self._cookies: dict[str, str] = {}
        self._used_at_s = 0.0

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; the next request opens another."""
        self._connection.close()

    def get(self, path: str) -> Answer:
        """:raises OSError: or `http.client.HTTPException`: no whole answer came."""
        return self._request("GET", path, None, {})

    def post_form(self, path: str, fields: Mapping[str, str | int]) -> Answer:
        """Send a form as a browser does.

        :raises OSError: or `http.client.HTTPException`: no whole answer came; it may still have arrived.
        """
        return self._request(
            "POST", path, urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )

    def sign_in(self, email: str, password: str) -> None:
        """Open a staff session.

        :raises AssertionError: it was refused.
        """
        token = self.get("/login").csrf_token()
        answer = self.post_form("/login", {"email": email, "password": password, "csrf_token": token})
        assert answer.status in {302, 303}, f"sign-in was answered with {answer.status}"

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if time.monotonic() - self._used_at_s > FRESH_FOR_S:
            self._connection.close()
        self._used_at_s = time.monotonic()
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)
