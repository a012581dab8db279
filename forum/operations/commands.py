"""`flask db …` and `flask settings …`, and the jobs of the worker."""

from __future__ import annotations

import time

import click
from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from forum.base.engine import engine_line
from forum.base.session import db
from forum.config import describe, read_environ, unknown_variables
from forum.operations.worker import Job, register_job
from forum.web.command_line import N_, Group, option

db_cli = Group("db", help=N_("The database."))
settings_cli = Group("settings", help=N_("The settings."))
_HOUR_S = 3_600


@db_cli.command("upgrade", help=N_("Migrate the database to the newest schema."))
def upgrade_command() -> None:
    """Migrate the database to the newest schema."""
    from forum.operations.migrate import upgrade

    try:
        upgrade(current_app.extensions["forum_settings"])
    except OperationalError:
        raise click.ClickException(_("The database does not answer.")) from None
    line, warning = engine_line(db.engine)
    click.echo(_("At the newest schema: %(database)s", database=line))
    if warning:
        click.echo(_("Warning: %(line)s", line=warning), err=True)


@db_cli.command("schema", help=N_("Print the schema that a new installation gets."))
@option("--dialect", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
def schema_command(dialect: str) -> None:
    """Print the schema that a new installation gets."""
    from forum.operations.migrate import schema_sql

    click.echo(schema_sql(dialect), nl=False)


@settings_cli.command(
    "check",
    help=N_("Print every setting, secrets masked. Wrong values never get this far: they stop the start."),
)
def check_command() -> None:
    """Print every setting, secrets masked. Wrong values never get this far: they stop the start."""
    for name, value in describe(current_app.extensions["forum_settings"]):
        click.echo(f"{name}={value}")
    for name in unknown_variables(read_environ()):
        click.echo(_("Warning: %(name)s is set, but there is no such setting", name=name), err=True)


def register_jobs(app: Flask) -> None:
    """What the worker does in the background."""
    register_job(app, Job("prune limits", _HOUR_S, lambda: app.extensions["forum_limits"].prune(time.time())))
