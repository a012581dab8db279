"""The reader hands out what the file holds, whatever its encoding, and says line and cause of what is wrong."""

from __future__ import annotations

import io
import os
import tracemalloc
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from forum.exchange.wordpress.reader import MAX_DEPTH, MAX_NAMES, MAX_RECORD_BYTES, MAX_TAG_BYTES, read_export
from forum.exchange.wordpress.records import (
    UNUSABLE,
    BrokenExport,
    CommentRecord,
    FileEnd,
    PersonRecord,
    PostRecord,
    Record,
    SiteInfo,
    TermRecord,
)
from tests.exchange.wordpress.exports import (
    NO_DATE,
    SENTENCES,
    TAIL,
    comment,
    export,
    export_pieces,
    head,
    item,
    item_start,
    person,
    write_export,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DATA = Path(os.environ.get("FORUM_TEST_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
THEME_TESTS = DATA / "exports" / "themeunittestdata.wordpress.xml"
Kind = TypeVar("Kind", bound=Record)


def read(data: bytes | io.BytesIO) -> list[Record]:
    return list(read_export(io.BytesIO(data) if isinstance(data, bytes) else data, zone=AMSTERDAM))


def only(kind: type[Kind], records: list[Record]) -> Kind:
    [found] = [record for record in records if isinstance(record, kind)]
    return found


def broken(data: bytes | str | io.BytesIO) -> BrokenExport:
    with pytest.raises(BrokenExport) as caught:
        read(data.encode() if isinstance(data, str) else data)
    return caught.value


def line_of(data: bytes, mark: bytes) -> int:
    return data[: data.index(mark)].count(b"\n") + 1


def test_a_post_has_its_fields() -> None:
    post = only(PostRecord, read(export(item(7, title="Over &amp; uit", body="<p>a</p>", excerpt="kort"))))

    assert (post.post_id, post.type, post.title, post.slug) == (7, "post", "Over & uit", "artikel-7")
    assert (post.body, post.excerpt, post.creator) == ("<p>a</p>", "kort", "roos")
    assert post.link == "https://oudeblog.example/2020/03/artikel-7/"
    assert (post.status, post.is_protected, post.comments_open) == ("publish", False, True)
    assert (post.parent_id, post.attachment_url, post.item) == (None, "", 1)
    assert post.published_at == datetime(2020, 3, 1, 8, tzinfo=UTC)


def test_a_protected_post_with_closed_comments_says_so() -> None:
    post = only(PostRecord, read(export(item(1, post_password="sesam", comment_status="closed"))))

    assert post.is_protected
    assert not post.comments_open


def test_a_comment_has_its_fields() -> None:
    text = "Regel één.\n\n<b>Twee</b> & drie."
    given = comment(
        9, 8, author="Noud", author_url="https://noud.example", content=text, approved="spam", user_id="3"
    )

    record = only(CommentRecord, read(export(item(4, given))))

    assert (record.comment_id, record.parent_id, record.post_id, record.user_id) == (9, 8, 4, 3)
    assert (record.name, record.email, record.website) == (
        "Noud",
        "sjoerd@lezers.example",
        "https://noud.example",
    )
    assert (record.body, record.approved, record.type) == (text, "spam", "comment")
    assert record.at == datetime(2020, 3, 2, 10, tzinfo=UTC)


def test_the_site_comes_first_and_the_end_last() -> None:
    records = read(export(item(1), lang="en-GB", version="1.1", people=person("noud", "Noud Peeters", 5)))

    assert records[0] == SiteInfo("Oude blog", "https://oudeblog.example", "en-GB", "1.1")
    assert isinstance(records[-1], FileEnd)
    author = only(PersonRecord, records)
    assert (author.login, author.display_name, author.author_id) == ("noud", "Noud Peeters", 5)


def test_a_site_without_items_is_still_a_site() -> None:
    assert only(SiteInfo, read(export())).title == "Oude blog"


def test_terms_are_counted_by_taxonomy() -> None:
    records = read(export("<wp:category/><wp:tag/><wp:tag/><wp:term/>", item(1)))

    assert Counter(record.taxonomy for record in records if isinstance(record, TermRecord)) == {
        "category": 1,
        "post_tag": 2,
        "term": 1,
    }


def test_comments_before_the_posts_id_carry_the_items_number() -> None:
    text = (
        item_start(5).replace("\t\t<wp:post_id>5</wp:post_id>\n", comment(1))
        + "<wp:post_id>5</wp:post_id></item>"
    )

    records = read(export(item(4), text))

    record = only(CommentRecord, records)
    assert (record.post_id, record.item) == (None, 2)
    assert [(post.item, post.post_id) for post in records if isinstance(post, PostRecord)] == [(1, 4), (2, 5)]


def test_lines_are_those_of_the_file() -> None:
    data = export(item(1, comment(1), comment(2)), item(2)).getvalue()

    lines = [record.line for record in read(data) if isinstance(record, PostRecord | CommentRecord)]

    first, second = (number for number, text in enumerate(data.split(b"\n"), 1) if b"<wp:comment>" in text)
    items = [number for number, text in enumerate(data.split(b"\n"), 1) if b"<item>" in text]
    assert lines == [first, second, items[0], items[1]]


@pytest.mark.parametrize(
    ("gmt", "local", "pub_date", "expected"),
    [
        ("2020-07-01 10:00:00", "2020-07-01 23:00:00", "", datetime(2020, 7, 1, 10, tzinfo=UTC)),
        (NO_DATE, "2020-07-01 12:00:00", "", datetime(2020, 7, 1, 10, tzinfo=UTC)),
        (NO_DATE, "2020-01-01 12:00:00", "", datetime(2020, 1, 1, 11, tzinfo=UTC)),
        ("vandaag", NO_DATE, "Wed, 01 Jul 2020 12:00:00 +0200", datetime(2020, 7, 1, 10, tzinfo=UTC)),
        (NO_DATE, NO_DATE, "Wed, 01 Jul 2020 10:00:00 -0000", datetime(2020, 7, 1, 10, tzinfo=UTC)),
        (NO_DATE, NO_DATE, "Wed, 30 Nov -0001 00:00:00 +0000", None),
        ("2020-02-30 10:00:00", "2020-13-01 10:00:00", "ooit", None),
        (NO_DATE, "0001-01-01 00:00:00", "", None),
    ],
)
def test_the_first_time_that_can_be_read_counts(
    gmt: str, local: str, pub_date: str, expected: datetime | None
) -> None:
    post = only(PostRecord, read(export(item(1, post_date_gmt=gmt, post_date=local, pubDate=pub_date))))

    assert post.published_at == expected


@pytest.mark.parametrize("text", ["", "0", "-3", "1_0", "٣", "abc", "1e3", str(2**63), "9" * 30])
def test_what_is_no_id_is_none(text: str) -> None:
    assert only(CommentRecord, read(export(item(1, comment(text))))).comment_id is None


def test_the_largest_id_of_a_database_is_an_id() -> None:
    assert only(CommentRecord, read(export(item(1, comment(2**63 - 1))))).comment_id == 2**63 - 1


@pytest.mark.parametrize(
    ("text", "expected"), [("", None), ("0", None), ("12", 12), ("x", UNUSABLE), ("-1", UNUSABLE)]
)
def test_a_parent_that_is_no_id_is_told_apart_from_none(text: str, expected: int | None) -> None:
    assert only(CommentRecord, read(export(item(1, comment(2, text))))).parent_id == expected


@pytest.mark.parametrize("text", ["a]]>b", "]]>", "]]>]]>", "]]]]>>", "x]]", "<![CDATA[ ]]>"])
def test_an_end_mark_split_over_two_sections_is_one_text(text: str) -> None:
    assert only(CommentRecord, read(export(item(1, comment(1, content=text))))).body == text


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "UTF8", "utf-8-sig", "utf-16", "iso-8859-15", "windows-1252", "utf-16-le", "utf-16-be"],
)
def test_a_file_reads_alike_in_every_encoding(encoding: str, lang: str) -> None:
    text = " ".join(SENTENCES[lang])
    declared = "utf-16" if encoding.startswith("utf-16") else encoding.removesuffix("-sig")
    file = head(lang=lang, encoding=declared) + item(1, comment(1, content=text)) + TAIL

    assert only(CommentRecord, read(file.encode(encoding, "xmlcharrefreplace"))).body.startswith(text[:60])


def test_latin_1_is_read_as_the_world_writes_it() -> None:
    file = (head(encoding="ISO-8859-1") + item(1, comment(1, content="“één” – €")) + TAIL).encode("cp1252")

    assert only(CommentRecord, read(file)).body == "“één” – €"


def test_characters_that_are_split_between_two_reads_are_whole() -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 7, 7))

    data = export(item(1, comment(1, content="één 🙂 €" * 40))).getvalue()

    assert only(CommentRecord, read(Dripping(data))).body == "één 🙂 €" * 40


