"""Alembic, called from code: migrate a database to head, and print the schema that a new one gets."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, create_engine, create_mock_engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, Sequence

from forum.base.engine import engine_options, prepare_engine
from forum.base.models import Model
from forum.config import PROJECT_ROOT, Settings
from forum.web.limit_storage.postgresql import limit_entries_table

MIGRATIONS = PROJECT_ROOT / "forum" / "migrations"


def alembic_config(settings: Settings) -> Config:
    """Alembic's configuration without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["settings"] = settings
    return config


def upgrade(settings: Settings) -> None:
    """Migrate the database to head. Two starts at once are safe: a migration is one transaction."""
    command.upgrade(alembic_config(settings), "head")


def load_models() -> None:
    """Import every module with tables, so that `Model.metadata` is complete."""
    import forum.accounts.models
    import forum.articles.models
    import forum.base.page_versions
    import forum.comments.models
    import forum.exchange.models
    import forum.mail.models
    import forum.operations.models
    import forum.web.network_keys  # noqa: F401


def schema_sql(dialect_name: str) -> str:
    """The schema of a new installation as SQL.

    :param dialect_name: `sqlite` or `postgresql`.
    """
    load_models()
    dialect = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}[dialect_name]()
    statements: list[Any] = []
    engine = create_mock_engine(
        f"{dialect_name}://", lambda statement, *_, **__: statements.append(statement)
    )
    Model.metadata.create_all(engine, checkfirst=False)
    if dialect_name == "postgresql":
        limit_entries_table(MetaData(naming_convention=Model.metadata.naming_convention)).metadata.create_all(
            engine, checkfirst=False
        )
    shown = sorted((s for s in statements if not isinstance(s, Sequence)), key=_place_in_schema)
    head = f"-- What a new installation on {dialect_name} gets. Generated: flask db schema --dialect {dialect_name}\n"
    body = (f"\n{str(statement.compile(dialect=dialect)).strip()};\n" for statement in shown)
    text = (head + "".join(body)).replace("\t", "    ")
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _place_in_schema(statement: CreateTable | CreateIndex | AddConstraint) -> tuple[int, str]:
    """Tables in the order of their references, each with its indexes by name; what closes a circle comes last."""
    order = {table.name: place for place, table in enumerate(Model.metadata.sorted_tables)}
    if isinstance(statement, CreateTable):
        return order.get(statement.element.name, len(order)), ""
    if isinstance(statement, CreateIndex) and statement.element.table is not None:
        return order.get(statement.element.table.name, len(order)), str(statement.element.name)
    return len(order) + 1, ""


def connectable(settings: Settings) -> Engine:
    """An engine for migrations."""
    return prepare_engine(create_engine(**engine_options(settings.database_url)))
