"""What the fields of a file become; what was not public there does not become so here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forum import text
from forum.articles.front_matter import parse_article
from forum.articles.models import ArticleKind, ArticleState, CommentPolicy
from forum.exchange.markdown.causes import LeftOut
from forum.exchange.markdown.pages import Page
from tests.exchange.markdown.sites import ZONE, article, page
from tests.factories import NOW

MORNING = datetime(2024, 1, 31, 8, 0, tzinfo=UTC)


def remarks(read: Page) -> list[str]:
    return [remark.code for remark in read.remarks]


def refusal(content: str, path: str = "blog/een-stuk.md") -> tuple[str, int]:
    with pytest.raises(LeftOut) as raised:
        page(content, path)
    return raised.value.code, raised.value.line


def test_the_articles_of_our_own_format_come_in_as_they_are() -> None:
    own = article(
        "title: Een stuk", "slug: een-stuk", "lede: Twee regels.", "kind: opinion", "state: private", "lang: nl-BE",
        "published_at: 2026-11-20T09:30+01:00", "comments_close_at: 2026-12-20T09:30", "source_name: De Krant",
        "source_url: https://krant.example/x", "source_reporter: Roos", "comment_policy: closed", "people:",
        "  - Fatima Haddad | adviseur", "  - Noor",
    )  # fmt: skip

    assert page(own).draft == parse_article(own, zone=ZONE)
    assert page(own).remarks == ()
    assert page(own).not_taken == ()


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("date: 2024-01-31 09:00", MORNING),
        ("date: 2024-01-31T09:00:00", MORNING),
        ("date: 2024-01-31T08:00:00Z", MORNING),
        ("date: 2024-01-31 09:00:00 +0100", MORNING),
        ("date: 2024-01-31 09:00:00 +01:00", MORNING),
        ("date: Wed, 31 Jan 2024 09:00:00 +0100", MORNING),
        ("date: 2024-01-31", MORNING - timedelta(hours=9)),
        ("pubDate: 'Jan 31 2024'", MORNING - timedelta(hours=9)),
        ("pubDate: January 31, 2024", MORNING - timedelta(hours=9)),
        ("published: 2024-01-31", MORNING - timedelta(hours=9)),
        ("publishDate: 2024-01-31T08:00:00Z\ndate: 2020-01-01", MORNING),
    ],
)
def test_moments_are_read_in_many_spellings_and_the_zone_of_the_site(typed: str, moment: datetime) -> None:
    read = page(article(*typed.split("\n")))

    assert read.draft.published_at == moment
    assert read.draft.state is ArticleState.PUBLISHED
    assert read.not_taken == ()


@pytest.mark.parametrize(
    "typed", ["gisteren", "2024-02-31", "2024-13-01", "[1, 2]", "{a: b}", "12", "9999-12-31T23:59:00-12:00"]
)
def test_a_date_that_cannot_be_read_leaves_the_file_out_with_its_line(typed: str) -> None:
    assert refusal(article("title: x", f"date: {typed}")) == ("value", 3)


@pytest.mark.parametrize("typed", ["", "0001-01-01T00:00:00Z"])
def test_an_article_without_a_date_gets_that_of_the_import(typed: str) -> None:
    read = page(article(f"date: {typed}"))

    assert read.draft.published_at is None
    assert remarks(read) == ["no_date"]


def test_a_date_in_the_future_publishes_the_article_then() -> None:
    read = page(article("date: 2030-01-01T08:00:00Z"))

    assert read.draft.state is ArticleState.PUBLISHED
    assert read.draft.published_at is not None
    assert read.draft.published_at > NOW


@pytest.mark.parametrize(
    "field",
    [
        "draft: true", "draft: yes", "draft: nog niet af", "published: false", "state: draft", "expiryDate: 2026-11-20",
        "headless: true", "permalink: false",
    ],
)  # fmt: skip
def test_what_was_not_public_there_comes_in_as_a_draft(field: str) -> None:
    assert page(article("date: 2024-01-31", field)).draft.state is ArticleState.DRAFT


@pytest.mark.parametrize(
    "field", ["draft: false", "draft:", "published: true", "expiryDate: 2026-11-21", "permalink: /x/"]
)
def test_what_was_public_there_comes_in_published(field: str) -> None:
    assert page(article("date: 2024-01-31", field)).draft.state is ArticleState.PUBLISHED


def test_a_file_without_front_matter_comes_in_as_a_draft() -> None:
    read = page("# Een kop\n\nTekst.", "LEESMIJ.md")

    assert read.draft.state is ArticleState.DRAFT
    assert "no_front_matter" in remarks(read)


def test_a_file_among_jekylls_drafts_comes_in_as_a_draft() -> None:
    assert page(article(), "_drafts/een-stuk.md").draft.state is ArticleState.DRAFT


@pytest.mark.parametrize("field", ["state: concept", "kind: column", "comment_policy: open"])
def test_a_word_that_a_field_does_not_take_leaves_the_file_out(field: str) -> None:
    assert refusal(article("title: x", field)) == ("value", 3)


@pytest.mark.parametrize(
    ("field", "people"),
    [
        ("author: Fatima Haddad", (("Fatima Haddad", None),)),
        ("authors: [Fatima Haddad, Noor]", (("Fatima Haddad", None), ("Noor", None))),
        ("authors: [{name: Fatima, email: f@x.example}, {name: Noor}]", (("Fatima", None), ("Noor", None))),
        ("author: {name: Fatima Haddad}", (("Fatima Haddad", None),)),
        ("author: [Noor, Noor]", (("Noor", None),)),
        ("author: 1984", (("1984", None),)),
        ("author: ''", ()),
    ],
)  # fmt: skip
def test_authors_are_read_in_every_shape(field: str, people: tuple[tuple[str, str | None], ...]) -> None:
    assert page(article(field)).draft.people == people


def test_an_author_without_a_name_is_ignored_with_a_remark() -> None:
    read = page(article("date: 2024-01-31", "author: {email: f@x.example}"))

    assert read.draft.people == ()
    assert remarks(read) == ["ignored"]


@pytest.mark.parametrize("field", ["lede", "description", "summary", "excerpt"])
def test_the_lede_has_many_names_and_no_marks(field: str) -> None:
    assert page(article(f"{field}: 'Een *kort* <b>begin</b>'")).draft.lede == "Een kort begin"


@pytest.mark.parametrize(
    ("field", "lang"),
    [
        ("lang: en", "en"), ("language: en-GB", "en-GB"), ("locale: nl_BE", "nl-BE"), ("lang: klare taal", "nl"),
        ("x: y", "nl"),
    ],
)  # fmt: skip
def test_the_language_is_that_of_the_file_else_of_the_site(field: str, lang: str) -> None:
    assert page(article(field)).draft.lang == lang


def test_a_discussion_that_was_closed_stays_closed() -> None:
    assert page(article("comments: false")).draft.comment_policy is CommentPolicy.CLOSED
    assert page(article("comments: true")).draft.comment_policy is CommentPolicy.PREMODERATED
    assert page(article()).draft.kind is ArticleKind.NEWS


def test_fields_that_are_not_taken_over_are_named() -> None:
    read = page(article("tags: [a]", "layout: post", "lastmod: 2024-02-01", "summary: a", "excerpt: b"))

    assert read.not_taken == ("tags", "layout", "excerpt")


@pytest.mark.parametrize(
    ("body", "title", "source"),
    [
        ("# Een *kop* {#x}\n\nTekst.", "Een kop", "Tekst."),
        ("Een kop\n=======\nTekst.", "Een kop", "Tekst."),
        ("Tekst.\n\n# Later", "Een stuk", "Tekst.\n\n# Later"),
        ("## 1. Klein\n\nTekst.", "Een stuk", "## 1. Klein\n\nTekst."),
    ],
)
def test_an_article_without_a_title_gets_it_from_its_heading_or_its_name(
    body: str, title: str, source: str
) -> None:
    draft = page(f"---\ndate: 2024-01-31\n---\n{body}").draft

    assert (draft.title, draft.source) == (title, source)


def test_a_title_is_what_was_typed() -> None:
    assert page(article("title: 1984")).draft.title == "1984"
    assert page(article('title: "Twee\\nregels"')).draft.title == "Twee regels"


def test_a_long_title_is_shortened_with_a_remark() -> None:
    read = page(article("date: 2024-01-31", f"title: {'x' * 301}"))

    assert len(read.draft.title) == 300
    assert remarks(read) == ["shortened"]


def test_a_source_address_that_is_none_is_ignored_with_a_remark() -> None:
    read = page(article("date: 2024-01-31", "source_url: javascript:alert(1)"))

    assert read.draft.source_url is None
    assert remarks(read) == ["ignored"]


@pytest.mark.parametrize("value", ['"\\0"', '"\\ud800"'])
@pytest.mark.parametrize("field", ["title", "author", "slug", "lede"])
def test_characters_that_no_text_has_leave_the_file_out(field: str, value: str) -> None:
    assert refusal(f"---\n{field}: {value}\n---\nTekst.")[0] in ("characters", "front_matter")


def test_a_file_without_text_is_left_out() -> None:
    assert refusal(article(body=" \n")) == ("empty", 4)
    assert refusal(article(body="<!-- later -->")) == ("empty", 4)


def test_a_text_that_is_too_long_for_an_article_is_left_out() -> None:
    assert page(article(body="x" * text.MAX_RENDER_CHARS)[:-1]).draft.source
    assert refusal(article(body="x" * (text.MAX_RENDER_CHARS + 1))) == ("too_long", 4)


def test_the_page_of_a_section_is_left_out() -> None:
    assert refusal(article(), "blog/_index.md")[0] == "section"
    assert refusal(article(), "blog/_index.en.md")[0] == "section"


def test_the_mark_follows_what_comes_in_and_nothing_else() -> None:
    first = page(article("tags: [a]"))

    assert page(article("tags: [a, b]", "lastmod: 2024-02-02")).mark == first.mark
    assert page(article(body="Een andere alinea.")).mark != first.mark
    assert page(article("aliases: [/x]")).mark != first.mark
