"""Slug, date, language and former addresses, from where a file stands and what it is called."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from forum.exchange.markdown.places import read_place
from tests.exchange.markdown.sites import article, page


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("blog/een-stuk.md", "een-stuk"),
        ("blog/Een Stuk!.md", "een-stuk"),
        ("_posts/2024-01-31-een-stuk.markdown", "een-stuk"),
        ("_posts/2024-02-31-een-stuk.md", "2024-02-31-een-stuk"),
        ("blog/een-bundel/index.md", "een-bundel"),
        ("blog/2024-01-31-een-bundel/index.md", "een-bundel"),
        ("blog/een-stuk.en.md", "een-stuk"),
        ("blog/een-bundel/index.nl.md", "een-bundel"),
        ("blog/versie-2.0.md", "versie-2-0"),
        (f"{'x' * 250}.md", "x" * 190),
        ("content/index.md", None),
        ("index.md", None),
    ],
)
def test_the_slug_is_the_name_of_the_file_or_of_its_bundle(path: str, slug: str | None) -> None:
    assert read_place(PurePosixPath(path)).slug == slug


def test_the_front_page_gets_its_slug_from_its_title() -> None:
    assert page(article("title: Wie wij zijn"), "index.md").draft.slug == "wie-wij-zijn"


def test_a_slug_of_the_file_comes_first() -> None:
    assert page(article("slug: anders"), "blog/een-stuk.md").draft.slug == "anders"
    assert page(article("slug: /Een Ander/"), "blog/een-stuk.md").draft.slug == "een-ander"


def test_a_date_in_the_name_is_that_of_publication() -> None:
    published_at = page(article(), "_posts/2024-01-31-een-stuk.md").draft.published_at

    assert published_at is not None
    assert published_at.isoformat() == "2024-01-31T00:00:00+01:00"


@pytest.mark.parametrize("path", ["blog/een-stuk.en.md", "blog/een-bundel/index.en.md"])
def test_a_language_in_the_name_is_that_of_the_article(path: str) -> None:
    assert page(article(), path).draft.lang == "en"


@pytest.mark.parametrize(
    ("path", "fields", "addresses"),
    [
        ("blog/een-stuk.md", [], ["/blog/een-stuk"]),
        ("content/blog/een-stuk.md", [], ["/blog/een-stuk"]),
        ("src/content/blog/een-stuk.mdx", [], ["/blog/een-stuk"]),
        ("blog/een-bundel/index.md", [], ["/blog/een-bundel"]),
        ("blog/een-stuk.md", ["slug: anders"], ["/blog/een-stuk", "/blog/anders"]),
        ("blog/een-stuk.md", ["url: /los/"], ["/blog/een-stuk", "/los/"]),
        ("blog/een-stuk.md", ["permalink: https://oud.example/los.html"], ["/blog/een-stuk", "/los.html"]),
        ("blog/een-stuk.md", ["permalink: /:year/:title/"], ["/blog/een-stuk"]),
        ("blog/een-stuk.md", ["aliases: [/a/, b, ../c]"], ["/blog/een-stuk", "/a/", "/blog/b", "/c"]),
        ("blog/een-stuk.md", ["redirect_from: /a"], ["/blog/een-stuk", "/a"]),
        ("blog/een-stuk.md", ["former_slug: ouder"], ["/blog/een-stuk", "/articles/ouder"]),
        (
            "nieuws/_posts/2024-01-31-een-stuk.md",
            [],
            ["/nieuws/2024-01-31-een-stuk", "/2024/01/31/een-stuk", "/2024/01/31/een-stuk.html"],
        ),
        ("index.md", ["slug: thuis", "url: /"], ["/thuis"]),
    ],
)
def test_the_addresses_that_an_article_had_are_known(
    path: str, fields: list[str], addresses: list[str]
) -> None:
    assert page(article(*fields), path).addresses == addresses
