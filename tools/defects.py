"""Deliberate defects of calmirror, put in one at a time: whoever looks for faults must find each of them.

A defect is a function that replaces parts of calmirror, which `Patches` puts back. None of it is in the product.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from calmirror.errors import SafetyStopError
from calmirror.google import calendar, writes
from calmirror.google.calendar import GoogleCalendar
from calmirror.http import client
from calmirror.microsoft.calendar import OutlookCalendar, Reading
from calmirror.mirror import apply, drift, preread, rounds, run, user_edits
from calmirror.mirror.reconcile import Reconciler
from calmirror.model.fingerprint import fingerprint
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Link
from calmirror.plan import diff, guard, identity
from calmirror.store.store import Store


class Patches:
    """Replaces attributes, and puts the originals back in the end."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Replaces one attribute."""
        self._originals.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def undo(self) -> None:
        """Everything as it was."""
        while self._originals:
            setattr(*self._originals.pop())


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect. `race`: only two runs at once, or a run that dies, can show it, so that it takes longer to find."""

    name: str
    put_in: Callable[[Patches], None]
    race: bool = False


DEFECTS: dict[str, Defect] = {}


def defect(name: str, *, race: bool = False) -> Callable[[Callable[[Patches], None]], Callable[[Patches], None]]:
    """Adds a function to the defects."""

    def added(put_in: Callable[[Patches], None]) -> Callable[[Patches], None]:
        DEFECTS[name] = Defect(name, put_in, race)
        return put_in

    return added


@contextmanager
def broken_by(name: str) -> Iterator[None]:
    """calmirror with this defect; "" is none."""
    patches = Patches()
    try:
        if name:
            DEFECTS[name].put_in(patches)
        yield
    finally:
        patches.undo()


@defect("the cursor is saved first")
def _cursor_first(patches: Patches) -> None:
    fetch = run.fetch_round

    def fetch_and_save(mirror: Any, lease: Any, *, full: bool, dry_run: bool) -> Any:
        said = fetch(mirror, lease, full=full, dry_run=dry_run)
        if not dry_run:
            lease.commit(said, "")
        return said

    patches.put(run, "fetch_round", fetch_and_save)


@defect("ids are drawn by lot")
def _random_ids(patches: Patches) -> None:
    recognised, numbers = identity.recognised, itertools.count()
    found: list[EventId] = []

    def drawn(_mirror: str, _source_id: str, _part: str, _generation: int, instance: str = "") -> EventId:
        text = base64.b32hexencode(hashlib.sha256(f"{next(numbers)}".encode()).digest()[:25]).decode().lower()
        return found[0] if found else EventId(f"{text}_{instance}" if instance else text)

    def by_marks(event: Mapping[str, Any], mirror: str) -> Link | None:
        found.append(EventId(str(event.get("id"))))
        try:
            return recognised(event, mirror)
        finally:
            found.clear()

    patches.put(identity, "event_id", drawn)
    patches.put(identity, "recognised", by_marks)


@defect("a refusal is taken for a deletion")
def _delete_on_refusal(patches: Patches) -> None:
    def believing(read: Callable[..., dict[Any, Any]]) -> Callable[..., dict[Any, Any]]:
        def all_gone(*args: Any) -> dict[Any, Any]:
            found = read(*args)
            return {one: Reading.GONE if isinstance(reading, Reading) else reading for one, reading in found.items()}

        return all_gone

    for name in ("read", "read_series"):
        patches.put(OutlookCalendar, name, believing(getattr(OutlookCalendar, name)))


@defect("no sweep after a cursor expired")
def _no_sweep(patches: Patches) -> None:
    doubted = Reconciler._doubted  # noqa: SLF001 -- this is where it is

    def trusting(self: Any, seen: set[SourceId]) -> set[SourceId]:
        said, self._said = self._said, replace(self._said, full=False)
        try:
            return doubted(self, seen)
        finally:
            self._said = said

    patches.put(Reconciler, "_doubted", trusting)


@defect("a sweep takes what it does not know")
def _sweep_unknown(patches: Patches) -> None:
    recognised, events = identity.recognised, GoogleCalendar._events  # noqa: SLF001 -- this is where it is

    def everything(self: Any, calendar_id: str, query: dict[str, str]) -> Any:
        return events(self, calendar_id, {key: one for key, one in query.items() if "Property" not in key})

    def anything(event: Mapping[str, Any], mirror: str) -> Link | None:
        stranger = Link(
            source_id=SourceId(f"? {event['id']}"),
            part="",
            event_id=EventId(event["id"]),
            generation=0,
            fingerprint="",
            etag=event.get("etag", ""),
            sent={},
        )
        return recognised(event, mirror) or stranger

    patches.put(GoogleCalendar, "_events", everything)
    patches.put(identity, "recognised", anything)


@defect("exceptions are written before their series")
def _exceptions_first(patches: Patches) -> None:
    phases = apply.phases

    def turned(actions: Iterable[Any]) -> Iterator[list[Any]]:
        cancelled, whole, overrides, deleted = phases(actions)
        yield from (cancelled, overrides, whole, deleted)

    patches.put(apply, "phases", turned)


@defect("what is replaced goes first", race=True)
def _deleted_first(patches: Patches) -> None:
    phases = apply.phases

    def turned(actions: Iterable[Any]) -> Iterator[list[Any]]:
        cancelled, whole, overrides, deleted = phases(actions)
        yield from (deleted, cancelled, whole, overrides)

    patches.put(apply, "phases", turned)


@defect("no lease", race=True)
def _no_lease(patches: Patches) -> None:
    take = Store.take_lease

    def taking(self: Any, name: str, *, owner: str, now: float, ttl: float) -> int:
        return take(self, name, owner=owner, now=now + 10 * ttl, ttl=ttl)

    patches.put(Store, "take_lease", taking)
    _no_epoch(patches)


@defect("a lease without an epoch", race=True)
def _no_epoch(patches: Patches) -> None:
    @contextmanager
    def holding(self: Any, _name: str, _epoch: int) -> Iterator[None]:
        with self._database.transaction():
            yield

    patches.put(Store, "_holding", holding)
    patches.put(Store, "renew_lease", lambda *_args, **_values: None)


@defect("no If-Match", race=True)
def _no_if_match(patches: Patches) -> None:
    written = apply.Job.write
    patches.put(apply.Job, "write", lambda self: replace(written(self), etag=""))


@defect("a percentage of each run for a budget")
def _percentage(patches: Patches) -> None:
    def check(plan: Any, **known: Any) -> None:
        if len(plan.deleted_sources) * 2 > known["current"] > guard.FEWEST:
            raise SafetyStopError("more than half", code="mass-delete", meaning="", command=known["command"])

    patches.put(guard, "check", check)


@defect("Google's echo is compared")
def _echo(patches: Patches) -> None:
    written = apply._Applier._written  # noqa: SLF001 -- this is where it is

    def believing(self: Any, job: Any, event: Mapping[str, Any], landed: Any) -> None:
        written(self, replace(job, action=replace(job.action, fingerprint=fingerprint(event))), event, landed)

    patches.put(apply._Applier, "_written", believing)  # noqa: SLF001 -- this is where it is


@defect("the link is stored before the insert", race=True)
def _link_first(patches: Patches) -> None:
    send = apply._Applier._send  # noqa: SLF001 -- this is where it is

    def settled_first(self: Any, jobs: list[Any]) -> Any:
        landed = apply._Landed()  # noqa: SLF001 -- this is where it is
        for job in jobs:
            if job.verb is apply.Verb.INSERT:
                self._written(job, {"id": job.event_id}, landed)
        landed.journal.clear()
        self._settle(landed)
        return send(self, jobs)

    patches.put(apply._Applier, "_send", settled_first)  # noqa: SLF001 -- this is where it is
    patches.put(Store, "intend", lambda *_: None)


@defect("attendees are copied")
def _attendees(patches: Patches) -> None:
    body = apply.Job.body

    def invited(self: Any) -> Any:
        made = body(self)
        return made and made | {"attendees": [{"email": "guest@example.com"}]}

    patches.put(apply.Job, "body", invited)
    patches.put(writes, "NOT_OURS", ())


@defect("people are told of changes")
def _told(patches: Patches) -> None:
    call = writes.write_call

    def loud(calendar_id: str, write: Any) -> Any:
        made = call(calendar_id, write)
        return replace(made, path=made.path.replace("sendUpdates=none", "sendUpdates=all"))

    patches.put(calendar, "write_call", loud)


@defect("the window stands still")
def _window_stands(patches: Patches) -> None:
    patches.put(rounds, "DAY", float("inf"))


@defect("a tombstone is believed")
def _tombstone(patches: Patches) -> None:
    read = Reconciler._read  # noqa: SLF001 -- this is where it is

    def believing(self: Any, ids: set[SourceId]) -> Any:
        gone = ids & self._said.tombstones
        self._found.gone.update(dict.fromkeys(gone, "said to be gone"))
        return read(self, ids - gone)

    patches.put(Reconciler, "_read", believing)


@defect("the generation is not raised")
def _generation(patches: Patches) -> None:
    computed = identity.event_id

    def fixed(mirror: str, source_id: SourceId, part: str, _generation: int, instance: str = "") -> EventId:
        return computed(mirror, source_id, part, 0, instance)

    patches.put(identity, "event_id", fixed)


@defect("a person's colour is overwritten")
def _colour(patches: Patches) -> None:
    for module in (preread, apply):
        patches.put(module, "edits_on", lambda *_, **_options: {})
        patches.put(module, "edits_sent", lambda *_: {})


@defect("a version is compared instead of content")
def _versions(patches: Patches) -> None:
    numbers = itertools.count()
    patches.put(drift, "echo_of", lambda _: f"never the same {next(numbers)}")


@defect("a mark is believed")
def _mark(patches: Patches) -> None:
    for module in (diff, drift, apply):
        patches.put(module, "shows", lambda *_: True)


@defect("overrides are left as they are after their series was written")
def _overrides_left(patches: Patches) -> None:
    patches.put(apply._Applier, "_instances_in_doubt", lambda *_: [])  # noqa: SLF001 -- this is where it is


@defect("a colour that spread from the series is taken for a person's")
def _spread_colour(patches: Patches) -> None:
    patches.put(user_edits, "_spread", lambda *_: set())


@defect("an occurrence that a person changed is not seen")
def _unseen(patches: Patches) -> None:
    unknown = drift._Comparison._unknown  # noqa: SLF001 -- this is where it is

    def blind(self: Any, row: Mapping[str, Any], *rest: Any) -> None:
        if not row.get("recurringEventId"):
            unknown(self, row, *rest)

    patches.put(drift._Comparison, "_unknown", blind)  # noqa: SLF001 -- this is where it is
    patches.put(apply._Applier, "_take_note", lambda *_: None)  # noqa: SLF001 -- this is where it is


@defect("what was left open is forgotten", race=True)
def _forgetful(patches: Patches) -> None:
    patches.put(Store, "intend", lambda *_: None)


@defect("an error tells the token")
def _token_told(patches: Patches) -> None:
    given_up = client.given_up

    def loud(failure: Any, how_long: str = "") -> Any:
        error = given_up(failure, how_long)
        error.what += " (Bearer microsoft-token)"
        return error

    patches.put(client, "given_up", loud)
