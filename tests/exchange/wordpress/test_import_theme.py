"""WordPress's own test file for themes: all of it comes in, and every figure equals an independent count."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.articles.models import Article
from forum.base.session import db
from forum.comments.models import Comment
from tests.text.second_parser import violations

DATA = Path(os.environ.get("FORUM_TEST_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))
EXPORT = DATA / "exports" / "themeunittestdata.wordpress.xml"
WP = "{https://wordpress.org/export/1.2/}"

pytestmark = pytest.mark.skipif(not EXPORT.exists(), reason="the data by others is absent (FORUM_TEST_DATA)")


def counted() -> dict[str, Any]:
    """What the file holds, counted by another parser."""
    root = ElementTree.parse(EXPORT).getroot()  # noqa: S314 - a file of the tests
    items = root.findall("./channel/item")
    comments = [c for i in items for c in i.findall(f"{WP}comment")]
    terms = ("category", "tag", "term")
    return {
        "types": Counter(i.findtext(f"{WP}post_type") for i in items),
        "comments": len(comments),
        "pings": Counter(
            c.findtext(f"{WP}comment_type") for c in comments if c.findtext(f"{WP}comment_type")
        ),
        "people": len(root.findall(f"./channel/{WP}author")),
        "terms": sum(len(root.findall(f"./channel/{WP}{name}")) for name in terms),
    }


def imported(app: Flask, tmp_path: Path) -> dict[str, Any]:
    """Run the command; the figures of its report."""
    report = tmp_path / "report.json"
    result = app.test_cli_runner().invoke(args=["import", "wordpress", str(EXPORT), "--report", str(report)])
    assert result.exit_code == 0, result.output
    kinds: dict[str, Any] = json.loads(report.read_text())["kinds"]
    return kinds


def test_every_figure_equals_an_independent_count_the_first_time_and_the_second(
    app: Flask, tmp_path: Path
) -> None:
    expected = counted()
    taken, pings = ("post", "page"), expected["pings"]

    first, second = imported(app, tmp_path), imported(app, tmp_path)

    for kinds, outcome in ((first, "created"), (second, "unchanged")):
        assert {kind: kinds[kind]["read"] for kind in expected["types"]} == expected["types"]
        assert {kind: kinds[kind][outcome] for kind in taken} == {k: expected["types"][k] for k in taken}
        assert kinds["comment"]["read"] == expected["comments"]
        assert kinds["comment"]["left_out"] == pings
        assert kinds["comment"][outcome] == expected["comments"] - pings.total()
        assert kinds["person"][outcome] == kinds["person"]["read"] == expected["people"]
        assert sum(kinds["term"]["left_out"].values()) == kinds["term"]["read"] == expected["terms"]
    assert _rows(app) == (
        expected["types"]["post"] + expected["types"]["page"],
        expected["comments"] - pings.total(),
    )


def test_every_imported_text_passes_the_second_parser(app: Flask, tmp_path: Path) -> None:
    imported(app, tmp_path)

    with app.app_context():
        articles = db.session.execute(select(Article.slug, Article.html)).all()
        comments = [r.html for c in db.session.scalars(select(Comment)) for r in c.revisions]

    assert {slug: found for slug, html in articles if (found := violations(html, profile="article"))} == {}
    assert [found for html in comments if (found := violations(html))] == []


def _rows(app: Flask) -> tuple[int, int]:
    with app.app_context():
        return (
            db.session.execute(select(func.count()).select_from(Article)).scalar_one(),
            db.session.execute(select(func.count()).select_from(Comment)).scalar_one(),
        )
