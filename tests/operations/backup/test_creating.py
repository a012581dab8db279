"""A backup is of one moment, whole before it has its name, and lies over nothing."""

from __future__ import annotations

import fcntl
import stat
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from forum.base.session import db, writing
from forum.comments.models import State
from forum.operations.backup import archive, creating, places
from forum.operations.backup.archive import Manifest, unpack
from forum.operations.backup.errors import BackupError
from forum.operations.backup.restoring import verify
from forum.web.network_keys import network_hash
from tests.factories import NOW
from tests.operations.backup.conftest import Stored

ONLY_SQLITE = pytest.mark.parametrize("stored", ["sqlite"], indirect=True)
"""Where the kind of database has no part in it."""


def test_it_counts_what_is_in_it(stored: Stored) -> None:
    for _ in range(3):
        stored.comment(State.APPROVED)

    manifest = stored.create()

    assert (manifest.comments, manifest.counts["articles"], manifest.taken_at) == (3, 1, NOW)


def test_a_sound_one_is_verified_and_nothing_changes(stored: Stored) -> None:
    made = stored.create()
    before = sorted(path.name for path in stored.folder.rglob("*"))

    with stored.app.app_context():
        manifest = verify(stored.backup, stored.settings.instance_path)

    assert manifest == made
    assert sorted(path.name for path in stored.folder.rglob("*")) == before


def test_nothing_else_is_left_and_only_its_owner_can_read_it(stored: Stored) -> None:
    before = {path.name for path in stored.folder.iterdir()}

    stored.create()

    assert {path.name for path in stored.folder.iterdir()} - before == {"backup.tar"}
    assert stat.S_IMODE(stored.backup.stat().st_mode) == 0o600


@ONLY_SQLITE
def test_what_is_there_is_not_overwritten(stored: Stored) -> None:
    stored.backup.write_bytes(b"of last week")

    with pytest.raises(BackupError, match=r"backup\.tar"):
        stored.create()

    assert stored.backup.read_bytes() == b"of last week"


@ONLY_SQLITE
def test_the_command_leaves_a_ledger_beside_it_even_when_nothing_was_erased(stored: Stored) -> None:
    result = stored.app.test_cli_runner().invoke(args=["backup", "create", str(stored.backup)])

    assert result.exit_code == 0, result.output
    assert stored.ledger.read_bytes() == b""


@ONLY_SQLITE
def test_in_a_folder_it_has_its_moment_as_a_name(stored: Stored) -> None:
    folder = stored.folder / "backups"
    folder.mkdir()

    with stored.app.app_context():
        path, _ = creating.create(
            db.engine, stored.settings, stored.app.extensions["forum_signer"], folder, now=NOW
        )

    assert path == folder / "weerwoord-20261120T093000Z.tar"
    assert path.exists()


def test_one_that_fails_its_check_gets_no_name(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_arguments: object) -> None:
        raise BackupError("damaged")

    monkeypatch.setattr(creating, "unpack", damaged)

    with pytest.raises(BackupError, match="damaged"):
        stored.create()

    assert [path.name for path in stored.folder.glob("backup*")] == []


def test_what_a_broken_run_left_behind_is_used_again(stored: Stored) -> None:
    Path(f"{stored.backup}.partial").write_bytes(b"x" * 10_000_000)
    Path(f"{stored.backup}.partial.database").write_bytes(b"x")

    stored.create()

    with stored.app.app_context():
        unpack(stored.backup, None)
    assert [path.name for path in stored.folder.glob("backup*")] == ["backup.tar"]


