"""`flask article …`: articles from the command line."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from forum.articles.front_matter import FrontMatterError, parse_article
from forum.articles.service import save_article
from forum.base.clock import utc_now
from forum.base.session import db, writing
from forum.text import UnstorableText

cli = AppGroup("article", help="Articles.")


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_article(file: Path) -> None:
    """Create or update an article from a Markdown file with front matter."""
    now = utc_now()
    zone = current_app.extensions["forum_settings"].timezone
    try:
        draft = parse_article(file.read_text(encoding="utf-8"), zone=zone)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: is not UTF-8 (byte {error.start})") from None
    except (FrontMatterError, UnstorableText) as error:
        raise click.ClickException(f"{file}: {error}") from None
    with writing(db.session):
        article, changed = save_article(db.session, draft, now=now)
        slug = article.slug
    click.echo(f"{'Saved' if changed else 'Unchanged'}: /articles/{slug}")
