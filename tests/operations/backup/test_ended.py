"""A run that is ended leaves no plain copy of everything behind; of one that is killed the next run removes it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forum.base.session import db
from forum.operations.backup.restoring import verify
from tests.factories import SECRET_KEY
from tests.operations.backup.conftest import Stored
from tests.operations.backup.work import sources
from tests.operations.processes import program

_RUN = f"""
import os, signal, sys, time
from importlib import import_module
from forum import create_app
from forum.config import load_settings

url, instance, step, *arguments = sys.argv[1:]

def wait(*_arguments, **_named):
    os.write(1, b"at work\\n")
    time.sleep(60)

module, _, name = step.rpartition(".")
setattr(import_module("forum.operations.backup." + module), name, wait)
app = create_app(load_settings(
    {{"FORUM_DATABASE_URL": url, "FORUM_INSTANCE_PATH": instance, "FORUM_SECRET_KEY": "{SECRET_KEY}"}}
))
sys.exit(app.test_cli_runner().invoke(args=["backup", *arguments]).exit_code)
"""
_STEPS = {
    "create": "creating.unpack",
    "verify": "restoring._check",
    "restore": "restoring._bring_up_to_date",
}
"""What each command does when a plain copy lies there."""
EVERY_COMMAND = pytest.mark.parametrize("command", _STEPS)
EVERY_END = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=str)


@contextmanager
def at_work(stored: Stored, command: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has come to where a plain copy lies there."""
    with stored.app.app_context():
        db.engine.dispose()
    arguments = [command, path, *(["--yes"] if command == "restore" else [])]
    url, instance = stored.settings.database_url, stored.settings.instance_path
    with program(_RUN, url, instance, _STEPS[command], *arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        yield process


def path_for(stored: Stored, command: str) -> Path:
    return stored.folder / "new.tar" if command == "create" else stored.backup


def names(stored: Stored) -> set[str]:
    """What lies there, but for what SQLite and the limits keep beside a database."""
    passing = ("-wal", "-shm", "-writer")
    return {
        path.name
        for path in stored.folder.rglob("*")
        if not path.name.endswith(passing) and "limits" not in path.name
    }


@EVERY_COMMAND
def test_one_that_is_asked_to_end_removes_what_it_has_unpacked(changed: Stored, command: str) -> None:
    before = names(changed)

    with at_work(changed, command, path_for(changed, command)) as process:
        during = names(changed)
        process.terminate()
        assert process.wait(timeout=30) == 128 + signal.SIGTERM

    assert during > before or command == "restore", "PostgreSQL has it in a schema by then"
    assert names(changed) == before
    assert sources(changed) == ["Ervoor.", "Erna."]


@pytest.mark.parametrize("stored", ["sqlite"], indirect=True)
@EVERY_END
def test_so_does_one_whose_terminal_goes_away_or_that_is_interrupted(changed: Stored, number: int) -> None:
    before = names(changed)

    with at_work(changed, "verify", changed.backup) as process:
        process.send_signal(number)
        assert process.wait(timeout=30) == 128 + number

    assert names(changed) == before


@EVERY_COMMAND
def test_what_a_killed_one_left_the_next_backup_removes(changed: Stored, command: str) -> None:
    before = names(changed)
    with at_work(changed, command, path_for(changed, command)) as process:
        process.kill()
        process.wait()
    changed.backup.unlink()

    changed.create()

    assert names(changed) == before
    assert schemas(changed) == []


@pytest.mark.parametrize("stored", ["sqlite"], indirect=True)
def test_so_does_the_next_check(changed: Stored) -> None:
    before = names(changed)
    with at_work(changed, "verify", changed.backup) as process:
        process.kill()
        process.wait()

    with changed.app.app_context():
        verify(changed.backup, changed.settings.instance_path)

    assert names(changed) == before


@pytest.mark.parametrize(
    ("stored", "command"),
    [("sqlite", "create"), ("sqlite", "verify"), ("postgresql", "create"), ("postgresql", "restore")],
    indirect=["stored"],
)
def test_what_one_has_that_is_at_work_is_left_to_it(changed: Stored, command: str) -> None:
    with at_work(changed, command, path_for(changed, command)):
        during = names(changed), schemas(changed)
        changed.backup.unlink()

        changed.create()

        assert (names(changed), schemas(changed)) == during


def schemas(stored: Stored) -> list[tuple[object, ...]]:
    """What a restore has beside the schema in use."""
    if stored.is_sqlite:
        return []
    return stored.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'forum%'")
