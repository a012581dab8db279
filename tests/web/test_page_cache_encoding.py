"""Kept pages travel gzipped to who takes that; pages that belong to somebody never do."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from forum.web.page_encodings import takes_gzip
from tests import factories
from tests.conftest import AppFactory
from tests.web.kitchen import Kitchen

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_kept_page_is_compressed_for_who_takes_that() -> None:
    kitchen = Kitchen(size_bytes=3_000)

    plain, small = kitchen.get(), kitchen.get(**GZIP)

    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data)
    assert "Content-Encoding" not in plain.headers
    assert len(kitchen.made) == 1


def test_it_is_compressed_once() -> None:
    kitchen = Kitchen(size_bytes=3_000)
    kitchen.get(**GZIP)
    (page,) = kitchen.cache._pages.values()

    kitchen.get(**GZIP)

    assert next(iter(kitchen.cache._pages.values())) is page
    assert page.forms.gzipped is not None


def test_caches_on_the_way_are_told_that_there_are_two() -> None:
    kitchen = Kitchen(size_bytes=3_000)

    assert [kitchen.get(**headers).headers["Vary"] for headers in ({}, GZIP)] == ["Accept-Encoding"] * 2


def test_each_form_has_an_entity_tag_of_its_own() -> None:
    kitchen = Kitchen(size_bytes=3_000)
    plain, small = (kitchen.get(**headers).headers["ETag"] for headers in ({}, GZIP))

    same = [kitchen.get(**{"If-None-Match": plain}), kitchen.get(**GZIP, **{"If-None-Match": small})]
    other = [kitchen.get(**{"If-None-Match": small}), kitchen.get(**GZIP, **{"If-None-Match": plain})]

    assert plain != small
    assert not {plain[:1], small[:1]} - {'"'}
    assert [answer.status_code for answer in same + other] == [304, 304, 200, 200]
    assert [answer.headers["ETag"] for answer in same] == [plain, small]
    assert not any({"Content-Encoding", "Content-Length"} & set(answer.headers.keys()) for answer in same)


def test_head_answers_as_get_does_in_each_form() -> None:
    kitchen = Kitchen(size_bytes=3_000)

    page, head = kitchen.get(**GZIP), kitchen.client.head("/", headers=GZIP)

    assert head.data == b""
    assert head.headers == page.headers


def test_both_forms_count_for_the_memory() -> None:
    kitchen = Kitchen(size_bytes=3_000)

    plain, small = kitchen.get(), kitchen.get(**GZIP)

    assert kitchen.cache._bytes == len(plain.data) + len(small.data) + 2_000


def test_what_gets_no_smaller_travels_as_it_is() -> None:
    kitchen = Kitchen(size_bytes=1)

    assert "Content-Encoding" not in kitchen.get(**GZIP).headers


@pytest.mark.parametrize("max_bytes", [0, 4_000])
def test_a_page_that_is_not_kept_is_not_compressed(max_bytes: int) -> None:
    kitchen = Kitchen(max_bytes=max_bytes, size_bytes=3_000)

    assert "Content-Encoding" not in kitchen.get(**GZIP).headers


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("*", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=x", False),
        ("x" * 10_000, False),
    ],
)
def test_gzip_is_sent_to_nobody_who_refuses_it(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes


def test_a_page_of_a_session_is_never_compressed(site: factories.Site) -> None:
    for path in ("/", f"/articles/{site.slug}", "/moderation"):
        answer = site.moderator().get(path, headers=GZIP)

        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers, path


def test_a_page_with_what_the_visitor_sent_is_never_compressed(site: factories.Site) -> None:
    answer = site.reader().post(
        f"/articles/{site.slug}/comments", data=factories.comment_fields(name=""), headers=GZIP
    )

    assert answer.status_code == 422
    assert "Content-Encoding" not in answer.headers


def test_the_article_of_a_site_without_kept_pages_is_whole(sqlite_url: str, make_app: AppFactory) -> None:
    app: Flask = make_app(sqlite_url, FORUM_PAGE_CACHE_MB="0")
    site = factories.make_site(app)

    assert site.reader().get(f"/articles/{site.slug}", headers=GZIP).text.endswith("</html>")
