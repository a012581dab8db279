"""The forms in which a kept page travels: as it is, and gzipped for who takes that.

Only pages that the cache keeps are compressed. The size of a compressed page tells something of what is in it; where a
visitor's own words stand beside a secret (a page with a session has the token of its forms) that is enough to guess
the secret, letter by letter (the BREACH attack). A kept page was made from a bare request: it holds no secret, and
nothing that the visitor sent.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from werkzeug.http import parse_accept_header, parse_etags

Headers = tuple[tuple[str, str], ...]
_OF_THE_BODY = frozenset({"Content-Length", "Content-Type", "Content-Encoding"})
_LONGEST_HEADER_CHARS = 200
"""Browsers send some thirty; what is longer is not remembered."""


@dataclass(frozen=True)
class Form:
    """One of the ways in which a page travels, with a strong entity tag of its own."""

    body: bytes
    headers: Headers
    etag: str

    @property
    def headers_unchanged(self) -> list[tuple[str, str]]:
        """The headers of the answer 304, which has no body."""
        return [header for header in self.headers if header[0] not in _OF_THE_BODY]

    def is_held_by(self, environ: Mapping[str, Any]) -> bool:
        """Whether the visitor says to have exactly this already."""
        if_none_match = environ.get("HTTP_IF_NONE_MATCH")
        return bool(if_none_match) and parse_etags(if_none_match).contains_weak(self.etag)


@dataclass(frozen=True)
class Forms:
    """A page in all its forms. `gzipped` is None where it would be no smaller."""

    plain: Form
    gzipped: Form | None

    @property
    def size_bytes(self) -> int:
        """What the bodies take together."""
        return len(self.plain.body) + (len(self.gzipped.body) if self.gzipped else 0)

    def for_visitor(self, environ: Mapping[str, Any]) -> Form:
        """The smallest form that the visitor takes."""
        if self.gzipped is not None and takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            return self.gzipped
        return self.plain


def forms_of(body: bytes, headers: Iterable[tuple[str, str]], *, is_kept: bool) -> Forms:
    """A page in all its forms.

    :param headers: those of the plain page, without entity tag and `Vary`.
    :param is_kept: a page that is served only once is not worth the time that compressing takes.
    """
    shared = (*(header for header in headers if header[0] != "Content-Length"), ("Vary", "Accept-Encoding"))
    etag = hashlib.sha256(body).hexdigest()[:32]
    small = gzip.compress(body, mtime=0) if is_kept else body
    return Forms(
        plain=_form(body, shared, etag),
        gzipped=_form(small, (*shared, ("Content-Encoding", "gzip")), f"{etag}-gzip")
        if len(small) < len(body)
        else None,
    )


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a visitor with this header takes gzip. Most say the same as the one before them."""
    if len(accept_encoding) > _LONGEST_HEADER_CHARS:
        return _takes_gzip(accept_encoding)
    return _remembered(accept_encoding)


def _takes_gzip(accept_encoding: str) -> bool:
    return parse_accept_header(accept_encoding)["gzip"] > 0


_remembered = lru_cache(maxsize=256)(_takes_gzip)


def _form(body: bytes, headers: Headers, etag: str) -> Form:
    return Form(body, (*headers, ("Content-Length", str(len(body))), ("ETag", f'"{etag}"')), etag)
