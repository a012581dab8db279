"""Ids and page versions that were given out in a lost time never come again, whichever backup is put back when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forum.articles.models import page_key
from forum.base.page_versions import current_versions
from forum.base.session import db, writing
from forum.comments.models import State
from forum.operations.backup.settling import AHEAD
from tests.factories import make_article, token_of
from tests.operations.backup.conftest import LATER, Stored


@pytest.mark.parametrize("before", [1, 0], ids=["some before", "none before"])
def test_ids_of_the_lost_time_never_come_again(stored: Stored, before: int) -> None:
    for _ in range(before):
        stored.comment()
    stored.create()
    lost = stored.comment(source="Verloren.")

    stored.restore()

    assert stored.comment(source="Nieuw.") > lost + AHEAD / 2


def test_the_second_restore_of_the_same_backup_gives_no_id_of_the_first_again(stored: Stored) -> None:
    stored.create()
    stored.restore(now=LATER)
    lost = [stored.comment(source=f"Verloren {n}.") for n in range(3)]

    stored.restore(now=LATER + timedelta(seconds=1))

    assert stored.comment(source="Nieuw.") > max(lost)


def test_nor_does_one_of_an_older_backup_after_one_of_a_newer(stored: Stored) -> None:
    older = stored.folder / "older.tar"
    stored.create()
    stored.backup.rename(older)
    stored.restore(path=older, now=LATER)
    stored.create()
    stored.restore(now=LATER + timedelta(minutes=1))
    lost = stored.comment(source="Verloren.")

    stored.restore(path=older, now=LATER + timedelta(minutes=2))

    assert stored.comment(source="Nieuw.") > lost


def test_the_page_of_a_lost_submission_is_nobody_elses_even_with_its_id(stored: Stored) -> None:
    stored.create()
    stored.restore()
    lost = stored.comment(source="Verloren.")
    token = token_of(stored.site, lost)
    stored.restore()  # as by a clock that stands still

    new = stored.comment(source="Van een ander.", now=LATER)

    assert new == lost
    assert stored.app.test_client().get(f"/submissions/{token}").status_code == 404


def test_links_to_an_article_of_the_lost_time_lead_to_no_other(stored: Stored) -> None:
    """A link that ends a follow names the article by its id, and tells its title, be it a draft."""
    stored.create()
    lost = _article(stored)

    stored.restore()

    assert _article(stored) > lost + AHEAD


def _article(stored: Stored) -> int:
    with stored.app.app_context(), writing(db.session):
        return make_article(db.session).id


def test_nothing_that_counts_on_begins_at_one_again(stored: Stored) -> None:
    stored.create()

    stored.restore()

    if stored.is_sqlite:
        counted = stored.rows("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        ahead = stored.rows(f"SELECT name FROM sqlite_sequence WHERE seq >= {AHEAD}")
        assert sorted(ahead) == sorted(counted)
        assert ("comments",) in ahead
    else:
        behind = f"SELECT sequencename FROM pg_sequences WHERE coalesce(last_value, 0) < {AHEAD}"
        assert stored.rows(behind) == []


def test_no_page_of_the_lost_time_can_be_taken_for_a_present_one(stored: Stored) -> None:
    stored.comment(State.APPROVED)
    stored.create()
    for _ in range(3):
        stored.comment(State.APPROVED)
    seen = [_version_of_the_page(stored)]

    for minute in range(2):
        stored.restore(now=LATER + timedelta(minutes=minute))
        seen.append(_version_of_the_page(stored))

    assert seen == sorted(set(seen))


def _version_of_the_page(stored: Stored) -> int:
    key = page_key(stored.site.article_id)
    with stored.app.app_context():
        version = current_versions(db.session, [key])[key]
        db.session.rollback()
        return version
