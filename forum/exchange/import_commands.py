"""`flask import …`: articles and discussions from elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import gettext as _

from forum.base.clock import utc_now
from forum.base.session import db
from forum.exchange.printing import print_report
from forum.exchange.report import Report

cli = AppGroup("import", help="Articles and discussions from elsewhere.")

_dry_run = click.option(
    "--dry-run", is_flag=True, help="Check everything and tell what would happen; write nothing."
)
_report_file = click.option(
    "--report", "report_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Also write the report to this file, as JSON.",
)  # fmt: skip


@cli.command("wordpress")
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
        with file.open("rb") as stream, _Progress.shown() as progress:
            report = import_wordpress(
                db.session, stream, settings, now=utc_now(), size_bytes=file.stat().st_size, is_rehearsal=dry_run,
                on_progress=progress.show,
            )  # fmt: skip
    except BrokenExport as error:
        raise click.ClickException(
            _("%(file)s: %(cause)s. Nothing was written.", file=file, cause=error)
        ) from None
    _tell(report, report_file)


@cli.command("markdown")
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


class _Progress:
    """A bar on a terminal, else a line for every tenth part."""

    def __init__(self) -> None:
        self._step = ""
        self._tenth = 0
        self._bar: click._termui_impl.ProgressBar[int] | None = None

    @classmethod
    @contextmanager
    def shown(cls) -> Iterator[_Progress]:
        """A progress that is finished at the end."""
        progress = cls()
        try:
            yield progress
        finally:
            progress._finish()

    def show(self, step: str, done: int, of: int) -> None:
        """How far a step is."""
        if step != self._step:
            self._begin(step, of)
        if self._bar is not None:
            self._bar.update(done - self._bar.pos)
        elif of and done * 10 // of > self._tenth:
            self._tenth = done * 10 // of
            click.echo(f"{self._label(step)} {self._tenth * 10} %", err=True)

    def _begin(self, step: str, of: int) -> None:
        self._finish()
        self._step, self._tenth = step, 0
        if sys.stderr.isatty():
            self._bar = click.progressbar(length=max(of, 1), label=self._label(step), file=sys.stderr)
            self._bar.__enter__()

    def _finish(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None

    @staticmethod
    def _label(step: str) -> str:
        return str({"read": _("Reading and checking"), "write": _("Writing")}[step])
