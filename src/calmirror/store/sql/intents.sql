-- Version 4: which run is about to send a write, so that what landed unseen stands in that run's journal.

ALTER TABLE intent ADD COLUMN run BIGINT NOT NULL DEFAULT 0;
