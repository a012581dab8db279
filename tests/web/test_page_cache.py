"""Finished pages in memory: for whom, for how long, how many, and made once."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from forum.web.page_cache import SLOT, bare_environ, known_query
from tests.web.kitchen import NOON, Kitchen

PATIENCE_S = 60


def test_a_page_is_made_once_and_kept() -> None:
    kitchen = Kitchen()

    pages = [kitchen.get().data for _ in range(3)]

    assert len(kitchen.made) == 1
    assert len(set(pages)) == 1


def test_a_page_is_made_again_when_what_it_shows_has_changed() -> None:
    kitchen = Kitchen()
    kitchen.get()

    kitchen.versions.present["article:1"] = 1
    kitchen.get()
    kitchen.get()

    assert len(kitchen.made) == 2


def test_a_page_is_over_at_its_closing_minute() -> None:
    kitchen = Kitchen()
    kitchen.expires_at = NOON + timedelta(minutes=1)
    kitchen.get()

    kitchen.now = NOON + timedelta(seconds=59)
    kitchen.get()
    kept = len(kitchen.made)
    kitchen.now = NOON + timedelta(minutes=1)
    kitchen.get()

    assert (kept, len(kitchen.made)) == (1, 2)


def test_a_page_that_its_view_does_not_release_is_not_kept() -> None:
    kitchen = Kitchen()
    kitchen.keeps = False

    kitchen.get()
    kitchen.get()

    assert len(kitchen.made) == 2


@pytest.mark.parametrize("status", ["404 NOT FOUND", "301 MOVED PERMANENTLY", "500 INTERNAL SERVER ERROR"])
def test_only_good_answers_are_kept(status: str) -> None:
    kitchen = Kitchen()
    kitchen.status = status

    first, _ = kitchen.get(), kitchen.get()

    assert first.status == status
    assert len(kitchen.made) == 2


@pytest.mark.parametrize("header", [("Vary", "Cookie"), ("set-cookie", "weerwoord=abc; Path=/")])
def test_a_page_for_which_a_cookie_was_read_is_not_kept(header: tuple[str, str]) -> None:
    kitchen = Kitchen()
    kitchen.headers = [header]

    kitchen.get()
    kitchen.get()

    assert len(kitchen.made) == 2


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/", {}),
        ("GET", "/desk", {}),
        ("GET", "/articles/a/comments/new", {}),
        ("GET", "/articles/", {}),
        ("GET", "/", {"Cookie": "weerwoord=abc"}),
        ("GET", "/", {"Cookie": "a=b; weerwoord=abc"}),
    ],
)
def test_what_is_not_for_anyone_goes_past_the_cache(method: str, path: str, headers: dict[str, str]) -> None:
    kitchen = Kitchen()

    for _ in range(2):
        kitchen.client.open(path, method=method, headers=headers)

    assert len(kitchen.made) == 2
    assert not any(SLOT in environ for environ in kitchen.seen)


def test_a_page_is_made_from_nothing_that_the_visitor_sent() -> None:
    kitchen = Kitchen()

    kitchen.client.get(
        "/?page=2&sort=newest&utm_source=post",
        headers={
            "Host": "evil.example", "Cookie": "a=marker", "User-Agent": "marker", "Accept-Language": "marker",
            "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "marker", "Authorization": "Basic marker",
        },
        environ_overrides={"REMOTE_ADDR": "203.0.113.9", "REMOTE_USER": "marker"},
    )  # fmt: skip

    (environ,) = kitchen.seen
    shown = " ".join(f"{name}={value}" for name, value in environ.items())
    assert not any(mark in shown for mark in ("marker", "203.0.113.9", "evil.example"))
    assert environ["QUERY_STRING"] == "page=2"
    assert environ["HTTP_HOST"] == "forum.example"


def test_a_bare_request_is_one_for_the_public_address() -> None:
    environ = bare_environ({"PATH_INFO": "/"}, "", "https://forum.example")

    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"], environ["HTTP_HOST"]) == (
        "https",
        "443",
        "forum.example",
    )
    assert "HTTP_COOKIE" not in environ
    assert "REMOTE_ADDR" not in environ


@pytest.mark.parametrize(
    ("raw", "known"),
    [
        ("", ""),
        ("page=2", "page=2"),
        ("sort=newest&page=2", "page=2&sort=newest"),
        ("fbclid=abc&page=2&utm_source=mail", "page=2"),
        ("page=2&page=3", "page=2"),
        ("page=", "page="),
        ("page", "page="),
        ("sort=oldest", ""),
        ("sort=NEWEST", ""),
        ("all=1", "all=1"),
        ("all=2&branch=7", "branch=7"),
        ("branch=%FF", "branch=%EF%BF%BD"),
        ("page=%00", "page=%00"),
        ("page=1%26sort%3Dnewest", "page=1%26sort%3Dnewest"),
        ("PAGE=2", ""),
        ("&&==&page=2&", "page=2"),
        ("&".join(["x=1"] * 5_000), ""),
        ("page=1&all=1", "all=1"),
        ("all=1&p=7&page_id=9", "all=1"),
    ],
)
def test_only_what_makes_another_page_counts_in_an_address(raw: str, known: str) -> None:
    assert known_query("/articles/een-artikel", raw) == known


@pytest.mark.parametrize(
    ("path", "known"),
    [("/", "page=2&p=7"), ("/privacy", ""), ("/articles/een-artikel/comments/latest", "")],
)
def test_each_path_has_its_own_parameters(path: str, known: str) -> None:
    assert known_query(path, "p=7&page=2&sort=newest&all=1&by=author&branch=3") == known


def test_the_same_page_by_another_address_is_not_made_again() -> None:
    kitchen = Kitchen()

    for query in ("?page=2", "?page=2&x=1", "?y=%20&page=2&sort=oldest", "?all=0&page=2"):
        kitchen.get(f"/{query}")

    assert kitchen.made == ["/?page=2"]


def test_the_memory_for_pages_is_bounded() -> None:
    kitchen = Kitchen(max_bytes=50_000, size_bytes=3_000)

    for n in range(1, 101):
        kitchen.get(f"/?page={n}")

    kept = [page.size_bytes for page in kitchen.cache._pages.values()]
    assert len(kept) == 9
    assert kitchen.cache._bytes == sum(kept) <= 50_000


def test_the_page_that_was_not_read_for_longest_goes_first() -> None:
    kitchen = Kitchen(max_bytes=11_500, size_bytes=3_000)
    for page in ("/?page=2", "/?page=3", "/?page=2", "/?page=4"):
        kitchen.get(page)

    kitchen.get("/?page=2")
    kitchen.get("/?page=3")

    assert kitchen.made == ["/?page=2", "/?page=3", "/?page=4", "/?page=3"]


@pytest.mark.parametrize("max_bytes", [0, 4_000])
def test_a_page_larger_than_the_memory_is_served_and_not_kept(max_bytes: int) -> None:
    kitchen = Kitchen(max_bytes=max_bytes, size_bytes=3_000)

    answers = [kitchen.get(), kitchen.get()]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert kitchen.cache._bytes == 0


def test_memory_is_given_back_when_a_page_is_made_again() -> None:
    kitchen = Kitchen(size_bytes=3_000)

    for version in range(20):
        kitchen.versions.present["article:1"] = version
        kitchen.get()

    assert kitchen.cache._bytes == next(iter(kitchen.cache._pages.values())).size_bytes


def test_an_entity_tag_answers_whether_the_page_changed() -> None:
    kitchen = Kitchen()
    tag = kitchen.get().headers["ETag"]

    same = kitchen.get(**{"If-None-Match": tag})
    weak = kitchen.get(**{"If-None-Match": f'"other", W/{tag}'})
    any_tag = kitchen.get(**{"If-None-Match": "*"})
    other = kitchen.get(**{"If-None-Match": '"other"'})

    assert tag.startswith('"')
    assert [answer.status_code for answer in (same, weak, any_tag, other)] == [304, 304, 304, 200]
    assert (same.data, same.headers["ETag"]) == (b"", tag)
    assert "Content-Length" not in same.headers


def test_head_answers_as_get_does_without_the_page() -> None:
    kitchen = Kitchen()
    page = kitchen.get()

    head = kitchen.client.head("/")

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers == page.headers


def test_a_view_is_counted_for_each_reader_and_not_for_head() -> None:
    kitchen = Kitchen()

    tag = kitchen.get().headers["ETag"]
    kitchen.get(**{"If-None-Match": tag})
    kitchen.client.head("/")

    assert kitchen.viewed == [1, 1]


def test_readers_who_come_at_once_wait_for_one_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    kitchen = Kitchen()
    readers = 8
    came = threading.Semaphore(0)
    make, make_once = kitchen.cache._application, kitchen.cache._make_once

    def come(*arguments: Any) -> Any:
        """Whoever is here has found no page."""
        came.release()
        return make_once(*arguments)

    def when_all_came(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert all(came.acquire(timeout=PATIENCE_S) for _ in range(readers))
        return make(environ, start_response)

    def read(_: int) -> bytes:
        return bytes(Client(kitchen.cache).get("/").data)

    monkeypatch.setattr(kitchen.cache, "_make_once", come)
    kitchen.cache._application = when_all_came
    with ThreadPoolExecutor(readers) as pool:
        pages = list(pool.map(read, range(readers)))

    assert len(set(pages)) == 1
    assert len(kitchen.made) == 1


def test_a_maker_that_fails_lets_the_next_one_try() -> None:
    kitchen = Kitchen()
    make = kitchen.cache._application

    def fail(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise RuntimeError("no stock")

    kitchen.cache._application = fail
    with pytest.raises(RuntimeError, match="no stock"):
        kitchen.get()
    kitchen.cache._application = make

    assert kitchen.get().status_code == 200
