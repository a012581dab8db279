"""The hostile texts that others collected, from the test data; without the data there are none."""

from __future__ import annotations

import json
import os
from pathlib import Path

MAX_CHARS = 10_000  # the longest comment
_ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("FORUM_TEST_DATA", _ROOT.parent / "shared" / "data"))


def payloads() -> list[str]:
    """Every line of the attacks on sanitisers."""
    path = DATA / "xss" / "payloads.txt"
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def strings() -> list[str]:
    """Every string that programs are known to stumble over."""
    path = DATA / "strings" / "blns.json"
    return [str(text) for text in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def bombs() -> dict[str, str]:
    """Texts that are costly to read, by name, cut to the longest comment."""
    files = sorted((DATA / "strings" / "bombs").glob("*.txt"))
    return {path.stem: path.read_text(encoding="utf-8")[:MAX_CHARS] for path in files}
