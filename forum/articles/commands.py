"""`flask article …`: articles from the command line."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask_babel import gettext as _

from forum.articles.front_matter import FrontMatterError, parse_article
from forum.articles.service import save_article
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.text import UnstorableText
from forum.web.command_line import N_, Group

cli = Group("article", help=N_("Articles."))


@cli.command("import", help=N_("Create or update an article from a Markdown file with front matter."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_article(file: Path) -> None:
    """Create or update an article from a Markdown file with front matter."""
    now = utc_now()
    zone = current_app.extensions["forum_settings"].timezone
    try:
        draft = parse_article(file.read_text(encoding="utf-8"), zone=zone)
    except UnicodeDecodeError as error:
        cause = _("is not UTF-8 (%(detail)s)", detail=f"byte {error.start}")
        raise click.ClickException(f"{file}: {cause}") from None
    except FrontMatterError as error:
        raise click.ClickException(f"{file}: {error}") from None
    except UnstorableText:
        cause = _("holds NUL or half a character, which no text has")
        raise click.ClickException(f"{file}: {cause}") from None
    with writing(db.session):
        article, changed = save_article(db.session, draft, now=now)
        slug = article.slug
    outcome = _("Saved: %(address)s") if changed else _("Unchanged: %(address)s")
    click.echo(outcome % {"address": f"/articles/{slug}"})