def test_of_two_runs_to_one_place_the_first_is_not_disturbed(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.comment(State.APPROVED)
    copied, may_go_on = Event(), Event()
    copy = creating._copied

    def slowly(*arguments: Any, **named: Any) -> Any:
        manifest = copy(*arguments, **named)
        copied.set()
        assert may_go_on.wait(30)
        return manifest

    monkeypatch.setattr(creating, "_copied", slowly)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(stored.create)
        try:
            assert copied.wait(30)
            with pytest.raises(BackupError, match=r"\.partial"):
                stored.create()
        finally:
            may_go_on.set()
        manifest = first.result(timeout=30)

    assert manifest.comments == 1
    assert unpack_whole(stored) == manifest
    assert [path.name for path in stored.folder.glob("backup*")] == ["backup.tar"]


def unpack_whole(stored: Stored) -> Manifest:
    """The manifest of the backup, which is read to its end."""
    with stored.app.app_context():
        return unpack(stored.backup, None)


@ONLY_SQLITE
def test_a_run_that_waited_at_the_door_does_not_empty_what_the_first_has_finished(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock

    def late(*arguments: Any) -> None:
        """The first run ends between the second's opening of the file and its lock."""
        monkeypatch.setattr(fcntl, "flock", lock)
        stored.create()
        lock(*arguments)

    partial = Path(f"{stored.backup}.partial")
    partial.touch()
    monkeypatch.setattr(fcntl, "flock", late)

    with stored.app.app_context(), pytest.raises(BackupError, match=r"\.partial"), places.reserved(partial):
        pytest.fail("the file is the first run's")

    assert unpack_whole(stored).comments == 0


def test_the_keys_of_networks_are_not_in_it(stored: Stored) -> None:
    with stored.app.app_context(), writing(db.session):
        network_hash(db.session, "203.0.113.7", now=NOW)
    ((key,),) = stored.rows("SELECT key FROM network_keys")

    stored.create()
    stored.restore()

    assert key.encode() not in stored.backup.read_bytes()
    assert stored.rows("SELECT key FROM network_keys") == []


def test_what_readers_post_meanwhile_is_there_whole_or_not_at_all(stored: Stored) -> None:
    stop = Event()
    posted: list[int] = []

    def post() -> None:
        while not stop.is_set():
            posted.append(stored.comment(source=f"Bericht {len(posted)}"))

    reader = Thread(target=post)
    reader.start()
    try:
        while len(posted) < 5:
            stop.wait(0.01)
        before = len(posted)
        manifest = stored.create()
    finally:
        stop.set()
        reader.join()

    assert before <= manifest.comments <= len(posted)
    assert manifest.counts["comment_revisions"] == manifest.comments
    assert manifest.counts["comment_events"] == manifest.comments


@ONLY_SQLITE
def test_it_is_a_plain_tar_that_any_system_can_look_into(stored: Stored) -> None:
    stored.create()

    with tarfile.open(stored.backup) as tar:
        names = tar.getnames()

    assert names == ["manifest.json", "database"]


@pytest.mark.parametrize("place", [0.001, 0.3, 0.6, 0.9], ids=str)
def test_a_changed_byte_is_noticed(stored: Stored, place: float) -> None:
    stored.create()
    content = bytearray(stored.backup.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    stored.backup.write_bytes(content)

    with stored.app.app_context(), pytest.raises(BackupError):
        verify(stored.backup, stored.settings.instance_path)


@ONLY_SQLITE
@pytest.mark.parametrize("size", [0, 100, 600, 5_000])
def test_one_that_was_cut_off_is_noticed(stored: Stored, size: int) -> None:
    stored.create()
    stored.backup.write_bytes(stored.backup.read_bytes()[:size])

    with stored.app.app_context(), pytest.raises(BackupError):
        verify(stored.backup, stored.settings.instance_path)


@ONLY_SQLITE
@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\0" * 20_000, None], ids=["empty", "text", "zeros", "none"]
)
def test_what_is_no_backup_is_told_so(stored: Stored, content: bytes | None) -> None:
    if content is not None:
        stored.backup.write_bytes(content)

    with stored.app.app_context(), pytest.raises(BackupError):
        verify(stored.backup, stored.settings.instance_path)


@ONLY_SQLITE
def test_a_later_format_is_refused(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "FORMAT", archive.FORMAT + 1)
    with monkeypatch.context() as later:
        later.setattr(archive, "FORMAT", archive.FORMAT + 1)
        stored.create()

    with stored.app.app_context(), pytest.raises(BackupError):
        verify(stored.backup, stored.settings.instance_path)


def test_the_command_says_what_is_not_in_it(stored: Stored) -> None:
    result = stored.app.test_cli_runner().invoke(args=["backup", "create", str(stored.backup)])

    assert result.exit_code == 0, result.output
    assert str(stored.ledger) in result.output


@ONLY_SQLITE
def test_the_command_for_a_path_that_is_taken_fails_with_one_line(stored: Stored) -> None:
    stored.backup.write_bytes(b"")

    result = stored.app.test_cli_runner().invoke(args=["backup", "create", str(stored.backup)])

    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1


def test_the_password_of_postgresql_is_in_no_argument() -> None:
    from forum.operations.backup import postgresql_dumps

    url = "postgresql://forum:geheim@db.example:5433/forum?sslmode=require"

    address = postgresql_dumps._without_password(url)

    assert address == "postgresql://forum@db.example:5433/forum?sslmode=require"
    assert postgresql_dumps._environment(url)["PGPASSWORD"] == "geheim"
