-- What a new installation on sqlite gets. Generated: flask db schema --dialect sqlite

CREATE TABLE accounts (
    id INTEGER NOT NULL,
    email VARCHAR(254) NOT NULL,
    name VARCHAR(60) NOT NULL,
    password VARCHAR(255),
    active BOOLEAN NOT NULL,
    fs_uniquifier VARCHAR(64) NOT NULL,
    created_at DATETIME NOT NULL,
    locale VARCHAR(5),
    invited_at DATETIME,
    last_signed_in_at DATETIME,
    new_email VARCHAR(254),
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT uq_accounts_email UNIQUE (email),
    CONSTRAINT uq_accounts_fs_uniquifier UNIQUE (fs_uniquifier)
);

CREATE TABLE articles (
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
);

CREATE INDEX ix_articles_state_published_at ON articles (state, published_at);

CREATE TABLE commenters (
    id INTEGER NOT NULL,
    email VARCHAR(254) NOT NULL,
    proven_at DATETIME,
    created_at DATETIME NOT NULL,
    mail_stopped_at DATETIME,
    CONSTRAINT pk_commenters PRIMARY KEY (id),
    CONSTRAINT uq_commenters_email UNIQUE (email)
);

CREATE TABLE erasures (
    id INTEGER NOT NULL,
    mark VARCHAR(32) NOT NULL,
    scope VARCHAR(20) NOT NULL,
    at DATETIME NOT NULL,
    is_wiped BOOLEAN DEFAULT 0 NOT NULL,
    CONSTRAINT pk_erasures PRIMARY KEY (id),
    CONSTRAINT uq_erasures_mark_scope_at UNIQUE (mark, scope, at),
    CONSTRAINT ck_erasures_scope CHECK (scope IN ('comment', 'address', 'person', 'kept'))
);

CREATE TABLE heartbeats (
    name VARCHAR(60) NOT NULL,
    at DATETIME NOT NULL,
    CONSTRAINT pk_heartbeats PRIMARY KEY (name)
);

CREATE TABLE import_sources (
    id INTEGER NOT NULL,
    address VARCHAR(500) NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT pk_import_sources PRIMARY KEY (id),
    CONSTRAINT uq_import_sources_address UNIQUE (address)
);

CREATE TABLE network_keys (
    period VARCHAR(10) NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    made_at DATETIME NOT NULL,
    CONSTRAINT pk_network_keys PRIMARY KEY (period)
);

CREATE TABLE page_versions (
    "key" VARCHAR(100) NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_page_versions PRIMARY KEY ("key")
);

CREATE TABLE roles (
    id INTEGER NOT NULL,
    name VARCHAR(20) NOT NULL,
    CONSTRAINT pk_roles PRIMARY KEY (id),
    CONSTRAINT uq_roles_name UNIQUE (name),
    CONSTRAINT ck_roles_role_name CHECK (name IN ('author', 'moderator', 'editor', 'admin'))
);

CREATE TABLE suppressed_addresses (
    address_hash VARCHAR(32) NOT NULL,
    cause VARCHAR(20) NOT NULL,
    at DATETIME NOT NULL,
    CONSTRAINT pk_suppressed_addresses PRIMARY KEY (address_hash),
    CONSTRAINT ck_suppressed_addresses_cause CHECK (cause IN ('refused', 'bounced'))
);

CREATE TABLE account_roles (
    account_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    CONSTRAINT pk_account_roles PRIMARY KEY (account_id, role_id),
    CONSTRAINT fk_account_roles_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT fk_account_roles_role_id FOREIGN KEY(role_id) REFERENCES roles (id) ON DELETE CASCADE
);

