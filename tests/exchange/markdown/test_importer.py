"""A folder comes in; a second time nothing changes; what changed there comes in, and what changed here stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.articles.former_addresses import find_by_former_address
from forum.articles.models import Article, ArticleState, Person, SourceFormat
from forum.base.session import writing
from forum.config import Settings
from forum.exchange.article_writing import write_article
from forum.exchange.markdown.importer import import_markdown
from forum.exchange.models import ImportedArticle, ImportSource
from forum.exchange.report import Outcome, Report
from tests.exchange.markdown.sites import article, write_site
from tests.factories import NOW

TWO = {
    "_posts/2024-01-31-een-stuk.md": article("author: Fatima Haddad", "redirect_from: /oud/pad"),
    "over.md": article("title: Over ons", "date: 2024-02-01", "tags: [a]", body="Wie *wij* zijn. {{ x }}"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of two articles."""
    return write_site(tmp_path / "site", TWO)


@pytest.fixture
def settings(app: Flask) -> Settings:
    """The settings of `app`."""
    found: Settings = app.extensions["forum_settings"]
    return found


@pytest.fixture
def sqlite_settings(sqlite_app: Flask) -> Settings:
    """The settings of `sqlite_app`."""
    found: Settings = sqlite_app.extensions["forum_settings"]
    return found


def figures(report: Report, kind: str = "article") -> dict[str, int]:
    assert report.adds_up
    return {str(outcome): number for outcome, number in report.tally(kind).outcomes.items() if number}


def left_out(report: Report) -> dict[str, int]:
    assert report.adds_up
    return dict(report.tally("article").left_out)


def codes(report: Report) -> list[tuple[str, str]]:
    return [(entry.where, entry.code) for entry in report.listed]


def stored(session: Session, slug: str) -> Article:
    return session.scalars(select(Article).where(Article.slug == slug)).one()


def test_a_folder_comes_in(session: Session, settings: Settings, folder: Path) -> None:
    report = import_markdown(session, folder, settings, now=NOW)

    assert figures(report) == {"created": 2}
    assert figures(report, "person") == {"created": 1}
    first, about = stored(session, "een-stuk"), stored(session, "over")
    assert (first.title, first.state, first.bylines[0].person.name) == (
        "Een stuk", ArticleState.PUBLISHED, "Fatima Haddad",
    )  # fmt: skip
    assert (about.title, about.html, about.source_format) == (
        "Over ons", "<p>Wie <em>wij</em> zijn.</p>", SourceFormat.MARKDOWN,
    )  # fmt: skip


def test_a_second_time_changes_nothing(session: Session, settings: Settings, folder: Path) -> None:
    import_markdown(session, folder, settings, now=NOW)
    before = [(one.id, one.updated_at) for one in session.scalars(select(Article).order_by(Article.id))]

    report = import_markdown(session, folder, settings, now=NOW + timedelta(days=1))

    assert figures(report) == {"unchanged": 2}
    assert figures(report, "person") == {"unchanged": 1}
    assert [
        (one.id, one.updated_at) for one in session.scalars(select(Article).order_by(Article.id))
    ] == before


def test_what_changed_there_is_brought_up_to_date_at_its_own_address(
    session: Session, settings: Settings, folder: Path
) -> None:
    import_markdown(session, folder, settings, now=NOW)
    write_site(folder, {"over.md": article("title: Over onze site", "slug: anders", "date: 2024-02-01")})

    report = import_markdown(session, folder, settings, now=NOW)

    assert figures(report) == {"unchanged": 1, "updated": 1}
    assert stored(session, "over").title == "Over onze site"


def test_what_changed_there_and_here_stays_as_it_is_here(
    session: Session, settings: Settings, folder: Path
) -> None:
    import_markdown(session, folder, settings, now=NOW)
    with writing(session):
        stored(session, "over").title = "Hier veranderd"
    write_site(folder, {"over.md": article("title: Daar veranderd", "date: 2024-02-01", "author: Nieuw")})

    report = import_markdown(session, folder, settings, now=NOW)

    assert figures(report) == {"unchanged": 1, "conflict": 1}
    assert ("over.md", "conflict") in codes(report)
    assert stored(session, "over").title == "Hier veranderd"
    assert report.tally("person").left_out == {"no_article": 1}


def test_what_changed_here_only_is_unchanged(session: Session, settings: Settings, folder: Path) -> None:
    import_markdown(session, folder, settings, now=NOW)
    with writing(session):
        stored(session, "over").title = "Hier veranderd"

    report = import_markdown(session, folder, settings, now=NOW)

    assert figures(report) == {"unchanged": 2}
    assert stored(session, "over").title == "Hier veranderd"


def test_a_rehearsal_tells_what_would_be_and_writes_nothing(
    session: Session, settings: Settings, folder: Path
) -> None:
    rehearsed = import_markdown(session, folder, settings, now=NOW, is_rehearsal=True)

    for model in (Article, Person, ImportSource, ImportedArticle):
        assert session.scalar(select(func.count()).select_from(model)) == 0
    done = import_markdown(session, folder, settings, now=NOW)
    assert (rehearsed.tallies, rehearsed.listed, rehearsed.remarks) == (
        done.tallies,
        done.listed,
        done.remarks,
    )


