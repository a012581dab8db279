"""YAML, TOML and JSON above a text; what is none of them is told with its line."""

from __future__ import annotations

import pytest

from forum.exchange.markdown.causes import LeftOut
from forum.exchange.markdown.front_matter import MAX_CHARS, take_apart

YAML = "---\ntitle: Een stuk\ntags: [a, b]\n---\nTekst.\n"
TOML = '+++\ntitle = "Een stuk"\ntags = ["a", "b"]\n+++\nTekst.\n'
JSON = '{\n"title": "Een stuk",\n"tags": ["a", "b"]\n}\nTekst.\n'


@pytest.mark.parametrize(
    "content", [YAML, TOML, JSON, JSON.replace("{\n", "---json\n{\n").replace("}\n", "}\n---\n")]
)
def test_each_kind_of_front_matter_gives_the_same_fields(content: str) -> None:
    parts = take_apart(content)

    assert {name: field.value for name, field in parts.fields.items()} == {
        "title": "Een stuk",
        "tags": ["a", "b"],
    }
    assert parts.body.strip() == "Tekst."
    assert parts.has_front_matter


@pytest.mark.parametrize(("content", "line"), [(YAML, 3), (TOML, 3), (JSON, 3)])
def test_a_field_knows_its_line(content: str, line: int) -> None:
    assert take_apart(content).fields["tags"].line == line


@pytest.mark.parametrize(("content", "line"), [(YAML, 5), (TOML, 5), (JSON, 4)])
def test_the_body_knows_its_line(content: str, line: int) -> None:
    assert take_apart(content).body_line == line


def test_a_file_without_front_matter_is_all_body() -> None:
    parts = take_apart("# Kop\n\nTekst.")

    assert not parts.has_front_matter
    assert parts.body == "# Kop\n\nTekst."


@pytest.mark.parametrize("name", ["publishDate", "publish_date", "publish-date", "PublishDate"])
def test_spellings_of_a_name_are_one_field(name: str) -> None:
    assert "publishdate" in take_apart(f"---\n{name}: 2024-01-31\n---\n").fields


@pytest.mark.parametrize("typed", ["No", "1984", "2024-01-31", "0x10", "1:30"])
def test_what_only_looks_like_a_number_or_date_keeps_what_was_typed(typed: str) -> None:
    assert take_apart(f"---\ntitle: {typed}\n---\n").fields["title"].raw == typed


def test_a_day_that_does_not_exist_is_the_text_that_it_is() -> None:
    assert take_apart("---\ndate: 2024-02-31\n---\n").fields["date"].value == "2024-02-31"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("---\ntitle: x\ntags: [\n---\n", 4),
        ("---\ntitle: x\nTekst zonder einde\n", 1),
        ("---\n- a\n- b\n---\n", 2),
        ("---\ntitle: x\ntitle: y\n---\n", 3),
        ("---\na: x\nb: !!python/object/apply:os.system [ls]\n---\n", 3),
        ("---\na: \tx: y: z\n---\n", 2),
        ("---\na: \x01\n---\n", 2),
        ("---js\ntitle: x\n---\n", 1),
        ("+++\ntitle = \n+++\n", 2),
        ("+++\na = 1\na = 2\n+++\n", 3),
        ('{"title": "x",\n}\n', 2),
        ("+++\na = " + "[" * 5_000 + "\n+++\n", 2),
        ("{" + '"a":{' * 200_000, 1),
        ('{"a": ' + "1" * 5_000 + "}", 1),
    ],
    ids=range(14),
)
def test_front_matter_that_cannot_be_read_is_told_with_its_line(content: str, line: int) -> None:
    with pytest.raises(LeftOut) as refusal:
        take_apart(content)

    assert (refusal.value.code, refusal.value.line) == ("front_matter", line)


@pytest.mark.parametrize(
    "content",
    [
        "a: &a [x, x]\nb: [*a, *a]",
        "a: &a x",
        "a: *b",
        "<<: &a {x: y}",
        "a: " + "[" * 30 + "]" * 30,
        "a: " + "[" * 40_000,
        "a: " + "x" * MAX_CHARS,
    ],
    ids=range(7),
)
def test_front_matter_that_grows_when_it_is_read_is_refused(content: str) -> None:
    with pytest.raises(LeftOut) as refusal:
        take_apart(f"---\n{content}\n---\n")

    assert refusal.value.code == "front_matter"


def test_front_matter_may_be_empty() -> None:
    parts = take_apart("---\n---\nTekst.")

    assert parts.has_front_matter
    assert (parts.fields, parts.body) == ({}, "Tekst.")
