"""What of an export comes in: every person, post and comment does, or is left out for one reason.

Checks that need one record are plain functions; those that need the whole file are SQL over the scratch file of
`staging`, linear in its size (with an index's logarithm). Duplicates are looked for among what would come in.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from forum.exchange.wordpress.records import CommentRecord, PersonRecord, PostRecord

MAX_COMMENT_CHARS = 65_535
"""What WordPress keeps of a comment (the size of MySQL's TEXT); longer ones are no comments of people."""

LEFT_OUT = {
    "no_id": _l("it has no id that can be used"),
    "duplicate": _l("its id stands in the file before; the first one counts"),
    "type": _l("posts of the type “%(detail)s” are not taken over"),
    "status": _l("posts with the status “%(detail)s” are not taken over"),
    "pingback": _l("it is a pingback, which another site sent"),
    "trackback": _l("it is a trackback, which another site sent"),
    "comment_type": _l("comments of the type “%(detail)s” are not taken over"),
    "empty": _l("its text is empty"),
    "too_long": _l("its text has more than 65,535 characters"),
    "article_left_out": _l("the post that it belongs to is left out"),
}
REMARKS = {
    "parent_missing": _l(
        "the comment that it answers (%(detail)s) does not come in with this post; it starts a branch"
    ),
    "cycle": _l("it answers, in the end, itself; it starts a branch"),
}
TAKEN_TYPES = frozenset({"post", "page"})
_OTHER_KINDS = frozenset({"person", "comment", "term"})
_DEAD_STATUSES = frozenset({"trash", "auto-draft", "inherit"})
_TAKEN_COMMENT_TYPES = frozenset({"", "comment", "review"})
_OTHER_SITES = frozenset({"pingback", "trackback"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of the file that does not come in as it stands.

    :ivar kind: `person`, `comment`, or the post's type (see `kind_of`).
    :ivar id: the id in the file (a person's login); None where there is none that can be used.
    :ivar code: one of `LEFT_OUT` or `REMARKS`.
    :ivar is_left_out: False for a remark: it comes in all the same.
    """

    line: int
    kind: str
    id: int | str | None
    code: str
    text: str
    is_left_out: bool


def kind_of(post_type: str) -> str:
    """What a post of this type is counted as: its type, unless that is the name of something else that is counted."""
    return f"{post_type} (post type)" if post_type in _OTHER_KINDS else post_type


def problem(kind: str, line: int, given_id: int | str | None, code: str, detail: object) -> Problem:
    """A problem with its sentence."""
    text = str(LEFT_OUT.get(code) or REMARKS[code]) % {"detail": detail}
    return Problem(line, kind, given_id, code, text, code in LEFT_OUT)


def person_code(person: PersonRecord) -> str | None:
    """Why a person is left out, as far as that can be told from the record alone."""
    return None if person.login else "no_id"


def post_code(post: PostRecord) -> str | None:
    """Why a post is left out, as far as that can be told from the record alone."""
    if post.type not in TAKEN_TYPES:
        return "type"
    if post.status in _DEAD_STATUSES:
        return "status"
    return None if post.post_id else "no_id"


def comment_code(comment: CommentRecord) -> str | None:
    """Why a comment is left out, as far as that can be told from the record alone."""
    if comment.type in _OTHER_SITES:
        return comment.type
    if comment.type not in _TAKEN_COMMENT_TYPES:
        return "comment_type"
    if not comment.comment_id:
        return "no_id"
    if len(comment.body) > MAX_COMMENT_CHARS:
        return "too_long"
    return None if comment.body.strip() else "empty"


def check(connection: Any) -> None:
    """Decide about every record in the scratch file, and give each comment that comes in its place in the thread."""
    connection.execute(_DUPLICATE_PEOPLE)
    connection.execute(_DUPLICATE_POSTS)
    connection.execute(_COMMENTS_OF_LEFT_OUT_POSTS)
    connection.execute(_DUPLICATE_COMMENTS)
    connection.execute(_PARENTS)
    connection.execute(_MISSING_PARENTS)
    connection.execute(_PLACES_BELOW.format(starts="code IS NULL AND parent_row IS NULL"))
    if _unplaced(connection):
        _cut_cycles(connection)
        connection.execute(_PLACES_BELOW.format(starts="remark = 'cycle'"))


def _unplaced(connection: Any) -> bool:
    """Whether comments hang below no branch at all: each of those leads into a cycle."""
    kept, placed = connection.execute(_KEPT_AND_PLACED).fetchone()
    return bool(kept != placed)


def _cut_cycles(connection: Any) -> None:
    """Let the earliest comment of each cycle start a branch.

    The comments without a place are numbered in order of time, so the earliest of a cycle is its smallest number.
    """
    for statement in _NUMBER_UNPLACED:
        connection.execute(statement)
    parents = array("q", [0])
    parents.extend(number for (number,) in connection.execute(_PARENTS_OF_UNPLACED))
    cuts = ((first,) for first in _firsts_of_cycles(parents))
    connection.executemany(_CUT, cuts)


def _firsts_of_cycles(parents: array[int]) -> Iterator[int]:
    """The smallest member of each cycle of `parents` (by number, from 1; 0 is unused), each step taken once."""
    seen_on = array("q", bytes(parents.itemsize * len(parents)))
    for start in range(1, len(parents)):
        member = start
        while not seen_on[member]:
            seen_on[member] = start
            member = parents[member]
        if seen_on[member] == start:
            yield _smallest_from(member, parents)


def _smallest_from(member: int, parents: array[int]) -> int:
    smallest, other = member, parents[member]
    while other != member:
        smallest = min(smallest, other)
        other = parents[other]
    return smallest


_DUPLICATE_PEOPLE = """
UPDATE people SET code = 'duplicate' WHERE code IS NULL AND EXISTS (
    SELECT 1 FROM people AS first
    WHERE first.login = people.login AND first.code IS NULL AND first.row < people.row)
"""
_DUPLICATE_POSTS = """
UPDATE posts SET code = 'duplicate' WHERE code IS NULL AND EXISTS (
    SELECT 1 FROM posts AS first
    WHERE first.post_id = posts.post_id AND first.code IS NULL AND first.item < posts.item)
"""
_COMMENTS_OF_LEFT_OUT_POSTS = """
UPDATE nodes SET code = 'article_left_out' WHERE code IS NULL AND EXISTS (
    SELECT 1 FROM posts WHERE posts.item = nodes.item AND posts.code IS NOT NULL)
"""
_DUPLICATE_COMMENTS = """
UPDATE nodes SET code = 'duplicate' WHERE code IS NULL AND EXISTS (
    SELECT 1 FROM nodes AS first
    WHERE first.comment_id = nodes.comment_id AND first.code IS NULL AND first.row < nodes.row)
"""
_PARENTS = """
UPDATE nodes SET parent_row = (
    SELECT parent.row FROM nodes AS parent
    WHERE parent.comment_id = nodes.parent_id AND parent.code IS NULL AND parent.item = nodes.item)
WHERE code IS NULL AND parent_id IS NOT NULL
"""
_MISSING_PARENTS = """
UPDATE nodes SET remark = 'parent_missing' WHERE code IS NULL AND parent_id IS NOT NULL AND parent_row IS NULL
"""
# A reply that claims to be older than what it answers counts as of the same moment, and so stands right below it.
_PLACES_BELOW = """
INSERT INTO places (item, effective_at, depth, comment_id, row)
WITH RECURSIVE walk (item, effective_at, depth, comment_id, row) AS (
    SELECT item, coalesce(at, -9223372036854775807), 1, comment_id, row FROM nodes WHERE {starts}
    UNION ALL
    SELECT reply.item, max(coalesce(reply.at, walk.effective_at), walk.effective_at),
           walk.depth + 1, reply.comment_id, reply.row
    FROM walk JOIN nodes AS reply ON reply.parent_row = walk.row)
SELECT item, effective_at, depth, comment_id, row FROM walk
"""
_KEPT_AND_PLACED = """
SELECT (SELECT count(*) FROM nodes WHERE code IS NULL), (SELECT count(*) FROM places)
"""
_NUMBER_UNPLACED = (
    "CREATE UNIQUE INDEX places_by_row ON places (row)",
    "CREATE TABLE unplaced (number INTEGER PRIMARY KEY, row INTEGER UNIQUE)",
    """
    INSERT INTO unplaced (row) SELECT row FROM nodes
    WHERE code IS NULL AND NOT EXISTS (SELECT 1 FROM places WHERE places.row = nodes.row)
    ORDER BY at, comment_id
    """,
)
_PARENTS_OF_UNPLACED = """
SELECT parent.number FROM unplaced
CROSS JOIN nodes ON nodes.row = unplaced.row
CROSS JOIN unplaced AS parent ON parent.row = nodes.parent_row
ORDER BY unplaced.number
"""
_CUT = """
UPDATE nodes SET parent_row = NULL, remark = 'cycle' WHERE row = (SELECT row FROM unplaced WHERE number = ?)
"""
