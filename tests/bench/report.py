"""Tables of benchmarks: printed, and written into the reference when `FORUM_BENCH_WRITE=1`."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "performance.md"


def report(name: str, caption: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; with `FORUM_BENCH_WRITE=1` also put it in the reference, in the place of the one before."""
    table = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    table += [f"| {' | '.join(map(str, row))} |" for row in rows]
    measured = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores"
    section = "\n".join([caption, "", *table, "", f"Measured {measured}."])
    print(section)
    if os.environ.get("FORUM_BENCH_WRITE") == "1":
        _write(name, section)


def _write(name: str, section: str) -> None:
    begin, end = f"<!-- {name}: made by script/bench {name} -->", f"<!-- /{name} -->"
    page = REFERENCE.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise RuntimeError(f"{REFERENCE.name} has no place for {name}")
    REFERENCE.write_text(pattern.sub(lambda _: f"{begin}\n{section}\n{end}", page), encoding="utf-8")
