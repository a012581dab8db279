"""articles: on SQLite, too, an id is never given twice, and it can be moved ahead after a restore"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEW_ARTICLES = """
CREATE TABLE new_articles (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug VARCHAR(200) NOT NULL,
    title VARCHAR(300) NOT NULL,
    lede TEXT NOT NULL,
    kind VARCHAR(20) NOT NULL,
    state VARCHAR(20) NOT NULL,
    lang VARCHAR(35) NOT NULL,
    source TEXT NOT NULL,
    source_format VARCHAR(20) DEFAULT 'markdown' NOT NULL,
    html TEXT NOT NULL,
    text_rules_version INTEGER NOT NULL,
    word_count INTEGER NOT NULL,
    published_at DATETIME,
    updated_at DATETIME NOT NULL,
    source_name VARCHAR(200),
    source_url VARCHAR(2000),
    source_reporter VARCHAR(200),
    comment_policy VARCHAR(20) NOT NULL,
    comments_close_at DATETIME,
    view_count INTEGER NOT NULL,
    last_number INTEGER NOT NULL,
    last_root_number INTEGER NOT NULL,
    CONSTRAINT uq_articles_slug UNIQUE (slug),
    CONSTRAINT ck_articles_article_kind CHECK (kind IN ('opinion', 'news', 'interview', 'campaign', 'page')),
    CONSTRAINT ck_articles_article_state CHECK (state IN ('draft', 'published', 'private')),
    CONSTRAINT ck_articles_source_format CHECK (source_format IN ('markdown', 'html')),
    CONSTRAINT ck_articles_comment_policy CHECK (comment_policy IN ('premoderated', 'closed'))
)
"""
COLUMNS = (
    "id, slug, title, lede, kind, state, lang, source, source_format, html, text_rules_version, word_count,"
    " published_at, updated_at, source_name, source_url, source_reporter, comment_policy, comments_close_at,"
    " view_count, last_number, last_root_number"
)


def upgrade() -> None:
    """SQLite cannot change a key: the table is made anew (sqlite.org/lang_altertable.html, section 7)."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(NEW_ARTICLES)
    op.execute(f"INSERT INTO new_articles ({COLUMNS}) SELECT {COLUMNS} FROM articles ORDER BY id")  # noqa: S608 - ours
    op.execute("DROP TABLE articles")
    op.execute("ALTER TABLE new_articles RENAME TO articles")
    op.create_index("ix_articles_state_published_at", "articles", ["state", "published_at"])
