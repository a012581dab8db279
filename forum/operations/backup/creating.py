"""Makes a backup while readers post: one moment, checked, and only then given its name."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import Connection, Engine, func, inspect, select, table
from sqlalchemy.sql import column

from forum.base.models import Model
from forum.base.signing import Signer
from forum.config import Settings
from forum.operations.backup import places, postgresql_dumps, sqlite_files
from forum.operations.backup.archive import FORMAT, Manifest, sha256_of, unpack, write_archive
from forum.operations.backup.errors import BackupError
from forum.operations.migrate import load_models
from forum.operations.schema_state import SchemaState, schema_state


def counted_tables() -> list[str]:
    """The tables whose rows a backup counts: all but the keys that it leaves out."""
    load_models()
    return sorted(set(Model.metadata.tables) - {"network_keys"})


def key_mark(signer: Signer) -> str:
    """Knows the installation's secret key again."""
    return signer.keyed_hash("backup", "key")


def create(
    engine: Engine, settings: Settings, signer: Signer, path: Path, *, now: datetime
) -> tuple[Path, Manifest]:
    """Write a backup of this moment to `path`, or into the folder `path` under a name of its own.

    :returns: where it is, and what is in it.
    :raises BackupError: there is something already, no schema, no room, or the check found fault.
    """
    path = path / f"weerwoord-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar" if path.is_dir() else path
    if os.path.lexists(path):
        raise BackupError(_("%(path)s exists already. Nothing is overwritten.", path=path))
    _refuse_unready(engine)
    partial = Path(f"{path}{places.PARTIAL}")
    try:
        _clear(engine, settings, path.absolute().parent)
        with places.reserved(partial) as (file, data):
            manifest = _copied(engine, settings, signer, data, now=now)
            write_archive(file, manifest, data)
            unpack(partial, None)
            _name(partial, path)
    except OSError as error:
        raise BackupError(
            _("%(path)s cannot be written: %(why)s", path=path, why=error.strerror or str(error))
        ) from None
    return path, manifest


def _clear(engine: Engine, settings: Settings, folder: Path) -> None:
    """Remove what killed runs left: of backups made in this folder, and of those checked or put back here."""
    places.clear(folder, places.PARTIAL)
    places.clear(settings.instance_path, places.VERIFYING, places.RESTORING)
    if engine.dialect.name == "sqlite":
        places.clear(Path(str(engine.url.database)).absolute().parent, places.RESTORING)
    else:
        postgresql_dumps.clear_beside(engine)


def _refuse_unready(engine: Engine) -> None:
    with engine.connect() as connection:
        if schema_state(connection) is not SchemaState.CURRENT:
            raise BackupError(_("The database is not at this version's schema. Run: flask db upgrade"))


def _copied(engine: Engine, settings: Settings, signer: Signer, data: Path, *, now: datetime) -> Manifest:
    """Copy the database into `data`, and check the copy."""
    if engine.dialect.name == "sqlite":
        sqlite_files.copy_into(engine, data)
        schema, counts = sqlite_files.look_into(data, counted_tables())
        sqlite_files.sync(data)
    else:
        with postgresql_dumps.snapshot(engine) as (connection, name):
            schema, counts = _looked_into(connection)
            postgresql_dumps.dump(settings.database_url, name, data)
        postgresql_dumps.check(data)
    return Manifest(
        format=FORMAT, database=engine.dialect.name, schema=schema, moment=now.astimezone(UTC).isoformat(),
        site_name=settings.site_name, counts=counts, key=key_mark(signer), size_bytes=data.stat().st_size,
        sha256=sha256_of(data),
    )  # fmt: skip


def _looked_into(connection: Connection) -> tuple[str, dict[str, int]]:
    """Schema revision, and rows by table, as a transaction sees them."""
    present = set(inspect(connection).get_table_names())
    counts = {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in counted_tables()
        if name in present
    }
    return connection.scalars(
        select(column("version_num")).select_from(table("alembic_version"))
    ).one(), counts


def _name(partial: Path, path: Path) -> None:
    """Give the finished file its name, which nothing else may have got meanwhile."""
    with suppress(PermissionError, NotImplementedError):  # a file system without links: looked at before
        os.link(partial, path)
        sqlite_files.sync(path.parent)
        return
    partial.replace(path)
    sqlite_files.sync(path.parent)
