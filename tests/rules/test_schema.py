"""The models, the migrations and `schema.sql` say the same, on both databases."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import MetaData, create_engine, make_url

from forum.base.engine import engine_options
from forum.base.models import Model
from forum.config import PROJECT_ROOT
from forum.operations.migrate import load_models, schema_sql
from forum.web.limit_storage.postgresql import limit_entries_table

SCHEMA = PROJECT_ROOT / "schema.sql"
Schema = dict[str, object]


@pytest.fixture
def empty_postgresql(migrated_postgresql: str) -> Iterator[str]:
    """An empty database beside the migrated one."""
    url = make_url(migrated_postgresql)
    name = f"forum_test_schema_{os.getpid()}"
    with psycopg.connect(migrated_postgresql, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        yield url.set(database=name).render_as_string(hide_password=False)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def test_the_committed_schema_is_what_the_command_prints(sqlite_app: Flask) -> None:
    printed = sqlite_app.test_cli_runner().invoke(args=["db", "schema"])

    assert printed.exit_code == 0
    assert printed.output == SCHEMA.read_text()


def test_a_migrated_sqlite_file_has_the_schema_of_a_new_one(migrated_sqlite: Path) -> None:
    with sqlite3.connect(migrated_sqlite) as migrated, sqlite3.connect(":memory:") as new:
        new.executescript(SCHEMA.read_text())

        assert _sqlite_schema(migrated) == _sqlite_schema(new)
    migrated.close()
    new.close()


def test_the_models_make_the_committed_schema(tmp_path: Path) -> None:
    load_models()
    engine = create_engine(**engine_options(f"sqlite:///{tmp_path / 'made.sqlite3'}"))
    Model.metadata.create_all(engine)
    engine.dispose()

    with sqlite3.connect(tmp_path / "made.sqlite3") as made, sqlite3.connect(":memory:") as new:
        new.executescript(SCHEMA.read_text())

        assert _sqlite_schema(made) == _sqlite_schema(new)
    made.close()
    new.close()


@pytest.mark.postgresql
def test_alembic_finds_nothing_to_migrate_on_postgresql(migrated_postgresql: str) -> None:
    metadata = MetaData(naming_convention=Model.metadata.naming_convention)
    load_models()
    for table in Model.metadata.sorted_tables:
        table.to_metadata(metadata)
    limit_entries_table(metadata)
    engine = create_engine(**engine_options(migrated_postgresql))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []


@pytest.mark.postgresql
def test_the_printed_postgresql_schema_makes_what_the_migrations_make(
    sqlite_app: Flask, migrated_postgresql: str, empty_postgresql: str
) -> None:
    printed = sqlite_app.test_cli_runner().invoke(args=["db", "schema", "--dialect", "postgresql"])
    with psycopg.connect(empty_postgresql, autocommit=True) as connection:
        connection.execute(printed.output.encode())

    assert printed.output == schema_sql("postgresql")
    assert _postgresql_schema(empty_postgresql) == _postgresql_schema(migrated_postgresql)


def _sqlite_schema(connection: sqlite3.Connection) -> Schema:
    """Each table's columns and constraints, and each index; order and spelling of no matter."""
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        " AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
    )
    return {f"{kind} {name}": _parts(sql) for kind, name, sql in rows}


def _parts(sql: str) -> list[str]:
    """A statement split at its outermost commas, in one spelling."""
    flat = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    flat = re.sub(r"\s*([(),])\s*", r"\1", flat)
    head, _, body = flat.partition("(")
    parts, depth, start = [], 0, 0
    for at, char in enumerate(body):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if (char == "," and depth == 0) or depth < 0:
            parts.append(body[start:at])
            start = at + 1
            if depth < 0:
                break
    # A constraint says the same inside its column, where SQLite wants it when the column is added later.
    apart = [piece for part in parts for piece in re.split(r"(?<=.) (?=CONSTRAINT )", part)]
    return [head.strip(), *sorted(apart), body[start:]]


def _postgresql_schema(url: str) -> Schema:
    """Columns, constraints and indexes as PostgreSQL describes them."""
    with psycopg.connect(url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type, character_maximum_length, collation_name, is_nullable,"
            " column_default, is_identity FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
        ).fetchall()
        constraints = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'"
        ).fetchall()
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
    return {"columns": set(columns), "constraints": set(constraints), "indexes": set(indexes)}
