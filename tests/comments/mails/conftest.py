"""A post office on each database, or on one."""

from __future__ import annotations

import pytest

from tests.comments.mails.post import Post
from tests.factories import Site


@pytest.fixture
def post(site: Site) -> Post:
    """A post office on SQLite."""
    return Post(site)


@pytest.fixture
def both_posts(both_sites: Site) -> Post:
    """A post office on each database."""
    return Post(both_sites)