def test_characters_that_xml_forbids_are_dropped_and_counted() -> None:
    records = read(export(item(1, comment(1, content="a\x00b\x0bc\x1f\tdé\ufffee\uffff\n"))))

    assert only(CommentRecord, records).body == "abc\tdée\n"
    assert only(FileEnd, records).dropped_characters == 5


def test_blank_lines_before_the_declaration_are_forgiven_and_counted() -> None:
    data = b"\n\r\n " + export(item(1, comment(1))).getvalue()

    record = only(CommentRecord, read(data))

    assert record.line == line_of(data, b"<wp:comment>")


def test_line_ends_of_windows_are_one_line_each() -> None:
    data = export(item(1, comment(1, content="een\ntwee"))).getvalue().replace(b"\n", b"\r\n")

    record = only(CommentRecord, read(data))

    assert (record.line, record.body) == (line_of(data, b"<wp:comment>"), "een\ntwee")


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("scheme", ["http:", "https:"])
def test_every_version_is_read_under_either_scheme(version: str, scheme: str) -> None:
    data = (
        export(item(1, comment(1)), version=version)
        .getvalue()
        .replace(b"http://wordpress", f"{scheme}//wordpress".encode())
    )

    assert only(CommentRecord, read(data)).body == "Reactie 1."


def test_other_prefixes_for_the_same_namespaces_are_read() -> None:
    data = export(item(1, comment(1))).getvalue()
    for prefix in (b"wp", b"content", b"dc"):
        data = data.replace(b"<" + prefix + b":", b"<x" + prefix + b":").replace(
            b"</" + prefix, b"</x" + prefix
        )
        data = data.replace(b"xmlns:" + prefix + b"=", b"xmlns:x" + prefix + b"=")

    records = read(data)

    assert only(CommentRecord, records).body == "Reactie 1."
    assert only(PostRecord, records).creator == "roos"


