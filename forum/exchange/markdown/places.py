"""What the place and name of a file say: its slug, date and language, and where its article stood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import urlsplit

from forum.articles.service import slugify

MAX_SLUG_CHARS = 190
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATED = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})-(?=.)")
_LANGUAGE_SUFFIX = re.compile(r"(?<=.)\.([a-z]{2})(?:-[a-zA-Z]{2,4})?$")
_ROOTS = ("src/content/", "src/pages/", "content/", "src/")
"""Folders of generators that are no part of an address."""
_COLLECTIONS = frozenset({"_posts", "_drafts"})


@dataclass(frozen=True)
class Place:
    """Where a file is, and what follows from that.

    :param name: its own name, or that of its folder where it is the folder's `index.md`; without date and language.
    :param folder: the address of the folder it stands in, from the root of the site: `/blog`, or empty.
    """

    name: str
    folder: str
    stem: str
    date: date | None = None
    lang: str | None = None
    is_index: bool = False
    is_draft: bool = False

    @property
    def slug(self) -> str | None:
        """The slug that the name gives; None for the front page of the site."""
        return as_slug(self.name) if self.name else None

    @property
    def title(self) -> str:
        """The name as words: `mijn-eerste-stuk` is "Mijn eerste stuk"."""
        words = re.sub(r"[-_\s]+", " ", self.name).strip()
        return (words[:1].upper() + words[1:]).encode("utf-8", "replace").decode()


def read_place(path: PurePosixPath) -> Place:
    """What follows from a file's path."""
    stem = unicodedata.normalize("NFC", path.stem)
    language = _LANGUAGE_SUFFIX.search(stem)
    bare = stem[: language.start()] if language else stem
    folders = _folders(path)
    is_index = bare.lower() == "index"
    if is_index:
        bare = folders.pop() if folders else ""
    day, name = _dated(bare)
    return Place(
        name=name, folder="".join(f"/{folder}" for folder in folders), stem=bare, date=day, is_index=is_index,
        lang=language[1] if language else None, is_draft="_drafts" in path.parts,
    )  # fmt: skip


def as_slug(name: str) -> str:
    """A name as a slug; one that is a slug already stays as it is."""
    slug = name.lower()[:MAX_SLUG_CHARS].strip("-")
    return slug if _SLUG.fullmatch(slug) else slugify(name)


def addresses_of(place: Place, slug: str | None, permalinks: list[str], aliases: list[str]) -> list[str]:
    """Where an article may have stood: by its place, by its slug there, and as its fields say.

    :param permalinks: addresses; patterns such as `/:year/:title/` are no address.
    :param aliases: addresses; one without a slash in front begins at the folder of the file, as in Hugo.
    """
    found = [f"{place.folder}/{name}" for name in (place.stem, slug) if name]
    if place.date is not None:  # Jekyll's own pattern, with and without its ending
        plain = f"/{place.date:%Y/%m/%d}/{slug or place.name}"
        found += [plain, f"{plain}.html"]
    found += [_from_root(address, "") for address in permalinks if not re.search(r"/:\w|\{\{", address)]
    found += [_from_root(address, place.folder) for address in aliases]
    return list(dict.fromkeys(address for address in found if address.strip("/")))


def _folders(path: PurePosixPath) -> list[str]:
    parent = unicodedata.normalize("NFC", "".join(f"{part}/" for part in path.parent.parts))
    root = next((root for root in _ROOTS if parent.startswith(root)), "")
    return [part for part in parent[len(root) :].split("/") if part and part not in _COLLECTIONS]


def _dated(stem: str) -> tuple[date | None, str]:
    match = _DATED.match(stem)
    if match is None:
        return None, stem
    try:
        return date(int(match[1]), int(match[2]), int(match[3])), stem[match.end() :]
    except ValueError:  # no such day: then it is a name
        return None, stem


def _from_root(address: str, folder: str) -> str:
    """The path of an address, from the root of the site."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return path if path.startswith("/") or not path else normpath(f"{folder}/{path}")
