"""Alembic's environment: the application's engine and models; one transaction a migration on both databases."""

from alembic import context

from forum.base.engine import WRITES
from forum.base.models import Model
from forum.operations.migrate import connectable, load_models

load_models()
connection = context.config.attributes.get("connection")
engine = None
if connection is None:
    engine = connectable(context.config.attributes["settings"])
    connection = engine.connect().execution_options(**{WRITES: True})

context.configure(
    connection=connection, target_metadata=Model.metadata, compare_type=True, transactional_ddl=True
)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(7270815)"
        )  # two starts at once: one migrates
    context.run_migrations()

if engine is not None:
    connection.close()
    engine.dispose()