def test_a_file_without_a_version_is_read() -> None:
    data = export(item(1)).getvalue().replace(b"<wp:wxr_version>1.2</wp:wxr_version>", b"")

    assert only(SiteInfo, read(data)).wxr_version == ""


def test_the_oldest_exports_without_types_hold_posts() -> None:
    data = export(item(1)).getvalue().replace(b"wp:post_type", b"wp:onbekend")

    assert only(PostRecord, read(data)).type == "post"


def test_progress_tells_all_bytes_in_the_end() -> None:
    data = "".join(export_pieces(comments=300)).encode()
    told: list[int] = []

    list(read_export(io.BytesIO(data), zone=UTC, on_progress=told.append))

    assert told == sorted(told)
    assert len(told) > 2
    assert told[-1] == len(data)


def test_a_file_is_read_in_much_less_memory_than_it_takes(tmp_path: Path) -> None:
    path = write_export(tmp_path / "export.xml", comments=4000, text_chars=1000)
    with path.open("rb") as file:
        tracemalloc.start()
        try:
            records = sum(1 for _ in read_export(file, zone=UTC))
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert records > 4000
    assert peak_bytes < path.stat().st_size / 4


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b'{"posts": []}', "not XML"),
        (b"\x1f\x8b\x08\x00", "unpack"),
        (b"PK\x03\x04....", "unpack"),
        (b"<!DOCTYPE html>\n<html></html>", "web page"),
        (b"<html></html>", "<html>"),
        (b'<rss version="2.0"><channel><title>x</title><item/></channel></rss>', "feed"),
        (b'<rss version="2.0"><channel/></rss>', "feed"),
        (b"<rss/>", "no channel"),
    ],
)
def test_what_is_no_export_is_named(data: bytes, cause: str) -> None:
    error = broken(data)

    assert error.line == 1
    assert cause in error.cause


@pytest.mark.parametrize("version", ["1.3", "2.0"])
def test_a_version_that_is_not_known_is_refused(version: str) -> None:
    assert f"WXR {version}" in broken(export(item(1), version=version)).cause


def test_a_version_that_only_its_field_tells_is_refused_at_its_line() -> None:
    data = export(item(1)).getvalue().replace(b"<wp:wxr_version>1.2", b"<wp:wxr_version>1.9")

    error = broken(data)

    assert (error.line, "WXR 1.9" in error.cause) == (line_of(data, b"wxr_version"), True)


def test_a_document_type_is_refused_at_its_line_before_any_entity_is_read() -> None:
    bomb = b'<?xml version="1.0"?>\n\n<!DOCTYPE rss [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>\n<rss>&b;</rss>'

    error = broken(bomb)

    assert (error.line, "DOCTYPE" in error.cause) == (3, True)