CREATE TABLE account_sessions (
    id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    browser VARCHAR(60) NOT NULL,
    signed_in_at DATETIME NOT NULL,
    last_seen_at DATETIME NOT NULL,
    ended_at DATETIME,
    CONSTRAINT pk_account_sessions PRIMARY KEY (id),
    CONSTRAINT fk_account_sessions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT uq_account_sessions_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_account_sessions_account_id ON account_sessions (account_id);

CREATE TABLE comments (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    article_id INTEGER NOT NULL,
    parent_id INTEGER,
    depth INTEGER NOT NULL,
    commenter_id INTEGER,
    account_id INTEGER,
    badge VARCHAR(20),
    author_name VARCHAR(60) NOT NULL,
    website VARCHAR(500),
    lang VARCHAR(35) NOT NULL,
    notify_replies BOOLEAN NOT NULL,
    state VARCHAR(20) NOT NULL,
    version INTEGER NOT NULL,
    is_held BOOLEAN NOT NULL,
    is_picked BOOLEAN NOT NULL,
    number INTEGER,
    root_number INTEGER,
    path VARCHAR(500),
    published_revision_id INTEGER,
    submitted_at DATETIME NOT NULL,
    proven_at DATETIME,
    published_at DATETIME,
    CONSTRAINT uq_comments_article_id_number UNIQUE (article_id, number),
    CONSTRAINT fk_comments_article_id FOREIGN KEY(article_id) REFERENCES articles (id),
    CONSTRAINT fk_comments_parent_id FOREIGN KEY(parent_id) REFERENCES comments (id),
    CONSTRAINT fk_comments_commenter_id FOREIGN KEY(commenter_id) REFERENCES commenters (id),
    CONSTRAINT fk_comments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_comments_badge CHECK (badge IN ('author', 'moderator', 'editor', 'admin')),
    CONSTRAINT ck_comments_state CHECK (state IN ('unconfirmed', 'pending', 'approved', 'rejected', 'spam', 'returned', 'removed', 'withdrawn', 'erased')),
    CONSTRAINT fk_comments_published_revision_id FOREIGN KEY(published_revision_id) REFERENCES comment_revisions (id)
);

CREATE INDEX ix_comments_account_id ON comments (account_id);

CREATE INDEX ix_comments_article_id_root_number_path ON comments (article_id, root_number, path);

CREATE INDEX ix_comments_article_id_state ON comments (article_id, state);

CREATE INDEX ix_comments_commenter_id ON comments (commenter_id);

CREATE INDEX ix_comments_parent_id ON comments (parent_id);

CREATE INDEX ix_comments_published_revision_id ON comments (published_revision_id);

CREATE INDEX ix_comments_state_id ON comments (state, id);

CREATE TABLE follows (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    commenter_id INTEGER NOT NULL,
    article_id INTEGER NOT NULL,
    cadence VARCHAR(20) NOT NULL,
    last_event_id INTEGER,
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_follows_commenter_id_article_id UNIQUE (commenter_id, article_id),
    CONSTRAINT fk_follows_commenter_id FOREIGN KEY(commenter_id) REFERENCES commenters (id) ON DELETE CASCADE,
    CONSTRAINT fk_follows_article_id FOREIGN KEY(article_id) REFERENCES articles (id),
    CONSTRAINT ck_follows_cadence CHECK (cadence IN ('never', 'at_once', 'daily', 'weekly'))
);

CREATE INDEX ix_follows_article_id ON follows (article_id);

CREATE TABLE former_addresses (
    address VARCHAR(500) NOT NULL,
    article_id INTEGER NOT NULL,
    CONSTRAINT pk_former_addresses PRIMARY KEY (address),
    CONSTRAINT fk_former_addresses_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

CREATE INDEX ix_former_addresses_article_id ON former_addresses (article_id);

CREATE TABLE former_slugs (
    slug VARCHAR(200) NOT NULL,
    article_id INTEGER NOT NULL,
    CONSTRAINT pk_former_slugs PRIMARY KEY (slug),
    CONSTRAINT fk_former_slugs_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

CREATE INDEX ix_former_slugs_article_id ON former_slugs (article_id);

CREATE TABLE imported_articles (
    source_id INTEGER NOT NULL,
    external_id INTEGER NOT NULL,
    article_id INTEGER NOT NULL,
    digest VARCHAR(32) NOT NULL,
    local_digest VARCHAR(32) NOT NULL,
    CONSTRAINT pk_imported_articles PRIMARY KEY (source_id, external_id),
    CONSTRAINT fk_imported_articles_source_id FOREIGN KEY(source_id) REFERENCES import_sources (id),
    CONSTRAINT fk_imported_articles_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);

CREATE INDEX ix_imported_articles_article_id ON imported_articles (article_id);

CREATE TABLE mail_preferences (
    account_id INTEGER NOT NULL,
    topic VARCHAR(20) NOT NULL,
    cadence VARCHAR(20),
    last_event_id INTEGER,
    last_sent_at DATETIME,
    CONSTRAINT pk_mail_preferences PRIMARY KEY (account_id, topic),
    CONSTRAINT fk_mail_preferences_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    CONSTRAINT ck_mail_preferences_topic CHECK (topic IN ('new_comments', 'queue', 'overdue', 'summary')),
    CONSTRAINT ck_mail_preferences_cadence CHECK (cadence IN ('never', 'at_once', 'daily', 'weekly'))
);

CREATE TABLE people (
    id INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    account_id INTEGER,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT fk_people_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE SET NULL
);

CREATE INDEX ix_people_account_id ON people (account_id);

CREATE INDEX ix_people_name ON people (name);

CREATE TABLE bylines (
    article_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    person_id INTEGER NOT NULL,
    text VARCHAR(200),
    CONSTRAINT pk_bylines PRIMARY KEY (article_id, position),
    CONSTRAINT fk_bylines_article_id FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE,
    CONSTRAINT fk_bylines_person_id FOREIGN KEY(person_id) REFERENCES people (id)
);

CREATE INDEX ix_bylines_person_id ON bylines (person_id);

CREATE TABLE comment_revisions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    comment_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    source TEXT NOT NULL,
    html TEXT NOT NULL,
    text_rules_version INTEGER NOT NULL,
    "by" VARCHAR(20) NOT NULL,
    account_id INTEGER,
    state VARCHAR(20) NOT NULL,
    hold_reasons JSON NOT NULL,
    remark TEXT,
    passages JSON,
    seen_at DATETIME,
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_comment_revisions_comment_id_n UNIQUE (comment_id, n),
    CONSTRAINT fk_comment_revisions_comment_id FOREIGN KEY(comment_id) REFERENCES comments (id),
    CONSTRAINT ck_comment_revisions_by CHECK ("by" IN ('commenter', 'account', 'rule')),
    CONSTRAINT fk_comment_revisions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_comment_revisions_state CHECK (state IN ('waiting', 'published', 'superseded', 'declined'))
);

CREATE INDEX ix_comment_revisions_account_id ON comment_revisions (account_id);

CREATE INDEX ix_comment_revisions_state_id ON comment_revisions (state, id);

CREATE TABLE imported_comments (
    source_id INTEGER NOT NULL,
    external_id INTEGER NOT NULL,
    comment_id INTEGER NOT NULL,
    digest VARCHAR(32) NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT pk_imported_comments PRIMARY KEY (source_id, external_id),
    CONSTRAINT fk_imported_comments_source_id FOREIGN KEY(source_id) REFERENCES import_sources (id),
    CONSTRAINT fk_imported_comments_comment_id FOREIGN KEY(comment_id) REFERENCES comments (id)
);

CREATE INDEX ix_imported_comments_comment_id ON imported_comments (comment_id);

CREATE TABLE submissions (
    id INTEGER NOT NULL,
    submission_id VARCHAR(64),
    fingerprint VARCHAR(32) NOT NULL,
    network_hash VARCHAR(32),
    comment_id INTEGER NOT NULL,
    received_at DATETIME NOT NULL,
    CONSTRAINT pk_submissions PRIMARY KEY (id),
    CONSTRAINT uq_submissions_submission_id UNIQUE (submission_id),
    CONSTRAINT fk_submissions_comment_id FOREIGN KEY(comment_id) REFERENCES comments (id)
);

CREATE INDEX ix_submissions_comment_id ON submissions (comment_id);

CREATE INDEX ix_submissions_fingerprint_received_at ON submissions (fingerprint, received_at);

CREATE INDEX ix_submissions_network_hash ON submissions (network_hash);

CREATE TABLE comment_events (
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
    CONSTRAINT ck_comment_events_kind CHECK (kind IN ('submit', 'import', 'confirm', 'approve', 'reject', 'spam', 'return', 'resubmit', 'hold', 'remove', 'reopen', 'undo', 'pick', 'unpick', 'edit', 'redact', 'withdraw', 'erase')),
    CONSTRAINT ck_comment_events_from_state CHECK (from_state IN ('unconfirmed', 'pending', 'approved', 'rejected', 'spam', 'returned', 'removed', 'withdrawn', 'erased')),
    CONSTRAINT ck_comment_events_to_state CHECK (to_state IN ('unconfirmed', 'pending', 'approved', 'rejected', 'spam', 'returned', 'removed', 'withdrawn', 'erased')),
    CONSTRAINT ck_comment_events_by CHECK ("by" IN ('commenter', 'account', 'rule')),
    CONSTRAINT fk_comment_events_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT ck_comment_events_ground CHECK (ground IN ('house_rule', 'law')),
    CONSTRAINT fk_comment_events_undoes_id FOREIGN KEY(undoes_id) REFERENCES comment_events (id)
);

CREATE INDEX ix_comment_events_account_id ON comment_events (account_id);

CREATE INDEX ix_comment_events_comment_id_id ON comment_events (comment_id, id);

CREATE INDEX ix_comment_events_revision_id ON comment_events (revision_id);

CREATE INDEX ix_comment_events_undoes_id ON comment_events (undoes_id);

CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" VARCHAR(120) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    recipient VARCHAR(254),
    to_staff BOOLEAN NOT NULL,
    awaited BOOLEAN NOT NULL,
    commenter_id INTEGER,
    account_id INTEGER,
    comment_id INTEGER,
    event_id INTEGER,
    facts JSON NOT NULL,
    waits_for_undo BOOLEAN NOT NULL,
    state VARCHAR(20) NOT NULL,
    due_at DATETIME NOT NULL,
    attempts INTEGER NOT NULL,
    lease VARCHAR(32),
    leased_until DATETIME,
    last_answer VARCHAR(500),
    created_at DATETIME NOT NULL,
    sent_at DATETIME,
    CONSTRAINT uq_outbox_key UNIQUE ("key"),
    CONSTRAINT fk_outbox_account_id FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE SET NULL,
    CONSTRAINT fk_outbox_comment_id FOREIGN KEY(comment_id) REFERENCES comments (id),
    CONSTRAINT fk_outbox_event_id FOREIGN KEY(event_id) REFERENCES comment_events (id),
    CONSTRAINT ck_outbox_state CHECK (state IN ('waiting', 'sent', 'failed', 'stopped'))
);

CREATE INDEX ix_outbox_account_id ON outbox (account_id);

CREATE INDEX ix_outbox_comment_id ON outbox (comment_id);

CREATE INDEX ix_outbox_commenter_id ON outbox (commenter_id);

CREATE INDEX ix_outbox_event_id ON outbox (event_id);

CREATE INDEX ix_outbox_leased_until ON outbox (leased_until);

CREATE INDEX ix_outbox_recipient ON outbox (recipient);

CREATE INDEX ix_outbox_sent_at ON outbox (sent_at);

CREATE INDEX ix_outbox_state_to_staff_awaited_due_at ON outbox (state, to_staff, awaited, due_at);
