"""`flask demo …`: the demo from the command line."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from forum.base.clock import utc_now
from forum.base.session import db

cli = AppGroup("demo", help="Demo articles with their discussions.")


@cli.command("load")
def load_command() -> None:
    """Load what of the demo is not there yet, and print the passwords of the accounts that it makes."""
    from forum.exchange.demo.loader import load_demo

    logins = load_demo(db.session, current_app.extensions["forum_settings"], now=utc_now())
    for login in logins:
        click.echo(f"{login.role:10} {login.email:40} {login.password}")
    click.echo("The demo is loaded.")
