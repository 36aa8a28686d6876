-- Version 6: who a mirror is, whatever it is called. What earlier versions made keeps the mirror's name as its identity.

ALTER TABLE meta ADD COLUMN install TEXT NOT NULL DEFAULT '';
ALTER TABLE meta ADD COLUMN last_mirror BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mirror ADD COLUMN identity TEXT NOT NULL DEFAULT '';
ALTER TABLE mirror ADD COLUMN source_title TEXT NOT NULL DEFAULT '';
UPDATE mirror SET identity = name;
