"""The stage of the imports."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from forum.base.session import db
from tests.exchange.wordpress.scene import Stage


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    """An application on each database, with its session open."""
    with app.app_context():
        yield Stage(app, db.session)
        db.session.rollback()
