"""Static sites for tests: a few files in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from forum.exchange.markdown.pages import Page, read_page
from tests.factories import NOW

ZONE = ZoneInfo("Europe/Amsterdam")


def write_site(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below a folder, by path, and return the folder."""
    for path, content in files.items():
        whole = folder / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def article(*fields: str, body: str = "Een alinea.") -> str:
    """A file with YAML front matter; the title is "Een stuk" unless given."""
    lines = fields if any(line.startswith("title:") for line in fields) else ("title: Een stuk", *fields)
    return "\n".join(["---", *lines, "---", body, ""])


def page(content: str, path: str = "blog/een-stuk.md") -> Page:
    """The article that a file becomes, on a Dutch site."""
    return read_page(PurePosixPath(path), content, zone=ZONE, lang="nl", now=NOW)
