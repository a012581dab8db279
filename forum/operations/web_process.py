"""One web process: granian around the WSGI application, on a listening socket that all web processes share.

Sharing one socket (granian's own default on Linux is one socket per process) makes a taken port an error at
the start, and lets connections wait in the kernel's queue while a process that died is started again.

After a SIGTERM granian accepts nothing more and finishes every request that it has accepted, those included
that still wait for a thread or whose body is still arriving. The supervisor sets the time limit.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Loops, RuntimeModes, SSLProtocols, TaskImpl
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from forum.web.log import JsonLines

BACKLOG = 1024
CONNECTIONS_MAX = 512
"""Per process. An idle keep-alive connection takes one, so this is far more than the threads; with the
process's own files it stays below the usual limit of 1,024 open files."""
THREADS = 16
"""Per process. Fewer than the database pool's connections. A thread waits while a body arrives."""
HEADERS_WITHIN_MS = 15_000

LOGGING: dict[str, Any] = {
    "formatters": {"json": {"()": "forum.operations.web_process.GranianLines"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}
    },
    "loggers": {
        "_granian": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "granian.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
"""granian's own messages in the form of the application's; no line a request, the application logs those."""


_PLACE = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


class GranianLines(JsonLines):
    """granian puts a traceback, with the error's text, in its message; only the places may be logged."""

    def format(self, record: logging.LogRecord) -> str:
        """The message's first line and the innermost places of a traceback below it."""
        first, _, rest = record.getMessage().partition("\n")
        record.msg, record.args = first, ()
        if places := _PLACE.findall(rest)[-8:]:
            record.fields = {"where": [f"{file}:{line} {name}" for file, line, name in places]}
        return super().format(record)


def listen(host: str, port: int) -> socket.socket:
    """Reserve an address. Connections are refused until the caller calls `listen(BACKLOG)`.

    :raises OSError: the address is taken, not of this machine, or not allowed.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. Without it a page that is sent in two pieces waits 40 ms for the client's
        # delayed acknowledgement of the first.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def serve_wsgi(listener: socket.socket, load: Callable[[], Any]) -> None:
    """Answer requests until a SIGTERM or SIGINT.

    :param load: gives the WSGI application; called in this process.
    """
    holder = SocketHolder(listener.fileno(), False, BACKLOG)  # type: ignore[call-arg]
    MPServer._spawn_wsgi_worker(
        1,
        None,
        load,
        ((None, holder), None),
        None,
        Loops.asyncio,
        True,
        LogLevels.warning,
        LOGGING,
        (),
        runtime_mode=RuntimeModes.mt,
        runtime_threads=1,
        runtime_blocking_threads=THREADS,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=30,
        backpressure=CONNECTIONS_MAX,
        task_impl=TaskImpl.asyncio,
        http_mode=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_WITHIN_MS),
        http2_settings=None,
        websockets=False,
        static_path=None,
        log_access_fmt=None,
        ssl_ctx=(False, None, None, None, str(SSLProtocols.tls13), None, [], False),
        scope_opts={},
        metrics=(None, None),
    )
