"""The file of a backup: a plain tar of `manifest.json` and `database`, so that any system can look into it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask_babel import gettext as _

from forum.operations.backup.errors import BackupError

FORMAT = 1
_MANIFEST, _DATABASE = "manifest.json", "database"
_MANIFEST_MAX_BYTES = 1_000_000
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    :param database: `sqlite` or `postgresql`.
    :param schema: the revision of its schema.
    :param moment: all that was acknowledged before it is in the backup.
    :param counts: rows, by table.
    :param key: a keyed hash that knows the installation's secret key again.
    :param sha256: of the database, in hexadecimal.
    """

    format: int
    database: str
    schema: str
    moment: str
    site_name: str
    counts: Mapping[str, int]
    key: str
    size_bytes: int
    sha256: str

    @property
    def taken_at(self) -> datetime:
        """The moment."""
        return datetime.fromisoformat(self.moment)

    @property
    def comments(self) -> int:
        """How many comments are in it."""
        return self.counts.get("comments", 0)


def new_file(path: Path) -> IO[bytes]:
    """A new file to write to, which only its owner can read.

    :raises FileExistsError: there is one already.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def sha256_of(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_archive(file: IO[bytes], manifest: Manifest, database: Path) -> None:
    """Write manifest and database into an open file, and wait until they are on the disk."""
    with tarfile.open(fileobj=file, mode="w") as tar:
        head = json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()
        tar.addfile(_member(_MANIFEST, len(head), manifest), io.BytesIO(head))
        with database.open("rb") as content:
            tar.addfile(_member(_DATABASE, manifest.size_bytes, manifest), content)
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def opened(path: Path) -> Iterator[tuple[Manifest, IO[bytes]]]:
    """The manifest of a backup, and its database to read from.

    :raises BackupError: it is no backup of this program, or one of a later format.
    """
    try:
        with tarfile.open(path, mode="r:") as tar:
            manifest = _manifest(_content(tar, _MANIFEST).read(_MANIFEST_MAX_BYTES))
            yield manifest, _content(tar, _DATABASE)
    except OSError as error:
        raise BackupError(
            _("%(path)s cannot be read: %(why)s", path=path, why=error.strerror or str(error))
        ) from None
    except (tarfile.TarError, KeyError, TypeError, ValueError, EOFError):
        raise BackupError(_("%(path)s is no whole backup.", path=path)) from None


def unpack(path: Path, target: IO[bytes] | None) -> Manifest:
    """Read a backup to its end, and compare it with its checksum.

    :param target: where the database is written; None: nowhere.
    :raises BackupError: it is damaged.
    """
    with opened(path) as (manifest, content):
        digest, size = hashlib.sha256(), 0
        while piece := content.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            if target is not None:
                target.write(piece)
    if (size, digest.hexdigest()) != (manifest.size_bytes, manifest.sha256):
        raise BackupError(_("%(path)s is damaged: its content is not what was written.", path=path))
    return manifest


def _member(name: str, size: int, manifest: Manifest) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(manifest.taken_at.timestamp())
    return member


def _content(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    content = tar.extractfile(name)
    if content is None:
        raise KeyError(name)
    return content


def _manifest(raw: bytes) -> Manifest:
    values: dict[str, Any] = json.loads(raw)
    if values["format"] != FORMAT:
        raise BackupError(_("This backup was made by a later version. Install that one first."))
    manifest = Manifest(**values)
    if manifest.taken_at.tzinfo is None or not isinstance(manifest.counts, dict):
        raise ValueError(raw)
    return manifest
