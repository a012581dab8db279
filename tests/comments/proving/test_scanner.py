"""A mail scanner that follows every link of every mail, and posts what it finds, changes nothing."""

from __future__ import annotations

import pytest

from forum.web.press import LOOK_AT_LEAST
from tests.comments.proving.mailbox import Town
from tests.comments.proving.scanning import dump, links_of_mails, mail_everybody, scan, scan_slowly

_OTHERS = (
    "forum.accounts.views",
    "forum.comments.following.views",
    "forum.comments.unsubscribing.views",
)


@pytest.fixture
def mailed(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A site on which all that readers and staff are mailed about has happened. Every page has the town's clock."""
    for module in _OTHERS:
        monkeypatch.setattr(f"{module}.utc_now", town.clock)
    mail_everybody(town)
    return town


def test_a_scanner_changes_nothing(mailed: Town) -> None:
    links = links_of_mails(mailed)
    before = dump(mailed.site.app)

    answers = {path: scan(mailed.site.app, path) for kind in links.values() for path in kind}

    assert dump(mailed.site.app) == before
    assert not {path for path, statuses in answers.items() if max(statuses) >= 500}


def test_a_scanner_that_takes_its_time_changes_nothing_without_the_cookie_or_a_person(mailed: Town) -> None:
    links = links_of_mails(mailed)
    before, wait_s = dump(mailed.site.app), LOOK_AT_LEAST.total_seconds() * 5

    answers = {
        path: scan_slowly(mailed.site.app, path, mailed.clock, wait_s=wait_s)
        for kind in links.values()
        for path in kind
    }

    assert dump(mailed.site.app) == before
    assert sum(map(len, answers.values())) > len(links["confirm"])
    assert not {path for path, statuses in answers.items() if max(statuses, default=0) >= 500}


def test_the_scanner_had_something_to_press(mailed: Town) -> None:
    kinds = {kind for kind, paths in links_of_mails(mailed).items() if paths - {"/"}}

    assert {"confirm", "writer_link", "approved", "refused", "removed", "reply", "follow_confirm"} <= kinds


def test_a_person_who_presses_behind_the_same_link_does_change_something(mailed: Town) -> None:
    before = dump(mailed.site.app)

    mailed.press(mailed.browser(), next(iter(links_of_mails(mailed)["confirm"] - {"/"})))

    assert dump(mailed.site.app) != before
