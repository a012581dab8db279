"""Every route that others rely on answers, with what it is for."""

from __future__ import annotations

import pytest

from tests.factories import Site, csrf_token

PUBLIC = [
    ("GET", "/", 200),
    ("GET", "/articles/{slug}", 200),
    ("GET", "/articles/{slug}?page=1", 200),
    ("GET", "/articles/{slug}?sort=oldest", 200),
    ("GET", "/articles/{slug}?sort=newest", 200),
    ("GET", "/articles/{slug}?branch={approved}", 200),
    ("GET", "/articles/{slug}?all=1", 200),
    ("GET", "/articles/{slug}/comments/new", 200),
    ("GET", "/articles/{slug}/comments/new?parent={approved}", 200),
    ("POST", "/articles/{slug}/comments", 422),  # an empty form
    ("GET", "/submissions/no-such-token", 404),
    ("GET", "/writer/no-such-token", 404),
    ("GET", "/comments/{approved}", 302),
    ("GET", "/comments/{waiting}", 404),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/login", 200),
]
STAFF = [
    ("GET", "/moderation", 200),
    ("GET", "/moderation?state=approved&q=mensen&article=1", 200),
    ("GET", "/moderation/comments/{waiting}", 200),
    ("POST", "/moderation/comments/{waiting}/decisions", 422),  # no action chosen
    ("POST", "/moderation/decisions", 422),
    ("GET", "/desk", 200),
    ("GET", "/articles/{slug}/replies/new", 200),
    ("GET", "/articles/{slug}/replies/new?parent={approved}", 200),
    ("POST", "/articles/{slug}/replies/new", 422),
    ("POST", "/logout", 302),
]


@pytest.mark.parametrize(("method", "path", "status"), PUBLIC)
def test_a_public_route_of_the_contract_answers(site: Site, method: str, path: str, status: int) -> None:
    address = path.format(slug=site.slug, approved=site.approved(), waiting=site.comment())

    answer = site.reader().open(address, method=method, data={"name": ""} if method == "POST" else None)

    assert answer.status_code == status


@pytest.mark.parametrize(("method", "path", "status"), STAFF)
def test_a_staff_route_of_the_contract_answers(site: Site, method: str, path: str, status: int) -> None:
    moderator = site.moderator()
    token = csrf_token(moderator)
    address = path.format(slug=site.slug, approved=site.approved(), waiting=site.comment())

    answer = moderator.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)

    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
