"""Alembic's environment: the application's engine and models; one transaction a migration on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import Connection

from forum.base.engine import WRITES
from forum.base.models import Model
from forum.operations.migrate import connectable, load_models


@contextmanager
def references_unchecked(connection: Connection) -> Iterator[None]:
    """On SQLite a table that is made anew is dropped once, and must not take with it what refers to it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys = OFF")  # within a transaction, SQLite would take no notice of it
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def refuse_broken_references(connection: Connection) -> None:
    """:raises RuntimeError: something refers to what is not there. Nothing is committed then."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        raise RuntimeError(f"rows that refer to nothing (table, row, missing table, key): {broken}")


load_models()
connection = context.config.attributes.get("connection")
engine = None
if connection is None:
    engine = connectable(context.config.attributes["settings"])
    connection = engine.connect().execution_options(**{WRITES: True})

context.configure(
    connection=connection, target_metadata=Model.metadata, compare_type=True, transactional_ddl=True
)
with references_unchecked(connection), context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(7270815)"
        )  # two starts at once: one migrates
    before = context.get_context().get_current_heads()
    context.run_migrations()
    if connection.dialect.name == "sqlite" and context.get_context().get_current_heads() != before:
        refuse_broken_references(connection)

if engine is not None:
    connection.close()
    engine.dispose()
