"""Numbers in addresses."""

from __future__ import annotations

from forum.base.errors import NotFound


def positive_int(raw: str | None, *, default: int | None = None) -> int:
    """A whole number of at least 1, as pages and ids are.

    :param default: for an absent value.
    :raises NotFound: anything else, which names no page.
    """
    if raw is None and default is not None:
        return default
    if raw is None or not (raw.isascii() and raw.isdigit()) or not 1 <= len(raw) <= 18 or int(raw) < 1:
        raise NotFound
    return int(raw)
