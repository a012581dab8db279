"""Articles, the people in their bylines, and the slugs they once had."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.base.models import BigId, Model, UtcDateTime, enum_column


class ArticleKind(StrEnum):
    """What sort of text it is. Pages stay off the front page."""

    OPINION = "opinion"
    NEWS = "news"
    INTERVIEW = "interview"
    CAMPAIGN = "campaign"
    PAGE = "page"


class ArticleState(StrEnum):
    """Whether readers may see it, given that `published_at` has come."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PRIVATE = "private"


class SourceFormat(StrEnum):
    """What the source of an article is written in."""

    MARKDOWN = "markdown"
    HTML = "html"


class CommentPolicy(StrEnum):
    """What happens with a comment that is sent in."""

    PREMODERATED = "premoderated"
    CLOSED = "closed"


class Person(Model):
    """Someone with a byline. May have a staff account, need not: an imported byline is no login."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)


class Byline(Model):
    """A person of an article, and as what: "adviseur bij …" may differ from one article to the next."""

    __tablename__ = "bylines"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    text: Mapped[str | None] = mapped_column(String(200))
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Article(Model):
    """A published text with a thread below it.

    `last_number` and `last_root_number` are the counters from which comments get their numbers at first publication.
    """

    __tablename__ = "articles"
    __table_args__ = (Index(None, "state", "published_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(200), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    lede: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[ArticleKind] = mapped_column(enum_column(ArticleKind, "article_kind"))
    state: Mapped[ArticleState] = mapped_column(enum_column(ArticleState, "article_state"))
    lang: Mapped[str] = mapped_column(String(35))
    source: Mapped[str] = mapped_column(Text)
    source_format: Mapped[SourceFormat] = mapped_column(
        enum_column(SourceFormat, "source_format"), server_default=SourceFormat.MARKDOWN.value
    )
    html: Mapped[str] = mapped_column(Text)
    text_rules_version: Mapped[int]
    word_count: Mapped[int]
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source_name: Mapped[str | None] = mapped_column(String(200))
    source_url: Mapped[str | None] = mapped_column(String(2000))
    source_reporter: Mapped[str | None] = mapped_column(String(200))
    comment_policy: Mapped[CommentPolicy] = mapped_column(enum_column(CommentPolicy, "comment_policy"))
    comments_close_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    view_count: Mapped[int] = mapped_column(BigId, default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    last_root_number: Mapped[int] = mapped_column(default=0)
    bylines: Mapped[list[Byline]] = relationship(
        order_by=Byline.position, cascade="all, delete-orphan", lazy="selectin"
    )

    def takes_comments(self, now: datetime) -> bool:
        """Whether a comment sent at `now` is taken: not from the closing minute on."""
        if self.comment_policy is CommentPolicy.CLOSED:
            return False
        return self.comments_close_at is None or now < self.comments_close_at

    @property
    def page_key(self) -> str:
        """The page version key of the article and its thread."""
        return page_key(self.id)


class FormerSlug(Model):
    """A slug that an article had before: it redirects."""

    __tablename__ = "former_slugs"

    slug: Mapped[str] = mapped_column(String(200), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)


class FormerAddress(Model):
    """An address that an article had on the site that it came from, as `former_addresses.normalise` writes it."""

    __tablename__ = "former_addresses"

    address: Mapped[str] = mapped_column(String(500), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)


FRONT_PAGE_KEY = "front"
"""The page version key of the front page."""


def page_key(article_id: int) -> str:
    """The page version key of an article and its thread."""
    return f"article:{article_id}"
