"""`flask import …`: what an operator types, reads and gets back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.articles.models import Article
from forum.base.session import db
from tests.conftest import AppFactory
from tests.exchange.markdown.sites import article, write_site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of one sound article and two that cannot be read, for different causes."""
    return write_site(
        tmp_path / "site",
        {
            "a.md": article("date: 2024-01-31"),
            "b.md": "---\ntitle: [\n---\nx",
            "c.md": "---\na: &a b\n---\nx",
        },
    )


def number_of_articles(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Article)) or 0


def test_a_folder_is_imported_and_accounted_for(sqlite_url: str, make_app: AppFactory, folder: Path) -> None:
    app = make_app(sqlite_url, FORUM_LOCALE="en")

    result = app.test_cli_runner().invoke(args=["import", "markdown", str(folder)])

    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].split() == ["read", "new", "updated", "unchanged", "conflicts", "left", "out"]
    assert lines[1].split() == ["article", "3", "1", "0", "0", "0", "2"]
    assert any("b.md:3" in line for line in lines)
    assert any("c.md:2" in line and "anchors" in line for line in lines)
    assert number_of_articles(app) == 1


def test_a_dry_run_writes_nothing(sqlite_app: Flask, folder: Path) -> None:
    result = sqlite_app.test_cli_runner().invoke(args=["import", "markdown", str(folder), "--dry-run"])

    assert result.exit_code == 0, result.output
    assert number_of_articles(sqlite_app) == 0


def test_the_report_can_be_read_by_programs(sqlite_app: Flask, folder: Path, tmp_path: Path) -> None:
    report_file = tmp_path / "report.json"

    sqlite_app.test_cli_runner().invoke(
        args=["import", "markdown", str(folder), "--report", str(report_file)]
    )

    report = json.loads(report_file.read_text(encoding="utf-8"))
    assert report["origin"] == "markdown:site"
    assert report["kinds"]["article"]["left_out"] == {"front_matter": 2}
    assert {entry["where"] for entry in report["listed"]} == {"b.md:3", "c.md:2"}


def test_a_report_that_cannot_be_written_stops_the_import_before_it_begins(
    sqlite_app: Flask, folder: Path, tmp_path: Path
) -> None:
    report_file = tmp_path / "nowhere" / "report.json"

    result = sqlite_app.test_cli_runner().invoke(
        args=["import", "markdown", str(folder), "--report", str(report_file)]
    )

    assert result.exit_code == 2
    assert "nowhere" in result.output
    assert number_of_articles(sqlite_app) == 0


def test_a_folder_that_is_not_there_is_told(sqlite_app: Flask, tmp_path: Path) -> None:
    result = sqlite_app.test_cli_runner().invoke(args=["import", "markdown", str(tmp_path / "nergens")])

    assert result.exit_code == 2
    assert "nergens" in result.output
