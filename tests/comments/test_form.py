"""The comment form: what it takes, what it refuses, and that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask

from forum.comments.forms import FIELDS, CommentForm
from forum.comments.submission import CommentDraft
from forum.config import Settings
from forum.text import UnstorableText
from tests.factories import comment_fields


@pytest.fixture
def settings(sqlite_app: Flask) -> Iterator[Settings]:
    with sqlite_app.test_request_context():
        settings: Settings = sqlite_app.extensions["forum_settings"]
        yield settings


def form(**values: str) -> CommentForm:
    return CommentForm(values=dict.fromkeys(FIELDS, "") | comment_fields(**values))


def checked(settings: Settings, **values: str) -> CommentDraft:
    filled = form(**values)
    draft = filled.check(settings)
    assert draft is not None, filled.errors
    return draft


def errors(settings: Settings, **values: str) -> set[str]:
    filled = form(**values)
    assert (filled.check(settings) is None) is bool(filled.errors)
    return set(filled.errors)


def test_a_filled_form_becomes_a_clean_draft(settings: Settings) -> None:
    draft = checked(
        settings, name="  Noor   de Wit ", email=" Noor@LEZERS.example ", website="www.voorbeeld.example",
        body=" *Ja.* \r\n", parent_id="12", notify_replies="on", submission_id="abc", started_at="1700000000000",
    )  # fmt: skip

    assert (draft.name, draft.email, draft.website) == (
        "Noor de Wit", "noor@lezers.example", "https://www.voorbeeld.example",
    )  # fmt: skip
    assert (draft.source, "<em>Ja.</em>" in draft.html) == ("*Ja.*", True)
    assert (draft.parent_id, draft.notify_replies, draft.submission_id) == (12, True, "abc")
    assert draft.started_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_all_errors_are_told_at_once_and_everything_typed_is_kept(settings: Settings) -> None:
    typed = comment_fields(
        name="", email="geen adres", website="javascript:alert(1)", body="x", submission_id=" "
    )
    filled = form(**typed)

    assert filled.check(settings) is None

    assert set(filled.errors) == {"name", "email", "website", "body", "form"}
    assert all(str(sentence).strip() for sentence in filled.errors.values())
    assert filled.values == dict.fromkeys(FIELDS, "") | typed


def test_a_form_that_was_mended_has_no_errors_left(settings: Settings) -> None:
    filled = form(name="")
    filled.check(settings)
    filled.values["name"] = "Noor"

    assert filled.check(settings) is not None
    assert filled.errors == {}


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("", True), (" \t ", True), ("\u200b\u2060", True), ("N", False), ("é" * 60, False), ("n" * 61, True),
        ("  " + "n" * 60 + "  ", False), ("👩‍🌾", False), ("محمد", False), ("李", False), ("Ñandú O’Brien-Łuk", False),
    ],
)  # fmt: skip
def test_a_name_has_one_to_sixty_characters(settings: Settings, name: str, refused: bool) -> None:
    assert errors(settings, name=name) == ({"name"} if refused else set())


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ("", True), ("x", True), (" x ", True), ("ja", False), ("\n\n ja \n", False), ("é" * 10_000, False),
        ("x" * 10_001, True), ("  " + "x" * 10_000 + "  ", False), ("😀😀", False), ("\u200b", True),
    ],
)  # fmt: skip
def test_a_text_has_two_to_ten_thousand_characters_after_trimming(
    settings: Settings, body: str, refused: bool
) -> None:
    assert errors(settings, body=body) == ({"body"} if refused else set())


def test_the_longest_text_is_a_setting(settings: Settings) -> None:
    short = replace(settings, comment_max_chars=100)

    assert errors(short, body="x" * 100) == set()
    assert errors(short, body="x" * 101) == {"body"}


def test_letters_typed_in_two_ways_are_stored_in_one(settings: Settings) -> None:
    assert checked(settings, body="cafe\u0301").source == "café"
    assert checked(settings, name="Rene\u0301").name == "René"


def test_text_from_right_to_left_and_emoji_are_kept(settings: Settings) -> None:
    text = "سلام، این یک نظر است 👍🏽"

    assert checked(settings, body=text).source == text


@pytest.mark.parametrize(
    ("website", "stored"),
    [
        ("", None), ("  ", None), ("https://www.voorbeeld.example/pad?x=1", "https://www.voorbeeld.example/pad?x=1"),
        ("voorbeeld.example", "https://voorbeeld.example"), ("http://voorbeeld.example", "http://voorbeeld.example"),
    ],
)  # fmt: skip
def test_a_website_is_optional_and_completed(settings: Settings, website: str, stored: str | None) -> None:
    assert checked(settings, website=website).website == stored


@pytest.mark.parametrize(
    "website",
    ["javascript:alert(1)", "ftp://voorbeeld.example", "geen adres", "https://", "https://a@b.example",
     "https://voorbeeld.example/" + "x" * 500],
)  # fmt: skip
def test_a_website_that_is_none_is_refused(settings: Settings, website: str) -> None:
    assert errors(settings, website=website) == {"website"}


@pytest.mark.parametrize("submission_id", ["x" * 65, "met spatie", "é", "a\nb"])
def test_an_id_that_no_form_of_ours_made_is_refused(settings: Settings, submission_id: str) -> None:
    assert errors(settings, submission_id=submission_id) == {"form"}


def test_an_id_may_be_absent_and_has_sixty_four_characters_at_most(settings: Settings) -> None:
    assert checked(settings, submission_id="").submission_id is None
    assert checked(settings, submission_id="x" * 64).submission_id == "x" * 64


@pytest.mark.parametrize(
    ("raw", "parent_id"),
    [
        ("", None),
        (" ", None),
        ("12", 12),
        (" 12 ", 12),
        ("x", 0),
        ("-1", 0),
        ("1.5", 0),
        ("٣", 0),
        ("9" * 19, 0),
    ],
)
def test_a_parent_that_is_no_id_stands_for_one_that_does_not_exist(raw: str, parent_id: int | None) -> None:
    assert form(parent_id=raw).parent_id == parent_id


@pytest.mark.parametrize("started_at", ["", "x", "-5", "1e3", "1" * 15, "٣"])
def test_a_stamp_that_is_none_is_no_evidence(settings: Settings, started_at: str) -> None:
    assert checked(settings, started_at=started_at).started_at is None


def test_honeypot_and_stamp_never_refuse(settings: Settings) -> None:
    draft = checked(settings, nickname="gratis geld", started_at="99999999999999")

    assert (draft.honeypot, draft.started_at is not None) == ("gratis geld", True)


@pytest.mark.parametrize("field", ["name", "body", "website"])
@pytest.mark.parametrize("character", ["\0", "\ud83d"], ids=["nul", "half an emoji"])
def test_what_cannot_be_stored_is_not_mended_silently(settings: Settings, field: str, character: str) -> None:
    with pytest.raises(UnstorableText):
        form(**{field: f"tekst{character}tekst"}).check(settings)
