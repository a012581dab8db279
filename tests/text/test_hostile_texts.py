"""A sample of the long proof. What rendering costs is measured by `script/bench text`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from forum.text import MAX_RENDER_CHARS, TextTooLong, plain_text, render_article, render_comment
from forum.text.profiles import COMMENT
from forum.text.sanitise import sanitised
from tests.proofs.text import mixtures
from tests.text.second_parser import violations

DATA = Path(os.environ.get("FORUM_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
BOMBS = [
    "<",
    "[",
    "![",
    "[](",
    "[a](b",
    "*a_",
    "**",
    "`",
    "`a``",
    "> ",
    "- ",
    "&",
    "(",
    "www.",
    "www.,",
    "https://a.nl/(",
    "[a.b](https://c.d)",
    "<a b='",
    "<a b ",
    "<code>",
    "<pre>",
    "<pre>\n\n",
    "<b>",
    "<ul><li>",
    "<blockquote>",
    "a.b.",
    "a@b.",
    "\u0301\u0316",
    "\u202e",
    "\n",
    "x",
]


@pytest.mark.parametrize("render", [render_comment, render_article])
@pytest.mark.parametrize("piece", BOMBS)
def test_a_text_of_the_maximum_made_to_be_slow_is_printed_safely(render: object, piece: str) -> None:
    assert callable(render)
    source = (piece * 10_000)[:10_000]

    html = render(source)

    assert violations(html, profile="article" if render is render_article else "comment") == []


def test_a_text_beyond_the_guard_is_refused() -> None:
    render_comment("x" * MAX_RENDER_CHARS)

    with pytest.raises(TextTooLong):
        render_comment("x" * (MAX_RENDER_CHARS + 1))


@pytest.mark.parametrize("opener", ["> ", "- ", "<blockquote>", "<b>", "<ul><li>", "*_", "[", "<i>*"])
def test_no_words_are_lost_however_deep_they_stand(opener: str) -> None:
    html = render_comment(opener * 60 + "bodem")

    assert "bodem" in plain_text(html)


def test_a_string_that_cannot_be_stored_can_be_rendered() -> None:
    assert render_comment("a\x00b\ud800c") == "<p>ab�c</p>"


@pytest.mark.parametrize("source", list(mixtures(seed=7, count=300)))
def test_hostile_mixtures_hold_nothing_but_what_is_allowed(source: str) -> None:
    html = render_comment(source)

    assert violations(html) == []
    assert violations(render_article(source), profile="article") == []
    assert sanitised(html, COMMENT) == html


def test_collected_attacks_hold_nothing_but_what_is_allowed() -> None:
    if not DATA.exists():
        pytest.skip(f"no data by others at {DATA}")
    payloads = (DATA / "xss" / "payloads.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    strings = json.loads((DATA / "strings" / "blns.json").read_text(encoding="utf-8"))

    found = {source: violations(render_comment(source)) for source in payloads + strings}

    assert len(found) > 1_000
    assert {source: wrong for source, wrong in found.items() if wrong} == {}
