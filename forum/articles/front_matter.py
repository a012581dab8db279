"""Articles as Markdown files with front matter. Errors name the line and the field.

---
title: Een buurthuis is geen bedrijf
kind: opinion
people:
  - Fatima Haddad | adviseur bij Kennisbank Samenleven
---
The text, in Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any

from flask_babel import gettext as _

from forum import text
from forum.articles.models import ArticleKind, ArticleState, CommentPolicy
from forum.articles.service import ArticleDraft, slugify

_FENCE = "---"
_MAX_CHARS = {
    "title": 300,
    "slug": 200,
    "lang": 35,
    "source_name": 200,
    "source_reporter": 200,
    "source_url": 2000,
}
_MAX_PERSON_CHARS, _MAX_BYLINE_CHARS = 100, 200
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class FrontMatterError(ValueError):
    """A file that is no article. The text names line, field and what was expected."""

    def __init__(self, line: int, field: str, expected: str) -> None:
        super().__init__(_("line %(line)s: %(cause)s", line=line, cause=f"{field}: {expected}"))


def parse_article(content: str, *, zone: tzinfo) -> ArticleDraft:
    """Read one article file.

    :param zone: the zone of times that name none.
    :raises FrontMatterError: a field is missing, unknown or has a value that cannot be right.
    """
    if "\0" in content:
        raise FrontMatterError(
            content[: content.index("\0")].count("\n") + 1, "text", _("contains a NUL character")
        )
    fields, body_line, body = _split(content.removeprefix("\ufeff").splitlines())
    if not body.strip():
        raise FrontMatterError(body_line, "text", _("there is no text below the front matter"))
    reader = _Reader(fields, zone)
    title = reader.text("title")
    if not title:
        raise FrontMatterError(1, "title", _("is missing"))
    draft = ArticleDraft(
        title=title,
        slug=reader.slug("slug") or slugify(title),
        source=text.clean_source(body),
        lede=reader.text("lede") or "",
        kind=reader.choice("kind", ArticleKind, ArticleKind.NEWS),
        state=reader.choice("state", ArticleState, ArticleState.PUBLISHED),
        lang=reader.text("lang") or "nl",
        people=reader.people("people"),
        published_at=reader.moment("published_at"),
        source_name=reader.text("source_name"),
        source_url=reader.link("source_url"),
        source_reporter=reader.text("source_reporter"),
        comment_policy=reader.choice("comment_policy", CommentPolicy, CommentPolicy.PREMODERATED),
        comments_close_at=reader.moment("comments_close_at"),
        former_slug=reader.slug("former_slug"),
    )
    reader.refuse_unknown()
    return draft


def _split(lines: list[str]) -> tuple[dict[str, tuple[int, list[str]]], int, str]:
    """The fields with their lines, and the body with the line it starts on."""
    if not lines or lines[0].strip() != _FENCE:
        raise FrontMatterError(1, "front matter", _("the file must start with a line ---"))
    fields: dict[str, tuple[int, list[str]]] = {}
    name = ""
    for number, line in enumerate(lines[1:], start=2):
        if line.strip() == _FENCE:
            return fields, number + 1, "\n".join(lines[number:])
        if line.lstrip().startswith("- ") and name:
            fields[name][1].append(line.lstrip()[2:].strip())
        elif ":" in line and not line[0].isspace():
            name, _colon, value = line.partition(":")
            name = name.strip()
            if name in fields:
                raise FrontMatterError(number, name, _("stands here twice"))
            fields[name] = (number, [_unquoted(value)] if value.strip() else [])
        elif line.strip() and not line.startswith("#"):
            raise FrontMatterError(number, "front matter", _("expected `field: value` or `- item`"))
    raise FrontMatterError(len(lines), "front matter", _("the closing line --- is missing"))


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


class _Reader:
    """Takes typed values out of the fields; remembers which were asked for."""

    def __init__(self, fields: dict[str, tuple[int, list[str]]], zone: tzinfo) -> None:
        self._fields = fields
        self._zone = zone
        self._asked: set[str] = set()

    def text(self, name: str) -> str | None:
        line, values = self._take(name)
        value = " ".join(values) or None
        if value is not None and len(value) > _MAX_CHARS.get(name, 2000):
            raise FrontMatterError(line, name, _("at most %(n)s characters", n=_MAX_CHARS.get(name, 2000)))
        return value

    def slug(self, name: str) -> str | None:
        line, slug = self._fields.get(name, (0, []))[0], self.text(name)
        if slug is not None and not _SLUG.fullmatch(slug):
            raise FrontMatterError(line, name, _("small letters, digits and single hyphens"))
        return slug

    def choice(self, name: str, enum: Callable[[str], Any], default: Any) -> Any:
        line, values = self._take(name)
        try:
            return enum(values[0]) if values else default
        except ValueError:
            choices = ", ".join(member.value for member in type(default))
            raise FrontMatterError(line, name, _("one of %(choices)s", choices=choices)) from None

    def moment(self, name: str) -> datetime | None:
        line, values = self._take(name)
        if not values:
            return None
        try:
            moment = datetime.fromisoformat(values[0])
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise FrontMatterError(line, name, _("a date and time such as 2026-11-20T09:30+01:00")) from None

    def link(self, name: str) -> str | None:
        line = self._fields.get(name, (0, []))[0]
        try:
            return text.clean_website(self.text(name) or "")
        except text.NotAWebsite:
            raise FrontMatterError(line, name, _("an http(s) address")) from None

    def people(self, name: str) -> tuple[tuple[str, str | None], ...]:
        line, values = self._take(name)
        pairs = [value.partition("|") for value in values]
        people = tuple((person.strip(), byline.strip() or None) for person, _bar, byline in pairs)
        for person, byline in people:
            if not person or len(person) > _MAX_PERSON_CHARS or len(byline or "") > _MAX_BYLINE_CHARS:
                raise FrontMatterError(
                    line,
                    name,
                    _(
                        "`Name | byline`, of %(name)s and %(byline)s characters at most",
                        name=_MAX_PERSON_CHARS,
                        byline=_MAX_BYLINE_CHARS,
                    ),
                )
        return people

    def refuse_unknown(self) -> None:
        for name, (line, _values) in self._fields.items():
            if name not in self._asked:
                raise FrontMatterError(
                    line,
                    name,
                    _("is no field; the fields are %(names)s", names=", ".join(sorted(self._asked))),
                )

    def _take(self, name: str) -> tuple[int, list[str]]:
        self._asked.add(name)
        return self._fields.get(name, (0, []))
