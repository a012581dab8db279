"""What is kept of what people type."""

from __future__ import annotations

import unicodedata

import pytest

from forum.text import NotAWebsite, UnstorableText, clean_name, clean_source, clean_website


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Dag Noor \n", "Dag Noor"),
        ("een\r\ntwee\rdrie\x0bvier\u2028vijf", "een\ntwee\ndrie\nvier\nvijf"),
        ("een\n\n\n\n\n \n\ntwee", "een\n\n\ntwee"),
        ("een\n\n\ntwee", "een\n\n\ntwee"),
        ("tab\tblijft, bel\x07 niet, \ufeffmerk ook niet", "tab\tblijft, bel niet, merk ook niet"),
        ("Cafe\u0301", "Café"),
        ("z" + "\u0335" * 300 + "o", "z" + "\u0335" * 8 + "o"),
        ("\u202eomgekeerd\u202c om", "\u2067omgekeerd\u2069 om"),
        ("\u202aopen\nvolgende", "\u2066open\u2069\nvolgende"),
        ("los\u2069 einde\u202c", "los einde"),
        ("\u2068goed\u2069", "\u2068goed\u2069"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("", ""),
    ],
)
def test_a_text_is_kept_by_the_rules(raw: str, kept: str) -> None:
    assert clean_source(raw) == kept


def test_a_line_opens_no_more_isolates_than_the_limit() -> None:
    cleaned = clean_source("\u2066" * 500 + "x" + "\u2069" * 500)

    assert cleaned == "\u2066" * 8 + "x" + "\u2069" * 8


@pytest.mark.parametrize("raw", ["a\x00b", "a\ud800b", "\udfff"])
@pytest.mark.parametrize("clean", [clean_source, clean_name, clean_website])
def test_what_no_database_keeps_is_refused_not_dropped(clean: object, raw: str) -> None:
    assert callable(clean)

    with pytest.raises(UnstorableText):
        clean(raw)


def test_cleaning_a_clean_text_changes_nothing() -> None:
    every_character = "".join(chr(code) for code in range(1, 0x30000) if not 0xD800 <= code < 0xE000)
    lines = [every_character[at : at + 40] for at in range(0, len(every_character), 40)]

    once = [(clean_source(line), clean_name(line)) for line in lines]

    assert [(clean_source(text), clean_name(name)) for text, name in once] == once
    assert all(unicodedata.is_normalized("NFC", text + "x" + name) for text, name in once)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("  Noor   de \n Wit ", "Noor de Wit"),
        ("No\u200bor\u202e de\u00ad Wit\x07", "Noor de Wit"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("No\u200dor", "Noor"),
        ("\u0301Noor", "Noor"),
        ("\u3164\u2800", ""),
        ("\U000e0041", ""),
        ("Zoë O’Neill-van 't Hof", "Zoë O’Neill-van 't Hof"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(raw: str, kept: str) -> None:
    assert clean_name(raw) == kept


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("", None),
        (" \n", None),
        ("voorbeeld.nl", "https://voorbeeld.nl"),
        ("HTTP://Voorbeeld.NL/Pad?x=1#y", "http://voorbeeld.nl/Pad?x=1#y"),
        ("voorbeeld.nl:8080/x", "https://voorbeeld.nl:8080/x"),
        ("münchen.example", "https://xn--mnchen-3ya.example"),
        ("https://voorbeeld.nl/é\\x", "https://voorbeeld.nl/%C3%A9%5Cx"),
    ],
)
def test_a_website_is_kept_as_a_whole_address(raw: str, kept: str | None) -> None:
    assert clean_website(raw) == kept


@pytest.mark.parametrize(
    "raw",
    [
        "javascript:alert(1)",
        "mailto:noor@voorbeeld.nl",
        "noor@voorbeeld.nl",
        "https://noor:geheim@voorbeeld.nl",
        "ftp://voorbeeld.nl",
        "//voorbeeld.nl",
        "localhost",
        "https://",
        "geen site",
        "https://voorbeeld.nl:99999",
        "https://voorbeeld.nl:80a",
        "http://999.1.1.1",
        "https://voor\\beeld.nl",
        "https://voorbeeld.nl/" + "x" * 500,
    ],
)
def test_what_is_no_website_is_refused(raw: str) -> None:
    with pytest.raises(NotAWebsite):
        clean_website(raw)
