"""`flask comments …`: care for stored comments."""

from __future__ import annotations

import click
from flask_babel import ngettext

from forum.base.session import db, writing
from forum.comments.revisions import rerender
from forum.web.command_line import N_, Group

cli = Group("comments", help=N_("Stored comments."))
BATCH = 200


@cli.command(
    "rerender",
    help=N_("Bring older comments to the present text rules, in short batches so that nobody has to wait."),
)
def rerender_command() -> None:
    """Bring older comments to the present text rules, in short batches so that nobody has to wait."""
    done, after = 0, 0
    while True:
        with writing(db.session):
            last, count = rerender(db.session, after_id=after, limit=BATCH)
        done += count
        if last is None:
            break
        after = last
    click.echo(
        ngettext(
            "%(num)d text brought to the present rules.", "%(num)d texts brought to the present rules.", done
        )
    )
