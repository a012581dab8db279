"""Whatever is sent, the answer is a page that says what was wrong, with the typed text where it can be read."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from flask.testing import FlaskClient

from tests.factories import Site, comment_fields, csrf_token
from tests.pages.pages import parse

FORM = "application/x-www-form-urlencoded"
TEXT = "Wat ik met zorg heb opgeschreven."
BAD_BYTES = {
    "bad UTF-8": b"%ff%fe",
    "an overlong slash": b"%c0%af",
    "a lone surrogate": b"%ed%a0%80",
    "a NUL": b"een%00twee",
    "raw bytes": b"\xff\xfe",
    "a raw NUL": b"een\x00twee",
}
POSTS = {
    "comment": "/articles/{slug}/comments",
    "sign in": "/login",
    "sign out": "/logout",
    "reply": "/articles/{slug}/replies/new",
    "decision": "/moderation/comments/{comment}/decisions",
    "decisions": "/moderation/decisions",
}
FIELDS = {
    "comment": ["name", "email", "website", "body", "parent_id", "submission_id", "started_at", "nickname"],
    "sign in": ["email", "password", "next"],
    "sign out": [],
    "reply": ["body", "parent_id"],
    "decision": ["action", "reason", "note", "version", "next"],
    "decisions": ["action", "reason", "next", "comment"],
}


def _is_our_page(answer: Any) -> None:
    """In the site's look, kept by nobody, with a way back."""
    page = parse(answer.text)
    links = [link.get("href", "") for link in page.iter("a")]
    assert answer.mimetype == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"
    assert next(page.iter("html")).get("lang") == "nl"
    assert [element.get("id") for element in page.iter("main")] == ["main"]
    assert any(link == "/" or link.startswith("/articles/") for link in links)
    assert "Traceback" not in answer.text


def _client(site: Site, post: str) -> tuple[FlaskClient, str]:
    """Who may post there, and the beginning of the form that gets past the door."""
    if post == "comment":
        return site.reader(), ""
    client = site.reader() if post == "sign in" else site.moderator()
    return client, f"csrf_token={csrf_token(client, '/login' if post == 'sign in' else '/desk')}&"


def _address(site: Site, post: str) -> str:
    return POSTS[post].format(slug=site.slug, comment=site.comment())


@pytest.mark.parametrize("post", [post for post in POSTS if FIELDS[post]])
@pytest.mark.parametrize("bytes_", BAD_BYTES.values(), ids=BAD_BYTES.keys())
def test_what_cannot_be_read_is_refused_in_every_field(site: Site, post: str, bytes_: bytes) -> None:
    address = _address(site, post)
    client, door = _client(site, post)

    for field in FIELDS[post]:
        answer = client.post(address, data=f"{door}{field}=".encode() + bytes_, content_type=FORM)

        assert answer.status_code == 400, field
        _is_our_page(answer)


@pytest.mark.parametrize("post", [post for post in POSTS if FIELDS[post]])
def test_one_value_sent_twice_is_refused(site: Site, post: str) -> None:
    address = _address(site, post)
    client, door = _client(site, post)

    for field in set(FIELDS[post]) - {"comment"}:
        answer = client.post(address, data=f"{door}{field}=een&{field}=twee", content_type=FORM)

        assert answer.status_code == 400, field
        _is_our_page(answer)


def test_a_text_beside_an_unreadable_field_comes_back(site: Site) -> None:
    address = _address(site, "comment")
    body = f"body={quote_plus(TEXT)}&name=".encode()

    for rest in (*BAD_BYTES.values(), b"x&name=y"):
        answer = site.reader().post(address, data=body + rest, content_type=FORM)

        assert answer.status_code == 400
        assert TEXT in answer.text


def test_an_unreadable_text_comes_back_as_far_as_it_can_be_read(site: Site) -> None:
    answer = site.reader().post(_address(site, "comment"), data=b"body=Voor%00achter%ff", content_type=FORM)

    assert answer.status_code == 400
    assert "Voor\ufffdachter\ufffd" in answer.text


def test_the_fields_of_a_multipart_form_are_read_as_strictly(site: Site) -> None:
    address = _address(site, "comment")

    good = site.reader().post(address, data=comment_fields(), content_type="multipart/form-data")
    bad = site.reader().post(
        address, data=comment_fields(body="een\0twee"), content_type="multipart/form-data"
    )
    twice = site.reader().post(address, data={"body": ["een", "twee"]}, content_type="multipart/form-data")

    assert (good.status_code, bad.status_code, twice.status_code) == (303, 400, 400)


def test_a_thousand_fields_too_many_are_refused(site: Site) -> None:
    answer = site.reader().post(
        _address(site, "comment"), data="&".join(f"f{n}=1" for n in range(2_000)), content_type=FORM
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("post", POSTS)
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/xml", "", "x", FORM + "x"]
)
def test_what_is_no_form_is_refused(site: Site, post: str, content_type: str) -> None:
    address = _address(site, post)
    client, _ = _client(site, post)

    answer = client.post(address, data=b'{"body": "x"}', content_type=content_type)

    assert answer.status_code == 415
    _is_our_page(answer)


@pytest.mark.parametrize("post", POSTS)
def test_what_is_too_large_is_refused(site: Site, post: str) -> None:
    address = _address(site, post)
    client, door = _client(site, post)

    answer = client.post(address, data=door.encode() + b"body=" + b"x" * 200_000, content_type=FORM)

    assert answer.status_code == 413
    _is_our_page(answer)


