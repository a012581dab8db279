"""A backup of PostgreSQL, where limits are counted in the database, holds nothing of what they counted."""

from __future__ import annotations

import subprocess

import pytest
from flask import Flask

from forum.operations.backup.archive import unpack
from forum.web.limits import Limits
from tests.operations.backup.conftest import Stored
from tests.operations.backup.conftest import postgresql_template as postgresql_template
from tests.operations.backup.conftest import stored as stored
from tests.web.test_limits import HOME, READER

pytestmark = pytest.mark.parametrize("stored", ["postgresql"], indirect=True)


def _count(app: Flask) -> None:
    limits: Limits = app.extensions["forum_limits"]
    limits.check_flood(HOME)
    limits.reserve(email=READER, address=HOME)
    limits.storage._engine.dispose()  # type: ignore[attr-defined] # a restore needs to be alone


def _entries(stored: Stored) -> list[str]:
    return [row[0] for row in stored.rows("SELECT key FROM limit_entries")]


def test_a_backup_holds_no_entry_of_a_limit(stored: Stored) -> None:
    _count(stored.app)
    counted = _entries(stored)

    stored.create()

    with stored.app.app_context(), (stored.folder / "dump").open("wb") as file:
        unpack(stored.backup, file)
    dump = subprocess.run(
        ["pg_restore", "--file=-", str(stored.folder / "dump")], check=True, capture_output=True
    ).stdout
    assert len(counted) > 2
    assert b"CREATE TABLE public.limit_entries" in dump
    assert not [key for key in counted if key.encode() in dump]


def test_what_was_put_back_counts_from_nothing(stored: Stored) -> None:
    _count(stored.app)
    stored.create()

    stored.restore()

    assert _entries(stored) == []
    _count(stored.app)
    assert len(_entries(stored)) > 2


def test_entries_are_not_among_what_a_backup_says_that_it_holds(stored: Stored) -> None:
    _count(stored.app)

    counts = stored.create().counts

    assert "limit_entries" not in counts
    assert "network_keys" not in counts
