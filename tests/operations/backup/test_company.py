"""Nothing that was acknowledged while a restore works is lost with what it replaces."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection

from forum.comments.models import State
from forum.operations import wiping
from forum.operations.backup import postgresql_dumps, restoring, settling
from forum.operations.backup.errors import BackupError
from tests.operations.backup.conftest import Stored
from tests.operations.backup.work import destroy, erase, sources
from tests.operations.patience import TIMEOUT_S
from tests.operations.processes import PATIENCE_S, wait_until

ONLY_POSTGRESQL = pytest.mark.parametrize("stored", ["postgresql"], indirect=True)
"""SQLite's file is held exclusively from the beginning."""
HASTY, PATIENT = "-c lock_timeout=200ms", "-c lock_timeout=60s"


def connected(stored: Stored, options: str = HASTY) -> psycopg.Connection[Any]:
    """Another program."""
    return psycopg.connect(stored.settings.database_url, options=options, autocommit=True)


def write(stored: Stored, options: str = HASTY) -> None:
    """What a site that was started by mistake does: somebody posts, and it stops again."""
    with connected(stored, options) as other:
        other.execute("UPDATE comment_revisions SET source = 'Tussendoor.'")


def during(monkeypatch: pytest.MonkeyPatch, action: Callable[[], None]) -> None:
    """Something happens when the dump was loaded and is brought up to date."""
    replay = settling.replay_erasures

    def interrupted(*arguments: Any) -> int:
        action()
        return replay(*arguments)

    monkeypatch.setattr(restoring, "replay_erasures", interrupted)


def schemas(stored: Stored) -> list[tuple[Any, ...]]:
    """What a restore has beside the schema in use."""
    with connected(stored) as looking:
        return looking.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'forum%'").fetchall()


@ONLY_POSTGRESQL
def test_who_writes_meanwhile_is_told_that_it_did_not_succeed(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[Exception] = []

    def post() -> None:
        with pytest.raises(LockNotAvailable) as caught:
            write(changed)
        refused.append(caught.value)

    during(monkeypatch, post)

    changed.restore()

    assert len(refused) == 1
    assert sources(changed) == ["Ervoor."]


@ONLY_POSTGRESQL
def test_who_reads_meanwhile_is_not_kept_waiting(changed: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Any, ...]] = []

    def read() -> None:
        with connected(changed) as other:
            seen.extend(other.execute("SELECT source FROM comment_revisions ORDER BY id").fetchall())

    during(monkeypatch, read)

    changed.restore()

    assert seen == [("Ervoor.",), ("Erna.",)]


