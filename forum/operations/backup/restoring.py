"""Puts a backup back: beside what is there, brought up to date and checked, and swapped in at the end."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic import command
from flask_babel import gettext as _
from sqlalchemy import Connection, Engine, create_engine, inspect
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.orm import Session

from forum.base.engine import WRITES, engine_options, prepare_engine
from forum.base.session import writing
from forum.base.signing import Signer
from forum.config import Settings
from forum.operations import wiping
from forum.operations.backup import places, postgresql_dumps, sqlite_files
from forum.operations.backup.archive import Manifest, new_file, opened, unpack
from forum.operations.backup.creating import counted_tables, key_mark
from forum.operations.backup.errors import BackupError
from forum.operations.backup.settling import replay_erasures, settle
from forum.operations.ledger import Erased, add_to_ledger, bring_up_to_date, erased_in, read_ledger
from forum.operations.migrate import alembic_config
from forum.operations.schema_state import SchemaState, is_unused, revisions, schema_state


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    :param erasures: how many were done again: those that found something in the backup.
    :param is_other_key: whether the backup's secret key is another one, so that erasures made with it found nothing.
    :param is_analysed: whether PostgreSQL knows what it plans by; until it does, pages may be slow.
    """

    manifest: Manifest
    erasures: int
    mails_stopped: int
    is_other_key: bool
    is_analysed: bool = True


@dataclass(frozen=True)
class Ledger:
    """What the erasure ledger holds.

    :param is_whole: whether it must hold at least what the backup knows as erased.
    """

    erasures: list[Erased]
    is_whole: bool


def verify(path: Path, folder: Path) -> Manifest:
    """Check a backup, and change nothing.

    :param folder: where a SQLite database is unpacked for the time of the check.
    :raises BackupError: it is damaged, or no backup.
    """
    places.clear(folder, places.VERIFYING, places.RESTORING)
    with _unpacked(path, folder / f".{os.getpid()}{places.VERIFYING}") as (manifest, data):
        _check(manifest, data)
    return manifest


def restore(
    engine: Engine,
    settings: Settings,
    signer: Signer,
    path: Path,
    *,
    replace: bool,
    any_key: bool,
    no_ledger: bool,
    now: datetime,
) -> Restored:
    """Put a backup in the place of the database. `engine` is disposed of.

    :param replace: also when the database holds something, which is then lost.
    :param any_key: also when the secret key is another one; what was erased with the earlier one comes back.
    :param no_ledger: also when the ledger is missing, or older than the backup: what was erased since comes back.
    :raises BackupError: it is damaged, newer than this program, of the other kind of database; the key is another one;
        the ledger is missing; the site is running; or there is something and `replace` is not said. Then all is as it
        was.
    """
    with opened(path) as (manifest, _content):
        _refuse_unfit(manifest, engine)
    _save_erasures(engine, settings)
    ledger, _unreadable = read_ledger(settings.erasure_ledger)
    if manifest.key != key_mark(signer) and not any_key:
        raise BackupError(
            _("The secret key is not the one of this backup: put that back first (or say --any-key).")
        )
    if not (any_key or no_ledger or settings.erasure_ledger.exists()):
        raise BackupError(
            _("The erasure ledger is missing: %(path)s. Without it, what was erased after the backup becomes public"
              " again. Put it back first (or say --no-ledger).", path=settings.erasure_ledger)
        )  # fmt: skip
    if not replace and _holds_data(engine):
        raise BackupError(_("The database holds data, which would be lost. Say --yes if that is meant."))
    engine.dispose()
    places.clear(settings.instance_path, places.VERIFYING, places.RESTORING)
    way = _into_sqlite if engine.dialect.name == "sqlite" else _into_postgresql
    erased = Ledger(ledger, is_whole=not (any_key or no_ledger))
    return way(engine, settings, signer, path, erased, now=now)


def _into_sqlite(
    engine: Engine, settings: Settings, signer: Signer, path: Path, ledger: Ledger, *, now: datetime
) -> Restored:
    target = Path(str(engine.url.database)).absolute()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}{places.RESTORING}")
    with sqlite_files.held_alone(target), _unpacked(path, fresh) as (manifest, data):
        _check(manifest, data)
        beside = prepare_engine(create_engine(**engine_options(f"sqlite:///{data}")))
        try:
            restored = _bring_up_to_date(beside, settings, signer, manifest, ledger, now=now)
        finally:
            beside.dispose()
        sqlite_files.put_in_place(data, target)
    return restored