def test_old_addresses_lead_to_the_article(
    sqlite_session: Session, sqlite_settings: Settings, folder: Path
) -> None:
    import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)

    for address in ("/oud/pad/", "/2024/01/31/een-stuk.html", "/2024-01-31-een-stuk"):
        found = find_by_former_address(sqlite_session, address, now=NOW)
        assert found is not None, address
        assert found.slug == "een-stuk"


def test_an_old_address_that_looks_like_one_of_ours_leads_to_the_article(
    sqlite_app: Flask, sqlite_session: Session, sqlite_settings: Settings, tmp_path: Path
) -> None:
    write_site(tmp_path / "site", {"articles/ouder.md": article("slug: jonger", "date: 2024-01-31")})
    import_markdown(sqlite_session, tmp_path / "site", sqlite_settings, now=NOW)

    answer = sqlite_app.test_client().get("/articles/ouder")

    assert (answer.status_code, answer.headers["Location"]) == (301, "/articles/jonger")


def test_a_file_that_cannot_be_read_is_left_out_and_the_others_come_in(
    sqlite_session: Session, sqlite_settings: Settings, folder: Path
) -> None:
    write_site(
        folder,
        {"kapot.md": "---\ntitle: x\ntags: [\n---\nx", "latin.md": b"een\ncaf\xe9", "blog/_index.md": "x"},
    )

    report = import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)

    assert figures(report) == {"created": 2}
    assert left_out(report) == {"front_matter": 1, "not_utf8": 1, "section": 1}
    assert {("kapot.md:4", "front_matter"), ("latin.md:2", "not_utf8"), ("blog/_index.md", "section")} <= set(
        codes(report)
    )


def test_a_file_that_was_broken_comes_in_once_it_is_mended(
    sqlite_session: Session, sqlite_settings: Settings, folder: Path
) -> None:
    write_site(folder, {"kapot.md": "---\ntitle: x\n"})
    import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)
    write_site(folder, {"kapot.md": article("title: x")})

    report = import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)

    assert figures(report) == {"unchanged": 2, "created": 1}


def test_two_files_that_want_one_address_both_come_in(
    sqlite_session: Session, sqlite_settings: Settings, tmp_path: Path
) -> None:
    write_site(tmp_path / "site", dict.fromkeys(["a/stuk.md", "b/stuk.md"], article("date: 2024-01-31")))

    report = import_markdown(sqlite_session, tmp_path / "site", sqlite_settings, now=NOW)

    assert codes(report) == [("b/stuk.md", "same_slug")]
    assert set(sqlite_session.scalars(select(Article.slug))) == {"stuk", "stuk-2"}


def test_an_article_that_was_here_already_is_not_taken_over(
    sqlite_session: Session, sqlite_settings: Settings, folder: Path, tmp_path: Path
) -> None:
    import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)
    write_site(tmp_path / "tweede", {"x.md": article("title: Nieuw", "slug: over", "former_slug: een-stuk")})

    import_markdown(sqlite_session, tmp_path / "tweede", sqlite_settings, now=NOW)

    assert stored(sqlite_session, "over").title == "Over ons"
    assert stored(sqlite_session, "een-stuk").title == "Een stuk"
    assert stored(sqlite_session, "over-2").title == "Nieuw"


def test_a_field_that_is_not_taken_over_is_listed_once(
    sqlite_session: Session, sqlite_settings: Settings, tmp_path: Path
) -> None:
    names = [f"{number}.md" for number in range(3)]
    write_site(tmp_path / "site", dict.fromkeys(names, article("date: 2024-01-31", "tags: [a]")))

    report = import_markdown(sqlite_session, tmp_path / "site", sqlite_settings, now=NOW)

    [field] = [entry for entry in report.listed if entry.code == "field"]
    assert (field.where, field.id) == ("0.md", "tags")
    assert "3" in field.text
    assert report.remarks["field"] == 3


def test_what_could_not_be_taken_along_is_told_when_it_comes_in(
    sqlite_session: Session, sqlite_settings: Settings, folder: Path
) -> None:
    first = import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)
    second = import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)

    assert ("over.md", "not_converted") in codes(first)
    assert ("over.md", "not_converted") not in codes(second)


def test_an_import_that_was_stopped_is_completed_by_the_next(
    sqlite_session: Session, sqlite_settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def stop_at_the_second(*arguments: object, **options: object) -> tuple[Outcome, int]:
        if sqlite_session.scalar(select(func.count()).select_from(Article)):
            raise KeyboardInterrupt
        return write_article(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("forum.exchange.markdown.importer.write_article", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)
    monkeypatch.undo()

    assert figures(import_markdown(sqlite_session, folder, sqlite_settings, now=NOW)) == {
        "unchanged": 1,
        "created": 1,
    }


def test_an_empty_folder_is_an_import_of_nothing(
    sqlite_session: Session, sqlite_settings: Settings, tmp_path: Path
) -> None:
    report = import_markdown(sqlite_session, tmp_path, sqlite_settings, now=NOW)

    assert (figures(report), report.listed) == ({}, [])


def test_a_name_that_is_not_utf8_does_no_harm(
    sqlite_session: Session, sqlite_settings: Settings, tmp_path: Path
) -> None:
    site = tmp_path / "caf\udce9"
    write_site(site, {"caf\udce9.md": "---\ndate: 2024-01-31\n---\nTekst."})

    report = import_markdown(sqlite_session, site, sqlite_settings, now=NOW)

    assert figures(report) == {"created": 1}
    assert sqlite_session.scalars(select(Article.title)).one() == "Caf?"
