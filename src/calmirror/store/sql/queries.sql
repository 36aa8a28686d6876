-- name: schema-version
SELECT schema_version FROM meta

-- name: set-schema-version
UPDATE meta SET schema_version = :version

-- name: install
SELECT install FROM meta

-- name: name-install
UPDATE meta SET install = :install WHERE install = ''

-- name: next-mirror
UPDATE meta SET last_mirror = last_mirror + 1 RETURNING install, last_mirror

-- name: mirror
SELECT name, source_calendar, destination_calendar, cursor, window_start, window_end, settings, full_at,
    succeeded_at, failures, last_error, epoch, lease_owner, lease_until, due_at, watch_token, undoable_from,
    identity, source_title
FROM mirror WHERE name = :name

-- name: mirrors
SELECT name, source_calendar, destination_calendar, cursor, window_start, window_end, settings, full_at,
    succeeded_at, failures, last_error, epoch, lease_owner, lease_until, due_at, watch_token, undoable_from,
    identity, source_title
FROM mirror ORDER BY name

-- name: add-mirror
INSERT INTO mirror (name, identity) VALUES (:name, :identity) ON CONFLICT (name) DO NOTHING

-- name: copy-mirror
INSERT INTO mirror (name, source_calendar, destination_calendar, cursor, window_start, window_end, settings, full_at,
    succeeded_at, failures, last_error, epoch, lease_owner, lease_since, lease_until, due_at, watch_token,
    undoable_from, identity, source_title)
SELECT :to, source_calendar, destination_calendar, cursor, window_start, window_end, settings, full_at,
    succeeded_at, failures, last_error, epoch, lease_owner, lease_since, lease_until, due_at, watch_token,
    undoable_from, identity, source_title
FROM mirror WHERE name = :name

-- name: copy-links
INSERT INTO link (mirror, event_id, source_id, part, generation, fingerprint, etag, sequence, starts, ends, since,
    children, sent, echo, drifted_at)
SELECT :to, event_id, source_id, part, generation, fingerprint, etag, sequence, starts, ends, since,
    children, sent, echo, drifted_at
FROM link WHERE mirror = :name

-- name: move-children
UPDATE child SET mirror = :to WHERE mirror = :name

-- name: move-intents
UPDATE intent SET mirror = :to WHERE mirror = :name

-- name: move-held
UPDATE held SET mirror = :to WHERE mirror = :name

-- name: move-pages
UPDATE page SET mirror = :to WHERE mirror = :name

-- name: move-runs
UPDATE run SET mirror = :to WHERE mirror = :name

-- name: move-memory
UPDATE memory SET mirror = :to WHERE mirror = :name

-- name: remove-mirror
DELETE FROM mirror WHERE name = :name

-- name: save-mirror
UPDATE mirror SET source_calendar = :source_calendar, destination_calendar = :destination_calendar,
    cursor = :cursor, window_start = :window_start, window_end = :window_end, settings = :settings,
    full_at = :full_at, succeeded_at = :succeeded_at, failures = :failures, last_error = :last_error,
    due_at = :due_at, watch_token = :watch_token,
    undoable_from = :undoable_from, identity = :identity, source_title = :source_title
WHERE name = :name

-- name: take-lease
UPDATE mirror SET epoch = epoch + 1, lease_owner = :owner, lease_since = :now, lease_until = :until
WHERE name = :name AND (lease_owner = '' OR lease_owner = :owner OR lease_until <= :now)
RETURNING epoch

-- name: lease
SELECT lease_owner, lease_since FROM mirror WHERE name = :name

-- name: renew-lease
UPDATE mirror SET lease_until = :until WHERE name = :name AND lease_owner = :owner AND epoch = :epoch

-- name: release-lease
UPDATE mirror SET lease_owner = '', lease_since = 0, lease_until = 0
WHERE name = :name AND lease_owner = :owner AND epoch = :epoch

-- name: hold-epoch
UPDATE mirror SET epoch = epoch WHERE name = :name AND epoch = :epoch

-- name: links
SELECT source_id, part, event_id, generation, fingerprint, etag, sequence, starts, ends, since, children, sent, echo, drifted_at
FROM link WHERE mirror = :name

-- name: links-of
SELECT source_id, part, event_id, generation, fingerprint, etag, sequence, starts, ends, since, children, sent, echo, drifted_at
FROM link WHERE mirror = :name AND source_id = :source_id
UNION ALL
SELECT source_id, part, link.event_id, generation, fingerprint, etag, sequence, starts, ends, since, children, sent, echo, drifted_at
FROM child JOIN link ON link.mirror = child.mirror AND link.event_id = child.event_id
WHERE child.mirror = :name AND child.child_id = :source_id

-- name: drifted
SELECT COUNT(*), MIN(drifted_at) FROM link WHERE mirror = :name AND drifted_at > 0

-- name: count-sources
SELECT COUNT(DISTINCT source_id) FROM link WHERE mirror = :name AND fingerprint <> 'found'

-- name: put-link
INSERT INTO link (mirror, event_id, source_id, part, generation, fingerprint, etag, sequence, starts, ends, since,
    children, sent, echo, drifted_at)
VALUES (:name, :event_id, :source_id, :part, :generation, :fingerprint, :etag, :sequence, :starts, :ends, :since,
    :children, :sent, :echo, :drifted_at)
