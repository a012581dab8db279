"""The Markdown files of a folder: which there are, and their text."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from flask_babel import gettext as _

from forum.exchange.markdown.causes import LeftOut

MAX_FILE_BYTES = 5 * 1024 * 1024
_SUFFIXES = frozenset({".md", ".markdown", ".mdx"})
_NEVER = frozenset(
    {"node_modules", "bower_components", "vendor", "_site", "_includes", "_layouts", "_data", "_sass"}
)
_NEVER_AT_THE_TOP = frozenset({"archetypes", "themes", "layouts"})
"""Hugo's own folders. Further down, a folder of that name may well hold articles."""
_ID_BITS = 62


@dataclass(frozen=True)
class MarkdownFile:
    """A file of the folder. `path` is relative to it."""

    path: PurePosixPath
    whole_path: Path

    @property
    def shown(self) -> str:
        """The path as people read it; a name that is not UTF-8 has � in it."""
        return os.fsencode(str(self.path)).decode("utf-8", "replace")

    @property
    def external_id(self) -> int:
        """The same number on every computer, as long as the file keeps its place: 62 bits, so that it fits."""
        path = unicodedata.normalize("NFC", str(self.path)).encode("utf-8", "surrogateescape")
        number = int.from_bytes(hashlib.blake2b(path, digest_size=8).digest(), "big")
        return number >> (64 - _ID_BITS)


@dataclass
class Found:
    """What a folder holds: its files by path, and the folders that were not looked into."""

    files: list[MarkdownFile] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def find_files(folder: Path) -> Found:
    """Every Markdown file below a folder. Hidden folders do not count; others that are skipped are told."""
    found = Found()
    for parent, folders, names in os.walk(
        folder, onerror=lambda error: found.skipped.append(_shown(folder, error.filename))
    ):
        here = Path(parent)
        hidden = {name for name in folders if name.startswith(".")}
        skipped = {name for name in folders if name not in hidden and _is_skipped(here / name, folder)}
        found.skipped += [_shown(folder, here / name) for name in skipped]
        folders[:] = sorted(set(folders) - hidden - skipped)
        for name in names:
            if Path(name).suffix.lower() in _SUFFIXES and not name.startswith("."):
                path = PurePosixPath((here / name).relative_to(folder).as_posix())
                found.files.append(MarkdownFile(path, here / name))
    found.files.sort(key=lambda file: str(file.path))
    found.skipped.sort()
    return found


def read_text(file: MarkdownFile, folder: Path) -> str:
    """The text of a file, its line ends plain.

    :raises LeftOut: it cannot be read, is not UTF-8, is larger than `MAX_FILE_BYTES`, or lies elsewhere.
    """
    try:
        if not file.whole_path.resolve(strict=True).is_relative_to(folder.resolve()):
            raise LeftOut("outside")
        about = file.whole_path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise LeftOut("unreadable", detail=_("no plain file"))
        if about.st_size > MAX_FILE_BYTES:
            raise LeftOut("too_large")
        content = file.whole_path.read_bytes()
    except (
        OSError,
        RuntimeError,
    ) as error:  # RuntimeError: links that lead to each other, before Python 3.13
        raise LeftOut("unreadable", detail=getattr(error, "strerror", None) or str(error)) from None
    return _decoded(content)


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LeftOut("not_utf8", line=line, detail=f"byte {error.start}") from None
    if "\0" in text:
        raise LeftOut("characters", line=text.count("\n", 0, text.index("\0")) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_skipped(path: Path, folder: Path) -> bool:
    """Links to folders too: where they lead within the folder is read there, and elsewhere is not the site."""
    is_at_top = path.parent == folder
    return path.is_symlink() or path.name in _NEVER or (is_at_top and path.name in _NEVER_AT_THE_TOP)


def _shown(folder: Path, path: str | Path) -> str:
    relative = Path(path).relative_to(folder).as_posix()
    return os.fsencode(relative).decode("utf-8", "replace")
