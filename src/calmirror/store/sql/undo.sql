-- Version 3: what `undo` and the watch over drift need.

ALTER TABLE mirror ADD COLUMN undoable_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN watch_token TEXT NOT NULL DEFAULT '';
ALTER TABLE link ADD COLUMN drifted_at DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN by_hand SMALLINT NOT NULL DEFAULT 0;

-- Source events that stay as `undo` put them.
CREATE TABLE held (
    mirror TEXT NOT NULL REFERENCES mirror (name),
    source_id TEXT NOT NULL,
    run BIGINT NOT NULL,
    PRIMARY KEY (mirror, source_id)
);
