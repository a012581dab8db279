"""first tables"""

import sqlalchemy as sa
from alembic import op

from forum.base.models import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ENUM = {"native_enum": False, "create_constraint": True, "length": 20}
STATES = (
    "unconfirmed", "pending", "approved", "rejected", "spam", "returned", "removed", "withdrawn", "erased",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("email", name="uq_accounts_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_accounts_fs_uniquifier"),
    )
    op.create_table(
        "articles",
        sa.Column("id", Id, nullable=False),
        sa.Column("slug", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("lede", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("opinion", "news", "interview", "campaign", "page", name="article_kind", **ENUM),
            nullable=False,
        ),
        sa.Column(
            "state", sa.Enum("draft", "published", "private", name="article_state", **ENUM), nullable=False
        ),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text_rules_version", sa.Integer(), nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("source_name", sa.String(length=200), nullable=True),
        sa.Column("source_url", sa.String(length=2000), nullable=True),
        sa.Column("source_reporter", sa.String(length=200), nullable=True),
        sa.Column(
            "comment_policy", sa.Enum("premoderated", "closed", name="comment_policy", **ENUM), nullable=False
        ),
        sa.Column("comments_close_at", UtcDateTime(), nullable=True),
        sa.Column("view_count", Id, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_root_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("slug", name="uq_articles_slug"),
    )
    op.create_index("ix_articles_state_published_at", "articles", ["state", "published_at"], unique=False)
    op.create_table(
        "commenters",
        sa.Column("id", Id, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("proven_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_commenters"),
        sa.UniqueConstraint("email", name="uq_commenters_email"),
    )
    op.create_table(
        "page_versions",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", Id, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_page_versions"),
    )
    op.create_table(
        "roles",
        sa.Column("id", Id, nullable=False),
        sa.Column(
            "name",
            sa.Enum("author", "moderator", "editor", "admin", name="role_name", **ENUM),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_roles"),
        sa.UniqueConstraint("name", name="uq_roles_name"),
    )
    op.create_table(
        "account_roles",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("role_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_account_roles_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name="fk_account_roles_role_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "role_id", name="pk_account_roles"),
    )
    op.create_table(
        "comments",
        sa.Column("id", Id, nullable=False),
        sa.Column("article_id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("commenter_id", Id, nullable=True),
        sa.Column("account_id", Id, nullable=True),
        sa.Column(
            "badge", sa.Enum("author", "moderator", "editor", "admin", name="badge", **ENUM), nullable=True
        ),
        sa.Column("author_name", sa.String(length=60), nullable=False),
        sa.Column("website", sa.String(length=500), nullable=True),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("notify_replies", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="state", **ENUM), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("is_picked", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("root_number", sa.Integer(), nullable=True),
        sa.Column(
            "path",
            sa.String(length=500).with_variant(sa.String(length=500, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("published_revision_id", Id, nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_comments_account_id"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_comments_article_id"),
        sa.ForeignKeyConstraint(["commenter_id"], ["commenters.id"], name="fk_comments_commenter_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["comments.id"], name="fk_comments_parent_id"),
        sa.ForeignKeyConstraint(
            ["published_revision_id"],
            ["comment_revisions.id"],
            name="fk_comments_published_revision_id",
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
        sa.UniqueConstraint("article_id", "number", name="uq_comments_article_id_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comments_account_id", "comments", ["account_id"], unique=False)
    op.create_index(
        "ix_comments_article_id_root_number_path",
        "comments",
        ["article_id", "root_number", "path"],
        unique=False,
    )
    op.create_index("ix_comments_article_id_state", "comments", ["article_id", "state"], unique=False)
    op.create_index("ix_comments_commenter_id", "comments", ["commenter_id"], unique=False)
    op.create_index("ix_comments_parent_id", "comments", ["parent_id"], unique=False)
    op.create_index("ix_comments_published_revision_id", "comments", ["published_revision_id"], unique=False)
    op.create_index("ix_comments_state_id", "comments", ["state", "id"], unique=False)
    op.create_table(
        "former_slugs",
        sa.Column("slug", sa.String(length=200), nullable=False),
        sa.Column("article_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_former_slugs_article_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name="pk_former_slugs"),
    )
    op.create_index("ix_former_slugs_article_id", "former_slugs", ["article_id"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_people_account_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_account_id", "people", ["account_id"], unique=False)
    op.create_index("ix_people_name", "people", ["name"], unique=False)
    op.create_table(
        "bylines",
        sa.Column("article_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_bylines_article_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_bylines_person_id"),
        sa.PrimaryKeyConstraint("article_id", "position", name="pk_bylines"),
    )
    op.create_index("ix_bylines_person_id", "bylines", ["person_id"], unique=False)
    op.create_table(
        "comment_revisions",
        sa.Column("id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text_rules_version", sa.Integer(), nullable=False),
        sa.Column("by", sa.Enum("commenter", "account", "rule", name="by", **ENUM), nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.Column(
            "state",
            sa.Enum("waiting", "published", "superseded", "declined", name="state", **ENUM),
            nullable=False,
        ),
        sa.Column("hold_reasons", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_comment_revisions_account_id"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_comment_revisions_comment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_comment_revisions"),
        sa.UniqueConstraint("comment_id", "n", name="uq_comment_revisions_comment_id_n"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comment_revisions_account_id", "comment_revisions", ["account_id"], unique=False)
    op.create_index("ix_comment_revisions_state_id", "comment_revisions", ["state", "id"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("id", Id, nullable=False),
        sa.Column("submission_id", sa.String(length=64), nullable=True),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("network_hash", sa.String(length=32), nullable=True),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_submissions_comment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.UniqueConstraint("submission_id", name="uq_submissions_submission_id"),
    )
    op.create_index("ix_submissions_comment_id", "submissions", ["comment_id"], unique=False)
    op.create_index(
        "ix_submissions_fingerprint_received_at", "submissions", ["fingerprint", "received_at"], unique=False
    )
    op.create_index("ix_submissions_network_hash", "submissions", ["network_hash"], unique=False)
    op.create_table(
        "comment_events",
        sa.Column("id", Id, nullable=False),
        sa.Column("comment_id", Id, nullable=False),
        sa.Column("revision_id", Id, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "submit",
                "confirm",
                "approve",
                "reject",
                "spam",
                "return",
                "resubmit",
                "hold",
                "remove",
                "reopen",
                "undo",
                "pick",
                "unpick",
                "edit",
                "redact",
                "withdraw",
                "erase",
                name="kind",
                **ENUM,
            ),
            nullable=False,
        ),
        sa.Column("from_state", sa.Enum(*STATES, name="from_state", **ENUM), nullable=True),
        sa.Column("to_state", sa.Enum(*STATES, name="to_state", **ENUM), nullable=False),
        sa.Column("by", sa.Enum("commenter", "account", "rule", name="by", **ENUM), nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("automated", sa.Boolean(), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=True),
        sa.Column("ground", sa.Enum("house_rule", "law", name="ground", **ENUM), nullable=True),
        sa.Column("legal_ground", sa.String(length=300), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("comment_version", sa.Integer(), nullable=False),
        sa.Column("undoes_id", Id, nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_comment_events_account_id"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_comment_events_comment_id"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["comment_revisions.id"], name="fk_comment_events_revision_id"
        ),
        sa.ForeignKeyConstraint(["undoes_id"], ["comment_events.id"], name="fk_comment_events_undoes_id"),
        sa.PrimaryKeyConstraint("id", name="pk_comment_events"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comment_events_account_id", "comment_events", ["account_id"], unique=False)
    op.create_index("ix_comment_events_comment_id_id", "comment_events", ["comment_id", "id"], unique=False)
    op.create_index("ix_comment_events_revision_id", "comment_events", ["revision_id"], unique=False)
    op.create_index("ix_comment_events_undoes_id", "comment_events", ["undoes_id"], unique=False)
    op.bulk_insert(
        sa.table("roles", sa.column("id"), sa.column("name")),
        [
            {"id": n, "name": name}
            for n, name in enumerate(("author", "moderator", "editor", "admin"), start=1)
        ],
    )
    if op.get_bind().dialect.name == "postgresql":
        _only_on_postgresql()


def _only_on_postgresql() -> None:
    """The constraint that closes a circle of tables (SQLite has it inline), and the table of the posting limits."""
    op.create_foreign_key(
        "fk_comments_published_revision_id",
        "comments",
        "comment_revisions",
        ["published_revision_id"],
        ["id"],
    )
    op.create_table(
        "limit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_limit_entries"),
    )
    op.create_index("ix_limit_entries_key_at_us", "limit_entries", ["key", "at_us"])
    op.create_index("ix_limit_entries_expires_at_us", "limit_entries", ["expires_at_us"])


def downgrade() -> None:
    raise RuntimeError("the first tables are not taken away: restore a backup instead")
