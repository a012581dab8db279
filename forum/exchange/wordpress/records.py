"""What a WordPress export holds: plain records with the fields as the file has them, typed.

Short fields come stripped, texts as they stand. Times are UTC. A record's `line` is where its element begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

from flask_babel import gettext as _

UNUSABLE = -1
"""A parent that the file names by something that is no id: never found, so it counts as missing."""

_LARGEST_ID = 2**63 - 1  # what the databases keep
_FEED_TIME = re.compile(r"\s*\w+,? \d\d? \w+ \d{4} ", re.ASCII)  # else the year -0001 would be read as 2000


class BrokenExport(Exception):  # noqa: N818 - the file is broken, not this program
    """The file cannot be read as a WordPress export; nothing of it may be written.

    :param line: where, counted from 1.
    :param cause: a plain sentence without a full stop.
    """

    def __init__(self, line: int, cause: str) -> None:
        super().__init__(_("line %(line)s: %(cause)s", line=line, cause=cause))
        self.line = line
        self.cause = cause


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """The site that was exported; `wxr_version` is empty where the file does not tell."""

    title: str
    base_url: str
    language: str
    wxr_version: str


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Somebody with a byline."""

    login: str
    display_name: str
    email: str
    author_id: int | None
    line: int


@dataclass(frozen=True, slots=True)
class PostRecord:
    """An item: post, page, attachment, menu item, … `item` is its place in the file, from 1."""

    post_id: int | None
    type: str
    title: str
    link: str
    creator: str
    body: str
    excerpt: str
    status: str
    slug: str
    published_at: datetime | None
    is_protected: bool
    comments_open: bool
    parent_id: int | None
    attachment_url: str
    line: int
    item: int


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """A comment of any type. `post_id` is None where the file names the item's id only after its comments."""

    comment_id: int | None
    post_id: int | None
    parent_id: int | None
    name: str
    email: str
    website: str
    body: str
    approved: str
    type: str
    user_id: int | None
    at: datetime | None
    line: int
    item: int


@dataclass(frozen=True, slots=True)
class TermRecord:
    """A category, tag or term: only counted."""

    taxonomy: str
    line: int


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The last record: the whole file was read."""

    dropped_characters: int
    lines: int


Record = SiteInfo | PersonRecord | PostRecord | CommentRecord | TermRecord | FileEnd
Fields = Mapping[str, str]
"""Texts of one element's children by short name, such as `wp:post_id`."""


def usable_id(text: str) -> int | None:
    """The id that a field holds: digits, 1 to 2⁶³ - 1. None for anything else, 0 too: WordPress means "none" by it."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    number = int(text)
    return number if 0 < number <= _LARGEST_ID else None


def time_of(fields: Fields, gmt: str, local: str, zone: tzinfo) -> datetime | None:
    """The first time that can be read, UTC: the GMT field, the local field in `zone`, `pubDate`.

    Drafts hold `0000-00-00 00:00:00` as their GMT time, and `-0001` as the year of their `pubDate`.
    """
    return (
        _database_time(fields.get(gmt, ""), UTC)
        or _database_time(fields.get(local, ""), zone)
        or _feed_time(fields.get("pubDate", ""))
    )


def _database_time(text: str, zone: tzinfo) -> datetime | None:
    text = text.strip()
    if len(text) != len("2026-01-31 12:00:00") or text[10] != " ":
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _feed_time(text: str) -> datetime | None:
    if not _FEED_TIME.match(text):
        return None
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def site_of(fields: Fields) -> SiteInfo:
    """The site, from the channel's own fields."""
    addresses = (fields.get(name, "").strip() for name in ("wp:base_blog_url", "link", "wp:base_site_url"))
    return SiteInfo(
        title=fields.get("title", "").strip(),
        base_url=next(filter(None, addresses), ""),
        language=fields.get("language", "").strip(),
        wxr_version=fields.get("wp:wxr_version", "").strip(),
    )


def person_of(fields: Fields, line: int) -> PersonRecord:
    """A person, from `wp:author`; somebody without a display name is called by their first and last name."""
    names = (fields.get(f"wp:author_{part}_name", "").strip() for part in ("first", "last"))
    return PersonRecord(
        login=fields.get("wp:author_login", "").strip(),
        display_name=fields.get("wp:author_display_name", "").strip() or " ".join(filter(None, names)),
        email=fields.get("wp:author_email", "").strip(),
        author_id=usable_id(fields.get("wp:author_id", "")),
        line=line,
    )


def post_of(fields: Fields, *, item: int, line: int, zone: tzinfo) -> PostRecord:
    """A post of any type, from `item`. The oldest exports know no types: those are posts."""
    return PostRecord(
        post_id=usable_id(fields.get("wp:post_id", "")),
        type=fields.get("wp:post_type", "").strip() or "post",
        title=fields.get("title", "").strip(),
        link=fields.get("link", "").strip(),
        creator=fields.get("dc:creator", "").strip(),
        body=fields.get("content:encoded", ""),
        excerpt=fields.get("excerpt:encoded", ""),
        status=fields.get("wp:status", "").strip(),
        slug=fields.get("wp:post_name", "").strip(),
        published_at=time_of(fields, "wp:post_date_gmt", "wp:post_date", zone),
        is_protected=bool(fields.get("wp:post_password", "").strip()),
        comments_open=fields.get("wp:comment_status", "").strip() == "open",
        parent_id=usable_id(fields.get("wp:post_parent", "")),
        attachment_url=fields.get("wp:attachment_url", "").strip(),
        line=line,
        item=item,
    )


def comment_of(fields: Fields, *, post_id: int | None, item: int, line: int, zone: tzinfo) -> CommentRecord:
    """A comment, from `wp:comment`."""
    return CommentRecord(
        comment_id=usable_id(fields.get("wp:comment_id", "")),
        post_id=post_id,
        parent_id=_parent(fields.get("wp:comment_parent", "").strip()),
        name=fields.get("wp:comment_author", "").strip(),
        email=fields.get("wp:comment_author_email", "").strip(),
        website=fields.get("wp:comment_author_url", "").strip(),
        body=fields.get("wp:comment_content", ""),
        approved=fields.get("wp:comment_approved", "").strip(),
        type=fields.get("wp:comment_type", "").strip(),
        user_id=usable_id(fields.get("wp:comment_user_id", "")),
        at=time_of(fields, "wp:comment_date_gmt", "wp:comment_date", zone),
        line=line,
        item=item,
    )


def _parent(text: str) -> int | None:
    if not text.strip("0"):
        return None
    return usable_id(text) or UNUSABLE
