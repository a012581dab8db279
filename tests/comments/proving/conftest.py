"""A site that asks for proof, on each database, and one on SQLite alone."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.comments.proving.mailbox import Clock, Town
from tests.conftest import AppFactory
from tests.factories import NOW, make_site

ASKS = {"FORUM_CONFIRM_EMAIL": "always", "FORUM_LOCALE": "en"}
_VIEWS = ("forum.comments.views", "forum.comments.proving.views", "forum.comments.writer.door.views")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the views that readers meet."""
    clock = Clock(NOW)
    for module in _VIEWS:
        monkeypatch.setattr(f"{module}.utc_now", clock)
    return clock


@pytest.fixture
def town(make_app: AppFactory, sqlite_url: str, clock: Clock) -> Town:
    """A site that asks for proof, on SQLite."""
    return _town(make_app(sqlite_url, **ASKS), clock)


@pytest.fixture
def trusting_town(make_app: AppFactory, sqlite_url: str, clock: Clock) -> Town:
    """A site that asks for no proof."""
    return _town(make_app(sqlite_url, **ASKS | {"FORUM_CONFIRM_EMAIL": "never"}), clock)


@pytest.fixture
def strict_town(make_app: AppFactory, sqlite_url: str, clock: Clock) -> Town:
    """A site that takes two comments an address in ten minutes."""
    return _town(make_app(sqlite_url, **ASKS | {"FORUM_COMMENT_LIMITS": "2 per 10 minutes"}), clock)


@pytest.fixture
def both_towns(make_app: AppFactory, database_url: str, clock: Clock) -> Town:
    """The same on each database."""
    return _town(make_app(database_url, **ASKS), clock)


def _town(app: Flask, clock: Clock) -> Town:
    return Town(make_site(app), clock)
