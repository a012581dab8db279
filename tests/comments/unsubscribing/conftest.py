"""A clock that waits."""

from __future__ import annotations

from tests.comments.following.conftest import clock as clock
