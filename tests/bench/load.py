"""Load from wrk: requests a second and the median wait, bounded in time, on the loopback only."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

CONNECTIONS = 16
_UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """One measurement."""

    requests_per_s: float
    median_ms: float


def load(url: str, *, seconds: int = 3, connections: int = CONNECTIONS) -> Load:
    """Ask for one page as often as it is answered.

    :raises RuntimeError: wrk is missing, or some answers were errors.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise RuntimeError("wrk is missing: install it (on Debian: apt-get install wrk)")
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    printed = subprocess.run(command, text=True, capture_output=True, check=True, timeout=seconds + 30).stdout
    if "Non-2xx" in printed or "Requests/sec" not in printed:
        raise RuntimeError(f"{url}: {printed}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    median = re.search(r"50%\s+([\d.]+)(us|ms|s)\b", printed)
    assert rate is not None
    assert median is not None
    return Load(float(rate[1]), float(median[1]) * _UNITS_MS[median[2]])
