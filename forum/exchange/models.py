"""What came in from elsewhere: which row here belongs to which row there, so that an import can be run again.

Each row keeps a digest of what the file held, and what marks our own row as untouched since. So a second run tells
what is new, what changed there, what changed here, and what changed on both sides. That of a comment is keyed: an
erasure leaves it, so that the comment does not come in anew.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from forum.base.models import BigId, Model, UtcDateTime


class ImportSource(Model):
    """A site, or a folder, that articles and comments came from."""

    __tablename__ = "import_sources"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    address: Mapped[str] = mapped_column(String(500), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImportedArticle(Model):
    """An article that came from a source, by its id there.

    `digest` tells what the file held, `local_digest` what the article held here when that had been written.
    """

    __tablename__ = "imported_articles"

    source_id: Mapped[int] = mapped_column(ForeignKey("import_sources.id"), primary_key=True)
    external_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(32))
    local_digest: Mapped[str] = mapped_column(String(32))


class ImportedComment(Model):
    """A comment that came from a source, by its id there. `version` is the lock number it had when it was written."""

    __tablename__ = "imported_comments"

    source_id: Mapped[int] = mapped_column(ForeignKey("import_sources.id"), primary_key=True)
    external_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id"), index=True)
    digest: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
