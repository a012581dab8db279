"""The account of an import: it adds up, it does not grow without end, and people and programs can read it."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from forum.exchange import report as report_module
from forum.exchange.printing import SHOWN_OF_A_SORT, print_report
from forum.exchange.report import Listed, Outcome, Report
from tests.conftest import AppFactory


@pytest.fixture
def english(sqlite_url: str, make_app: AppFactory) -> Flask:
    """An application that speaks English."""
    return make_app(sqlite_url, FORUM_LOCALE="en")


def entry(number: int = 1, code: str = "empty", text: str = "has no text") -> Listed:
    return Listed(f"{number}.md", "article", f"stuk-{number}", code, text)


def a_report() -> Report:
    report = Report("markdown:site")
    report.tally("article").read = 6
    for outcome in Outcome:
        report.count("article", outcome)
    report.leave_out("article", "empty", 2)
    report.list(entry(1))
    report.list(entry(2))
    return report


def printed(report: Report, app: Flask) -> list[str]:
    with app.app_context():
        return list(print_report(report))


def test_figures_add_up_when_it_is_known_of_every_row_what_became_of_it() -> None:
    assert a_report().adds_up


@pytest.mark.parametrize("read", [5, 7])
def test_a_row_too_many_or_too_few_is_noticed(read: int) -> None:
    report = a_report()

    report.tally("article").read = read

    assert not report.adds_up


def test_each_kind_must_add_up_by_itself() -> None:
    report = a_report()
    report.tally("article").read = 7
    report.count("person", Outcome.CREATED)

    assert not report.adds_up


def test_many_rows_of_a_sort_are_counted_and_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_module, "MAX_LISTED", 3)
    report = Report("x")

    for number in range(5):
        report.list(entry(number))
    report.list(entry(6, code="too_long"))

    assert [listed.id for listed in report.listed] == ["stuk-0", "stuk-1", "stuk-2", "stuk-6"]
    assert report.not_listed == {("article", "empty"): 2}
    assert report.as_json()["not_listed"] == [{"kind": "article", "code": "empty", "number": 2}]


def test_programs_get_every_figure() -> None:
    report = a_report()
    report.remarks["no_date"] += 1

    read_back = json.loads(json.dumps(report.as_json()))

    assert read_back["kinds"]["article"] == {
        "read": 6, "created": 1, "updated": 1, "unchanged": 1, "conflict": 1, "left_out": {"empty": 2},
    }  # fmt: skip
    assert read_back["remarks"] == {"no_date": 1}
    assert read_back["listed"][0] == {
        "where": "1.md", "kind": "article", "id": "stuk-1", "code": "empty", "text": "has no text",
    }  # fmt: skip
    assert (read_back["origin"], read_back["rehearsal"]) == ("markdown:site", False)


def test_people_get_a_table_and_the_causes(english: Flask) -> None:
    lines = printed(a_report(), english)

    assert lines[1].split() == ["article", "6", "1", "1", "1", "1", "2"]
    assert len(lines[0]) == len(lines[1])
    assert "  2 article: has no text (1.md, 2.md)" in lines


def test_rows_left_out_for_different_details_are_told_one_by_one(english: Flask) -> None:
    report = a_report()
    report.leave_out("article", "value", 2)
    report.list(entry(3, "value", "date: x"))
    report.list(entry(4, "value", "date: y"))

    lines = printed(report, english)

    assert "    3.md: stuk-3 date: x" in lines
    assert "    4.md: stuk-4 date: y" in lines


def test_only_the_first_rows_of_a_sort_are_printed(english: Flask) -> None:
    report = Report("x")
    for number in range(SHOWN_OF_A_SORT + 1):
        report.list(entry(number, "no_date", "has no date"))

    lines = printed(report, english)

    assert sum(".md" in line for line in lines) == SHOWN_OF_A_SORT
    assert lines[-1] == "  …"


def test_a_rehearsal_says_so_first(english: Flask) -> None:
    assert printed(Report("x", is_rehearsal=True), english)[0] == "A rehearsal: nothing was written."


def test_figures_that_do_not_add_up_are_called_a_fault(english: Flask) -> None:
    report = a_report()
    report.tally("article").read += 1

    assert "do not add up" in printed(report, english)[-1]
