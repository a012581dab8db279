"""The security headers stand on every answer, whatever it is."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from tests.factories import Site

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def _break(*_: object, **__: object) -> NoReturn:
    raise RuntimeError


def _answers(site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    comment_id = site.approved()
    reader = site.reader()
    article = f"/articles/{site.slug}"
    page = reader.get(article)
    posted = site.post()
    answers = {
        "page": page,
        "kept page": reader.get(article),
        "not modified": reader.get(article, headers={"If-None-Match": page.headers["ETag"]}),
        "head": reader.head(article),
        "front": reader.get("/"),
        "form": reader.get(f"{article}/comments/new"),
        "303": posted,
        "receipt": reader.get(posted.headers["Location"]),
        "302": reader.get(f"/comments/{comment_id}"),
        "to sign in": reader.get("/moderation"),
        "sign in": reader.get("/login"),
        "static": reader.get("/static/js/writing.js", buffered=True),
        "400": reader.get("/%00"),
        "403": reader.post(f"{article}/comments", headers={"Sec-Fetch-Site": "cross-site"}),
        "404": reader.get("/nergens"),
        "405": reader.delete("/"),
        "413": reader.post(f"{article}/comments", data={"body": "x" * 200_000}),
        "415": reader.post(f"{article}/comments", json={}),
        "422": reader.post(f"{article}/comments", data={"body": ""}),
        "options": reader.options(f"{article}/comments"),
        "queue": site.moderator().get("/moderation"),
        "desk": site.author().get("/desk"),
        "healthz": reader.get("/healthz"),
        "readyz": reader.get("/readyz"),
    }
    monkeypatch.setattr("forum.comments.views.get_article_to_answer", _break)
    return answers | {"500": reader.get(f"{article}/comments/new")}


def test_every_answer_carries_the_security_headers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = _answers(site, monkeypatch)

    assert {name: answer.status_code for name, answer in answers.items() if name.isdigit()} == {
        name: int(name) for name in answers if name.isdigit()
    }
    assert answers["not modified"].status_code == 304
    for name, answer in answers.items():
        assert {header: answer.headers.get(header) for header in EXPECTED} == EXPECTED, name
        policy = dict(
            part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'", name
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'", name
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert "unsafe" not in answer.headers["Content-Security-Policy"], name


def test_only_public_pages_and_files_may_be_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = _answers(site, monkeypatch)

    kept = {name for name, answer in answers.items() if answer.headers["Cache-Control"] != "no-store"}

    assert kept == {"page", "kept page", "not modified", "head", "front", "static"}


def test_pages_hold_no_inline_script_or_style(site: Site) -> None:
    site.approved()
    moderator = site.moderator()

    for client, path in ((site.reader(), "/"), (site.reader(), f"/articles/{site.slug}"), (moderator, "/moderation"),
                         (moderator, "/desk"), (site.reader(), "/login")):  # fmt: skip
        page = client.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page
        assert "javascript:" not in page


def test_nothing_on_a_page_comes_from_another_site(site: Site) -> None:
    page = site.reader().get(f"/articles/{site.slug}").text

    assert not [part for part in page.split('src="')[1:] if not part.startswith("/")]
    assert "preconnect" not in page


def test_a_receipt_is_listed_by_no_search_engine(site: Site) -> None:
    reader = site.reader()

    receipt = reader.get(site.post(reader).headers["Location"])

    assert receipt.headers["X-Robots-Tag"] == "noindex"
    assert receipt.headers["Cache-Control"] == "no-store"
