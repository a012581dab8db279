"""When daily and weekly mails are made up: in the morning, on the site's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(7)
_SETTLED = timedelta(minutes=2)
"""So long after the hour nothing of before it is still being written: ids of rows are given before they are there."""


def last_morning(now: datetime, zone: ZoneInfo) -> date:
    """The day whose morning is the last that has come."""
    local = (now - _SETTLED).astimezone(zone)
    return local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)


def last_monday(now: datetime, zone: ZoneInfo) -> date:
    """The last Monday whose morning has come."""
    day = last_morning(now, zone)
    return day - timedelta(days=day.weekday())


def morning_of(day: date, zone: ZoneInfo) -> datetime:
    """When the morning of a day begins, UTC."""
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def whole_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins and ends, UTC."""
    start, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return start, end
