"""Refuses posts that another site makes a browser send.

The rule of Go 1.25's `CrossOriginProtection`: `Sec-Fetch-Site` says `same-origin` or `none`; a browser without that
header sends `Origin`, which must name this host; without both it is no browser, and nobody's cookie is misused.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from flask_babel import lazy_gettext as _

from forum.base.errors import NotAllowed

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossOriginPost(NotAllowed):
    """Another site made the browser send this (403)."""

    message = _(
        "This form was sent from another site, so it was not accepted. Open the article here and post again."
    )


def is_cross_origin(*, method: str, host: str, sec_fetch_site: str | None, origin: str | None) -> bool:
    """Whether a request that changes something comes from another origin."""
    if method in _SAFE_METHODS:
        return False
    if sec_fetch_site is not None:
        return sec_fetch_site not in {"same-origin", "none"}
    return origin is not None and _host_of(origin) != host


def refuse_cross_origin() -> None:
    """Before each request. :raises CrossOriginPost: another site made the browser send this."""
    if is_cross_origin(
        method=request.method,
        host=request.host,
        sec_fetch_site=request.headers.get("Sec-Fetch-Site"),
        origin=request.headers.get("Origin"),
    ):
        raise CrossOriginPost


def _host_of(origin: str) -> str:
    """Host and port of an `Origin` header; empty for `null` and for what is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
