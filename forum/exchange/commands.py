"""`flask demo …` and `flask import …`: articles and discussions that come from elsewhere."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _

from forum.base.clock import utc_now
from forum.base.session import db
from forum.exchange.printing import print_report
from forum.exchange.progress import Progress
from forum.exchange.report import Report
from forum.web.command_line import N_, Group, option

demo_cli = Group("demo", help=N_("Demo articles with their discussions."))
import_cli = Group("import", help=N_("Articles and discussions from elsewhere."))

_dry_run = option(
    "--dry-run", is_flag=True, help=N_("Check everything and tell what would happen; write nothing.")
)


def _in_a_folder(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """The report's file, once its folder is there: that is found out before the import, not after it."""
    if file is not None and not os.access(file.parent, os.W_OK | os.X_OK):
        raise click.BadParameter(_("There is no folder %(folder)s that can be written.", folder=file.parent))
    return file


_report_file = option(
    "--report", "report_file", type=click.Path(dir_okay=False, writable=True, path_type=Path), callback=_in_a_folder,
    help=N_("Also write the report to this file, as JSON."),
)  # fmt: skip


@demo_cli.command(
    "load",
    help=N_("Load what of the demo is not there yet, and print the passwords of the accounts that it makes."),
)
def load_command() -> None:
    """Load what of the demo is not there yet, and print the passwords of the accounts that it makes."""
    from forum.exchange.demo.loader import load_demo

    logins = load_demo(db.session, current_app.extensions["forum_settings"], now=utc_now())
    for login in logins:
        click.echo(f"{login.role:10} {login.email:40} {login.password}")
    click.echo(_("The demo is loaded."))


@import_cli.command(
    "wordpress",
    help=N_(
        "Bring in a WordPress export (WXR 1.0 to 1.2): articles, people and whole discussions. Can be run again:"
        " a second run changes nothing, a newer export updates what did not change here."
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_dry_run
@_report_file
def wordpress_command(file: Path, dry_run: bool, report_file: Path | None) -> None:
    """Bring in a WordPress export (WXR 1.0 to 1.2): articles, people and whole discussions.

    Can be run again: a second run changes nothing, a newer export updates what did not change here.
    """
    from forum.exchange.wordpress.importer import import_wordpress
    from forum.exchange.wordpress.records import BrokenExport

    settings = current_app.extensions["forum_settings"]
    try:
        with file.open("rb") as stream, Progress.shown() as progress:
            report = import_wordpress(
                db.session, stream, settings, now=utc_now(), size_bytes=file.stat().st_size, is_rehearsal=dry_run,
                on_progress=progress.show,
            )  # fmt: skip
    except BrokenExport as error:
        raise click.ClickException(
            _("%(file)s: %(cause)s. Nothing was written.", file=file, cause=error)
        ) from None
    _tell(report, report_file)


@import_cli.command(
    "markdown",
    help=N_("Bring in the articles of a static site: a folder of Markdown files with front matter."),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_dry_run
@_report_file
def markdown_command(folder: Path, dry_run: bool, report_file: Path | None) -> None:
    """Bring in the articles of a static site: a folder of Markdown files with front matter."""
    from forum.exchange.markdown.importer import import_markdown

    settings = current_app.extensions["forum_settings"]
    report = import_markdown(db.session, folder, settings, now=utc_now(), is_rehearsal=dry_run)
    _tell(report, report_file)


def _tell(report: Report, report_file: Path | None) -> None:
    """Print the account, write it down if asked, and fail when it does not add up."""
    for line in print_report(report):
        click.echo(line)
    if report_file is not None:
        report_file.write_text(
            json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
    if not report.adds_up:
        sys.exit(1)
