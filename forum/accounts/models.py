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
    `locale` is the language of the staff pages; None: that of the site.
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


MODERATING_ROLES = frozenset({RoleName.MODERATOR.value, RoleName.ADMIN.value})
