"""How a text will look, before it is sent: by script, and as a page without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.base.session import db
from forum.comments.models import Comment
from forum.text import render_comment
from forum.web import limits
from tests.conftest import AppFactory
from tests.factories import Site, comment_fields, make_site

TEXT = "Een *buurthuis* draait op mensen.\n\n> Niet op regels."


def _preview(client: FlaskClient, body: str, **options: Any) -> Any:
    return client.post("/preview", data={"body": body}, **options)


def _page(site: Site, **fields: str) -> Any:
    """Press "Preview" in the form of the page."""
    return site.post(None, preview="1", **fields)


def _comments(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Comment)) or 0


def test_a_preview_is_the_text_as_it_will_be_printed(site: Site) -> None:
    answer = _preview(site.reader(), TEXT)

    assert (answer.status_code, answer.text) == (200, render_comment(TEXT))
    assert answer.content_type == "text/html; charset=utf-8"


def test_a_preview_is_kept_nowhere(site: Site) -> None:
    answer = _preview(site.reader(), TEXT)

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert _comments(site.app) == 0


def test_hostile_markup_comes_out_as_harmless_as_in_a_comment(site: Site) -> None:
    answer = _preview(
        site.reader(), '<script>alert(1)</script> <img src=x onerror="alert(1)"> [x](javascript:alert(1))'
    )

    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "href" not in answer.text


@pytest.mark.parametrize("body", ["", " x ", "\u200b", "&nbsp;&nbsp;", "x" * 10_001])
def test_what_could_not_be_sent_is_answered_with_a_sentence(site: Site, body: str) -> None:
    answer = _preview(site.reader(), body)

    assert answer.status_code == 422
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.text.endswith(".")
    assert "<" not in answer.text


def test_a_body_too_large_to_be_read_is_answered_with_a_sentence(site: Site) -> None:
    answer = _preview(site.reader(), "x" * 200_000)

    assert (answer.status_code, answer.content_type) == (413, "text/plain; charset=utf-8")


@pytest.mark.parametrize("text", ["\0", "%ED%A0%BD"], ids=["nul", "half an emoji"])
def test_a_text_that_cannot_be_stored_is_not_shown_either(site: Site, text: str) -> None:
    raw = f"body=tekst{text}tekst".encode()

    answer = site.reader().post("/preview", data=raw, content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, answer.content_type) == (400, "text/plain; charset=utf-8")


def test_another_site_gets_no_preview(site: Site) -> None:
    answer = _preview(site.reader(), TEXT, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "buurthuis" not in answer.text


def test_previews_have_a_limit_of_their_own(
    sqlite_url: str, make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PREVIEWS", "2 per minute")
    site = make_site(
        make_app(sqlite_url, FORUM_FLOOD_LIMIT="1 per minute", FORUM_COMMENT_LIMITS="1 per minute")
    )
    statuses = [_preview(site.reader(), TEXT).status_code for _ in range(2)]

    refused = _preview(site.reader(), TEXT)

    assert (statuses, refused.status_code) == ([200, 200], 429)
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.content_type == "text/plain; charset=utf-8"
    assert site.post().status_code == 303  # no place for a post was taken


def test_the_button_of_the_page_shows_the_text_and_keeps_everything_typed(site: Site) -> None:
    parent_id = str(site.approved())
    typed = comment_fields(
        body=TEXT, parent_id=parent_id, website="https://noor.example", started_at="1700000000000"
    )

    answer = site.post(None, **typed, preview="1")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert render_comment(TEXT).strip() in answer.text
    for value in (
        typed["name"],
        typed["email"],
        typed["website"],
        typed["submission_id"],
        parent_id,
        typed["started_at"],
    ):
        assert f'value="{value}"' in answer.text
    assert "Een *buurthuis* draait" in answer.text
    assert _comments(site.app) == 1


def test_a_preview_in_the_page_tells_no_error_about_other_fields(site: Site) -> None:
    answer = _page(site, name="", email="")

    assert answer.status_code == 200
    assert "error-summary" not in answer.text


def test_a_preview_in_the_page_of_too_long_a_text_tells_that(site: Site) -> None:
    answer = _page(site, body="x" * 10_001)

    assert answer.status_code == 422
    assert 'id="body-error"' in answer.text
    assert "x" * 10_001 in answer.text


def test_a_preview_in_the_page_counts_as_no_post(sqlite_url: str, make_app: AppFactory) -> None:
    site = make_site(
        make_app(sqlite_url, FORUM_FLOOD_LIMIT="1 per minute", FORUM_COMMENT_LIMITS="1 per minute")
    )
    fields = comment_fields()

    previews = [site.post(None, **fields, preview="1").status_code for _ in range(3)]

    assert previews == [200, 200, 200]
    assert site.post(None, **fields).status_code == 303


def test_a_preview_in_the_page_over_the_limit_gives_the_text_back(
    sqlite_url: str, make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PREVIEWS", "1 per minute")
    site = make_site(make_app(sqlite_url))
    _page(site)

    answer = _page(site, body=TEXT)

    assert answer.status_code == 429
    assert "Een *buurthuis* draait" in answer.text


def test_send_is_the_first_button_of_the_form_so_that_the_enter_key_sends(site: Site) -> None:
    page = site.reader().get(f"/articles/{site.slug}").text
    form = page[page.index('id="comment-form"') :]

    first = re.search(r'<button(?![^>]*type="button")[^>]*>', form)

    assert first is not None
    assert "preview" not in first[0]
