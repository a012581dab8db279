"""Bringing in a WordPress export: comments a second and peak memory, and how they grow with the size of the file."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.report import report
from tests.exchange.wordpress.exports import write_export
from tests.proofs.site import NO_LIMITS

NAME = "import"  # `script/bench import`; a module cannot be called so
SIZES = (10_000, 1_000_000)
COMMENTS_A_POST = 100


@dataclass(frozen=True)
class Measured:
    """One import."""

    comments: int
    megabytes: float
    seconds: float
    cpu_s: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Comments a second, by the clock."""
        return self.comments / self.seconds


def bench() -> None:
    """Import a small and a large export into SQLite, each in a process of its own."""
    sizes = [int(size) for size in os.environ.get("FORUM_BENCH_SIZES", "").split()] or SIZES
    with tempfile.TemporaryDirectory() as folder:
        measured = [_measure(Path(folder), size) for size in sizes]
    first = measured[0]
    report(
        "import",
        f"`flask import wordpress` into SQLite; {COMMENTS_A_POST} comments an article, half of them replies.",
        ("comments", "file MB", "seconds", "comments/s", "of the first", "comments per processor second", "peak MB"),
        [
            (f"{m.comments:,}", f"{m.megabytes:.0f}", f"{m.seconds:.0f}", f"{m.rate:.0f}",
             f"{m.rate / first.rate:.2f}", f"{m.comments / m.cpu_s:.0f}", f"{m.peak_mb:.0f}")
            for m in measured
        ],
    )  # fmt: skip


def _measure(folder: Path, comments: int) -> Measured:
    home = folder / str(comments)
    home.mkdir()
    export = home / "export.xml"
    write_export(export, posts=max(1, comments // COMMENTS_A_POST), comments=comments)
    environ = os.environ | NO_LIMITS | {"FORUM_INSTANCE_PATH": str(home)}
    _run(environ, "db", "upgrade")
    started = time.monotonic()
    usage = _run(environ, "import", "wordpress", str(export))
    seconds = time.monotonic() - started
    megabytes = export.stat().st_size / 1e6
    export.unlink()
    return Measured(comments, megabytes, seconds, usage[0], usage[1])


def _run(environ: dict[str, str], *arguments: str) -> tuple[float, float]:
    """Run a command of ours; its processor seconds and its peak memory in MB.

    :raises RuntimeError: it failed.
    """
    command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
    process = os.posix_spawn(sys.executable, command, environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    ])  # fmt: skip
    _pid, status, usage = os.wait4(process, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(arguments)} failed: {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
