"""PostgreSQL's side of a backup: `pg_dump` of one moment, its check, and putting a dump in the place of what is there.

The programs of `postgresql-client` are used. The password goes to them in the environment, never in their arguments,
which every user of a machine can read.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from flask_babel import gettext as _
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from forum.base.engine import engine_options
from forum.operations.backup.archive import new_file
from forum.operations.backup.errors import BackupError
from forum.web.log import log

RESTORING = "forum_restoring"
"""Schema that a dump is loaded into, beside the one in use."""
_ASIDE = "forum_aside"
_AT_WORK = 7270816
"""Lock that tells a restore at work from what a killed one left."""
_PIECE_BYTES = 1 << 20
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND usename IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'"
)
"""Of another role's session an ordinary role sees that it is there, not what it is; the server's own have no role."""
_LOOK_ANEW = text("SELECT pg_stat_clear_snapshot()")  # a transaction sees the first answer again otherwise
_LOOKS, _LOOK_AGAIN_S = 100, 0.05
_TABLES_IN_USE = text(
    "SELECT format('public.%I', relname), EXISTS (SELECT FROM pg_locks"
    " WHERE relation = pg_class.oid AND pid = pg_backend_pid() AND mode = 'ExclusiveLock') AS is_held"
    " FROM pg_class WHERE relnamespace = CAST('public' AS regnamespace) AND relkind IN ('r', 'p') ORDER BY relname"
)
_BEFORE = f"""
BEGIN;
DROP SCHEMA IF EXISTS {RESTORING} CASCADE;
ALTER SCHEMA public RENAME TO {_ASIDE};
CREATE SCHEMA public;
"""
_AFTER = f"""
ALTER SCHEMA public RENAME TO {RESTORING};
ALTER SCHEMA {_ASIDE} RENAME TO public;
COMMIT;
"""


@contextmanager
def snapshot(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A transaction that sees one moment, and the name under which `pg_dump` sees the same."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield connection, connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()


def dump(url: str, snapshot_name: str, target: Path) -> None:
    """Write what a snapshot sees into a new file. The keys of network hashes, and what limits counted, stay behind.

    :raises BackupError: `pg_dump` is missing, or failed.
    """
    with new_file(target) as file:
        _run(
            ["pg_dump", "--format=custom", f"--snapshot={snapshot_name}", f"--exclude-schema={RESTORING}",
             "--exclude-table-data=public.network_keys", "--exclude-table-data=public.limit_entries",
             _without_password(url)], url, stdout=file,
        )  # fmt: skip


def check(path: Path) -> None:
    """Read a dump to its end, decompressing all of it.

    :raises BackupError: `pg_restore` finds fault with it.
    """
    with path.open("rb") as file:
        _run(["pg_restore", f"--file={os.devnull}"], None, stdin=file)


@contextmanager
def held_alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that lets nobody write to what is in use until `swap` or its end. Readers go on.

    Whoever would write waits, and gives up. ACCESS EXCLUSIVE would keep readers out too, and give the transaction a
    number: then VACUUM could not remove what is erased in the schema beside it, which such a one might still see.

    :raises BackupError: somebody else is connected to the database.
    """
    with engine.connect() as connection:
        _refuse_company(connection)
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_AT_WORK})"))
        tables = connection.scalars(_TABLES_IN_USE).all()
        if tables:
            connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE"))
        yield connection


