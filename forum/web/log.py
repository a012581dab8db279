"""Logs: one JSON line an event, without a body, an address, a token or an e-mail.

A request is logged by its route, not by its path (paths hold tokens); an error by its type and the places in the
code, not by its text (database errors quote values).
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
import traceback
from types import TracebackType

from flask import Flask, Response, g, request

from forum.base.clock import utc_now

logger = logging.getLogger("forum")


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, event and the fields given as `extra={"fields": …}`."""
        line = {"at": utc_now().isoformat(timespec="milliseconds"), "level": record.levelname.lower()}
        line |= {"event": record.getMessage()} | getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line |= {"error": record.exc_info[0].__name__, "where": places(record.exc_info[2])}  # type: ignore[dict-item]
        return json.dumps(line, ensure_ascii=False, default=str)


def places(trace: TracebackType | None) -> list[str]:
    """The innermost eight places of a traceback, as file:line function."""
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def log(event: str, *, level: int = logging.INFO, exc_info: bool = False, **fields: object) -> None:
    """Log one event. Never pass what a visitor typed."""
    logger.log(level, event, extra={"fields": fields}, exc_info=exc_info)


def new_reference() -> str:
    """A short reference that an error page shows and the log repeats."""
    return secrets.token_hex(4)


def init_log(app: Flask) -> None:
    """Send the project's events to standard error and log each request."""
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    app.before_request(_start_clock)
    app.after_request(_log_request)


def _start_clock() -> None:
    g.started_at_s = time.perf_counter()


def _log_request(response: Response) -> Response:
    log(
        "request",
        method=request.method if request.method.isascii() and len(request.method) < 10 else "?",
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        ms=round((time.perf_counter() - g.get("started_at_s", time.perf_counter())) * 1000, 1),
    )
    return response
