"""The bytes of an export as text, piece by piece.

Decoded here and not by expat, because expat knows four encodings and refuses a file for one control character, which
WordPress writes into exports whenever somebody pasted it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from flask_babel import gettext as _

from forum.exchange.wordpress.records import BrokenExport

CHUNK_BYTES = 64 * 1024
Progress = Callable[[int], None]
"""Called with the bytes read so far."""

_SNIFFED_BYTES = 1024
_BLANK = "\ufeff \t\r\n"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0, production 2 (Char)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']\s*([^\"'>]*?)\s*[\"']")
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
# A list, because Python's codecs are more than encodings of text (`unicode_escape`, `rot13`, `zlib`).
_ENCODINGS = (
    {"utf-8", "ascii", "koi8-r", "koi8-u", "mac-roman", "gbk", "gb2312", "gb18030", "big5", "euc_jp"}
    | {"shift_jis", "cp932", "euc_kr", "cp949"}
    | {f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)}
    | {f"cp{page}" for page in (874, *range(1250, 1259))}
)
# Whoever says ISO 8859-1 means Windows-1252 (https://encoding.spec.whatwg.org/#names-and-labels): what would be
# control characters there are quotation marks and dashes.
_LATIN_1 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))


class _Decoder(Protocol):
    def decode(self, data: bytes, final: bool = False, /) -> str: ...


class _Latin1Decoder:
    """ISO 8859-1 as the world uses it."""

    def decode(self, data: bytes, final: bool = False, /) -> str:  # noqa: ARG002 - a byte is a character
        return codecs.charmap_decode(data, "strict", _LATIN_1)[0]


class ExportText:
    """The text of an export, in pieces of about 64 kB; what XML forbids is dropped and counted.

    :ivar line: the line that the text handed out so far ends in, counted from 1.
    :ivar skipped_lines: blank lines before the XML declaration, which stand in no piece.
    :ivar dropped_characters: control characters, U+FFFE and U+FFFF that were left out.
    """

    def __init__(self, file: BinaryIO, on_progress: Progress | None = None) -> None:
        self.line = 1
        self.skipped_lines = 0
        self.dropped_characters = 0
        self._file = file
        self._on_progress = on_progress

    def __iter__(self) -> Iterator[str]:
        """Read the file once.

        :raises BrokenExport: empty, compressed, not XML, or bytes that are not in the encoding it names.
        """
        start = self._start_of_file()
        self._encoding, mark_bytes = _sniff(start)
        decoder = _decoder(self._encoding)
        read_bytes, chunk = len(start), start[mark_bytes:]
        first = True
        while chunk:
            text = self._clean(self._decoded(decoder, chunk))
            if first and text:
                text, first = self._without_blank_start(text), False
            yield text
            if self._on_progress:
                self._on_progress(read_bytes)
            chunk = self._file.read(CHUNK_BYTES)
            read_bytes += len(chunk)
        self._decoded(decoder, b"", final=True)

    def _start_of_file(self) -> bytes:
        """Enough to tell the encoding by, also from a stream that hands out little at a time."""
        start = b""
        while len(start) < _SNIFFED_BYTES and (chunk := self._file.read(CHUNK_BYTES)):
            start += chunk
        return start

    def _decoded(self, decoder: _Decoder, chunk: bytes, *, final: bool = False) -> str:
        try:
            return decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self._encoding, "replace")
            raise BrokenExport(
                self.line + before.count("\n"),
                _("a character that is not %(encoding)s, as the file should be", encoding=self._encoding),
            ) from error

    def _clean(self, text: str) -> str:
        self.line += text.count("\n")
        clean, dropped = _FORBIDDEN.subn("", text)
        self.dropped_characters += dropped
        return clean

    def _without_blank_start(self, text: str) -> str:
        """Plugins print blank lines before the XML declaration, where the standard allows nothing."""
        stripped = text.lstrip(_BLANK)
        if stripped and not stripped.startswith("<"):
            raise BrokenExport(1, _("this is not XML, so not a WordPress export"))
        self.skipped_lines = text.count("\n") - stripped.count("\n")
        return stripped


def _sniff(start: bytes) -> tuple[str, int]:
    """The encoding, and how many bytes its mark takes."""
    if not start.strip():
        raise BrokenExport(1, _("the file is empty"))
    if start.startswith(_COMPRESSED):
        raise BrokenExport(1, _("the file is compressed: unpack it first"))
    for mark, name in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return name, len(mark)
    for beginning, name in _UNMARKED_UTF16:
        if start.startswith(beginning):
            return name, 0
    declared = _DECLARED.match(start[:_SNIFFED_BYTES])
    return _known_encoding(declared[1].decode("ascii", "replace"), start) if declared else ("utf-8", 0)


def _known_encoding(label: str, start: bytes) -> tuple[str, int]:
    line = 1 + start[: start.index(b"<?xml")].count(b"\n")
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        name = ""
    if name.startswith(("utf-16", "utf-32")):  # the declaration could not have been read byte by byte
        raise BrokenExport(line, _("the file says that it is %(encoding)s, and is not", encoding=label))
    if name not in _ENCODINGS:
        raise BrokenExport(line, _("the encoding “%(encoding)s” is not known here", encoding=label))
    return name, 0


def _decoder(encoding: str) -> _Decoder:
    return _Latin1Decoder() if encoding == "iso8859-1" else codecs.getincrementaldecoder(encoding)()
