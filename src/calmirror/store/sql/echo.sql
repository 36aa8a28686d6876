-- Version 5: a digest of each event as Google answered it, since the version of a series moves with each of its instances.

ALTER TABLE link ADD COLUMN echo TEXT NOT NULL DEFAULT '';
