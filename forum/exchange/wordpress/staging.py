"""The first pass: a whole export in a scratch SQLite file, checked, and read back in the order to write it in.

The scratch file stands in a folder of its own that only this user can open, and loses its name as soon as it is
open: no kill leaves anything of the export behind. It has no journal: nobody would want to save it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from forum.base.engine import sqlite_module
from forum.exchange.wordpress import checks
from forum.exchange.wordpress.checks import Problem
from forum.exchange.wordpress.decoding import Progress
from forum.exchange.wordpress.reader import read_export
from forum.exchange.wordpress.records import (
    CommentRecord,
    FileEnd,
    PersonRecord,
    PostRecord,
    Record,
    SiteInfo,
    TermRecord,
)

_BATCH_ROWS = 2_000
_BATCH_CHARS = 1_000_000
_LATEST = 2**63 - 1  # posts without a time come last

# `code` says why a row is left out, and stands before the long texts so that it is found without reading them.
_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32000;
CREATE TABLE people (
    row INTEGER PRIMARY KEY, code TEXT, line INTEGER, author_id INTEGER, login TEXT, display_name TEXT, email TEXT);
CREATE INDEX people_kept ON people (login, row) WHERE code IS NULL;
CREATE TABLE posts (
    item INTEGER PRIMARY KEY, code TEXT, sort_at INTEGER, published_at INTEGER, post_id INTEGER, type TEXT,
    status TEXT, line INTEGER, parent_id INTEGER, is_protected INTEGER, comments_open INTEGER, slug TEXT,
    creator TEXT, attachment_url TEXT, title TEXT, link TEXT, excerpt TEXT, body TEXT);
CREATE INDEX posts_kept ON posts (post_id, item) WHERE code IS NULL;
CREATE INDEX posts_in_time ON posts (sort_at, post_id) WHERE code IS NULL;
CREATE INDEX attachments ON posts (post_id, item) WHERE type = 'attachment';
CREATE TABLE comments (
    row INTEGER PRIMARY KEY, user_id INTEGER, approved TEXT, type TEXT, name TEXT, email TEXT, website TEXT,
    body TEXT);
CREATE TABLE nodes (
    row INTEGER PRIMARY KEY, item INTEGER, comment_id INTEGER, parent_id INTEGER, at INTEGER, line INTEGER,
    code TEXT, detail TEXT, remark TEXT, parent_row INTEGER);
CREATE INDEX nodes_kept ON nodes (comment_id, row) WHERE code IS NULL;
CREATE INDEX nodes_by_parent ON nodes (parent_row) WHERE parent_row IS NOT NULL;
CREATE TABLE places (
    item INTEGER, effective_at INTEGER, depth INTEGER, comment_id INTEGER, row INTEGER,
    PRIMARY KEY (item, effective_at, depth, comment_id, row)) WITHOUT ROWID;
"""
_INSERTS = {
    "people": "INSERT INTO people (code, line, author_id, login, display_name, email) VALUES (?, ?, ?, ?, ?, ?)",
    "posts": "INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "comments": "INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "nodes": "INSERT INTO nodes VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
}
_PERSON_FIELDS = attrgetter("line", "author_id", "login", "display_name", "email")
_POST_FIELDS = attrgetter(
    *("post_id", "type", "status", "line", "parent_id", "is_protected", "comments_open", "slug"),
    *("creator", "attachment_url", "title", "link", "excerpt", "body"),
)
_COMMENT_FIELDS = attrgetter("user_id", "approved", "type", "name", "email", "website", "body")


@contextmanager
def stage(
    file: BinaryIO, *, zone: tzinfo, on_progress: Progress | None = None, folder: Path | None = None
) -> Iterator[Staged]:
    """Read and check a whole export; inside the `with`, read back what of it comes in.

    :param zone: of the times that the file holds without GMT.
    :param on_progress: called with the bytes read so far.
    :param folder: where the scratch file may stand, as large as the export; default: the system's own.
    :raises BrokenExport: the file is not a WordPress export from beginning to end.
    """
    with TemporaryDirectory(prefix="wordpress-", dir=folder) as scratch:
        path = Path(scratch) / "export.sqlite3"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite_module().connect(path, isolation_level=None)) as connection:
            connection.executescript(_TABLES)
            path.unlink()  # it lives on until it is closed, or this process dies
            connection.execute("BEGIN")
            filler = _Filler(connection)
            for record in read_export(file, zone=zone, on_progress=on_progress):
                filler.add(record)
            filler.flush()
            checks.check(connection)
            connection.execute("COMMIT")
            yield Staged(connection, filler)


