"""The account of an import, as an operator reads it."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forum.exchange.report import Listed, Outcome, Report

SHOWN_OF_A_SORT = 10
"""Rows of one kind and cause that are printed; `--report` has more."""
SHOWN_PLACES = 3
_KINDS = {
    "article": _l("article"),
    "comment": _l("comment"),
    "page": _l("page"),
    "person": _l("person"),
    "post": _l("post"),
    "term": _l("category or tag"),
}
"""What is counted; an export has kinds of its own besides, which keep their name."""
_CAUSES = {
    "no_article": _l("has no article that came in"),
    "not_taken": _l("categories and tags are not taken over"),
}
"""Causes that are only counted: no row of theirs is listed."""


def print_report(report: Report) -> Iterator[str]:
    """The lines of the account: a table that adds up, what was left out and why, and what is worth a look."""
    if report.is_rehearsal:
        yield _("A rehearsal: nothing was written.")
    yield from _table(report)
    yield from _left_out(report)
    yield from _remarks(report)
    if not report.adds_up:
        yield _("The figures do not add up: this is a fault of the program, please report it.")


def _table(report: Report) -> Iterator[str]:
    heads = ("", _("read"), _("new"), _("updated"), _("unchanged"), _("conflicts"), _("left out"))
    rows = [
        (
            _kind(kind),
            str(tally.read),
            *(str(tally.outcomes[outcome]) for outcome in Outcome),
            str(tally.left_out.total()),
        )
        for kind, tally in report.tallies.items()
    ]
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    for row in [heads, *rows]:
        first, *figures = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([row[0].ljust(len(first)), *figures])


def _left_out(report: Report) -> Iterator[str]:
    """Each cause for which rows were left out: in a sentence with the first places, or row by row where rows differ."""
    sorts = _sorts(report)
    rows = [
        (kind, *cause) for kind, tally in report.tallies.items() for cause in sorted(tally.left_out.items())
    ]
    if rows:
        yield ""
        yield _("Left out:")
    for kind, code, number in rows:
        entries = sorts.get((kind, code), [])
        if len({entry.text for entry in entries}) > 1:
            yield f"  {number} {_kind(kind)}: {code}"
            yield from (f"  {row}" for row in _rows(entries, number))
            continue
        places = f" ({_places(entries, number)})" if entries else ""
        cause = entries[0].text if entries else _CAUSES.get(code, code)
        yield f"  {number} {_kind(kind)}: {cause}{places}"


def _remarks(report: Report) -> Iterator[str]:
    """Each sort of thing that is worth a look in what came in, with its first rows."""
    for (kind, code), entries in _sorts(report).items():
        if code in report.tally(kind).left_out:
            continue
        number = len(entries) + report.not_listed[kind, code]
        yield ""
        yield _("Worth a look: %(number)s × %(kind)s, %(code)s", number=number, kind=_kind(kind), code=code)
        yield from _rows(entries, number)


def _kind(kind: str) -> str:
    return str(_KINDS.get(kind, kind))


def _rows(entries: list[Listed], number: int) -> Iterator[str]:
    """The first rows of a sort, one by one."""
    for entry in entries[:SHOWN_OF_A_SORT]:
        yield f"  {entry.where}: {entry.id} {entry.text}" if entry.id else f"  {entry.where}: {entry.text}"
    if number > SHOWN_OF_A_SORT:
        yield "  …"


def _sorts(report: Report) -> dict[tuple[str, str], list[Listed]]:
    """What is listed, by kind and cause."""
    sorts: dict[tuple[str, str], list[Listed]] = {}
    for entry in report.listed:
        sorts.setdefault((entry.kind, entry.code), []).append(entry)
    return sorts


def _places(entries: list[Listed], number: int) -> str:
    shown = ", ".join(entry.where for entry in entries[:SHOWN_PLACES])
    return f"{shown}, …" if number > SHOWN_PLACES else shown
