-- Version 1. Read by SQLite and by PostgreSQL: types are those that both understand.
-- Texts called before, after, sent, children and counts hold JSON. Times are UNIX seconds.

CREATE TABLE meta (
    schema_version BIGINT NOT NULL,
    last_run BIGINT NOT NULL
);

INSERT INTO meta (schema_version, last_run) VALUES (0, 0);

CREATE TABLE mirror (
    name TEXT PRIMARY KEY,
    source_calendar TEXT NOT NULL DEFAULT '',
    destination_calendar TEXT NOT NULL DEFAULT '',
    cursor TEXT NOT NULL DEFAULT '',
    window_start TEXT NOT NULL DEFAULT '',
    window_end TEXT NOT NULL DEFAULT '',
    settings TEXT NOT NULL DEFAULT '',
    full_at DOUBLE PRECISION NOT NULL DEFAULT 0,
    succeeded_at DOUBLE PRECISION NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    epoch BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT NOT NULL DEFAULT '',
    lease_since DOUBLE PRECISION NOT NULL DEFAULT 0,
    lease_until DOUBLE PRECISION NOT NULL DEFAULT 0,
    due_at DOUBLE PRECISION NOT NULL DEFAULT 0
);

CREATE TABLE link (
    mirror TEXT NOT NULL REFERENCES mirror (name),
    event_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    part TEXT NOT NULL,
    generation BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    etag TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    since TEXT NOT NULL,
    children TEXT NOT NULL,
    sent TEXT,
    PRIMARY KEY (mirror, event_id)
);

CREATE INDEX link_by_source ON link (mirror, source_id);

-- The way from an exception's id to the link of its series; link.children says the same, in order.
CREATE TABLE child (
    mirror TEXT NOT NULL,
    event_id TEXT NOT NULL,
    child_id TEXT NOT NULL,
    PRIMARY KEY (mirror, child_id, event_id),
    FOREIGN KEY (mirror, event_id) REFERENCES link (mirror, event_id) ON DELETE CASCADE
);

CREATE INDEX child_by_link ON child (mirror, event_id);

CREATE TABLE intent (
    mirror TEXT NOT NULL REFERENCES mirror (name),
    event_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    part TEXT NOT NULL,
    generation BIGINT NOT NULL,
    verb TEXT NOT NULL,
    PRIMARY KEY (mirror, event_id)
);

CREATE TABLE page (
    mirror TEXT NOT NULL REFERENCES mirror (name),
    position BIGINT NOT NULL,
    round TEXT NOT NULL,
    next_link TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (mirror, position)
);

CREATE TABLE run (
    id BIGINT PRIMARY KEY,
    mirror TEXT NOT NULL REFERENCES mirror (name),
    started_at DOUBLE PRECISION NOT NULL,
    ended_at DOUBLE PRECISION NOT NULL DEFAULT 0,
    full_round SMALLINT NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    counts TEXT NOT NULL DEFAULT '{}'
);

CREATE INDEX run_by_mirror ON run (mirror, id);

CREATE TABLE journal (
    run BIGINT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    part TEXT NOT NULL,
    event_id TEXT NOT NULL,
    verb TEXT NOT NULL,
    reason TEXT NOT NULL,
    before TEXT,
    after TEXT,
    proven_deletion SMALLINT NOT NULL,
    PRIMARY KEY (run, position)
);

CREATE INDEX journal_deletions ON journal (run, source_id) WHERE proven_deletion = 1;
