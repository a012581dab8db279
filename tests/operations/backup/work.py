"""What tests of backups do over and over: erase somebody, lose the database, look at what is there."""

from __future__ import annotations

from sqlalchemy import select

from forum.base.session import db, writing
from forum.comments.erasing import erase_address
from forum.comments.models import Commenter
from forum.operations.backup import sqlite_files
from tests.factories import READER, SIGNER
from tests.operations.backup.conftest import LATER, Stored


def erase(stored: Stored, email: str = READER.email, *, keep_texts: bool = False) -> None:
    with stored.app.app_context(), writing(db.session):
        commenter = db.session.scalars(select(Commenter).where(Commenter.email == email)).one()
        erase_address(db.session, SIGNER, commenter, keep_texts=keep_texts, now=LATER)


def sources(stored: Stored) -> list[str]:
    return [row[0] for row in stored.rows("SELECT source FROM comment_revisions ORDER BY id")]


def destroy(stored: Stored) -> None:
    """What a disk does."""
    if stored.is_sqlite:
        sqlite_files.remove(stored.folder / "forum.sqlite3")
    else:
        stored.run("DROP SCHEMA public CASCADE")
        stored.run("CREATE SCHEMA public")
        with stored.app.app_context():
            db.engine.dispose()


def note(stored: Stored) -> None:
    with stored.app.app_context():
        stored.app.extensions["forum_after_erasure"]()
        db.engine.dispose()