ON CONFLICT (mirror, event_id) DO UPDATE SET source_id = excluded.source_id, part = excluded.part,
    generation = excluded.generation, fingerprint = excluded.fingerprint, etag = excluded.etag,
    sequence = excluded.sequence, starts = excluded.starts, ends = excluded.ends, since = excluded.since,
    children = excluded.children, sent = excluded.sent, echo = excluded.echo, drifted_at = excluded.drifted_at

-- name: remove-link
DELETE FROM link WHERE mirror = :name AND event_id = :event_id

-- name: remove-links
DELETE FROM link WHERE mirror = :name

-- name: put-child
INSERT INTO child (mirror, event_id, child_id) VALUES (:name, :event_id, :child_id)
ON CONFLICT (mirror, child_id, event_id) DO NOTHING

-- name: remove-children
DELETE FROM child WHERE mirror = :name AND event_id = :event_id

-- name: unsettled
SELECT source_id, part, event_id, generation, verb, run FROM intent WHERE mirror = :name

-- name: put-intent
INSERT INTO intent (mirror, event_id, source_id, part, generation, verb, run)
VALUES (:name, :event_id, :source_id, :part, :generation, :verb, :run)
ON CONFLICT (mirror, event_id) DO UPDATE SET source_id = excluded.source_id, part = excluded.part,
    generation = excluded.generation, verb = excluded.verb, run = excluded.run

-- name: remove-intent
DELETE FROM intent WHERE mirror = :name AND event_id = :event_id

-- name: held
SELECT source_id FROM held WHERE mirror = :name

-- name: hold
INSERT INTO held (mirror, source_id, run) VALUES (:name, :source_id, :run)
ON CONFLICT (mirror, source_id) DO UPDATE SET run = excluded.run

-- name: release-held
DELETE FROM held WHERE mirror = :name

-- name: last-page
SELECT COALESCE(MAX(position), 0) FROM page WHERE mirror = :name

-- name: add-page
INSERT INTO page (mirror, position, round, next_link, body) VALUES (:name, :position, :round, :next_link, :body)

-- name: pages
SELECT position, next_link FROM page WHERE mirror = :name AND round = :round ORDER BY position

-- name: page
SELECT body FROM page WHERE mirror = :name AND position = :position AND round = :round

-- name: remove-pages
DELETE FROM page WHERE mirror = :name

-- name: remove-other-pages
DELETE FROM page WHERE mirror = :name AND round <> :round

-- name: skip-runs
UPDATE meta SET last_run = :number WHERE last_run < :number

-- name: next-run
UPDATE meta SET last_run = last_run + 1 RETURNING last_run

-- name: add-run
INSERT INTO run (id, mirror, started_at, full_round) VALUES (:id, :name, :at, :full_round)

-- name: end-run
UPDATE run SET ended_at = :at, outcome = :outcome, counts = :counts, full_round = :full_round WHERE id = :id

-- name: first-run
SELECT id, mirror, started_at, ended_at, full_round, outcome, counts
FROM run WHERE mirror = :name AND id >= :since ORDER BY id LIMIT 1

-- name: runs
SELECT id, mirror, started_at, ended_at, full_round, outcome, counts
FROM run WHERE mirror = :name ORDER BY id DESC LIMIT :limit

-- name: run
SELECT id, mirror, started_at, ended_at, full_round, outcome, counts
FROM run WHERE id = :run

-- name: prune-runs
DELETE FROM run WHERE mirror = :name AND started_at < :before

-- name: last-entry
SELECT COALESCE(MAX(position), 0) FROM journal WHERE run = :run

-- name: add-entry
INSERT INTO journal (run, position, source_id, part, event_id, verb, reason, before, after, proven_deletion, by_hand)
VALUES (:run, :position, :source_id, :part, :event_id, :verb, :reason, :before, :after, :proven_deletion, :by_hand)

-- name: journal
SELECT position, source_id, part, event_id, verb, reason, before, after, proven_deletion, by_hand
FROM journal WHERE run = :run ORDER BY position

-- name: journal-since
SELECT position, source_id, part, event_id, verb, reason, before, after, proven_deletion, by_hand
FROM journal JOIN run ON run.id = journal.run
WHERE run.mirror = :name AND run.id >= :run AND NOT (run.id = :run AND by_hand = 1)
ORDER BY run.id, position

-- name: proven-deletions
SELECT COUNT(DISTINCT journal.source_id) FROM journal JOIN run ON run.id = journal.run
WHERE run.mirror = :name AND journal.proven_deletion = 1
    AND CASE WHEN run.ended_at > run.started_at THEN run.ended_at ELSE run.started_at END >= :since

-- name: recall
SELECT body FROM memory WHERE mirror = :name AND kind = :kind AND source_id = :source_id

-- name: memories
SELECT source_id FROM memory WHERE mirror = :name AND kind = :kind

-- name: remember
INSERT INTO memory (mirror, kind, source_id, body) VALUES (:name, :kind, :source_id, :body)
ON CONFLICT (mirror, kind, source_id) DO UPDATE SET body = excluded.body

-- name: forget
DELETE FROM memory WHERE mirror = :name AND kind = :kind AND source_id = :source_id

-- name: remove-memories
DELETE FROM memory WHERE mirror = :name
