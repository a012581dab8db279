"""Reading: the cached article page, and pages that are made anew, beside a constant answer of the same size."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, select

from forum.articles.models import Article
from forum.base.engine import engine_options, prepare_engine
from tests.bench.constant import constant_site
from tests.bench.load import Load, load
from tests.bench.report import report
from tests.bench.seed import seed_thread
from tests.proofs.client import Client
from tests.proofs.site import NO_LIMITS, Site, running_site

SIZES = (100, 1_000, 10_000)
ROUNDS = 3


def bench() -> None:
    """Measure in turns, and tell medians and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        cached = {**NO_LIMITS}
        with running_site(Path(folder), env=cached) as site:
            for size in SIZES:
                site.add_article(f"met-{size}")
                seed_thread(site.database_url, _article_id(site, f"met-{size}"), size)
            rows = _cached_rows(site)
        with running_site(Path(folder), env=cached | {"FORUM_PAGE_CACHE_MB": "0"}) as site:
            rows += [_made_row(site, f"met-{size}", f"made anew, {size:,} comments") for size in SIZES]
    report(
        "read",
        f"An article page with 25 branches; 2 web processes; medians of {ROUNDS} rounds.",
        ("page", "bytes", "requests/s", "median ms", "share of constant"),
        rows,
    )


def _cached_rows(site: Site) -> list[tuple[object, ...]]:
    path = "/articles/met-1000"
    with Client(site.base_url) as client:
        size = len(client.get(path).body)
    with constant_site(size) as constant:
        turns = [(load(constant), load(site.base_url + path)) for _ in range(ROUNDS)]
    base, kept = _median([a for a, _ in turns]), _median([b for _, b in turns])
    share = statistics.median(b.requests_per_s / a.requests_per_s for a, b in turns)
    return [
        ("constant WSGI answer", size, round(base.requests_per_s), f"{base.median_ms:.2f}", "1.00"),
        (
            "article, from the cache",
            size,
            round(kept.requests_per_s),
            f"{kept.median_ms:.2f}",
            f"{share:.2f}",
        ),
    ]


def _made_row(site: Site, slug: str, name: str) -> tuple[object, ...]:
    path = f"/articles/{slug}"
    with Client(site.base_url) as client:
        size = len(client.get(path).body)
        waits = []
        for _ in range(20):
            started_s = time.perf_counter()
            client.get(path)
            waits.append((time.perf_counter() - started_s) * 1000)
    with constant_site(size) as constant:
        turns = [(load(constant), load(site.base_url + path, connections=4)) for _ in range(ROUNDS)]
    made = _median([b for _, b in turns])
    share = statistics.median(b.requests_per_s / a.requests_per_s for a, b in turns)
    return (name, size, round(made.requests_per_s), f"{statistics.median(waits):.1f}", f"{share:.3f}")


def _median(loads: list[Load]) -> Load:
    return Load(
        statistics.median(one.requests_per_s for one in loads),
        statistics.median(one.median_ms for one in loads),
    )


def _article_id(site: Site, slug: str) -> int:
    engine = prepare_engine(create_engine(**engine_options(site.database_url)))
    with engine.connect() as connection:
        found = connection.scalar(select(Article.id).where(Article.slug == slug))
    engine.dispose()
    assert found is not None
    return found
