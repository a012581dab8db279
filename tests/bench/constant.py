"""What granian can do at most here: a page of a fixed size from a bare WSGI function."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forum.operations import web_process


@contextmanager
def constant_site(size_bytes: int, *, workers: int = 2) -> Iterator[str]:
    """A site that always answers the same page, in as many processes as the forum; its address."""
    body = b"x" * size_bytes
    listener = web_process.listen("127.0.0.1", 0)
    listener.listen(web_process.BACKLOG)

    def answer(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
        return [body]

    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=web_process.serve_wsgi, args=(listener, lambda: answer), daemon=True)
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        for process in processes:
            process.kill()
            process.join()
        listener.close()
