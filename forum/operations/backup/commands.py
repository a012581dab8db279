"""`flask backup …`: make one, check one, put one back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from forum.base.clock import utc_now
from forum.base.session import db
from forum.base.signing import Signer
from forum.config import PROJECT_ROOT, Settings
from forum.operations import ledger
from forum.operations.backup.archive import Manifest
from forum.operations.backup.ending import ends_tidily
from forum.operations.backup.errors import BackupError
from forum.web.command_line import N_, Group, option

if TYPE_CHECKING:  # what makes and restores backups is loaded by the commands that need it
    from forum.operations.backup.restoring import Restored

backup_cli = Group("backup", help=N_("Backups of everything that is stored."))
_PATH = click.argument("path", type=click.Path(path_type=Path))


@backup_cli.command("create", help=N_("Write a backup to PATH, a new file or a folder, while readers post."))
@_PATH
@ends_tidily()
def create_command(path: Path) -> None:
    """Write a backup to PATH, a new file or a folder, while readers post."""
    from forum.operations.backup.creating import create

    settings = _settings()
    try:
        ledger.add_to_ledger(settings.erasure_ledger, ledger.erased_in(db.session))
        db.session.rollback()
        path, manifest = create(db.engine, settings, _signer(), path, now=utc_now())
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(_("The backup failed: %(why)s", why=type(error).__name__)) from None
    click.echo(
        _("Backup: %(path)s (%(size)s MB), checked", path=path, size=f"{manifest.size_bytes / 1e6:.1f}")
    )
    _tell_content(manifest)
    _tell_what_is_apart(settings)


@backup_cli.command("verify", help=N_("Check the backup in PATH. Nothing is changed."))
@_PATH
@ends_tidily()
def verify_command(path: Path) -> None:
    """Check the backup in PATH. Nothing is changed."""
    from forum.operations.backup.restoring import verify

    try:
        manifest = verify(path, _settings().instance_path)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_("The backup is sound."))
    _tell_content(manifest)


@backup_cli.command(
    "restore", help=N_("Put the backup in PATH in the place of the database. Stop the site first.")
)
@_PATH
@option("--yes", is_flag=True, help=N_("Also when the database holds data, which is lost."))
@option(
    "--any-key",
    is_flag=True,
    help=N_("Also with another secret key: what was erased with the earlier one becomes public again."),
)
@option(
    "--no-ledger", is_flag=True,
    help=N_("Also without the erasure ledger: what was erased after the backup becomes public again."),
)  # fmt: skip
@ends_tidily()
def restore_command(path: Path, yes: bool, any_key: bool, no_ledger: bool) -> None:
    """Put the backup in PATH in the place of the database. Stop the site first."""
    from forum.operations.backup.restoring import restore

    started_s = time.monotonic()
    db.session.rollback()
    try:
        done = restore(
            db.engine, _settings(), _signer(), path,
            replace=yes, any_key=any_key, no_ledger=no_ledger, now=utc_now(),
        )  # fmt: skip
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(_("The restore failed: %(why)s", why=type(error).__name__)) from None
    click.echo(_("Restored in %(seconds)s s.", seconds=f"{time.monotonic() - started_s:.1f}"))
    _tell_content(done.manifest)
    _tell_what_changed(done)
    if unreadable := ledger.read_ledger(_settings().erasure_ledger)[1]:
        click.echo(
            _("Warning: lines of the erasure ledger that cannot be read: %(n)d", n=unreadable), err=True
        )


def _tell_what_changed(done: Restored) -> None:
    """What is not as it was at the moment of the backup, nor as it was before the restore."""
    click.echo(ngettext("%(num)d erasure since then was done again.",
                        "%(num)d erasures since then were done again.", done.erasures))  # fmt: skip
    click.echo(ngettext("%(num)d mail that waited then is not sent.",
                        "%(num)d mails that waited then are not sent.", done.mails_stopped))  # fmt: skip
    click.echo(_("Everybody on the staff has to sign in again."))
    click.echo(
        _("Look at the accounts: who was disabled after the backup is active again, and earlier passwords work again."
          " Who unsubscribed since then gets mail again, and what was withdrawn since then is back.")
    )  # fmt: skip
    if done.is_other_key:
        click.echo(
            _("Warning: the secret key is another one. What was erased with the earlier key after the backup is public"
              " again: erase it by hand."), err=True
        )  # fmt: skip
    if not done.is_analysed:
        click.echo(
            _(
                "Warning: the database is restored, but PostgreSQL could not count what it plans by. Run ANALYZE in it."
            ),
            err=True,
        )


def _tell_content(manifest: Manifest) -> None:
    click.echo(_("Moment: %(moment)s", moment=format_datetime(manifest.taken_at, "d MMMM y HH:mm:ss")))
    click.echo(_("Database: %(kind)s, schema %(schema)s", kind=manifest.database, schema=manifest.schema))
    click.echo(
        ngettext("%(num)d article", "%(num)d articles", manifest.counts.get("articles", 0))
        + ", "
        + ngettext("%(num)d comment", "%(num)d comments", manifest.comments)
    )


def _tell_what_is_apart(settings: Settings) -> None:
    """What a restore needs beside the backup."""
    click.echo(_("Not in it; keep these apart, and not beside the backup:"))
    key = settings.instance_path / "secret_key"
    click.echo("  " + _("the secret key: %(path)s", path=key if key.exists() else "FORUM_SECRET_KEY"))
    if (PROJECT_ROOT / ".env").exists():
        click.echo("  " + _("the settings: %(path)s", path=PROJECT_ROOT / ".env"))
    click.echo("  " + _("the erasure ledger: %(path)s", path=settings.erasure_ledger))
    click.echo(_("There are no media files."))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["forum_settings"]
    return settings


def _signer() -> Signer:
    signer: Signer = current_app.extensions["forum_signer"]
    return signer
