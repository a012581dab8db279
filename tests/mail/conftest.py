"""A mail server, and sites that send through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forum.base.session import db
from tests.conftest import AppFactory
from tests.mail.server import MailServer


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that takes everything, until it is told otherwise."""
    with MailServer() as server:
        yield server


@pytest.fixture
def mailing_app(database_url: str, make_app: AppFactory, server: MailServer) -> Flask:
    """The application, once on each database, with the mail server set."""
    return make_app(database_url, FORUM_SMTP_URL=server.url, FORUM_BASE_URL="https://forum.example")


@pytest.fixture
def outbox(mailing_app: Flask) -> Iterator[Session]:
    """A session of `mailing_app`."""
    with mailing_app.app_context():
        yield db.session


@pytest.fixture
def small_app(sqlite_url: str, make_app: AppFactory, server: MailServer) -> Flask:
    """The same on SQLite alone, for what the database has no part in."""
    return make_app(sqlite_url, FORUM_SMTP_URL=server.url, FORUM_BASE_URL="https://forum.example")


@pytest.fixture
def small_outbox(small_app: Flask) -> Iterator[Session]:
    """A session of `small_app`."""
    with small_app.app_context():
        yield db.session
