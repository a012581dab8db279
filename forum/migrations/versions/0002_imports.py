"""imports: where rows came from, old addresses, and the event `import`"""

import sqlalchemy as sa
from alembic import op

from forum.base.models import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = (
    "'submit', 'import', 'confirm', 'approve', 'reject', 'spam', 'return', 'resubmit', 'hold', 'remove', 'reopen', "
    "'undo', 'pick', 'unpick', 'edit', 'redact', 'withdraw', 'erase'"
)
STATES = (
    "'unconfirmed', 'pending', 'approved', 'rejected', 'spam', 'returned', 'removed', 'withdrawn', 'erased'"
)
EVENTS_ON_SQLITE = f"""
CREATE TABLE new_comment_events (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    comment_id INTEGER NOT NULL,
    revision_id INTEGER,
    kind VARCHAR(20) NOT NULL,
    from_state VARCHAR(20),
    to_state VARCHAR(20) NOT NULL,
    "by" VARCHAR(20) NOT NULL,
    account_id INTEGER,
    automated BOOLEAN NOT NULL,
    reason_code VARCHAR(40),
    ground VARCHAR(20),
    legal_ground VARCHAR(300),
    note TEXT,
    comment_version INTEGER NOT NULL,
    undoes_id INTEGER,
    at DATETIME NOT NULL,
    CONSTRAINT fk_comment_events_comment_id FOREIGN KEY(comment_id) REFERENCES comments (id),
    CONSTRAINT fk_comment_events_revision_id FOREIGN KEY(revision_id) REFERENCES comment_revisions (id),
    CONSTRAINT ck_comment_events_kind CHECK (kind IN ({KINDS})),
    CONSTRAINT ck_comment_events_from_state CHECK (from_state IN ({STATES})),
    CONSTRAINT ck_comment_events_to_state CHECK (to_state IN ({STATES})),
    CONSTRAINT ck_comment_events_by CHECK ("by" IN ('commenter', 'account', 'rule')),
    CONSTRAINT fk_comment_events_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_comment_events_ground CHECK (ground IN ('house_rule', 'law')),
    CONSTRAINT fk_comment_events_undoes_id FOREIGN KEY(undoes_id) REFERENCES new_comment_events (id)
)
"""
INDEXES = (("account_id",), ("comment_id", "id"), ("revision_id",), ("undoes_id",))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _allow_imports_on_sqlite()
    else:
        op.drop_constraint(op.f("ck_comment_events_kind"), "comment_events", type_="check")
        op.create_check_constraint(op.f("ck_comment_events_kind"), "comment_events", f"kind IN ({KINDS})")
    op.create_table(
        "former_addresses",
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("article_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_former_addresses_article_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("address", name="pk_former_addresses"),
    )
    op.create_index("ix_former_addresses_article_id", "former_addresses", ["article_id"])
    _add_source_format()
    _create_import_tables()


def _add_source_format() -> None:
    """In words, because SQLite takes a CHECK for a new column only inside it."""
    op.execute(
        "ALTER TABLE articles ADD COLUMN source_format VARCHAR(20) DEFAULT 'markdown' NOT NULL "
        "CONSTRAINT ck_articles_source_format CHECK (source_format IN ('markdown', 'html'))"
    )


def _allow_imports_on_sqlite() -> None:
    """SQLite cannot change a CHECK: the table is made anew (sqlite.org/lang_altertable.html, section 7)."""
    op.execute(EVENTS_ON_SQLITE)
    op.execute("INSERT INTO new_comment_events SELECT * FROM comment_events ORDER BY id")
    op.execute("DROP TABLE comment_events")
    op.execute("ALTER TABLE new_comment_events RENAME TO comment_events")
    for columns in INDEXES:
        op.create_index(f"ix_comment_events_{'_'.join(columns)}", "comment_events", list(columns))


def _create_import_tables() -> None:
    op.create_table(
        "import_sources",
        sa.Column("id", Id, nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_sources"),
        sa.UniqueConstraint("address", name="uq_import_sources_address"),
    )
    for kind, own in (("article", ("local_digest", sa.String(32))), ("comment", ("version", sa.Integer()))):
        table = f"imported_{kind}s"
        cascade = "CASCADE" if kind == "article" else None
        op.create_table(
            table,
            sa.Column("source_id", Id, nullable=False),
            sa.Column("external_id", Id, nullable=False),
            sa.Column(f"{kind}_id", Id, nullable=False),
            sa.Column("digest", sa.String(length=32), nullable=False),
            sa.Column(own[0], own[1], nullable=False),
            sa.ForeignKeyConstraint(["source_id"], ["import_sources.id"], name=f"fk_{table}_source_id"),
            sa.ForeignKeyConstraint(
                [f"{kind}_id"], [f"{kind}s.id"], name=f"fk_{table}_{kind}_id", ondelete=cascade
            ),
            sa.PrimaryKeyConstraint("source_id", "external_id", name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_{kind}_id", table, [f"{kind}_id"])