def load_beside(url: str, path: Path) -> None:
    """Load a dump into the schema `RESTORING`, all of it or nothing; what is in use stays as it is.

    :raises BackupError: a program is missing, or failed.
    """
    script_of = [
        _require("pg_restore"),
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--schema=public",
        "--file=-",
    ]
    run = [
        _require("psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--file=-",
    ]
    pipe = subprocess.PIPE
    with (
        path.open("rb") as file,
        subprocess.Popen(script_of, stdin=file, stdout=pipe, stderr=pipe) as script,  # noqa: S603 - our own words
        subprocess.Popen(  # noqa: S603 - our own words, and the address from the settings
            [*run, f"--dbname={_without_password(url)}"], stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe,
            env=_environment(url),
        ) as psql,
    ):  # fmt: skip
        _feed(psql, script)
        said = cast(IO[bytes], psql.stderr).read() + cast(IO[bytes], script.stderr).read()
    if psql.returncode or script.returncode:
        raise _failed("psql" if psql.returncode else "pg_restore", said)


def engine_beside(url: str) -> Engine:
    """An engine that sees the schema `RESTORING` as if it were the one in use."""
    engine = create_engine(**engine_options(url))

    @event.listens_for(engine, "connect")
    def _look_there(connection: DBAPIConnection, _record: object) -> None:
        connection.cursor().execute(f"SET search_path TO {RESTORING}")
        connection.commit()

    return engine


def swap(held: Connection) -> None:
    """Let the schema `RESTORING` take the place of the one in use, in the transaction of `held_alone`, and commit.

    :raises BackupError: somebody came meanwhile, and is here or has made tables.
    """
    _refuse_company(held)
    if not all(table.is_held for table in held.execute(_TABLES_IN_USE)):
        raise _in_company()
    held.execute(text("DROP SCHEMA public CASCADE"))
    held.execute(text(f"ALTER SCHEMA {RESTORING} RENAME TO public"))
    held.commit()


def analyse(engine: Engine) -> bool:
    """Let PostgreSQL count what it plans by, however long that takes; whether it could. Soon it does so by itself."""
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            try:
                connection.exec_driver_sql("ANALYZE")
            finally:
                connection.exec_driver_sql("RESET statement_timeout")
    except DBAPIError:
        log("the restored database could not be analysed", level=logging.WARNING, exc_info=True)
        return False
    return True


def drop_beside(engine: Engine) -> None:
    """Remove a schema `RESTORING` that was not taken into use."""
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {RESTORING} CASCADE"))


def clear_beside(engine: Engine) -> None:
    """Remove a schema `RESTORING` that a killed restore left; one that is at work keeps its own."""
    with engine.begin() as connection:
        if connection.execute(text(f"SELECT pg_try_advisory_xact_lock({_AT_WORK})")).scalar_one():
            connection.execute(text(f"DROP SCHEMA IF EXISTS {RESTORING} CASCADE"))


def _refuse_company(connection: Connection) -> None:
    """:raises BackupError: somebody else is connected, and stays longer than a connection of ours takes to end."""
    for _look in range(_LOOKS):
        connection.execute(_LOOK_ANEW)
        if not connection.execute(_OTHERS).scalar_one():
            return
        time.sleep(_LOOK_AGAIN_S)
    raise _in_company()


def _in_company() -> BackupError:
    return BackupError(_("The site is running, or another program uses the database. Stop it first."))


def _feed(psql: subprocess.Popen[bytes], script: subprocess.Popen[bytes]) -> None:
    """Hand a script on, between what puts the schema aside and back; psql may end early, and says why itself.

    The COMMIT is the last word of a whole script: `psql --single-transaction` would say it after half a one, too,
    whose sender was killed, and leave the schema in use aside.
    """
    into, out_of = cast(IO[bytes], psql.stdin), cast(IO[bytes], script.stdout)
    try:
        into.write(_BEFORE.encode())
        shutil.copyfileobj(out_of, into, _PIECE_BYTES)
        if script.wait() == 0:
            into.write(_AFTER.encode())
        into.close()
    except BrokenPipeError:
        out_of.close()


def _run(
    command: Sequence[str],
    url: str | None,
    *,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> None:
    result = subprocess.run(  # noqa: S603 - our own words, and the address from the settings
        [_require(command[0]), *command[1:]], env=_environment(url), check=False,
        stdin=stdin or subprocess.DEVNULL, stdout=stdout or subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    if result.returncode:
        raise _failed(command[0], result.stderr)


def _require(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BackupError(_("%(program)s is missing. Install the PostgreSQL client.", program=program))
    return found


def _failed(program: str, said: bytes) -> BackupError:
    lines = said.decode(errors="replace").strip().splitlines()
    return BackupError(_("%(program)s failed: %(why)s", program=program, why=" ".join(lines[-3:])))


def _environment(url: str | None) -> dict[str, str]:
    password = make_url(url).password if url else None
    return dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})


def _without_password(url: str) -> str:
    """The address as libpq takes it."""
    address = make_url(url).set(drivername="postgresql")
    return address._replace(password=None).render_as_string(
        hide_password=False
    )  # `set` leaves out what is None