def test_a_file_of_the_computer_is_not_read() -> None:
    named = b'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "file:///etc/passwd"><rss/>'

    assert "DOCTYPE" in broken(named).cause


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (b"</wp:comment>", b"</wp:coment>", "mismatched tag"),
        (b"<wp:comment_id>1", b"<wp:comment_id>&nbsp;", "undefined entity"),
        (b"<wp:comment_id>1", b"<wp:comment_id>&#1;", "invalid character number"),
        (b"<wp:comment_id>1", b"<wp:comment_id>1 & 2", "not well-formed"),
        (b"<wp:comment_id>", b"<foo:comment_id>", "unbound prefix"),
    ],
)
def test_what_is_not_well_formed_is_told_with_its_line(before: bytes, after: bytes, cause: str) -> None:
    data = export(item(1, comment(1))).getvalue().replace(before, after)

    error = broken(data)

    assert (error.line, cause in error.cause) == (line_of(data, after), True)
    assert str(error).startswith(f"line {error.line}: ")


@pytest.mark.parametrize("mark", [b"</rss>", b"</item>", b"]]></wp:comment_content>", b":comment_date>"])
def test_a_file_that_was_cut_off_says_so(mark: bytes) -> None:
    data = export(item(1, comment(1))).getvalue()

    error = broken(data[: data.index(mark)])

    assert "cut off" in error.cause
    assert error.line == line_of(data, mark)


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "ascii", "utf-16"])
def test_bytes_that_are_not_in_the_encoding_are_told_with_their_line(encoding: str) -> None:
    wrong = "\ud800".encode("utf-16-le", "surrogatepass") if encoding == "utf-16" else b"\x81"
    text = head(encoding=encoding) + item(1, comment(1, content="HIER")) + TAIL
    data = text.encode(encoding).replace("HIER".encode(encoding.replace("16", "16-le")), wrong)

    assert broken(data).line == text[: text.index("HIER")].count("\n") + 1


@pytest.mark.parametrize("declared", ["utf-16", "klingon", "unicode_escape", "rot13", "zlib", "utf-7", ""])
def test_an_encoding_that_is_wrong_or_unknown_is_refused(declared: str) -> None:
    error = broken(export(item(1)).getvalue().replace(b"UTF-8", declared.encode()))

    assert (error.line, declared in error.cause) == (1, True)


def test_a_text_of_more_than_20_mb_is_refused() -> None:
    data = export(item(1, comment(1, content="x" * MAX_RECORD_BYTES)))

    assert "20 MB" in broken(data).cause


def test_a_text_of_5_mb_is_read() -> None:
    assert len(only(PostRecord, read(export(item(1, body="é" * 2_500_000)))).body) == 2_500_000


@pytest.mark.parametrize("start", ["<!-- ", "<a b='", "<?p "])
def test_a_tag_without_end_is_refused(start: str) -> None:
    assert "1 MB" in broken(head() + start + "x" * (2 * MAX_TAG_BYTES)).cause


def test_elements_nested_too_deeply_are_refused() -> None:
    assert "nested" in broken(export("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH)).cause


def test_more_names_than_anyone_needs_are_refused() -> None:
    assert "names" in broken(export("".join(f"<n{number}/>" for number in range(MAX_NAMES + 1)))).cause


def test_elements_of_others_are_passed_over() -> None:
    extra = "<wp:postmeta><wp:meta_value><item><title>nee</title></item></wp:meta_value></wp:postmeta>"
    extra += '<x:title xmlns:x="urn:x">nee</x:title>'
    text = item(1).replace("<title>", extra + "<title>")

    assert only(PostRecord, read(export(text))).title == "Artikel 1"


@pytest.mark.skipif(not THEME_TESTS.exists(), reason="WordPress's own test file is not here")
def test_wordpresss_own_test_file_is_read_whole() -> None:
    wp = "{https://wordpress.org/export/1.2/}"
    root = ET.parse(THEME_TESTS).getroot()  # noqa: S314 - a file that is known

    records = read(THEME_TESTS.read_bytes())

    posts = [record for record in records if isinstance(record, PostRecord)]
    comments = [record for record in records if isinstance(record, CommentRecord)]
    assert [str(post.post_id) for post in posts] == [node.text for node in root.iter(f"{wp}post_id")]
    assert [post.body for post in posts] == [
        node.text or "" for node in root.iter("{http://purl.org/rss/1.0/modules/content/}encoded")
    ]
    assert [str(one.comment_id) for one in comments] == [node.text for node in root.iter(f"{wp}comment_id")]
    assert [one.body for one in comments] == [node.text or "" for node in root.iter(f"{wp}comment_content")]
    terms = sum(1 for name in ("category", "tag", "term") for _ in root.iter(wp + name))
    assert sum(isinstance(record, TermRecord) for record in records) == terms
