"""A site whose comments are committed, for what happens to them as time goes by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from forum.articles.models import Article
from forum.base.session import db
from forum.comments import lifecycle
from tests.comments.scene import Scene
from tests.factories import Site


@pytest.fixture
def stage(both_sites: Site) -> Iterator[Scene]:
    """A scene whose comments are committed, on each database."""
    with both_sites.app.app_context():
        article = db.session.get_one(Article, both_sites.article_id)
        moderator = lifecycle.staff(both_sites.moderator_id)
        yield Scene(db.session, article, moderator, moderator)