@ONLY_POSTGRESQL
def test_somebody_who_came_meanwhile_and_is_still_there_is_not_replaced(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as running:

        def come() -> None:
            running.enter_context(connected(changed))

        during(monkeypatch, come)
        with pytest.raises(BackupError):
            changed.restore()

    assert sources(changed) == ["Ervoor.", "Erna."]
    assert schemas(changed) == []


@ONLY_POSTGRESQL
def test_tables_that_somebody_made_meanwhile_are_not_replaced(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    destroy(changed)

    def install() -> None:
        with connected(changed) as other:
            other.execute("CREATE TABLE comments (source text)")

    during(monkeypatch, install)

    with pytest.raises(BackupError):
        changed.restore(replace_data=False)

    assert changed.rows("SELECT source FROM comments") == []
    assert schemas(changed) == []


@ONLY_POSTGRESQL
def test_one_whose_write_waits_stops_the_restore_and_succeeds(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadPoolExecutor(1) as pool:
        writing: list[Future[None]] = []

        def post() -> None:
            writing.append(pool.submit(write, changed, PATIENT))
            wait_until_it_waits(changed)

        during(monkeypatch, post)

        with pytest.raises(BackupError):
            changed.restore()

        writing[0].result(timeout=60)
    assert sources(changed) == ["Tussendoor.", "Tussendoor."]


@ONLY_POSTGRESQL
def test_one_who_writes_after_the_last_look_writes_to_what_was_restored_or_is_told(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = postgresql_dumps._refuse_company
    with ThreadPoolExecutor(1) as pool:
        writing: list[Future[None]] = []

        def look_away(connection: Connection) -> None:
            look(connection)
            if schemas(changed):
                writing.append(pool.submit(write, changed, PATIENT))
                wait_until_it_waits(changed)

        monkeypatch.setattr(postgresql_dumps, "_refuse_company", look_away)

        changed.restore()

        problem = writing[0].exception(timeout=60)
    assert sources(changed) == (["Ervoor."] if problem else ["Tussendoor."])


def wait_until_it_waits(stored: Stored) -> None:
    wait_until_there_is(stored, "wait_event_type = 'Lock'")


def wait_until_there_is(stored: Stored, activity: str) -> None:
    sessions = f"SELECT FROM pg_stat_activity WHERE datname = current_database() AND {activity}"
    with connected(stored) as looking:
        wait_until(lambda: looking.execute(sessions.encode()).fetchone() is not None, activity)


@ONLY_POSTGRESQL
@pytest.mark.timeout(TIMEOUT_S)
def test_no_erased_row_is_left_in_the_pages_for_the_sake_of_who_holds_the_tables(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction with a number of its own would keep `VACUUM` from removing what it might still see."""
    # Others write on the same server meanwhile; a site's worker would make up for it.
    monkeypatch.setattr(wiping, "LOOK_BACK_WITHIN_S", 2 * PATIENCE_S)
    changed.comment(State.APPROVED, source="Het geheim van de Hoofdstraat.")
    changed.backup.unlink()
    changed.create()
    before = lies_in_the_pages(changed, b"Hoofdstraat")
    erase(changed)

    changed.restore()

    assert (before, lies_in_the_pages(changed, b"Hoofdstraat")) == (True, False)


def lies_in_the_pages(stored: Stored, words: bytes) -> bool:
    """Whether a table or an index in use holds `words` on the disk."""
    with connected(stored) as superuser:
        superuser.execute("CHECKPOINT")
        files = superuser.execute(
            "SELECT pg_relation_filepath(c.oid) FROM pg_class c WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'i')"
        ).fetchall()
        pages = [superuser.execute("SELECT pg_read_binary_file(%s)", file).fetchone() for file in files]
    return any(page is not None and words in page[0] for page in pages)


@ONLY_POSTGRESQL
def test_what_takes_long_after_the_swap_takes_its_time(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[object] = []
    run = Connection.exec_driver_sql

    def noting(connection: Connection, statement: str, *arguments: Any, **named: Any) -> Any:
        if statement == "ANALYZE":
            limits.append(run(connection, "SHOW statement_timeout").scalar_one())
        return run(connection, statement, *arguments, **named)

    monkeypatch.setattr(Connection, "exec_driver_sql", noting)

    done = changed.restore()

    assert (done.is_analysed, limits) == (True, ["0"])


@ONLY_POSTGRESQL
def test_when_it_fails_the_restore_is_no_failure_for_the_database_was_replaced(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Connection.exec_driver_sql

    def failing(connection: Connection, statement: str, *arguments: Any, **named: Any) -> Any:
        return run(connection, "SELECT 1 / 0" if statement == "ANALYZE" else statement, *arguments, **named)

    monkeypatch.setattr(Connection, "exec_driver_sql", failing)
    command = ["backup", "restore", str(changed.backup), "--yes"]

    result = changed.app.test_cli_runner().invoke(args=command)

    assert result.exit_code == 0, result.output
    assert "ANALYZE" in result.output
    assert sources(changed) == ["Ervoor."]


@ONLY_POSTGRESQL
def test_half_a_dump_puts_nothing_aside_when_the_run_ends_there(
    changed: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(source: Any, target: Any, _length: int) -> None:
        part = source.read(5_000)
        target.write(part[: part.index(b";\n", part.index(b"CREATE TABLE")) + 2])
        target.flush()
        wait_until_there_is(changed, "state = 'idle in transaction' AND query LIKE '%CREATE TABLE%'")
        raise SystemExit(143)

    monkeypatch.setattr(shutil, "copyfileobj", half)

    with pytest.raises(SystemExit):
        changed.restore()

    assert sources(changed) == ["Ervoor.", "Erna."]
    assert schemas(changed) == []
