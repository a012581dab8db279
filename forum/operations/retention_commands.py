"""`flask retention …`: the table of terms, run by hand."""

from __future__ import annotations

import click
from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from forum.base.clock import utc_now
from forum.base.session import db
from forum.config import Settings
from forum.operations import retention
from forum.operations.keeping_jobs import remove_past
from forum.web.command_line import N_, Group, option

retention_cli = Group("retention", help=N_("How long things are kept."))


@retention_cli.command("run", help=N_("Remove what is past its term. The worker does so every night."))
@option("--dry-run", is_flag=True, help=N_("Only count; change nothing."))
def run_command(dry_run: bool) -> None:
    """Remove what is past its term. The worker does so every night."""
    settings: Settings = current_app.extensions["forum_settings"]
    work = retention.rehearse if dry_run else remove_past
    total = 0
    for line in work(db.session, settings, now=utc_now()):
        total += line.rows
        kept = ngettext("kept %(num)d day", "kept %(num)d days", line.days)
        click.echo(f"{line.rows:8}  {_(line.what)} ({kept})")
    click.echo(_("Would remove: %(n)d", n=total) if dry_run else _("Removed: %(n)d", n=total))
