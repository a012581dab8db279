"""The erasure ledger: a file outside the database and its backups that knows what was erased.

One line an erasure, `moment<TAB>scope<TAB>mark`; a mark is a keyed hash and brings nothing back. Lines are only ever
added. The rows of `erasures`, written in the transaction of each erasure, are the source: whatever a crash kept from
the file is added the next time. What retention erases is not in it: a restored database is over the same terms, and
the worker erases it again.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.comments.models import Erasure, ErasureScope
from forum.config import Settings

_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00)\t"
    r"(?P<scope>comment|address|person|kept)\t(?P<mark>[0-9a-f]{32})"
)


@dataclass(frozen=True, order=True)
class Erased:
    """One erasure: when, what, and the mark that knows it again."""

    at: datetime
    scope: ErasureScope
    mark: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat()}\t{self.scope.value}\t{self.mark}"


def read_ledger(path: Path) -> tuple[list[Erased], int]:
    """What the ledger holds, oldest first and each once, and how many lines cannot be read (a torn one is skipped)."""
    if not path.exists():
        return [], 0
    return _parsed(path.read_bytes())


def bring_up_to_date(session: Session, settings: Settings) -> int:
    """Add to the ledger the erasures that it does not hold yet; how many. They are on disk when this returns.

    :raises OSError: the file cannot be written; the next call adds what is missing.
    """
    stored = erased_in(session)
    return add_to_ledger(settings.erasure_ledger, stored) if stored else 0


def erased_in(session: Session) -> set[Erased]:
    """The erasures that the database knows of."""
    rows = session.execute(select(Erasure.at, Erasure.scope, Erasure.mark))
    return {Erased(at, scope, mark) for at, scope, mark in rows}


def add_to_ledger(path: Path, erasures: Iterable[Erased]) -> int:
    """Append those that the file does not hold yet; how many. The file is there afterwards, be it empty."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(path) as descriptor:
        content = path.read_bytes()
        missing = sorted(set(erasures).difference(_parsed(content)[0]))
        if missing:
            torn = bool(content) and not content.endswith(b"\n")
            lines = "".join(f"{erased}\n" for erased in missing)
            _write(descriptor, (("\n" if torn else "") + lines).encode())
            _sync_folder(path.parent)
    return len(missing)


def _parsed(content: bytes) -> tuple[list[Erased], int]:
    found, unreadable = set(), 0
    for line in content.decode("ascii", errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            unreadable += bool(line.strip())
            continue
        scope = ErasureScope(match["scope"])
        found.add(Erased(datetime.fromisoformat(match["at"]), scope, match["mark"]))
    return sorted(found), unreadable


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
