"""The fields above a text: YAML between `---`, TOML between `+++`, or a JSON object."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from forum.exchange.markdown.causes import LeftOut
from forum.exchange.markdown.yaml_fields import read_yaml

MAX_CHARS = 100_000
"""Of the fields together; a site's own are a few hundred."""
_FENCE = re.compile(r"(?P<mark>---|\+\+\+)(?P<language>[A-Za-z]*)[ \t]*\n")
_ENDS = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$\n?", re.MULTILINE),
}
_TOML_LINE = re.compile(r"at line ([0-9]+)")


@dataclass(frozen=True)
class Field:
    """One field.

    :param name: as it stands in the file.
    :param raw: a single value as it was typed, so that the title "No" is no boolean; None for lists and maps.
    """

    name: str
    value: Any
    raw: str | None
    line: int


@dataclass(frozen=True)
class Parts:
    """A file taken apart. `body_line` is the line that the body begins on."""

    fields: dict[str, Field]
    body: str
    body_line: int
    has_front_matter: bool


def key(name: str) -> str:
    """A field's name as it is looked up: `publishDate`, `publish_date` and `publishdate` are one field."""
    return name.lower().replace("_", "").replace("-", "")


def take_apart(content: str) -> Parts:
    """Fields and body of a file. Without front matter all of it is body.

    :raises LeftOut: the front matter has no end, is too long, or is not what it says that it is.
    """
    if content.startswith("{") and not content.startswith(("{{", "{%", "{#")):
        return _with_json(content)
    fence = _FENCE.match(content)
    if fence is None:
        return Parts({}, content, 1, has_front_matter=False)
    read = _READERS.get(fence["language"].lower() or fence["mark"])
    end = _ENDS[fence["mark"]].search(content, fence.end())
    if read is None:
        raise LeftOut("front_matter", line=1, detail=fence[0].strip())
    if end is None:
        raise LeftOut("front_matter", line=1, detail=_("%(mark)s is not closed", mark=fence["mark"]))
    matter = content[fence.end() : end.start()]
    body_line = content.count("\n", 0, end.end()) + 1
    return Parts(_by_key(_bounded(matter), read, 2), content[end.end() :], body_line, has_front_matter=True)


def _with_json(content: str) -> Parts:
    try:
        _value, end = json.JSONDecoder().raw_decode(content)
    except json.JSONDecodeError as error:
        raise LeftOut("front_matter", line=error.lineno, detail=error.msg) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or brackets as deep
        raise LeftOut("front_matter", line=1, detail="JSON") from None
    fields = _by_key(_bounded(content[:end]), _read_json, 1)
    return Parts(fields, content[end:], content.count("\n", 0, end) + 1, has_front_matter=True)


def _bounded(matter: str) -> str:
    if len(matter) > MAX_CHARS:
        raise LeftOut("front_matter", line=1, detail=f"{len(matter)} > {MAX_CHARS}")
    return matter


def _by_key(matter: str, read: Callable[[str, int], list[Field]], first_line: int) -> dict[str, Field]:
    """The fields by `key`; of two that differ in spelling only the first counts."""
    fields: dict[str, Field] = {}
    for field in read(matter, first_line):
        fields.setdefault(key(field.name), field)
    return fields


def _read_yaml(matter: str, first_line: int) -> list[Field]:
    return [Field(*field) for field in read_yaml(matter, first_line)]


def _read_toml(matter: str, first_line: int) -> list[Field]:
    try:
        values = tomllib.loads(matter)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError
        found = _TOML_LINE.search(str(error))
        line = first_line - 1 + int(found[1]) if found else first_line
        raise LeftOut("front_matter", line=line, detail=str(error)[:200]) from None
    return _plain_fields(values, matter, first_line)


def _read_json(matter: str, first_line: int) -> list[Field]:
    try:
        values = json.loads(matter)
    except (ValueError, RecursionError) as error:
        line = first_line - 1 + getattr(error, "lineno", 1)
        raise LeftOut("front_matter", line=line, detail=str(error)[:200]) from None
    if not isinstance(values, dict):
        raise LeftOut("front_matter", line=first_line, detail="JSON")
    return _plain_fields(values, matter, first_line)


def _plain_fields(values: dict[str, Any], matter: str, first_line: int) -> list[Field]:
    return [
        Field(name, value, _raw(value), _line_of(name, matter, first_line)) for name, value in values.items()
    ]


def _raw(value: Any) -> str | None:
    if value is None or isinstance(value, list | dict):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _line_of(name: str, matter: str, first_line: int) -> int:
    found = re.search(rf"^[ \t\[{{]*\"?{re.escape(name)}\"?[ \t]*[=:.\]]", matter, re.MULTILINE)
    return first_line + (matter.count("\n", 0, found.end()) if found else 0)


_READERS = {
    "---": _read_yaml,
    "+++": _read_toml,
    "yaml": _read_yaml,
    "yml": _read_yaml,
    "toml": _read_toml,
    "json": _read_json,
}
"""By what stands on the first line: `---`, or `---json` as Eleventy knows it."""
