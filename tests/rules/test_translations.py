"""Every message in the code has a Dutch translation that fits it, and the catalogue holds nothing else."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "forum" / "translations" / "nl" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]")

ON_THE_COMMAND_LINE = re.compile(r"commands\.py$|/exchange/|/operations/|/front_matter\.py$")
"""Files whose messages stand on no page."""

SAME_IN_BOTH = frozenset({
    "Accounts", "Browser", "Code", "Database: %(kind)s, schema %(schema)s", "Interview", "Link", "Mail",
    "Moment: %(moment)s", "Privacy", "Spam", "Website", "moderator",
})  # fmt: skip
"""Words that the two languages share."""


@cache
def catalogue() -> Catalog:
    """The Dutch catalogue."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="nl")


def _forms(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value or ""] if isinstance(value, str | None) else list(value)


def pairs() -> list[tuple[str, str]]:
    """English and Dutch of every message; of a plural message, its singular and its plural."""
    return [
        pair
        for message in catalogue()
        if message.id
        for pair in zip(_forms(message.id), _forms(message.string), strict=True)
    ]


@cache
def _found_in_code() -> frozenset[tuple[str, str]]:
    """File and form of every message that code and templates ask for, found as `script/translate` finds it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        method_map, options_map = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = re.findall(r"--keyword (\S+)", (ROOT / "script" / "translate").read_text(encoding="utf-8"))
    found = extract_from_dir(ROOT, method_map, options_map, DEFAULT_KEYWORDS | parse_keywords(keywords))
    return frozenset(
        (file, form) for file, _line, message, _comments, _context in found for form in _forms(message)
    )


def messages_in_code() -> frozenset[str]:
    """Every form of every message that code and templates ask for."""
    return frozenset(form for _file, form in _found_in_code())


def messages_of_pages() -> frozenset[str]:
    """Those that a page may show: not what the command line alone tells an operator."""
    return frozenset(form for file, form in _found_in_code() if not ON_THE_COMMAND_LINE.search(file))


def test_the_code_and_the_templates_are_both_searched() -> None:
    found = messages_in_code()

    assert "Fill in your name." in found  # gettext in Python
    assert "You do not have the right to see or do this." in found  # lazy_gettext in Python
    assert "Waiting" in found  # lazy_gettext under its other name
    assert {"Read once", "Read %(n)s times"} <= found  # ngettext in a template


def test_every_message_has_a_translation() -> None:
    missing = messages_in_code() - {english for english, dutch in pairs() if dutch}

    assert not missing, f"run script/translate and fill in: {sorted(missing)}"


def test_no_translation_is_left_of_a_message_that_is_gone() -> None:
    left = {english for english, _dutch in pairs()} - messages_in_code()

    assert not left, f"run script/translate, which drops: {sorted(left)}"
    assert not catalogue().obsolete


def test_no_translation_is_a_guess() -> None:
    assert [message.id for message in catalogue() if message.id and message.fuzzy] == []


def test_every_translation_keeps_the_placeholders() -> None:
    wrong = [
        (english, dutch)
        for english, dutch in pairs()
        if sorted(PLACEHOLDER.findall(dutch)) != sorted(PLACEHOLDER.findall(english))
    ]

    assert not wrong


def test_every_translation_ends_as_its_message_does() -> None:
    assert [pair for pair in pairs() if _ending(pair[0]) != _ending(pair[1])] == []


def test_no_message_is_its_own_translation() -> None:
    assert {english for english, dutch in pairs() if dutch == english} <= SAME_IN_BOTH


def test_readers_and_staff_are_called_je() -> None:
    assert [dutch for _english, dutch in pairs() if re.search(r"\b(u|uw)\b", dutch, re.IGNORECASE)] == []


def test_apostrophes_and_spaces_are_the_printers_own() -> None:
    assert [dutch for _english, dutch in pairs() if "'" in dutch or dutch != " ".join(dutch.split())] == []


def _ending(sentence: str) -> str:
    """What a message ends in: a sentence's mark, a colon, or nothing."""
    return "." if sentence.endswith((".", "?", "!")) else ":" if sentence.endswith(":") else ""
