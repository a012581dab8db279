"""What is not put back, and that all stays as it was then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from forum.base.session import db
from forum.base.signing import Signer
from forum.comments.models import State
from forum.operations.backup import restoring
from forum.operations.backup.archive import Manifest, opened
from forum.operations.backup.errors import BackupError
from tests.operations.backup.conftest import Stored
from tests.operations.backup.work import destroy, erase, sources
from tests.operations.processes import program

OTHER_KEY = Signer("another key, of at least 32 characters")
_HOLD = """
import sys, time
from forum.base.engine import sqlite_module
connection = sqlite_module().connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = WAL")
connection.execute("SELECT count(*) FROM comments").fetchone()
print("held", flush=True)
time.sleep(60)
"""


def test_without_the_ledger_nothing_is_put_back_unless_that_is_said(stored: Stored) -> None:
    stored.comment(State.APPROVED, source="Mijn geheim.")
    stored.create()
    erase(stored)
    destroy(stored)
    stored.ledger.unlink()

    with pytest.raises(BackupError, match="--no-ledger"):
        stored.restore(replace_data=False)

    assert stored.restore(replace_data=False, no_ledger=True).manifest.comments == 1
    assert sources(stored) == ["Mijn geheim."]


def test_a_ledger_that_lacks_what_the_backup_knows_is_refused_unless_that_is_said(stored: Stored) -> None:
    stored.comment(source="De eerste keer.")
    erase(stored)
    stored.create()
    stored.comment(source="Erna.")
    stored.run("DELETE FROM erasures")
    stored.ledger.write_bytes(b"")

    with pytest.raises(BackupError, match="--no-ledger"):
        stored.restore()

    assert sources(stored) == ["", "Erna."]
    assert stored.restore(no_ledger=True).erasures == 0


def test_the_command_tells_that_the_ledger_is_missing(stored: Stored) -> None:
    stored.create()
    stored.ledger.unlink()
    command = ["backup", "restore", str(stored.backup), "--yes"]

    refused = stored.app.test_cli_runner().invoke(args=command)
    done = stored.app.test_cli_runner().invoke(args=[*command, "--no-ledger"])

    assert (refused.exit_code, "--no-ledger" in refused.output) == (1, True)
    assert done.exit_code == 0, done.output


def test_data_is_not_replaced_unless_that_is_said(stored: Stored) -> None:
    stored.create()
    stored.comment(source="Erna.")

    with pytest.raises(BackupError, match="--yes"):
        stored.restore(replace_data=False)

    assert sources(stored) == ["Erna."]


def test_a_later_schema_is_refused(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.create()
    stored.comment(source="Erna.")
    monkeypatch.setattr(restoring, "revisions", lambda: (frozenset({"0001"}), "0001"))

    with pytest.raises(BackupError):
        stored.restore()

    assert sources(stored) == ["Erna."]


def test_a_damaged_one_changes_nothing(stored: Stored) -> None:
    stored.create()
    stored.comment(source="Erna.")
    content = bytearray(stored.backup.read_bytes())
    content[len(content) // 2] ^= 0xFF
    stored.backup.write_bytes(content)

    with pytest.raises(BackupError):
        stored.restore()

    assert sources(stored) == ["Erna."]


def test_a_failure_half_way_changes_nothing(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.create()
    stored.comment(source="Erna.")

    def failing(*_arguments: object, **_named: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(restoring, "replay_erasures", failing)

    with pytest.raises((BackupError, OSError)):
        stored.restore()

    assert sources(stored) == ["Erna."]
    assert [path.name for path in stored.folder.rglob("*restoring*")] == []


def test_another_secret_key_is_refused_unless_that_is_said(stored: Stored) -> None:
    stored.create()
    stored.comment(source="Erna.")

    with pytest.raises(BackupError, match="--any-key"):
        stored.restore(signer=OTHER_KEY)

    assert sources(stored) == ["Erna."]
    assert stored.restore(signer=OTHER_KEY, any_key=True).manifest.comments == 0


def test_with_another_key_a_restore_does_not_claim_the_erasures_that_it_cannot_do(stored: Stored) -> None:
    stored.comment(State.APPROVED, source="Mijn geheim.")
    stored.create()
    erase(stored)

    done = stored.restore(signer=OTHER_KEY, any_key=True)

    assert (done.erasures, done.is_other_key, sources(stored)) == (0, True, ["Mijn geheim."])
    assert stored.restore().erasures == 1, "the ledger has kept it, for who puts the right key back"


def test_a_running_site_is_not_replaced(stored: Stored) -> None:
    stored.create()
    with _another_process(stored), pytest.raises(BackupError):
        stored.restore()


@contextmanager
def _another_process(stored: Stored) -> Iterator[None]:
    """Somebody else has the database open."""
    if not stored.is_sqlite:
        with psycopg.connect(stored.settings.database_url):
            yield
        return
    with program(_HOLD, stored.folder / "forum.sqlite3") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield


def test_a_backup_of_the_other_database_is_refused(stored: Stored) -> None:
    stored.create()
    with stored.app.app_context():
        db.engine.dispose()
        other = db.engine
        kind = "postgresql" if stored.is_sqlite else "sqlite"
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(other.dialect, "name", kind)
            with pytest.raises(BackupError, match="sqlite"):
                restoring._refuse_unfit(_manifest(stored), other)


def _manifest(stored: Stored) -> Manifest:
    with opened(stored.backup) as (manifest, _):
        return manifest
