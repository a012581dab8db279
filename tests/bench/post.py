"""Posting: comments a second and the median wait, from one and from eight readers at once, on both databases."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path

from tests.bench.constant import constant_site
from tests.bench.load import load
from tests.bench.report import report
from tests.proofs.client import Client
from tests.proofs.databases import scratch_database
from tests.proofs.posts import Post
from tests.proofs.site import NO_LIMITS, running_site

POSTS = 400
READERS = (1, 8)


def bench() -> None:
    """Post, and tell rates and medians; every answer must be a 303."""
    with constant_site(200) as constant:
        base = load(constant)
    rows: list[tuple[object, ...]] = [
        ("constant WSGI answer", 16, round(base.requests_per_s), f"{base.median_ms:.2f}")
    ]
    with tempfile.TemporaryDirectory() as folder:
        rows += _on("SQLite", Path(folder), None)
    with tempfile.TemporaryDirectory() as folder, scratch_database() as url:
        rows += _on("PostgreSQL", Path(folder), url)
    report(
        "post",
        f"{POSTS} comments, each acknowledged by a 303 after a durable commit; 2 web processes.",
        ("what", "at once", "per second", "median ms"),
        rows,
    )


def _on(name: str, folder: Path, database_url: str | None) -> list[tuple[object, ...]]:
    with running_site(folder, database_url=database_url, env=NO_LIMITS) as site:
        site.add_article("stelling")
        rows: list[tuple[object, ...]] = []
        for readers in READERS:
            _post(site.base_url, 1, 20)  # both web processes are warm
            waits_ms, took_s = _post(site.base_url, readers, POSTS)
            rows.append(
                (f"posting on {name}", readers, round(POSTS / took_s), f"{statistics.median(waits_ms):.1f}")
            )
    return rows


def _post(base_url: str, readers: int, posts: int) -> tuple[list[float], float]:
    waits_ms: list[float] = []
    lock = threading.Lock()

    def read(share: range) -> None:
        with Client(base_url) as client:
            for number in share:
                post = Post(number, "stelling")
                started_s = time.perf_counter()
                answer = post.send(client)
                wait_ms = (time.perf_counter() - started_s) * 1000
                if answer.status != 303:
                    raise RuntimeError(f"a post was answered with {answer.status}")
                with lock:
                    waits_ms.append(wait_ms)

    threads = [threading.Thread(target=read, args=(range(n, posts, readers),)) for n in range(readers)]
    started_s = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(waits_ms) != posts:
        raise RuntimeError(f"{posts - len(waits_ms)} posts failed")
    return waits_ms, time.perf_counter() - started_s
