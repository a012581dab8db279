"""Comments, the versions of their text, what happened to them, and the forms they came in with.

Texts live in revisions only, events refer to them: an erasure empties texts without touching history.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.accounts.models import Cadence
from forum.base.models import BigId, Model, UtcDateTime, bytewise, enum_column


class State(StrEnum):
    """Where a comment stands. Only `approved` is ever public."""

    UNCONFIRMED = "unconfirmed"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SPAM = "spam"
    RETURNED = "returned"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class Move(StrEnum):
    """What can happen to a comment; `forum.comments.lifecycle` holds the table of what is allowed."""

    SUBMIT = "submit"
    IMPORT = "import"
    CONFIRM = "confirm"
    APPROVE = "approve"
    REJECT = "reject"
    SPAM = "spam"
    RETURN = "return"
    RESUBMIT = "resubmit"
    HOLD = "hold"
    REMOVE = "remove"
    REOPEN = "reopen"
    UNDO = "undo"
    PICK = "pick"
    UNPICK = "unpick"
    EDIT = "edit"
    REDACT = "redact"
    WITHDRAW = "withdraw"
    ERASE = "erase"


class ActorKind(StrEnum):
    """Who did something."""

    COMMENTER = "commenter"
    ACCOUNT = "account"
    RULE = "rule"


class RevisionState(StrEnum):
    """Where one version of a text stands. The queue lists those that wait."""

    WAITING = "waiting"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DECLINED = "declined"


class Ground(StrEnum):
    """What a decision rests on."""

    HOUSE_RULE = "house_rule"
    LAW = "law"


class Badge(StrEnum):
    """As what a member of staff speaks; shown in words beside the name."""

    AUTHOR = "author"
    MODERATOR = "moderator"
    EDITOR = "editor"
    ADMIN = "admin"


class Commenter(Model):
    """Someone known by an e-mail address; until it is proven, the address is only what somebody typed.

    `mail_stopped_at`: from then on only mail that is asked for (to confirm, the link to the own page) is sent.
    """

    __tablename__ = "commenters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mail_stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Comment(Model):
    """One comment: its place in the thread and where it stands.

    `number`, `root_number` and `path` are given once, at first publication (or when a reply becomes public before
    its parent), and never change. `parent_id` is the truth at any depth; `path` orders a branch. `version` is a lock
    number. `proven_at`: the writer's address was proven for this very comment, by its browser or by its mail.
    """

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        Index(None, "article_id", "root_number", "path"),
        Index(None, "article_id", "state"),
        Index(None, "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"), index=True)
    depth: Mapped[int] = mapped_column(default=0)
    commenter_id: Mapped[int | None] = mapped_column(ForeignKey("commenters.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    badge: Mapped[Badge | None] = mapped_column(enum_column(Badge, "badge"))
    author_name: Mapped[str] = mapped_column(String(60))
    website: Mapped[str | None] = mapped_column(String(500))
    lang: Mapped[str] = mapped_column(String(35))
    notify_replies: Mapped[bool] = mapped_column(default=False)
    state: Mapped[State] = mapped_column(enum_column(State, "state"))
    version: Mapped[int] = mapped_column(default=1)
    is_held: Mapped[bool] = mapped_column(default=False)
    is_picked: Mapped[bool] = mapped_column(default=False)
    number: Mapped[int | None]
    root_number: Mapped[int | None]
    path: Mapped[str | None] = mapped_column(bytewise(500))
    published_revision_id: Mapped[int | None] = mapped_column(
        ForeignKey("comment_revisions.id", use_alter=True), index=True
    )
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    parent: Mapped[Comment | None] = relationship(remote_side=id, viewonly=True)
    commenter: Mapped[Commenter | None] = relationship(viewonly=True)
    revisions: Mapped[list[CommentRevision]] = relationship(
        foreign_keys="CommentRevision.comment_id", order_by="CommentRevision.n", back_populates="comment"
    )

    @property
    def published_revision(self) -> CommentRevision | None:
        """The version of the text that is public, or was when the comment last was."""
        return next((r for r in self.revisions if r.id == self.published_revision_id), None)

    @property
    def newest_revision(self) -> CommentRevision:
        """The last version of the text, of those that were not emptied if there are any; every comment has one."""
        return next((r for r in reversed(self.revisions) if r.source), self.revisions[-1])

    @property
    def waiting_revision(self) -> CommentRevision | None:
        """The version that waits for a decision, if one does."""
        return next((r for r in reversed(self.revisions) if r.state is RevisionState.WAITING), None)


class CommentRevision(Model):
    """One version of a comment's text: as typed (`source`) and as printed (`html`).

    `remark` and `passages` are what a moderator asks the writer to change, and the parts of the text that it is about.
    `seen_at` is when staff first had it before them.
    """

    __tablename__ = "comment_revisions"
    __table_args__ = (
        UniqueConstraint("comment_id", "n"),
        Index(None, "state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id"))
    n: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    text_rules_version: Mapped[int]
    by: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, "by"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    state: Mapped[RevisionState] = mapped_column(enum_column(RevisionState, "state"))
    hold_reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    remark: Mapped[str | None] = mapped_column(Text)
    passages: Mapped[list[str] | None] = mapped_column(JSON)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    comment: Mapped[Comment] = relationship(foreign_keys=[comment_id], back_populates="revisions")


class CommentEvent(Model):
    """One thing that happened to a comment. Rows are only ever added; their ids give the order, not the clock."""

    __tablename__ = "comment_events"
    __table_args__ = (Index(None, "comment_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id"))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("comment_revisions.id"), index=True)
    kind: Mapped[Move] = mapped_column(enum_column(Move, "kind"))
    from_state: Mapped[State | None] = mapped_column(enum_column(State, "from_state"))
    to_state: Mapped[State] = mapped_column(enum_column(State, "to_state"))
    by: Mapped[ActorKind] = mapped_column(enum_column(ActorKind, "by"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    automated: Mapped[bool] = mapped_column(default=False)
    reason_code: Mapped[str | None] = mapped_column(String(40))
    ground: Mapped[Ground | None] = mapped_column(enum_column(Ground, "ground"))
    legal_ground: Mapped[str | None] = mapped_column(String(300))
    note: Mapped[str | None] = mapped_column(Text)
    comment_version: Mapped[int]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("comment_events.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    comment: Mapped[Comment] = relationship()
    revision: Mapped[CommentRevision | None] = relationship()


class Submission(Model):
    """The form that a comment came in with: what tells a repeated post from a new one.

    `fingerprint` is a keyed hash of article, address and text. `network_hash` is a keyed hash; no address of a reader's
    machine is stored.
    """

    __tablename__ = "submissions"
    __table_args__ = (Index(None, "fingerprint", "received_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    submission_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    fingerprint: Mapped[str] = mapped_column(String(32))
    network_hash: Mapped[str | None] = mapped_column(String(32), index=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)

    comment: Mapped[Comment] = relationship()


class Follow(Model):
    """A commenter with a proven address who follows a thread. `last_event_id` is the last event that was mailed."""

    __tablename__ = "follows"
    __table_args__ = (UniqueConstraint("commenter_id", "article_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    commenter_id: Mapped[int] = mapped_column(ForeignKey("commenters.id", ondelete="CASCADE"))
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), index=True)
    cadence: Mapped[Cadence] = mapped_column(enum_column(Cadence, "cadence"))
    last_event_id: Mapped[int | None] = mapped_column(BigId)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ErasureScope(StrEnum):
    """What an erasure took away: a comment; everything of an address; only the person behind its comments.

    `kept` is written beside `person`: the text that stayed. A backup may hold another one, which was taken back.
    """

    COMMENT = "comment"
    ADDRESS = "address"
    PERSON = "person"
    KEPT = "kept"


class Erasure(Model):
    """That something was erased, so that a restored backup can be made to forget it too.

    `mark` is a keyed hash of the address, of the comment's id and beginning, or of its id and text: it brings nothing
    back, and knows it again. `is_wiped`: the database was written anew since, so that its bytes hold nothing either.
    """

    __tablename__ = "erasures"
    __table_args__ = (UniqueConstraint("mark", "scope", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))
    scope: Mapped[ErasureScope] = mapped_column(enum_column(ErasureScope, "scope"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_wiped: Mapped[bool] = mapped_column(default=False, server_default=false())
