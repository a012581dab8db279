"""Saving articles: once, again, under another slug, and who may load them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.articles.loaders import find_moved_article, get_published_article
from forum.articles.models import (
    FRONT_PAGE_KEY,
    Article,
    ArticleKind,
    ArticleState,
    CommentPolicy,
    FormerSlug,
    Person,
)
from forum.articles.service import ArticleDraft, change_slug, save_article
from forum.base.errors import NotFound
from forum.base.page_versions import current_versions
from forum.base.session import writing
from forum.text import reading_minutes
from tests.conftest import AppFactory
from tests.factories import NOW, Site

DRAFT = ArticleDraft(
    slug="buurthuis",
    title="Een buurthuis is geen bedrijf",
    source="Eerste alinea.\n\nTweede *alinea*.",
    kind=ArticleKind.OPINION,
    lang="nl",
    people=(("Fatima Haddad", "adviseur"), ("Joris Blom", None)),
)
LATER = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _open_transaction(session: Session) -> Any:
    with writing(session):
        yield


def versions(session: Session, article: Article) -> tuple[int, int]:
    found = current_versions(session, [article.page_key, FRONT_PAGE_KEY])
    return found[article.page_key], found[FRONT_PAGE_KEY]


def save(session: Session, **changes: Any) -> tuple[Article, bool]:
    return save_article(session, replace(DRAFT, **changes), now=changes.pop("now", NOW))


def test_a_new_article_is_printed_counted_and_dated(session: Session) -> None:
    article, changed = save(session)

    assert changed
    assert "<em>alinea</em>" in article.html
    assert (article.word_count, article.view_count, article.published_at) == (4, 0, NOW)
    assert [(byline.person.name, byline.text) for byline in article.bylines] == list(DRAFT.people)
    assert versions(session, article) == (1, 1)


def test_the_same_again_changes_nothing(session: Session) -> None:
    article, _ = save(session)
    before = versions(session, article)

    again, changed = save_article(session, DRAFT, now=LATER)

    assert (again, changed, versions(session, article)) == (article, False, before)
    assert (article.published_at, article.updated_at) == (NOW, NOW)


@pytest.mark.parametrize(
    "change",
    [{"title": "Anders"}, {"source": "Anders."}, {"people": ()}, {"people": (("Fatima Haddad", "directeur"),)},
     {"comment_policy": CommentPolicy.CLOSED}, {"comments_close_at": LATER}, {"published_at": LATER}],
    ids=str,
)  # fmt: skip
def test_any_change_is_saved_and_its_pages_made_again(session: Session, change: dict[str, Any]) -> None:
    article, _ = save(session)
    before = versions(session, article)

    again, changed = save_article(session, replace(DRAFT, **change), now=LATER)

    assert (again.id, changed, article.updated_at) == (article.id, True, LATER)
    assert versions(session, article) == (before[0] + 1, before[1] + 1)


def test_a_change_leaves_counters_and_thread_alone(session: Session) -> None:
    article, _ = save(session)
    article.last_number, article.last_root_number, article.view_count = 7, 3, 2_261

    save(session, title="Anders")
    session.flush()
    session.expire_all()

    assert (article.last_number, article.last_root_number, article.view_count) == (7, 3, 2_261)


def test_one_name_is_one_person(session: Session) -> None:
    save(session)
    save(session, slug="tweede")

    assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_an_old_slug_redirects(session: Session) -> None:
    article, _ = save(session)

    change_slug(session, article, "nieuw")

    assert find_moved_article(session, "buurthuis", now=LATER) is article
    assert get_published_article(session, "nieuw", now=LATER) is article
    with pytest.raises(NotFound):
        get_published_article(session, "buurthuis", now=LATER)


def test_a_slug_that_comes_back_redirects_no_more(session: Session) -> None:
    article, _ = save(session)
    for slug in ("nieuw", "nieuwer", "buurthuis"):
        change_slug(session, article, slug)

    former = session.scalars(select(FormerSlug.slug)).all()

    assert sorted(former) == ["nieuw", "nieuwer"]


def test_a_slug_that_another_article_takes_over_no_longer_redirects(session: Session) -> None:
    first, _ = save(session)
    change_slug(session, first, "nieuw")
    second, _ = save(session, slug="tweede")

    change_slug(session, second, "buurthuis")

    assert find_moved_article(session, "buurthuis", now=LATER) is None
    assert get_published_article(session, "buurthuis", now=LATER) is second


def test_the_same_slug_again_is_no_change(session: Session) -> None:
    article, _ = save(session)
    before = versions(session, article)

    change_slug(session, article, "buurthuis")

    assert versions(session, article) == before


def test_a_file_with_a_former_slug_updates_the_article_it_was(session: Session) -> None:
    article, _ = save(session)
    change_slug(session, article, "nieuw")

    again, _ = save(session, title="Anders")

    assert (again.id, again.slug, again.title) == (article.id, "nieuw", "Anders")


def test_a_file_that_names_the_slug_it_replaces_moves_the_article(session: Session) -> None:
    article, _ = save(session)
    before = versions(session, article)

    moved, changed = save(session, slug="nieuw", former_slug="buurthuis")
    again = save(session, slug="nieuw", former_slug="buurthuis")

    assert (moved.id, moved.slug, changed) == (article.id, "nieuw", True)
    assert again == (moved, False)
    assert find_moved_article(session, "buurthuis", now=LATER) is article
    assert versions(session, article) > before


@pytest.mark.parametrize(
    ("state", "at", "public"),
    [
        (ArticleState.PUBLISHED, NOW, True),
        (ArticleState.PUBLISHED, NOW + timedelta(seconds=1), False),
        (ArticleState.DRAFT, NOW, False),
        (ArticleState.PRIVATE, NOW, False),
    ],
)
def test_readers_load_only_what_is_published_by_now(
    session: Session, state: ArticleState, at: Any, public: bool
) -> None:
    article, _ = save(session, state=state, published_at=at)
    found = None

    try:
        found = get_published_article(session, "buurthuis", now=NOW)
    except NotFound:
        assert not public

    assert (found is article) is public


@pytest.mark.parametrize(
    ("policy", "closes", "takes"),
    [
        (CommentPolicy.PREMODERATED, None, True),
        (CommentPolicy.PREMODERATED, NOW + timedelta(seconds=1), True),
        (CommentPolicy.PREMODERATED, NOW, False),
        (CommentPolicy.PREMODERATED, NOW - timedelta(days=1), False),
        (CommentPolicy.CLOSED, None, False),
        (CommentPolicy.CLOSED, NOW + timedelta(days=1), False),
    ],
)
def test_comments_are_taken_until_the_closing_time(
    session: Session, policy: CommentPolicy, closes: Any, takes: bool
) -> None:
    article, _ = save(session, comment_policy=policy, comments_close_at=closes)

    assert article.takes_comments(NOW) is takes


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (238, 1), (2_380, 10)])
def test_reading_time_is_a_minute_at_least(words: int, minutes: int) -> None:
    assert reading_minutes(words) == minutes


FILE = "---\ntitle: Uit een bestand\npeople:\n  - Fatima Haddad | adviseur\n---\nEen tekst.\n"


class TestImportCommand:
    """`flask article import FILE`."""

    @pytest.fixture(autouse=True)
    def _open_transaction(self) -> None:
        """The command has transactions of its own."""

    def test_a_file_becomes_an_article_once(self, both_sites: Site, tmp_path: Path) -> None:
        file = tmp_path / "stuk.md"
        file.write_text(FILE, encoding="utf-8")
        run = both_sites.app.test_cli_runner().invoke

        first, second = (run(args=["article", "import", str(file)]) for _ in range(2))

        assert (first.exit_code, first.output.split()[-1]) == (0, "/articles/uit-een-bestand")
        assert (second.exit_code, second.output.split()[-1]) == (0, "/articles/uit-een-bestand")
        assert first.output != second.output
        assert "Fatima Haddad" in both_sites.reader().get("/articles/uit-een-bestand").text

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"---\ntitle: x\nkind: column\n---\nTekst.", "line 3: kind: one of opinion"),
            (b"---\ntitle: \xff\n---\nTekst.", "is not UTF-8 (byte 11)"),
            (b"---\ntitle: x\n---\nTe\0kst.", "line 4: text: contains a NUL character"),
        ],
    )
    def test_a_wrong_file_is_told_in_one_line(
        self, sqlite_url: str, make_app: AppFactory, tmp_path: Path, content: bytes, told: str
    ) -> None:
        english = make_app(sqlite_url, FORUM_LOCALE="en")
        file = tmp_path / "stuk.md"
        file.write_bytes(content)

        result = english.test_cli_runner().invoke(args=["article", "import", str(file)])

        assert (result.exit_code, result.output.count("\n")) == (1, 1)
        assert told in result.output