class _Filler:
    """Writes records in batches, so that neither their number nor their size is held."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _INSERTS}
        self._waiting = 0
        self._waiting_chars = 0
        self._comments = 0
        self.site = SiteInfo("", "", "", "")
        self.terms = 0
        self.dropped_characters = 0

    def add(self, record: Record) -> None:
        """Take one record."""
        match record:
            case CommentRecord():
                self._add_comment(record)
            case PostRecord():
                self._add_post(record)
            case PersonRecord():
                self._put("people", (checks.person_code(record), *_PERSON_FIELDS(record)), 0)
            case TermRecord():
                self.terms += 1
            case SiteInfo():
                self.site = record
            case FileEnd():
                self.dropped_characters = record.dropped_characters

    def _add_post(self, post: PostRecord) -> None:
        at = _seconds(post.published_at)
        start = (post.item, checks.post_code(post), _LATEST if at is None else at, at)
        self._put("posts", (*start, *_POST_FIELDS(post)), len(post.body) + len(post.excerpt))

    def _add_comment(self, comment: CommentRecord) -> None:
        self._comments = row = self._comments + 1
        code = checks.comment_code(comment)
        detail = comment.type if code == "comment_type" else None
        at = _seconds(comment.at)
        ids = (row, comment.item, comment.comment_id, comment.parent_id)
        self._put("nodes", (*ids, at, comment.line, code, detail), 0)
        self._put("comments", (row, *_COMMENT_FIELDS(comment)), len(comment.body))

    def _put(self, table: str, row: tuple[Any, ...], chars: int) -> None:
        self._rows[table].append(row)
        self._waiting += 1
        self._waiting_chars += chars
        if self._waiting >= _BATCH_ROWS or self._waiting_chars >= _BATCH_CHARS:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        for table, rows in self._rows.items():
            self._connection.executemany(_INSERTS[table], rows)
            rows.clear()
        self._waiting = self._waiting_chars = 0


class Staged:
    """A checked export. Whatever is read here comes in, but for `problems` and `counts`, which tell of the rest.

    :ivar site: the site that was exported.
    :ivar dropped_characters: characters that XML forbids and the file held.
    """

    def __init__(self, connection: Any, filler: _Filler) -> None:
        self._connection = connection
        self._terms = filler.terms
        self.site = filler.site
        self.dropped_characters = filler.dropped_characters

    def people(self) -> Iterator[PersonRecord]:
        """The people with a byline, in the order of the file."""
        for login, name, email, author_id, line in self._connection.execute(_PEOPLE):
            yield PersonRecord(login, name, email, author_id, line)

    def posts(self) -> Iterator[PostRecord]:
        """Posts and pages by (published_at, post_id); those without a time come last."""
        for row in self._connection.execute(_POSTS):
            yield _post(*row)

    def comments_of(self, post_id: int) -> Iterator[CommentRecord]:
        """A post's comments, parents before their replies, else by (at, comment_id).

        Their `parent_id` is that of a comment which came before, or None where they start a branch.
        """
        found = self._connection.execute(_ITEM, (post_id,)).fetchone()
        if found is None:
            return
        for at, *rest in self._connection.execute(_COMMENTS, (post_id, *found)):
            yield _comment(_time(at), *rest)

    def attachment(self, ids: Iterable[int]) -> list[tuple[str, str]]:
        """Address and title of the attachments with these ids, in this order; unknown ones are passed over."""
        found = (self._connection.execute(_ATTACHMENT, (given,)).fetchone() for given in ids)
        return [(url, title) for url, title in filter(None, found)]

    def problems(self) -> Iterator[Problem]:
        """All that is left out or changed: people, then posts, then comments, each in the order of the file."""
        people, posts, comments = (self._connection.execute(query) for query in _PROBLEMS)
        yield from (checks.problem(*row) for row in people)
        yield from (checks.problem(checks.kind_of(name), *row) for name, *row in posts)
        yield from (checks.problem(*row) for row in comments)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of each kind the file holds: `person`, `comment`, `term`, and each post type by its name.

        A post type that is called like one of those three is told apart as `person (post type)`.
        """
        count_people, count_comments = self._connection.execute(_COUNTS).fetchone()
        counts = {"person": count_people, "comment": count_comments, "term": self._terms}
        return counts | {
            checks.kind_of(name): count for name, count in self._connection.execute(_COUNT_TYPES)
        }

    @cached_property
    def left_out_counts(self) -> dict[tuple[str, str], int]:
        """How many of each kind are left out for each reason; kinds as in `counts`."""
        counts = {("person", code): count for code, count in self._connection.execute(_LEFT_OUT_PEOPLE)}
        for name, code, count in self._connection.execute(_LEFT_OUT_POSTS):
            counts[checks.kind_of(name), code] = count
        return counts | {
            ("comment", code): count for code, count in self._connection.execute(_LEFT_OUT_COMMENTS)
        }


