"""Room for a plain copy of everything: one run has it alone; it goes with that run, or with the next one if killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from flask_babel import gettext as _

from forum.operations.backup import sqlite_files
from forum.operations.backup.errors import BackupError

PARTIAL, VERIFYING, RESTORING = ".partial", ".verifying", ".restoring"
"""How the places of a backup that is made, checked or put back end."""
_COPY = ".database"


@contextmanager
def reserved(place: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """The file `place`, empty and held by this run alone, and a name beside it for a database; both gone afterwards.

    What a killed run left there is used again, what another one is making is not touched.

    :raises BackupError: another run is at work there.
    """
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    data = Path(f"{place}{_COPY}")
    with os.fdopen(descriptor, "r+b") as file:
        if not _is_locked(file, place):
            raise BackupError(_("Another backup to %(path)s is under way.", path=place))
        try:
            sqlite_files.remove(data)
            file.truncate()
            yield file, data
        finally:
            sqlite_files.remove(data)
            place.unlink(missing_ok=True)


def clear(folder: Path, *endings: str) -> None:
    """Remove what killed runs left in the places of a folder that end so. One that is still at work keeps its own."""
    for data in [data for ending in endings for data in folder.glob(f"*{ending}{_COPY}")]:
        place = data.with_name(data.name.removesuffix(_COPY))
        with suppress(BackupError, PermissionError), reserved(place):  # held by its run, or another user's
            pass


def _is_locked(file: IO[bytes], place: Path) -> bool:
    """Take the lock on the file, if it is free and still has its name: else its run has just finished."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), place.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
