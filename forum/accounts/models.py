"""Staff accounts and their roles. Readers have none."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.base.models import BigId, Model, UtcDateTime, enum_column


class RoleName(StrEnum):
    """What an account may do; an account may have several."""

    AUTHOR = "author"
    MODERATOR = "moderator"
    EDITOR = "editor"
    ADMIN = "admin"


class AccountState(StrEnum):
    """Whether somebody can sign in. `invited`: no password has been chosen yet."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


account_roles = Table(
    "account_roles",
    Model.metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)


class Role(Model, RoleMixin):
    """One role. The rows are made by the first migration."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(enum_column(RoleName, "role_name"), unique=True)


class Account(Model, UserMixin):
    """Someone who can sign in.

    `fs_uniquifier` stands in the session instead of the id: a new one ends every session of the account.
    `locale` is the language of the staff pages; None: that of the site. `invited_at` says that the account was made by
    an invitation, which stands open while there is no password. `new_email` is an address that is not proven yet.
    """

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    locale: Mapped[str | None] = mapped_column(String(5))
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    new_email: Mapped[str | None] = mapped_column(String(254))
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment] # the mixin names its own base
        secondary=account_roles, lazy="selectin"
    )

    @property
    def role_names(self) -> frozenset[str]:
        """The names of the account's roles."""
        return frozenset(str(role.name) for role in self.roles)

    @property
    def may_moderate(self) -> bool:
        """Whether the queue is open to the account."""
        return bool(self.role_names & MODERATING_ROLES)

    @property
    def is_admin(self) -> bool:
        """Whether the accounts of others are open to the account."""
        return RoleName.ADMIN.value in self.role_names

    @property
    def is_invited(self) -> bool:
        """Whether an invitation stands open."""
        return self.state is AccountState.INVITED

    @property
    def state(self) -> AccountState:
        """Whether the account can sign in."""
        if not self.active:
            return AccountState.DISABLED
        return AccountState.ACTIVE if self.password is not None else AccountState.INVITED


MODERATING_ROLES = frozenset({RoleName.MODERATOR.value, RoleName.ADMIN.value})


class AccountSession(Model):
    """One browser in which an account is signed in, or was.

    The session cookie holds a random value; here is only its hash. `browser` is said in words ("Firefox, Linux").
    """

    __tablename__ = "account_sessions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser: Mapped[str] = mapped_column(String(60))
    signed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MailTopic(StrEnum):
    """What staff can have mail about."""

    NEW_COMMENTS = "new_comments"
    QUEUE = "queue"
    OVERDUE = "overdue"
    SUMMARY = "summary"


class Cadence(StrEnum):
    """How often a subscription mails."""

    NEVER = "never"
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class MailPreference(Model):
    """How often an account has mail about a topic; without a row the topic's default holds.

    `last_event_id` and `last_sent_at` say how far the last mail went.
    """

    __tablename__ = "mail_preferences"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[MailTopic] = mapped_column(enum_column(MailTopic, "topic"), primary_key=True)
    cadence: Mapped[Cadence | None] = mapped_column(enum_column(Cadence, "cadence"))
    last_event_id: Mapped[int | None] = mapped_column(BigId)
    last_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
