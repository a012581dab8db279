"""A mail scanner that follows every link of every mail, and posts what it finds, changes nothing."""

from __future__ import annotations

import pytest

from tests.comments.proving.mailbox import Town
from tests.comments.proving.scanning import dump, links_of_mails, mail_everybody, scan


@pytest.fixture
def mailed(town: Town) -> Town:
    """A site on which all that readers and staff are mailed about has happened."""
    mail_everybody(town)
    return town


def test_a_scanner_changes_nothing(mailed: Town) -> None:
    links = links_of_mails(mailed.site.app)
    before = dump(mailed.site.app)

    answers = {path: scan(mailed.site.app, path) for kind in links.values() for path in kind}

    assert dump(mailed.site.app) == before
    assert not {path for path, statuses in answers.items() if max(statuses) >= 500}


def test_the_scanner_had_something_to_press(mailed: Town) -> None:
    kinds = {kind for kind, paths in links_of_mails(mailed.site.app).items() if paths - {"/"}}

    assert {"confirm", "writer_link", "approved", "refused", "removed", "reply", "follow_confirm"} <= kinds


def test_a_person_who_presses_behind_the_same_link_does_change_something(mailed: Town) -> None:
    before = dump(mailed.site.app)

    mailed.press(mailed.browser(), next(iter(links_of_mails(mailed.site.app)["confirm"] - {"/"})))

    assert dump(mailed.site.app) != before
