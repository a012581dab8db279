"""mail: the outbox, addresses that take none, who follows what; staff sessions; erasures; keys of network hashes"""

import sqlalchemy as sa
from alembic import op

from forum.base.models import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns; nothing that is there changes."""
    op.create_table(
        "erasures",
        sa.Column("id", Id, nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column(
            "scope",
            sa.Enum(
                "comment",
                "address",
                "person",
                "kept",
                name="scope",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("mark", "scope", "at", name=op.f("uq_erasures_mark_scope_at")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "network_keys",
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_network_keys")),
    )
    op.create_table(
        "suppressed_addresses",
        sa.Column("address_hash", sa.String(length=32), nullable=False),
        sa.Column(
            "cause",
            sa.Enum("refused", "bounced", name="cause", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppressed_addresses")),
    )
    op.create_table(
        "account_sessions",
        sa.Column("id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=60), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_sessions_token_hash")),
    )
    op.create_index(op.f("ix_account_sessions_account_id"), "account_sessions", ["account_id"], unique=False)
    op.create_table(
        "follows",
        sa.Column("id", Id, nullable=False),
        sa.Column("commenter_id", Id, nullable=False),
        sa.Column("article_id", Id, nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "never",
                "at_once",
                "daily",
                "weekly",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("last_event_id", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_follows_article_id")),
        sa.ForeignKeyConstraint(
            ["commenter_id"], ["commenters.id"], name=op.f("fk_follows_commenter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("commenter_id", "article_id", name=op.f("uq_follows_commenter_id_article_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_follows_article_id"), "follows", ["article_id"], unique=False)
    op.create_table(
        "mail_preferences",
        sa.Column("account_id", Id, nullable=False),
        sa.Column(
            "topic",
            sa.Enum(
                "new_comments",
                "queue",
                "overdue",
                "summary",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "cadence",
            sa.Enum(
                "never",
                "at_once",
                "daily",
                "weekly",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("last_event_id", Id, nullable=True),
        sa.Column("last_sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_mail_preferences_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "topic", name=op.f("pk_mail_preferences")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=True),
        sa.Column("to_staff", sa.Boolean(), nullable=False),
        sa.Column("awaited", sa.Boolean(), nullable=False),
        sa.Column("commenter_id", Id, nullable=True),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("comment_id", Id, nullable=True),
        sa.Column("event_id", Id, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("waits_for_undo", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                "stopped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("last_answer", sa.String(length=500), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_outbox_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_outbox_comment_id")),
        sa.ForeignKeyConstraint(["event_id"], ["comment_events.id"], name=op.f("fk_outbox_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_account_id"), "outbox", ["account_id"], unique=False)
    op.create_index(op.f("ix_outbox_comment_id"), "outbox", ["comment_id"], unique=False)
    op.create_index(op.f("ix_outbox_commenter_id"), "outbox", ["commenter_id"], unique=False)
    op.create_index(op.f("ix_outbox_event_id"), "outbox", ["event_id"], unique=False)
    op.create_index(op.f("ix_outbox_leased_until"), "outbox", ["leased_until"], unique=False)
    op.create_index(op.f("ix_outbox_recipient"), "outbox", ["recipient"], unique=False)
    op.create_index(op.f("ix_outbox_sent_at"), "outbox", ["sent_at"], unique=False)
    op.create_index(
        op.f("ix_outbox_state_to_staff_awaited_due_at"),
        "outbox",
        ["state", "to_staff", "awaited", "due_at"],
        unique=False,
    )
    op.add_column("accounts", sa.Column("invited_at", UtcDateTime(), nullable=True))
    op.add_column("accounts", sa.Column("last_signed_in_at", UtcDateTime(), nullable=True))
    op.add_column("accounts", sa.Column("new_email", sa.String(length=254), nullable=True))
    op.add_column("comment_revisions", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column("comment_revisions", sa.Column("passages", sa.JSON(), nullable=True))
    op.add_column("comment_revisions", sa.Column("seen_at", UtcDateTime(), nullable=True))
    op.add_column("comments", sa.Column("proven_at", UtcDateTime(), nullable=True))
    op.add_column("commenters", sa.Column("mail_stopped_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Drop them: mails that wait are lost, and so is the list of erasures."""
    op.drop_column("commenters", "mail_stopped_at")
    op.drop_column("comments", "proven_at")
    op.drop_column("comment_revisions", "seen_at")
    op.drop_column("comment_revisions", "passages")
    op.drop_column("comment_revisions", "remark")
    op.drop_column("accounts", "new_email")
    op.drop_column("accounts", "last_signed_in_at")
    op.drop_column("accounts", "invited_at")
    op.drop_index(op.f("ix_outbox_state_to_staff_awaited_due_at"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_sent_at"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_recipient"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_leased_until"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_event_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_commenter_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_comment_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_account_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("mail_preferences")
    op.drop_index(op.f("ix_follows_article_id"), table_name="follows")
    op.drop_table("follows")
    op.drop_index(op.f("ix_account_sessions_account_id"), table_name="account_sessions")
    op.drop_table("account_sessions")
    op.drop_table("suppressed_addresses")
    op.drop_table("network_keys")
    op.drop_table("heartbeats")
    op.drop_table("erasures")
