"""Articles as files: what is read, and errors that name line and field."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from forum.articles.front_matter import FrontMatterError, parse_article
from forum.articles.models import ArticleKind, ArticleState, CommentPolicy
from forum.articles.service import ArticleDraft, slugify

ZONE = ZoneInfo("Europe/Amsterdam")
FULL = """\
---
title: "Een buurthuis is geen bedrijf: een pleidooi"
slug: buurthuis
# een opmerking voor de redactie
lede: Over luisteren.
kind: opinion
state: draft
lang: nl
people:
  - Fatima Haddad | adviseur bij Kennisbank Samenleven
  - Joris Blom
published_at: 2026-11-20T09:30
source_name: De Wijkkrant
source_url: wijkkrant.example/stuk
source_reporter: Anna Smit
comment_policy: closed
comments_close_at: 2026-12-01T00:00+00:00
---
De tekst, met *nadruk*.

---

En een streep.
"""


def parse(content: str) -> ArticleDraft:
    return parse_article(content, zone=ZONE)


def with_line(line: str) -> str:
    return f"---\ntitle: Een titel\n{line}\n---\nTekst.\n"


def test_every_field_is_read() -> None:
    draft = parse(FULL)

    assert draft == ArticleDraft(
        title="Een buurthuis is geen bedrijf: een pleidooi",
        slug="buurthuis",
        lede="Over luisteren.",
        kind=ArticleKind.OPINION,
        state=ArticleState.DRAFT,
        lang="nl",
        people=(("Fatima Haddad", "adviseur bij Kennisbank Samenleven"), ("Joris Blom", None)),
        published_at=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
        source_name="De Wijkkrant",
        source_url="https://wijkkrant.example/stuk",
        source_reporter="Anna Smit",
        comment_policy=CommentPolicy.CLOSED,
        comments_close_at=datetime(2026, 12, 1, tzinfo=UTC),
        source="De tekst, met *nadruk*.\n\n---\n\nEn een streep.",
    )


def test_a_title_and_a_text_are_enough() -> None:
    draft = parse("\ufeff---\r\ntitle: Één titel\r\n---\r\nTekst.\r\n")

    assert (draft.slug, draft.kind, draft.state, draft.lang) == (
        "een-titel", ArticleKind.NEWS, ArticleState.PUBLISHED, "nl",
    )  # fmt: skip
    assert (draft.published_at, draft.people, draft.comment_policy) == (None, (), CommentPolicy.PREMODERATED)


@pytest.mark.parametrize(
    ("content", "line", "field"),
    [
        ("", 1, "front matter"),
        ("Tekst zonder kop.", 1, "front matter"),
        ("---\ntitle: x\n", 2, "front matter"),
        ("---\ntitle: x\nzomaar een regel\n---\nTekst.", 3, "front matter"),
        ("---\nlede: x\n---\nTekst.", 1, "title"),
        ("---\ntitle:\n---\nTekst.", 1, "title"),
        ("---\ntitle: x\n---\n\n  \n", 4, "text"),
        ("---\ntitle: x\n---\nTe\0kst.", 4, "text"),
        (with_line("title: twee"), 3, "title"),
        (with_line("titel: x"), 3, "titel"),
        (with_line("kind: column"), 3, "kind"),
        (with_line("state: openbaar"), 3, "state"),
        (with_line("comment_policy: open"), 3, "comment_policy"),
        (with_line("published_at: gisteren"), 3, "published_at"),
        (with_line("published_at: 0001-01-01T00:00+14:00"), 3, "published_at"),
        (with_line("comments_close_at: 2026-13-01"), 3, "comments_close_at"),
        (with_line("source_url: javascript:alert(1)"), 3, "source_url"),
        (with_line("slug: Met Hoofdletters"), 3, "slug"),
        (with_line("slug: ../../etc"), 3, "slug"),
        (with_line("slug: dubbel--streepje"), 3, "slug"),
        (with_line("former_slug: /oud"), 3, "former_slug"),
        (with_line("slug: " + "x" * 201), 3, "slug"),
        (with_line("lang: " + "x" * 36), 3, "lang"),
        (with_line("source_name: " + "x" * 201), 3, "source_name"),
        (with_line("people:\n  - | zonder naam"), 3, "people"),
        (with_line("people:\n  - " + "x" * 101), 3, "people"),
        (with_line("people:\n  - x | " + "x" * 201), 3, "people"),
        ("---\ntitle: " + "x" * 301 + "\n---\nTekst.", 2, "title"),
    ],
)
def test_an_error_names_line_and_field(content: str, line: int, field: str) -> None:
    with pytest.raises(FrontMatterError, match=rf"^line {line}: {field}: \S"):
        parse(content)


def test_an_unknown_field_is_told_which_fields_there_are() -> None:
    with pytest.raises(
        FrontMatterError, match=r"is no field; the fields are comment_policy, .*kind, lang, lede, .*title$"
    ):
        parse(with_line("titel: x"))


def test_a_wrong_choice_is_told_the_choices() -> None:
    with pytest.raises(FrontMatterError, match="opinion, news, interview, campaign, page"):
        parse(with_line("kind: column"))


def test_a_time_without_a_zone_is_the_sites() -> None:
    summer, winter = (
        parse(with_line(f"published_at: 2026-{month}-01T12:00")).published_at for month in ("07", "12")
    )

    assert (summer, winter) == (datetime(2026, 7, 1, 10, tzinfo=UTC), datetime(2026, 12, 1, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Een buurthuis is geen bedrijf", "een-buurthuis-is-geen-bedrijf"),
        ("Coöperatie: énergie & ’t wijkje!", "cooperatie-energie-t-wijkje"),
        ("2.000 reacties", "2-000-reacties"),
        ("!!!", "artikel"),
        ("李", "artikel"),
        ("woord " * 40, "woord-woord-woord-woord-woord-woord-woord-woord-woord-woord-woord-woord-woord-wo"),
    ],
)
def test_a_slug_is_made_of_the_titles_words(title: str, slug: str) -> None:
    assert slugify(title) == slug
