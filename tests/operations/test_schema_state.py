"""A start sees from the database's own note whether it has to migrate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from forum.operations.schema_state import MIGRATIONS, SchemaState, is_unused, revisions, schema_state

MIGRATION = 'revision: str = "{}"\ndown_revision: str | None = {}\n'


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A connection to an empty database."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A folder with two migrations, `one` and then `two`."""
    (tmp_path / "0001_one.py").write_text(MIGRATION.format("one", "None"))
    (tmp_path / "0002_two.py").write_text(MIGRATION.format("two", '"one"'))
    return tmp_path


def note(connection: Connection, revision: str) -> None:
    """Write down a revision as Alembic does."""
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


def test_a_database_without_a_note_is_empty(connection: Connection, migrations: Path) -> None:
    assert schema_state(connection, migrations) is SchemaState.EMPTY


@pytest.mark.parametrize(
    ("revision", "state"),
    [("one", SchemaState.OUTDATED), ("two", SchemaState.CURRENT), ("three", SchemaState.UNKNOWN)],
)
def test_the_noted_revision_tells_what_a_start_has_to_do(
    connection: Connection, migrations: Path, revision: str, state: SchemaState
) -> None:
    note(connection, revision)

    assert schema_state(connection, migrations) is state


def test_migrations_that_part_ways_are_an_error(migrations: Path) -> None:
    (migrations / "0002_other.py").write_text(MIGRATION.format("other", '"one"'))

    with pytest.raises(ValueError, match="unpack"):
        revisions(migrations)


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    assert revisions()[1] == ScriptDirectory(str(MIGRATIONS.parent)).get_current_head()


@pytest.mark.parametrize("table", ["accounts", "articles"])
def test_an_account_or_an_article_makes_a_database_a_used_one(connection: Connection, table: str) -> None:
    for name in ("accounts", "articles"):
        connection.execute(text(f"CREATE TABLE {name} (id INTEGER)"))
    before = is_unused(connection)
    connection.execute(text(f"INSERT INTO {table} VALUES (1)"))

    after = is_unused(connection)

    assert (before, after) == (True, False)
