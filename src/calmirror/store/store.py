"""What calmirror remembers between runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from calmirror.store import records, refusals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    from calmirror.model.ids import EventId, SourceId
    from calmirror.model.mirror import Intent, JournalEntry, Link, MirrorState, RunRecord
    from calmirror.store.database import Database, Row


RENAMING = (
    *("copy-mirror", "copy-links", "move-children", "remove-links"),
    *(f"move-{what}" for what in ("intents", "held", "pages", "runs", "memory")),
    "remove-mirror",
)
"""What gives a mirror another name: its rows hang on the name, so the ones that others refer to are made anew."""


class MirrorFields(TypedDict, total=False):
    """The fields of MirrorState that `Store.save` writes; the others belong to the lease."""

    source_calendar: str
    destination_calendar: str
    cursor: str
    window_start: str
    window_end: str
    settings: str
    full_at: float
    succeeded_at: float
    failures: int
    last_error: str
    due_at: float
    watch_token: str
    undoable_from: int
    identity: str
    source_title: str


class Store:
    """Links, cursors, intents, runs and leases of all mirrors; one Store per thread.

    `name` is a mirror's name. Each method that writes is one transaction. Those that take an `epoch` raise
    RunLockedError (code `lease-lost`) and change nothing when another run has raised it since. Times are UNIX
    seconds, given by the caller. Any method raises RetryableError or UserFixableError, code `state-…`, for
    what the database refuses.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; leases stay until released or over."""
        self._database.close()

    # Mirrors and their leases

    def mirror(self, name: str) -> MirrorState:
        """The mirror's state; of one never seen before, a new row."""
        row = self._first("mirror", name=name)
        if row is None:
            with self._database.transaction():
                [(install, number)] = self._database.rows("next-mirror")
                self._database.change("add-mirror", name=name, identity=f"{install}-{number}")
            [row] = self._database.rows("mirror", name=name)
        return records.mirror_from(row)

    def mirrors(self) -> list[MirrorState]:
        """All mirrors ever seen, by name."""
        return [records.mirror_from(row) for row in self._database.rows("mirrors")]

    @property
    def install(self) -> str:
        """The random id of the installation whose state this is."""
        [(install,)] = self._database.rows("install")
        return str(install)

    def rename(self, name: str, to: str) -> None:
        """Gives a mirror, all that is known of it included, a name under which nothing is mirrored."""
        with self._database.transaction():
            self._database.change("move-runs", name=to, to=name)
            for query in ("remove-pages", "remove-memories", "remove-mirror"):
                self._database.change(query, name=to)
            for query in RENAMING:
                self._database.change(query, name=name, to=to)

    def take_lease(self, name: str, *, owner: str, now: float, ttl: float) -> int:
        """Takes the mirror for `ttl` seconds; the raised epoch. An owner may take its own lease again.

        Raises:
            RunLockedError: another owner's lease is not over.
        """
        self.mirror(name)
        row = self._first("take-lease", name=name, owner=owner, now=now, until=now + ttl)
        if row is None:
            [(holder, since)] = self._database.rows("lease", name=name)
            raise refusals.locked(name, owner=holder, since=f"{datetime.fromtimestamp(since, UTC):%Y-%m-%d %H:%M} UTC")
        return int(row[0])

    def renew_lease(self, name: str, *, owner: str, epoch: int, now: float, ttl: float) -> None:
        """Makes the lease last `ttl` seconds from `now`.

        Raises:
            RunLockedError: it is no longer ours (code `lease-lost`).
        """
        if not self._database.change("renew-lease", name=name, owner=owner, epoch=epoch, until=now + ttl):
            raise refusals.lease_lost(name)

    def release_lease(self, name: str, *, owner: str, epoch: int) -> None:
        """Gives the lease back, if it is still ours."""
        self._database.change("release-lease", name=name, owner=owner, epoch=epoch)

    def save(self, name: str, epoch: int, **fields: Unpack[MirrorFields]) -> None:
        """Writes some fields of the mirror's state."""
        with self._holding(name, epoch):
            self._save(name, fields)

    def commit_round(
        self,
        name: str,
        epoch: int,
        *,
        cursor: str,
        window_start: str,
        window_end: str,
        settings: str,
        full_at: float | None,
    ) -> None:
        """Ends a round: the next one starts at `cursor`, and the staged pages are dropped.

        `full_at` is when a full round began, None for an incremental one.
        """
        fields = MirrorFields(cursor=cursor, window_start=window_start, window_end=window_end, settings=settings)
        if full_at is not None:
            fields["full_at"] = full_at
        with self._holding(name, epoch):
            self._save(name, fields)
            self._database.change("remove-pages", name=name)

    # What we own at Google

    def links(self, name: str) -> list[Link]:
        """All links of the mirror, in no order."""
        return [records.link_from(row) for row in self._database.rows("links", name=name)]

    def links_of(self, name: str, source_ids: Collection[SourceId]) -> list[Link]:
        """The links of these source events, and those that have one of the ids among their children."""
        found = {}
        for source_id in source_ids:
            for row in self._database.rows("links-of", name=name, source_id=source_id):
                link = records.link_from(row)
                found[link.event_id] = link
        return list(found.values())

    def count_sources(self, name: str) -> int:
        """How many source events the mirror has links of."""
        [(count,)] = self._database.rows("count-sources", name=name)
        return int(count)

    def drifted(self, name: str) -> tuple[int, float]:
        """How many events a person changed or deleted and wants so, and when the first of them was found (or 0)."""
        [(count, since)] = self._database.rows("drifted", name=name)
        return int(count), float(since or 0)

    def unsettled(self, name: str) -> list[Intent]:
        """The writes of which it is not known whether they landed, in no order."""
        return [records.intent_from(row) for row in self._database.rows("unsettled", name=name)]

    def intend(self, name: str, epoch: int, intents: Sequence[Intent]) -> None:
        """Remembers writes that are about to be sent."""
        with self._holding(name, epoch):
            self._database.change_all("put-intent", (records.intent_row(name, intent) for intent in intents))

    def settle(
        self,
        name: str,
        epoch: int,
        run: int,
        *,
        links: Sequence[Link] = (),
        gone: Sequence[EventId] = (),
        journal: Sequence[JournalEntry] = (),
        settled: Sequence[EventId] = (),
        earlier: Mapping[int, Sequence[JournalEntry]] | None = None,
    ) -> None:
        """Records what came of a batch.

        Args:
            name: the mirror.
            epoch: that of the lease.
            run: the run that wrote, as `begin_run` gave it.
            links: new or changed links, whole.
            gone: mirror events that are no longer there; their links are removed.
            journal: what landed, in order.
            settled: mirror events whose intents are known to have landed or not.
            earlier: what other runs turn out to have written, by their numbers.
        """
        with self._holding(name, epoch):
            self._remove("remove-link", name, gone)
            self._remove("remove-children", name, [link.event_id for link in links])
            self._put_links(name, links)
            for number, entries in {**(earlier or {}), run: journal}.items():
                self._append(number, entries)
            self._remove("remove-intent", name, settled)

    def adopt(self, name: str, epoch: int, links: Sequence[Link]) -> None:
        """Replaces all links of the mirror by these, found at Google."""
        with self._holding(name, epoch):
            self._database.change("remove-links", name=name)
            self._put_links(name, links)

    # What was read of source events and no list tells

    def recall(self, name: str, kind: str, source_ids: Iterable[SourceId]) -> dict[SourceId, Any]:
        """What is remembered of these source events; nothing of those that are not known."""
        rows = {one: self._first("recall", name=name, kind=kind, source_id=one) for one in source_ids}
        return {one: records.stored(row[0]) for one, row in rows.items() if row}

    def memories(self, name: str, kind: str) -> list[SourceId]:
        """The source events of which something of this kind is remembered, in no order."""
        return [source_id for (source_id,) in self._database.rows("memories", name=name, kind=kind)]

    def remember(
        self,
        name: str,
        epoch: int,
        learned: Mapping[tuple[str, SourceId], object],
        *,
        forgotten: Iterable[tuple[str, SourceId]] = (),
    ) -> None:
        """Remembers values of JSON by kind and event, in place of what was known of it, and forgets other memories."""
        gone = [{"name": name, "kind": kind, "source_id": one} for kind, one in forgotten]
        new = [records.memory_row(name, kind, one, told) for (kind, one), told in learned.items()]
        if gone or new:
            with self._holding(name, epoch):
                self._database.change_all("forget", gone)
                self._database.change_all("remember", new)

    # What stays as an undo put it

    def held(self, name: str) -> frozenset[SourceId]:
        """Source events that are left alone until they are released."""
        return frozenset(source_id for (source_id,) in self._database.rows("held", name=name))

    def hold(self, name: str, epoch: int, run: int, source_ids: Collection[SourceId]) -> None:
        """Has source events left alone from now on, because of that run."""
        with self._holding(name, epoch):
            self._database.change_all("hold", ({"name": name, "source_id": one, "run": run} for one in source_ids))

    def release_held(self, name: str, epoch: int) -> None:
        """Lets all of them follow their source again."""
        with self._holding(name, epoch):
            self._database.change("release-held", name=name)

    # Staging of a long round

    def stage(self, name: str, epoch: int, *, key: str, next_link: str, page: bytes) -> None:
        """Keeps one more page of the round `key` and the link that follows it; other rounds' pages go."""
        with self._holding(name, epoch):
            self._database.change("remove-other-pages", name=name, round=key)
            [(last,)] = self._database.rows("last-page", name=name)
            body = records.packed(page)
            self._database.change("add-page", name=name, position=last + 1, round=key, next_link=next_link, body=body)

    def staged(self, name: str, key: str) -> tuple[str, Iterator[bytes]]:
        """The link that follows the pages kept of the round `key`, "" if there are none; and these, one at a time.

        Raises, amid the pages:
            RunLockedError: another run has dropped them.
        """
        pages = list(self._database.rows("pages", name=name, round=key))
        return pages[-1][1] if pages else "", (self._page(name, key, position) for position, _ in pages)

    def _page(self, name: str, key: str, position: int) -> bytes:
        row = self._first("page", name=name, round=key, position=position)
        if row is None:
            raise refusals.lease_lost(name)
        return records.unpacked(row[0])

    def drop_staged(self, name: str, epoch: int) -> None:
        """Forgets the staged pages."""
        with self._holding(name, epoch):
            self._database.change("remove-pages", name=name)

    # Runs and their journal

    def begin_run(self, name: str, *, at: float, full: bool = False) -> int:
        """Records that a run began; its number, which is never used again."""
        self.mirror(name)
        with self._database.transaction():
            [(number,)] = self._database.rows("next-run")
            self._database.change("add-run", id=number, name=name, at=at, full_round=int(full))
        return int(number)

    def skip_runs(self, name: str, epoch: int, *, to: int) -> None:
        """Has the next run numbered beyond `to`."""
        with self._holding(name, epoch):
            self._database.change("skip-runs", number=to)

    def end_run(self, run: int, *, at: float, outcome: str, counts: Mapping[str, int], full: bool) -> None:
        """Records how a run ended: "exact", "partial" or the code of its error."""
        text = records.counts_text(counts)
        self._database.change("end-run", id=run, at=at, outcome=outcome, counts=text, full_round=int(full))

    def runs(self, name: str, limit: int = 20) -> list[RunRecord]:
        """The latest runs, newest first."""
        return [records.run_from(row) for row in self._database.rows("runs", name=name, limit=limit)]

    def journal(self, run: int) -> list[tuple[int, JournalEntry]]:
        """What the run wrote, in order, each with its position from 1 on."""
        return [records.entry_from(row) for row in self._database.rows("journal", run=run)]

    def first_run(self, name: str, *, since: int) -> RunRecord | None:
        """The oldest run that is kept, of that number or a later one."""
        row = self._first("first-run", name=name, since=since)
        return None if row is None else records.run_from(row)

    def run(self, number: int) -> RunRecord | None:
        """One run; None where there is none, or it was pruned."""
        row = self._first("run", run=number)
        return None if row is None else records.run_from(row)

    def journal_since(self, name: str, run: int) -> list[JournalEntry]:
        """What happened to the mirror's events from the run on, in order.

        What the run only found is left out: what a person did before it.
        """
        rows = self._database.rows("journal-since", name=name, run=run)
        return [records.entry_from(row)[1] for row in rows]

    def proven_deletions_since(self, name: str, since: float) -> int:
        """How many source events were deleted by runs that ended at `since` or later.

        Of a run that has not ended, or died, the beginning counts.
        """
        [(count,)] = self._database.rows("proven-deletions", name=name, since=since)
        return int(count)

    def prune(self, name: str, *, before: float) -> None:
        """Forgets runs that began earlier, with their journal."""
        self._database.change("prune-runs", name=name, before=before)

    def _first(self, query: str, **values: object) -> Row | None:
        rows = list(self._database.rows(query, **values))
        return rows[0] if rows else None

    @contextmanager
    def _holding(self, name: str, epoch: int) -> Iterator[None]:
        """A transaction that holds the mirror's row, so that nobody takes the lease meanwhile."""
        with self._database.transaction():
            if not self._database.change("hold-epoch", name=name, epoch=epoch):
                raise refusals.lease_lost(name)
            yield

    def _save(self, name: str, fields: MirrorFields) -> None:
        self._database.change("save-mirror", **asdict(replace(self.mirror(name), **fields)))

    def _put_links(self, name: str, links: Sequence[Link]) -> None:
        self._database.change_all("put-link", (records.link_row(name, link) for link in links))
        self._database.change_all(
            "put-child",
            ({"name": name, "event_id": link.event_id, "child_id": child} for link in links for child in link.children),
        )

    def _append(self, run: int, journal: Sequence[JournalEntry]) -> None:
        [(last,)] = self._database.rows("last-entry", run=run)
        rows = (records.entry_row(run, position, entry) for position, entry in enumerate(journal, last + 1))
        self._database.change_all("add-entry", rows)

    def _remove(self, query: str, name: str, event_ids: Iterable[EventId]) -> None:
        self._database.change_all(query, ({"name": name, "event_id": event_id} for event_id in event_ids))
