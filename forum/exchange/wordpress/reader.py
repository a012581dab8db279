"""A WordPress export as a stream of records, in the order of the file and in bounded memory.

expat does the parsing, element by element: nothing of the file is kept but the open item's own fields and the
comment that is being read. No document type and no entity is accepted, so the file can neither blow up nor name
another file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import BinaryIO
from xml.parsers import expat

from flask_babel import gettext as _

from forum.exchange.wordpress.decoding import ExportText, Progress
from forum.exchange.wordpress.records import (
    BrokenExport,
    FileEnd,
    Record,
    TermRecord,
    comment_of,
    person_of,
    post_of,
    site_of,
    usable_id,
)

KNOWN_VERSIONS = ("1.0", "1.1", "1.2")
MAX_RECORD_BYTES = 20_000_000
"""Of all texts of one item or one comment together, so of each of them too."""
MAX_TAG_BYTES = 1_000_000
"""Of one tag or remark: expat reads those again with every piece until they end."""
MAX_DEPTH = 100
MAX_NAMES = 10_000
"""Different names of elements, attributes and prefixes; expat never forgets one."""

_BUFFER_BYTES = 64 * 1024
_EXPORT_NAMESPACE = re.compile(r"https?://(?:www\.)?wordpress\.org/export/([^/]+)/?(excerpt/?)?")
_OTHER_PREFIXES = {
    "": "",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
}
_TERMS = {"wp:category": "category", "wp:tag": "post_tag", "wp:term": "term"}
_CHILDREN = {
    "rss": frozenset({"channel"}),
    "channel": frozenset({"item", "wp:author", *_TERMS}),
    "item": frozenset({"wp:comment"}),
}
_FIELDS = {
    "channel": frozenset(
        {"title", "link", "language", "wp:wxr_version", "wp:base_site_url", "wp:base_blog_url"}
    ),
    "wp:author": frozenset(
        f"wp:author_{part}" for part in ("id", "login", "email", "display_name", "first_name", "last_name")
    ),
    "item": frozenset(
        {"title", "link", "pubDate", "dc:creator", "content:encoded", "excerpt:encoded", "wp:post_id"}
        | {"wp:post_date", "wp:post_date_gmt", "wp:comment_status", "wp:post_name", "wp:status"}
        | {"wp:post_parent", "wp:post_type", "wp:post_password", "wp:attachment_url"}
    ),
    "wp:comment": frozenset(
        {f"wp:comment_{part}" for part in ("id", "author", "author_email", "author_url", "date", "date_gmt")}
        | {f"wp:comment_{part}" for part in ("content", "approved", "type", "parent", "user_id")}
    ),
}
_NOTHING: frozenset[str] = frozenset()


def read_export(file: BinaryIO, *, zone: tzinfo, on_progress: Progress | None = None) -> Iterator[Record]:
    """Read a WXR 1.0-1.2 file: `SiteInfo` first, `FileEnd` last; comments come before the item that they belong to.

    :param file: open in binary mode; read once, from where it stands.
    :param zone: of the times that the file holds without GMT.
    :param on_progress: called with the bytes read so far.
    :raises BrokenExport: at the first thing that is wrong; the records handed out before must not be used.
    """
    text = ExportText(file, on_progress)
    parser = _ExportParser(text, zone)
    for piece in text:
        yield from parser.feed(piece)
    yield from parser.feed("", final=True)
    yield FileEnd(text.dropped_characters, text.line)


@dataclass(slots=True)
class _Open:
    """An element that records are made of, while it is open; `wanted` are the children whose text counts."""

    name: str
    depth: int
    line: int
    wanted: frozenset[str]
    children: frozenset[str]
    fields: dict[str, str] = field(default_factory=dict)
    size_bytes: int = 0


class _ExportParser:
    """expat's handlers, and the records that they made since the last `feed`."""

    def __init__(self, text: ExportText, zone: tzinfo) -> None:
        self._text = text
        self._zone = zone
        self._records: list[Record] = []
        self._names = _Names()
        self._open = [_Open("", 0, 1, _NOTHING, frozenset({"rss"}))]
        self._depth = 0
        self._field: str | None = None
        self._pieces: list[str] = []
        self._items = 0
        self._is_export = False
        self._has_site = False
        self._fed_bytes = 0
        self._expat = self._made()

    def _made(self) -> expat.XMLParserType:
        # The encoding given here outranks the one that the file declares: what is fed is UTF-8 by then.
        parser = expat.ParserCreate("utf-8", " ", intern=None)  # None: keep no names
        parser.buffer_text = True
        parser.buffer_size = _BUFFER_BYTES
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        return parser

    def feed(self, text: str, *, final: bool = False) -> list[Record]:
        """Parse a piece, and return the records that it completes.

        :raises BrokenExport: the file is not well-formed, or no export.
        """
        data = text.encode()
        self._fed_bytes += len(data)
        self._records = []
        try:
            self._expat.Parse(data, final)
        except expat.ExpatError as error:
            raise BrokenExport(error.lineno + self._text.skipped_lines, _cause(error)) from error
        if self._fed_bytes - self._expat.CurrentByteIndex > MAX_TAG_BYTES:
            raise self._broken(_("one tag or remark is larger than 1 MB"))
        if final and not self._has_site:
            raise self._broken(_("this is not a WordPress export: it has no channel"))
        return self._records

    def _line(self) -> int:
        return self._expat.CurrentLineNumber + self._text.skipped_lines

    def _broken(self, cause: str) -> BrokenExport:
        return BrokenExport(self._line(), cause)

    def _start(self, raw_name: str, attributes: dict[str, str]) -> None:
        self._depth = depth = self._depth + 1
        name = self._names[raw_name]
        if attributes:
            for attribute in attributes:
                self._names[attribute]
        if len(self._names) > MAX_NAMES or depth > MAX_DEPTH:
            raise self._broken(_("the elements are nested too deeply or have too many different names"))
        parent = self._open[-1]
        if depth != parent.depth + 1:
            return
        if name in parent.children:
            self._open_element(name, depth)
        elif name in parent.wanted:
            self._field, self._pieces = name, []
        elif depth == 1:
            raise self._broken(
                _("this is not a WordPress export: its first element is <%(name)s>", name=raw_name[:60])
            )

    def _open_element(self, name: str, depth: int) -> None:
        if self._open[-1].name == "channel":
            self._site(self._open[-1].fields)
        if name == "item":
            self._items += 1
        wanted, children = _FIELDS.get(name, _NOTHING), _CHILDREN.get(name, _NOTHING)
        self._open.append(_Open(name, depth, self._line(), wanted, children))

    def _end(self, _raw_name: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        element = self._open[-1]
        if self._field is not None and depth == element.depth + 1:
            element.fields.setdefault(self._field, "".join(self._pieces))
            if self._field == "wp:wxr_version":
                self._check_version(element.fields[self._field].strip())
            self._field = None
        elif depth == element.depth:
            self._open.pop()
            self._close(element)

    def _close(self, element: _Open) -> None:
        fields, line = element.fields, element.line
        match element.name:
            case "wp:comment":
                item_fields = self._open[-1].fields
                post_id = usable_id(item_fields.get("wp:post_id", ""))
                comment = comment_of(fields, post_id=post_id, item=self._items, line=line, zone=self._zone)
                self._records.append(comment)
            case "item":
                self._records.append(post_of(fields, item=self._items, line=line, zone=self._zone))
            case "wp:author":
                self._records.append(person_of(fields, line))
            case "channel":
                self._site(fields)
            case name if name in _TERMS:
                self._records.append(TermRecord(_TERMS[name], line))

    def _characters(self, data: str) -> None:
        if self._field is None:
            return
        element = self._open[-1]
        element.size_bytes += len(data) if data.isascii() else len(data.encode())
        if element.size_bytes > MAX_RECORD_BYTES:
            raise self._broken(_("the texts of one item or comment are larger than 20 MB"))
        self._pieces.append(data)

    def _site(self, channel_fields: dict[str, str]) -> None:
        """The channel's own fields are complete when its first item, person or term begins."""
        if self._has_site:
            return
        if not self._is_export:
            raise self._broken(_("this is a feed, but not a WordPress export (made by Tools → Export)"))
        self._has_site = True
        self._records.append(site_of(channel_fields))

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._names[f"xmlns {prefix}"]
        export = _EXPORT_NAMESPACE.fullmatch(uri or "")
        if export:
            self._check_version(export[1])
            self._is_export = True

    def _check_version(self, version: str) -> None:
        if version and version not in KNOWN_VERSIONS:
            known = ", ".join(KNOWN_VERSIONS)
            raise self._broken(
                _(
                    "this is WXR %(version)s, and only %(known)s can be read",
                    version=version[:20],
                    known=known,
                )
            )

    def _doctype(self, name: str, *_rest: object) -> None:
        if name.lower() == "html":
            raise self._broken(_("this is a web page, not a WordPress export"))
        raise self._broken(_("a document type (<!DOCTYPE>) is not accepted"))

    def _entity(self, *_declaration: object) -> None:
        raise self._broken(_("an entity declaration is not accepted"))


class _Names(dict[str, str]):
    """Short names by expat's names (`namespace local`), worked out once each; foreign ones are `?`."""

    def __missing__(self, raw_name: str) -> str:
        namespace, _space, local = raw_name.rpartition(" ")
        prefix = _OTHER_PREFIXES.get(namespace.replace("https:", "http:", 1))
        if export := _EXPORT_NAMESPACE.fullmatch(namespace):
            prefix = "excerpt:" if export[2] else "wp:"
        self[raw_name] = short = "?" if prefix is None else prefix + local
        return short


def _cause(error: expat.ExpatError) -> str:
    message = expat.ErrorString(error.code) or "unknown error"
    if error.code in _ENDS_EARLY:
        return str(_("the file ends before its last element is closed: was it cut off"))
    return str(_("the file is not well-formed XML: %(cause)s", cause=message))


_ENDS_EARLY = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}
