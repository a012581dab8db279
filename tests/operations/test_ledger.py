"""The ledger of erasures: outside the database, only added to, whole after a crash."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from forum.base.session import writing
from forum.comments.models import Erasure, ErasureScope
from forum.config import Settings
from forum.operations.ledger import Erased, add_to_ledger, bring_up_to_date, read_ledger
from tests.factories import NOW


def erased(number: int, scope: ErasureScope = ErasureScope.ADDRESS) -> Erased:
    return Erased(NOW + timedelta(seconds=number), scope, f"{number:032x}")


def store(session: Session, *rows: Erased) -> None:
    with writing(session):
        session.add_all(Erasure(mark=row.mark, scope=row.scope, at=row.at) for row in rows)


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["forum_settings"]
    return settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where no ledger is yet, in a folder that is not there either."""
    return tmp_path / "apart" / "erasures.ledger"


def test_what_was_erased_comes_into_the_file(app: Flask, session: Session) -> None:
    rows = [erased(1), erased(2, ErasureScope.PERSON), erased(3, ErasureScope.COMMENT)]
    store(session, *rows)

    added = bring_up_to_date(session, settings_of(app))

    assert added == 3
    assert read_ledger(settings_of(app).erasure_ledger) == (rows, 0)


def test_the_second_time_nothing_is_added(app: Flask, session: Session) -> None:
    store(session, erased(1))
    bring_up_to_date(session, settings_of(app))
    before = settings_of(app).erasure_ledger.read_bytes()

    added = bring_up_to_date(session, settings_of(app))

    assert added == 0
    assert settings_of(app).erasure_ledger.read_bytes() == before


def test_a_site_that_erased_nothing_has_no_ledger(app: Flask, session: Session) -> None:
    bring_up_to_date(session, settings_of(app))

    assert not settings_of(app).erasure_ledger.exists()


def test_what_the_database_no_longer_knows_stays_in_the_file(path: Path) -> None:
    add_to_ledger(path, [erased(1)])

    add_to_ledger(path, [erased(2)])

    assert read_ledger(path)[0] == [erased(1), erased(2)]


def test_only_its_owner_can_read_it(path: Path) -> None:
    add_to_ledger(path, [erased(1)])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_that_a_crash_tore_is_skipped_counted_and_written_again(path: Path) -> None:
    add_to_ledger(path, [erased(1), erased(2)])
    path.write_bytes(path.read_bytes()[:-20])

    torn = read_ledger(path)
    add_to_ledger(path, [erased(1), erased(2)])

    assert torn == ([erased(1)], 1)
    assert read_ledger(path) == ([erased(1), erased(2)], 1)


def test_the_same_line_twice_is_one_erasure(path: Path) -> None:
    add_to_ledger(path, [erased(1)])
    path.write_bytes(path.read_bytes() * 2)

    assert read_ledger(path) == ([erased(1)], 0)


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\n",
        b"vandaag\taddress\t" + b"0" * 32 + b"\n",
        b"2026-11-20T09:30:00+00:00\tall\t" + b"0" * 32,
    ],
)
def test_a_line_of_something_else_is_no_erasure(path: Path, line: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(line)

    assert read_ledger(path) == ([], 1)


def test_a_missing_file_holds_nothing(path: Path) -> None:
    assert read_ledger(path) == ([], 0)


def test_writers_at_once_write_each_line_once(path: Path) -> None:
    rows = [erased(number) for number in range(50)]

    with ThreadPoolExecutor(8) as writers:
        added = list(writers.map(lambda _: add_to_ledger(path, rows), range(8)))

    assert sum(added) == 50
    assert len(path.read_bytes().splitlines()) == 50


def test_a_moment_with_fractions_and_one_without_are_read_as_written(path: Path) -> None:
    rows = [
        Erased(datetime(2026, 11, 20, 9, 30, tzinfo=UTC), ErasureScope.ADDRESS, "a" * 32),
        Erased(datetime(2026, 11, 20, 9, 30, 0, 5, tzinfo=UTC), ErasureScope.ADDRESS, "a" * 32),
    ]

    add_to_ledger(path, rows)

    assert read_ledger(path) == (rows, 0)


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        add_to_ledger(tmp_path, [erased(1)])


def test_an_erasure_of_a_writer_comes_into_the_ledger_by_the_worker(app: Flask, session: Session) -> None:
    store(session, erased(1))

    result = app.test_cli_runner().invoke(args=["worker", "once"])

    assert result.exit_code == 0, result.output
    assert read_ledger(settings_of(app).erasure_ledger)[0] == [erased(1)]
