"""The bodies that WordPress's theme makers test with: everything printed is allowed, and every word is there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache
from xml.etree import ElementTree

import pytest

from forum.exchange.wordpress.body import convert_body
from forum.text import plain_text, render_article_html
from tests.proofs.text_corpus import DATA
from tests.text.second_parser import violations

EXPORT = DATA / "exports" / "themeunittestdata.wordpress.xml"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
READ_WORD_BY_WORD = [
    "Markup: HTML Tags and Formatting",
    "Markup: Image Alignment",
    "Markup: Text Alignment",
    "Edge Case: Nested And Mixed Lists",
    "Template: Paginated",
    "Template: More Tag",
    "Post Format: Chat",
    "Post Format: Image (Caption)",
    "Page Markup And Formatting",
    "Block category: Common",
    "Block category: Formatting",
    "Block category: Embeds",
    "Block: Columns",
    "Block: Quote",
    "Ελληνικά-Greek",
]


@cache
def bodies() -> dict[str, tuple[str, str]]:
    """Address and body of every post and page, by title."""
    if not EXPORT.exists():
        return {}
    items = ElementTree.parse(EXPORT).iter("item")  # noqa: S314 - a file of the test data
    return {
        item.findtext("title") or "": (item.findtext("link") or "", item.findtext(CONTENT) or "")
        for item in items
        if any(child.tag.endswith("post_type") and child.text in ("post", "page") for child in item)
    }


def pictures(ids: Iterable[int]) -> list[tuple[str, str]]:
    return [(f"https://foto.example/{number}.jpg", "Foto") for number in ids]


def words_of(raw: str) -> list[str]:
    """The words of a body by the simplest reading: tags, comments and shortcodes are none."""
    text = re.sub(r"<!--.*?-->", " ", raw, flags=re.DOTALL)
    text = re.sub(r"\[/?(?:caption|gallery|audio|video)[^\]]*\]", " ", text)
    text = text.replace("</a><a", "</a> <a")  # two buttons
    text = re.sub(r"</?(?:su[bp]|em|strong|i|b|a|span|big|small)\b[^>]*>", "", text)
    return re.findall(r"\w+", html.unescape(re.sub(r"<[^>]*>", " ", text)))


@pytest.mark.skipif(not EXPORT.exists(), reason=f"no data by others at {DATA}")
def test_every_body_is_printed_with_nothing_but_what_is_allowed() -> None:
    printed = {
        title: render_article_html(convert_body(raw, base_url=address, pictures=pictures).source)
        for title, (address, raw) in bodies().items()
    }

    assert len(printed) > 60
    assert {title: violations(text, profile="article") for title, text in printed.items() if text} == {
        title: [] for title, text in printed.items() if text
    }


@pytest.mark.skipif(not EXPORT.exists(), reason=f"no data by others at {DATA}")
@pytest.mark.parametrize("title", READ_WORD_BY_WORD)
def test_every_word_of_a_body_is_there_and_in_its_order(title: str) -> None:
    address, raw = bodies()[title]

    text = plain_text(render_article_html(convert_body(raw, base_url=address, pictures=pictures).source))

    remaining = iter(re.findall(r"\w+", text))
    assert [word for word in words_of(raw) if word not in remaining] == []
