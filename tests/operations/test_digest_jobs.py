"""The worker's jobs that make up mails: all that is due, in short transactions, once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from forum.accounts.models import Cadence
from forum.operations.digest_jobs import make_up_digests, tell_moderators
from forum.operations.worker import jobs_of
from tests.comments.mails.post import NEIGHBOUR, Post
from tests.factories import NOW, Person, Site

MONDAY = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
FOLLOWERS = [Person(f"Lezer {n}", f"lezer{n}@lezers.example") for n in range(5)]


@pytest.fixture
def post(both_sites: Site, monkeypatch: pytest.MonkeyPatch) -> Post:
    """A post office on each database, on a Monday morning."""
    monkeypatch.setattr("forum.operations.digest_jobs.utc_now", lambda: MONDAY)
    return Post(both_sites)


def _run(post: Post) -> Counter[str]:
    """Run both jobs; the kinds of what waits then."""
    settings = post.site.app.extensions["forum_settings"]
    with post.site.app.app_context():
        make_up_digests(settings)
        tell_moderators(settings)
    return Counter(post.waiting())


def test_the_worker_has_the_jobs(site: Site) -> None:
    assert {"tell moderators", "make up digests"} <= {job.name for job in jobs_of(site.app)}


def test_everything_that_is_due_is_made_up_once(post: Post) -> None:
    post.follow(NEIGHBOUR, Cadence.DAILY)
    post.follow(FOLLOWERS[0], Cadence.WEEKLY)
    post.site.approved(now=NOW)
    post.site.comment(source="Deze wacht.", now=NOW)
    post.send()

    first, second = _run(post), _run(post)

    assert first == {"follow_digest": 2, "queue_overdue": 1}
    assert second == first


def test_many_followers_are_told_in_turns(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.comments.mails.digests.AT_A_TIME", 2)
    for person in FOLLOWERS:
        post.follow(person, Cadence.DAILY)
    post.site.approved()
    post.send()

    assert _run(post)["follow_digest"] == len(FOLLOWERS)


def test_a_site_without_anything_makes_up_nothing(post: Post) -> None:
    assert _run(post) == {}
