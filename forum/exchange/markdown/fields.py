"""The fields of a file as values of a kind: texts, names, moments, switches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, TypeVar

from forum import text
from forum.exchange.markdown.causes import LeftOut, Remark
from forum.exchange.markdown.front_matter import Field

Choice = TypeVar("Choice", bound=StrEnum)

NEVER_TAKEN = frozenset(
    {"lastmod", "lastmodified", "lastmodifiedat", "lastupdated", "modified", "moddate"}
    | {"updated", "updatedat", "updateddate"}
)
"""When a file changed is of no use here, so nothing is lost that would be worth a remark."""
_MAX_PERSON_CHARS, _MAX_BYLINE_CHARS = 100, 200
_SPACE_BEFORE_ZONE = re.compile(r"\s+(?=[+-][0-9]{2}:?[0-9]{2}$)")
_WRITTEN_DATES = ("%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y")
_ON, _OFF = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})


@dataclass
class Fields:
    """Takes values out of the fields; remembers which were taken, and what is worth a remark.

    A value may stand in one of several fields (`lede`, `description`); the first that holds something counts.
    """

    fields: dict[str, Field]
    zone: tzinfo
    remarks: list[Remark] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def text(self, *names: str, max_chars: int) -> str | None:
        """One line of text, shortened (with a remark) when it is longer than `max_chars`.

        :raises LeftOut: it holds NUL or half a character.
        """
        for found in self._filled(*names):
            if found.raw is None:
                self._ignore(found)
                continue
            line = " ".join(cleaned(found.raw, found.line).split())
            return self.shortened(line, found.name, max_chars)
        return None

    def shortened(self, line: str, name: str, max_chars: int) -> str:
        """A text of at most so many characters; a remark tells when that took something away."""
        if len(line) > max_chars:
            self.remarks.append(Remark("shortened", name))
        return line[:max_chars].strip()

    def switch(self, name: str) -> bool | None:
        """On, off, or None when the field is not there or holds something else."""
        found = self.fields.get(name)
        word = (found.raw or "").lower() if found else ""
        if word not in _ON | _OFF:
            return None
        self._taken.add(name)
        return word in _ON

    def has(self, name: str) -> bool:
        """Whether a field is there and holds something."""
        return any(self._filled(name, takes=False))

    def moment(self, *names: str) -> datetime | None:
        """A moment, UTC, read in `zone` when it names none; a date is its first minute.

        :raises LeftOut: it is none that can be read: an article at a wrong date would be worse.
        """
        found = next(self._filled(*names), None)
        self._taken.update(names)
        if found is None:
            return None
        try:
            moment = _as_datetime(found)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
            # Go programs write the year 1 where there is no date.
            return aware.astimezone(UTC) if moment.year > 1 else None
        except (ValueError, TypeError, OverflowError):
            shown = f"{found.name}: {str(found.raw)[:100]}"
            raise LeftOut("value", line=found.line, detail=shown) from None

    def choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """One of a few words.

        :raises LeftOut: another word: what it means for whom may see the article is nobody's guess.
        """
        word = self.text(name, max_chars=200)
        try:
            return choices(word) if word else None
        except ValueError:
            takes = ", ".join(choices)
            raise LeftOut("value", line=self.fields[name].line, detail=f"{name}: {word} ({takes})") from None

    def link(self, name: str) -> str | None:
        """A web address; a remark when it is none."""
        found = next(self._filled(name), None)
        try:
            return text.clean_website(found.raw or "") if found else None
        except (text.NotAWebsite, text.UnstorableText):
            self._ignore(self.fields[name])
            return None

    def texts(self, *names: str) -> list[str]:
        """The texts of all of these fields together; each may hold one, or a list."""
        values = []
        for found in self._filled(*names):
            for value in found.value if isinstance(found.value, list) else [found.raw]:
                if isinstance(value, str):
                    values.append(cleaned(value, found.line).strip())
                elif found.value not in (True, False):
                    self._ignore(found)
        return [value for value in values if value]

    def people(self, *names: str) -> tuple[tuple[str, str | None], ...]:
        """Name and byline of each person: `Name`, `Name | byline`, or a map with a name; nobody twice."""
        people: dict[str, str | None] = {}
        for found in self._filled(*names):
            values = found.value if isinstance(found.value, list) else [found.value]
            for value in values:
                name, byline = self._person(value, found)
                if name:
                    people.setdefault(name, byline)
            return tuple(people.items())
        return ()

    def not_taken(self) -> list[str]:
        """The names of the fields that nothing was made of."""
        return [
            found.name
            for name, found in self.fields.items()
            if name not in self._taken and name not in NEVER_TAKEN
        ]

    def _person(self, value: Any, found: Field) -> tuple[str, str | None]:
        if isinstance(value, dict):
            value = value.get("name") or value.get("title")
        if isinstance(value, bool | list | dict) or value is None:
            self._ignore(found)
            return "", None
        name, _, byline = cleaned(str(value), found.line).partition("|")
        name = self.shortened(text.clean_name(name), found.name, _MAX_PERSON_CHARS)
        return name, self.shortened(" ".join(byline.split()), found.name, _MAX_BYLINE_CHARS) or None

    def _filled(self, *names: str, takes: bool = True) -> Iterator[Field]:
        for name in names:
            found = self.fields.get(name)
            if found is not None and found.value is None and takes:
                self._taken.add(name)
            elif found is not None and found.value not in (None, "", [], {}):
                if takes:
                    self._taken.add(name)
                yield found

    def _ignore(self, found: Field) -> None:
        remark = Remark("ignored", found.name, found.line)
        if remark not in self.remarks:
            self.remarks.append(remark)


def cleaned(raw: str, line: int) -> str:
    """A text as it is kept.

    :raises LeftOut: it holds NUL or half a character.
    """
    try:
        return text.clean_source(raw)
    except text.UnstorableText:
        raise LeftOut("characters", line=line) from None


def _as_datetime(found: Field) -> datetime:
    if isinstance(found.value, datetime):
        return found.value
    if isinstance(found.value, date):
        return datetime.combine(found.value, datetime.min.time())
    typed = _SPACE_BEFORE_ZONE.sub("", (found.raw or "").strip())
    try:
        return datetime.fromisoformat(typed)
    except ValueError:
        return _written(typed)


def _written(typed: str) -> datetime:
    """A date in words, as the examples of Astro have it, or as mails do."""
    for form in _WRITTEN_DATES:
        try:
            return datetime.strptime(typed, form)  # noqa: DTZ007 - the zone is the caller's
        except ValueError:
            continue
    return parsedate_to_datetime(typed)
