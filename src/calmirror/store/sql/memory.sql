-- Version 2: what was read of an event and no list tells. body is JSON.
CREATE TABLE memory (
    mirror TEXT NOT NULL REFERENCES mirror (name),
    kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (mirror, kind, source_id)
);