@pytest.mark.parametrize("post", POSTS)
def test_what_is_too_large_is_refused_when_its_length_was_not_told(site: Site, post: str) -> None:
    address = _address(site, post)
    client, door = _client(site, post)

    answer = client.post(
        address,
        input_stream=BytesIO(door.encode() + b"body=" + b"x" * 200_000),
        content_type=FORM,
        environ_overrides={
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )

    assert answer.status_code == 413
    _is_our_page(answer)


def test_a_comment_whose_length_was_not_told_is_taken_whole(site: Site) -> None:
    body = urlencode(comment_fields(body=TEXT)).encode()

    answer = site.reader().post(
        _address(site, "comment"),
        input_stream=BytesIO(body),
        content_type=FORM,
        environ_overrides={
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )

    assert answer.status_code == 303
    assert TEXT in site.reader().get(answer.headers["Location"]).text


def test_a_text_as_long_as_may_be_fits_in_the_heaviest_encoding(site: Site) -> None:
    fields = comment_fields(body="😀" * 10_000, name="😀" * 60)

    answer = site.reader().post(_address(site, "comment"), data=fields)

    assert answer.status_code == 303


def test_a_form_may_be_as_large_as_was_stated_and_no_larger(site: Site) -> None:
    address, most = _address(site, "comment"), 12 * 10_000 + 8 * 1024

    fits = site.reader().post(address, data=b"nickname=" + b"x" * (most - 9), content_type=FORM)
    larger = site.reader().post(address, data=b"nickname=" + b"x" * (most - 8), content_type=FORM)

    assert (fits.status_code, larger.status_code) == (422, 413)


@pytest.mark.parametrize(
    "path",
    [
        "/articles/%00",
        "/articles/een%00twee/comments/new",
        "/submissions/%00",
        "/comments/%00",
        "/%00",
        "/articles/%ff",
        "/submissions/%ed%a0%80",
        "/static/%00",
    ],
)
def test_an_address_that_cannot_be_read_is_refused(both_sites: Site, path: str) -> None:
    answer = both_sites.reader().get(path)

    assert answer.status_code == 400
    _is_our_page(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/nergens", "/articles/", "/articles/bestaat-niet", "/articles/bestaat-niet/comments/new", "/articles/a/b/c",
        "/articles/" + "x" * 5_000, "/comments/0", "/comments/x", "/comments/" + "9" * 400, "/comments/-1",
        "/submissions/x", "/submissions/" + "x" * 5_000, "/submissions/MQ.MTIz", "/static/../app.py",
        "/static/nergens.css",
        "/.env", "/instance/secret_key", "/articles/%2e%2e%2f", "/articles/'%20OR%201=1",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(both_sites: Site, path: str) -> None:
    answer = both_sites.reader().get(path)

    assert answer.status_code == 404
    _is_our_page(answer)


def test_a_comment_below_no_article_comes_back(site: Site) -> None:
    answer = site.reader().post("/articles/bestaat-niet/comments", data=comment_fields(body=TEXT))

    assert answer.status_code == 404
    assert TEXT in answer.text
    _is_our_page(answer)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/articles/x", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/articles/x/comments", {"POST", "OPTIONS"}),
        ("GET", "/articles/x/comments", {"POST", "OPTIONS"}),
        ("GET", "/logout", {"POST", "OPTIONS"}),
        ("GET", "/moderation/decisions", {"POST", "OPTIONS"}),
        ("PATCH", "/login", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("TRACE", "/", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/desk", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_refused_and_the_right_ones_are_named(
    site: Site, method: str, path: str, allowed: set[str]
) -> None:
    answer = site.reader().open(path, method=method)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    _is_our_page(answer)


def test_two_slashes_lead_to_no_other_site(site: Site) -> None:
    for path in ("//evil.example/", "//evil.example/..", "///evil.example"):
        answer = site.reader().get(path, base_url="http://localhost")

        assert not answer.headers.get("Location", "").startswith("//")


@pytest.mark.parametrize("headers", [
    {"Host": ""}, {"Host": "a b"}, {"Host": "[::1"}, {"Host": "x" * 5_000}, {"If-None-Match": '"'},
    {"If-None-Match": "W/"},
    {"Cookie": "weerwoord=\xff"}, {"Cookie": ";;;=;"}, {"X-Forwarded-For": "\x00, ," * 500}, {"Content-Length": "-1"},
    {"Content-Length": "x"}, {"Range": "bytes=-"}, {"Accept-Language": "x" * 5_000}, {"User-Agent": "\xff" * 500},
])  # fmt: skip
def test_no_header_breaks_a_page(site: Site, headers: dict[str, str]) -> None:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ |= {"CONTENT_LENGTH": headers.get("Content-Length", "")}

    for path in ("/", f"/articles/{site.slug}", "/login", "/moderation"):
        answer = site.app.test_client(use_cookies=False).get(path, environ_overrides=environ)

        assert answer.status_code < 500, (path, headers)


@pytest.mark.parametrize("cookie", ["x", "eyJ4IjoxfQ.aaaa.bbbb", "." * 500, "x" * 4_000])
def test_a_made_up_session_is_none(site: Site, cookie: str) -> None:
    client = site.reader()
    client.set_cookie("weerwoord", cookie)

    assert client.get("/moderation").status_code == 302
    assert client.get("/login").status_code == 200
    assert site.post(client).status_code == 303