def _into_postgresql(
    engine: Engine, settings: Settings, signer: Signer, path: Path, ledger: Ledger, *, now: datetime
) -> Restored:
    with postgresql_dumps.held_alone(engine) as in_use:
        with _unpacked(path, settings.instance_path / f".{os.getpid()}{places.RESTORING}") as (
            manifest,
            data,
        ):
            postgresql_dumps.check(data)
            postgresql_dumps.load_beside(settings.database_url, data)
        try:
            restored = _beside_postgresql(settings, signer, manifest, ledger, now=now)
            postgresql_dumps.swap(in_use)
        except BaseException:
            with suppress(DBAPIError):  # a connection that broke holds nothing any more
                in_use.rollback()
            postgresql_dumps.drop_beside(engine)
            raise
    return dataclasses.replace(restored, is_analysed=postgresql_dumps.analyse(engine))


def _beside_postgresql(
    settings: Settings, signer: Signer, manifest: Manifest, ledger: Ledger, *, now: datetime
) -> Restored:
    beside = postgresql_dumps.engine_beside(settings.database_url)
    try:
        return _bring_up_to_date(beside, settings, signer, manifest, ledger, now=now)
    finally:
        beside.dispose()


def _bring_up_to_date(
    engine: Engine,
    settings: Settings,
    signer: Signer,
    manifest: Manifest,
    ledger: Ledger,
    *,
    now: datetime,
) -> Restored:
    """Migrate to head, erase again what was erased since, and settle; then nothing of it is left in the bytes."""
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        if schema_state(connection) is not SchemaState.CURRENT:
            connection.rollback()
            _migrate(connection, settings)
    with Session(engine) as session:
        with writing(session):
            if ledger.is_whole and not erased_in(session).issubset(ledger.erasures):
                raise BackupError(
                    _("The erasure ledger is older than this backup, or another one: it does not hold what the backup"
                      " knows as erased. Put the right one back first (or say --no-ledger).")
                )  # fmt: skip
            erasures = replay_erasures(session, signer, ledger.erasures)
            stopped = settle(session, now=now)
        add_to_ledger(settings.erasure_ledger, erased_in(session))
    if erasures:
        wiping.rewrite(engine)
    return Restored(manifest, erasures, stopped, is_other_key=manifest.key != key_mark(signer))


def _migrate(connection: Connection, settings: Settings) -> None:
    config = alembic_config(settings)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _refuse_unfit(manifest: Manifest, engine: Engine) -> None:
    if manifest.database != engine.dialect.name:
        raise BackupError(
            _("This is a backup of %(kind)s, and the database is %(other)s.", kind=manifest.database,
              other=engine.dialect.name)
        )  # fmt: skip
    if manifest.schema not in revisions()[0]:
        raise BackupError(_("This backup was made by a later version. Install that one first."))


def _save_erasures(engine: Engine, settings: Settings) -> None:
    """Add to the ledger what the database in place knows; of one that cannot be read, the ledger is all there is."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return
    with suppress(DatabaseError), Session(engine) as session:
        bring_up_to_date(session, settings)


def _holds_data(engine: Engine) -> bool:
    """Whether there is anything to lose. What cannot be read may hold something."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return False
    try:
        with engine.connect() as connection:
            if schema_state(connection) is SchemaState.EMPTY:
                return bool(inspect(connection).get_table_names())
            return not is_unused(connection)
    except DatabaseError:
        return True


def _check(manifest: Manifest, data: Path) -> None:
    """Whether the database that was unpacked is whole, and what the manifest says."""
    if manifest.database != "sqlite":
        postgresql_dumps.check(data)
        return
    schema, counts = sqlite_files.look_into(data, counted_tables())
    if schema != manifest.schema or counts != {
        name: n for name, n in manifest.counts.items() if name in counts
    }:
        raise BackupError(_("The database in it is not what its manifest says."))


@contextmanager
def _unpacked(path: Path, place: Path) -> Iterator[tuple[Manifest, Path]]:
    """The database of a backup as a file of its own at `place`, gone afterwards unless it was moved."""
    try:
        with places.reserved(place) as (_held, data):
            with new_file(data) as file:
                manifest = unpack(path, file)
            yield manifest, data
    except OSError as error:
        raise BackupError(
            _("%(path)s cannot be written: %(why)s", path=place, why=error.strerror or str(error))
        ) from None
