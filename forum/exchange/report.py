"""What an import did: per kind how many rows were read, and what became of each of them; and everything worth a look.

The figures add up: read = created + updated + unchanged + conflicts + left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_LISTED = 1_000
"""Rows listed one by one of each kind and cause; the others are only counted."""


class Outcome(StrEnum):
    """What became of a row of the file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Listed:
    """One row of the file that somebody may want to look at.

    :param where: line or file name.
    :param code: the cause, in one word; `text` in a sentence.
    """

    where: str
    kind: str
    id: str
    code: str
    text: str


@dataclass
class Tally:
    """The figures of one kind."""

    read: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def accounted_for(self) -> int:
        """Rows of which it is known what became of them; `read`, when all went well."""
        return self.outcomes.total() + self.left_out.total()


@dataclass
class Report:
    """The whole account of one import.

    :param origin: what was imported: a site's address, or a folder.
    :param is_rehearsal: nothing was written; the outcomes are those that there would have been.
    """

    origin: str
    is_rehearsal: bool = False
    tallies: dict[str, Tally] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)
    not_listed: Counter[tuple[str, str]] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    _listed_of: Counter[tuple[str, str]] = field(default_factory=Counter)

    def tally(self, kind: str) -> Tally:
        """The figures of a kind, begun when new."""
        return self.tallies.setdefault(kind, Tally())

    def count(self, kind: str, outcome: Outcome, number: int = 1) -> None:
        """What became of a row, or of many."""
        if number:
            self.tally(kind).outcomes[outcome] += number

    def leave_out(self, kind: str, code: str, number: int = 1) -> None:
        """Rows that do not come in, and why."""
        if number:
            self.tally(kind).left_out[code] += number

    def list(self, entry: Listed) -> None:
        """List a row, unless there are many of its sort already."""
        sort = (entry.kind, entry.code)
        self._listed_of[sort] += 1
        if self._listed_of[sort] > MAX_LISTED:
            self.not_listed[sort] += 1
        else:
            self.listed.append(entry)

    @property
    def adds_up(self) -> bool:
        """Whether it is known of every row what became of it."""
        return all(tally.read == tally.accounted_for for tally in self.tallies.values())

    def as_json(self) -> Mapping[str, Any]:
        """The account for other programs."""
        return {
            "origin": self.origin,
            "rehearsal": self.is_rehearsal,
            "kinds": {kind: _tally_as_json(tally) for kind, tally in self.tallies.items()},
            "remarks": dict(self.remarks),
            "listed": [vars(entry) for entry in self.listed],
            "not_listed": [
                {"kind": kind, "code": code, "number": number}
                for (kind, code), number in self.not_listed.items()
            ],
        }


def _tally_as_json(tally: Tally) -> dict[str, Any]:
    outcomes = {outcome.value: tally.outcomes[outcome] for outcome in Outcome}
    return {"read": tally.read, **outcomes, "left_out": dict(tally.left_out)}
