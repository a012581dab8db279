"""Keyed hashes of readers' networks, with keys that are thrown away.

A network's hash tells only whether two posts of one period came from the same place. Its key is random, is kept in
the database while its hashes are, and is deleted with them: after that nobody can try addresses against a hash.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from forum.base.models import Model, UtcDateTime


class NetworkKey(Model):
    """The key of one period, named by its first day (`2026-11-16`)."""

    __tablename__ = "network_keys"

    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
