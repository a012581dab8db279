"""Template filters: dates, numbers and stored HTML as the readers' language shows them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from babel import Locale, dates
from flask import Flask
from flask_babel import format_date, format_decimal, get_locale, gettext, to_user_timezone
from markupsafe import Markup, escape

from forum.web.avatars import avatar_of


def html(stored: str) -> Markup:
    """HTML that `forum.text` made. The one place where a text is declared safe."""
    return Markup(stored)  # noqa: S704 - passed bleach and nh3 when it was stored


def day(moment: datetime) -> str:
    """`20 november 2026`."""
    return str(format_date(moment, "d MMMM y"))


def day_and_time(moment: datetime) -> str:
    """`20 november 2026, 9:30`."""
    local = to_user_timezone(moment)
    return f"{_day_in_words(local.date(), get_locale())}, {local.hour}:{local.minute:02}"


@lru_cache(maxsize=1_000)
def _day_in_words(moment: date, locale: Locale) -> str:
    """A thread shows the same day many times, and putting it in words costs more than the rest of a comment."""
    return str(dates.format_date(moment, "d MMMM y", locale=locale))


def number(value: int) -> str:
    """`2.261` in Dutch, `2,261` in English."""
    return str(format_decimal(value))


@lru_cache(maxsize=4_096)
def avatar(name: str | None, size: str = "") -> Markup:
    """The face of a name as a picture of two letters, drawn once: a thread shows the same names many times.

    :param size: a class beside the usual ones: `small`, `large`.
    """
    face = avatar_of(name)
    classes = escape(f"avatar avatar-{face.colour} {size}".rstrip())
    letters = escape(face.initials)
    return html(f'<svg class="{classes}" aria-hidden="true"><text x="50%" y="50%">{letters}</text></svg>')


def named(name: str | None) -> str:
    """The name as pages show it: somebody whose name was erased has none."""
    return name or str(gettext("anonymous"))


def init_filters(app: Flask) -> None:
    """Register the filters."""
    app.jinja_env.filters.update(
        html=html, day=day, day_and_time=day_and_time, number=number, avatar=avatar, named=named
    )