def _comment(at: datetime | None, *rest: Any) -> CommentRecord:
    comment_id, post_id, parent_id, name, email, website, body, approved, kind, user_id, line, item = rest
    return CommentRecord(
        comment_id, post_id, parent_id, name, email, website, body, approved, kind, user_id, at, line, item
    )


def _post(item: int, published_at: int | None, *rest: Any) -> PostRecord:
    post_id, kind, status, line, parent_id, is_protected, comments_open, slug, creator, url, *texts = rest
    title, link, excerpt, body = texts
    return PostRecord(
        post_id=post_id,
        type=kind,
        title=title,
        link=link,
        creator=creator,
        body=body,
        excerpt=excerpt,
        status=status,
        slug=slug,
        published_at=_time(published_at),
        is_protected=bool(is_protected),
        comments_open=bool(comments_open),
        parent_id=parent_id,
        attachment_url=url,
        line=line,
        item=item,
    )


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


_PEOPLE = "SELECT login, display_name, email, author_id, line FROM people WHERE code IS NULL ORDER BY row"
_POSTS = """
SELECT item, published_at, post_id, type, status, line, parent_id, is_protected, comments_open, slug, creator,
       attachment_url, title, link, excerpt, body
FROM posts WHERE code IS NULL ORDER BY sort_at, post_id
"""
_ITEM = "SELECT item FROM posts WHERE post_id = ? AND code IS NULL"
# By one item alone the index hands out the order; joined with posts, SQLite would sort the whole thread in memory.
_COMMENTS = """
SELECT nodes.at, places.comment_id, ?, parent.comment_id, comments.name, comments.email, comments.website,
       comments.body, comments.approved, comments.type, comments.user_id, nodes.line, places.item
FROM places CROSS JOIN nodes ON nodes.row = places.row CROSS JOIN comments ON comments.row = places.row
LEFT JOIN nodes AS parent ON parent.row = nodes.parent_row
WHERE places.item = ?
ORDER BY places.effective_at, places.depth, places.comment_id
"""
_ATTACHMENT = (
    "SELECT attachment_url, title FROM posts WHERE post_id = ? AND type = 'attachment' ORDER BY item"
)
_PROBLEMS = (
    "SELECT 'person', line, author_id, code, NULL FROM people WHERE code IS NOT NULL ORDER BY row",
    """
    SELECT type, line, post_id, code, CASE code WHEN 'type' THEN type ELSE status END
    FROM posts WHERE code IS NOT NULL ORDER BY item
    """,
    """
    SELECT 'comment', line, comment_id, coalesce(code, remark),
           coalesce(detail, CASE WHEN parent_id > 0 THEN parent_id ELSE 'no id' END)
    FROM nodes WHERE code IS NOT NULL OR remark IS NOT NULL ORDER BY row
    """,
)
_COUNTS = "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM nodes)"
_COUNT_TYPES = "SELECT type, count(*) FROM posts GROUP BY type ORDER BY type"
_LEFT_OUT_PEOPLE = "SELECT code, count(*) FROM people WHERE code IS NOT NULL GROUP BY code"
_LEFT_OUT_POSTS = "SELECT type, code, count(*) FROM posts WHERE code IS NOT NULL GROUP BY type, code"
_LEFT_OUT_COMMENTS = "SELECT code, count(*) FROM nodes WHERE code IS NOT NULL GROUP BY code"
