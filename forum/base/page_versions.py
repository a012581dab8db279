"""Versions of what public pages show. A page is made again when a version that it depends on differs.

Every write that a public page shows bumps the key of what it changed, in its own transaction. Keys are opaque here:
domains name them (`article:12`, `front`). What changes by the clock alone is not here: a page knows when it expires.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Insert, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from forum.base.models import BigId, Model
from forum.base.upsert import insert_for


class PageVersion(Model):
    """How often the thing behind `key` changed."""

    __tablename__ = "page_versions"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[int] = mapped_column(BigId, default=1)


def bump(session: Session, *keys: str) -> None:
    """Say that what public pages show of `keys` has changed. The caller commits."""
    if keys:
        # One order for all, so that two writers never wait for each other in a circle.
        rows = [{"key": key, "version": 1} for key in sorted(set(keys))]
        session.connection().execute(_one_more(session.get_bind().dialect.name), rows)


@cache
def _one_more(dialect_name: str) -> Insert:
    return insert_for(dialect_name, PageVersion).on_conflict_do_update(
        index_elements=[PageVersion.key], set_={"version": PageVersion.version + 1}
    )


def current_versions(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """The present version of each key; 0 for one that was never bumped."""
    wanted = dict.fromkeys(keys, 0)
    rows = session.execute(select(PageVersion.key, PageVersion.version).where(PageVersion.key.in_(wanted)))
    return wanted | dict(rows.all())
