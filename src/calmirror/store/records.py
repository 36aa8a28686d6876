"""Values of the model to rows and back. A row from the database has its columns in the order of its query."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from calmirror.model.mirror import Intent, JournalEntry, Link, MirrorState, RunRecord, Verb
from calmirror.store import refusals

if TYPE_CHECKING:
    from calmirror.model.ids import SourceId
    from calmirror.store.database import Row


class StoredBody(Mapping[str, Any]):
    """A stored event body, parsed when it is first looked into: a full round compares most links by fingerprint.

    Equal to a dict of the same content; `dict(body)` makes one, for instance to send it.
    """

    __slots__ = ("_content", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._content: dict[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:
        return self._parsed()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __len__(self) -> int:
        return len(self._parsed())

    def _parsed(self) -> dict[str, Any]:
        if self._content is None:
            self._content = stored(self._text)
        return self._content


@contextmanager
def intact() -> Iterator[None]:
    """Where a value is read that only damage can have made unreadable: it raises UserFixableError `state-corrupted`."""
    try:
        yield
    except (ValueError, RecursionError, zlib.error):  # they quote what is stored
        raise refusals.corrupted("the database") from None


def stored(text: str) -> Any:
    """What was stored as JSON; as damaged as `intact` says."""
    with intact():
        return json.loads(text)


def link_from(row: Row) -> Link:
    """A link from a row of `links`."""
    (
        source_id,
        part,
        event_id,
        generation,
        fingerprint,
        etag,
        sequence,
        starts,
        ends,
        since,
        children,
        sent,
        echo,
        drifted_at,
    ) = row
    _check_moments(starts, ends, since)
    return Link(
        source_id=source_id,
        part=part,
        event_id=event_id,
        generation=generation,
        fingerprint=fingerprint,
        etag=etag,
        sequence=sequence,
        starts=starts,
        ends=ends,
        since=since,
        children=tuple(stored(children)) if children else (),
        sent=None if sent is None else StoredBody(sent),
        echo=echo,
        drifted_at=drifted_at,
    )


def link_row(name: str, link: Link) -> dict[str, object]:
    """The values of `put-link`."""
    return {
        "name": name,
        "source_id": link.source_id,
        "part": link.part,
        "event_id": link.event_id,
        "generation": link.generation,
        "fingerprint": link.fingerprint,
        "etag": link.etag,
        "sequence": link.sequence,
        "starts": link.starts,
        "ends": link.ends,
        "since": link.since,
        "children": _text(link.children) if link.children else "",
        "sent": _text(link.sent),
        "echo": link.echo,
        "drifted_at": link.drifted_at,
    }


def intent_from(row: Row) -> Intent:
    """An intent from a row of `unsettled`."""
    source_id, part, event_id, generation, verb, run = row
    return Intent(source_id=source_id, part=part, event_id=event_id, generation=generation, verb=_verb(verb), run=run)


def intent_row(name: str, intent: Intent) -> dict[str, object]:
    """The values of `put-intent`."""
    return {
        "name": name,
        "source_id": intent.source_id,
        "part": intent.part,
        "event_id": intent.event_id,
        "generation": intent.generation,
        "verb": intent.verb.value,
        "run": intent.run,
    }


def entry_from(row: Row) -> tuple[int, JournalEntry]:
    """A journal entry and its position from a row of `journal`."""
    position, source_id, part, event_id, verb, reason, before, after, proven_deletion, by_hand = row
    return position, JournalEntry(
        source_id=source_id,
        part=part,
        event_id=event_id,
        verb=_verb(verb),
        reason=reason,
        before=_parsed(before),
        after=_parsed(after),
        proven_deletion=bool(proven_deletion),
        by_hand=bool(by_hand),
    )


def entry_row(run: int, position: int, entry: JournalEntry) -> dict[str, object]:
    """The values of `add-entry`."""
    return {
        "run": run,
        "position": position,
        "source_id": entry.source_id,
        "part": entry.part,
        "event_id": entry.event_id,
        "verb": entry.verb.value,
        "reason": entry.reason,
        "before": _text(entry.before),
        "after": _text(entry.after),
        "proven_deletion": int(entry.proven_deletion),
        "by_hand": int(entry.by_hand),
    }


def mirror_from(row: Row) -> MirrorState:
    """A mirror's state from a row of `mirror`."""
    state = MirrorState(**dict(zip(MirrorState.__slots__, row, strict=True)))
    _check_moments(state.window_start, state.window_end)
    for calendar in (state.source_calendar, state.destination_calendar):
        if calendar and not calendar.strip("."):  # on its way, a path with it would become another one
            raise refusals.corrupted("the database")
    return state


def run_from(row: Row) -> RunRecord:
    """A run from a row of `runs`."""
    number, mirror, started_at, ended_at, full, outcome, counts = row
    return RunRecord(
        id=number,
        mirror=mirror,
        started_at=started_at,
        ended_at=ended_at,
        full=bool(full),
        outcome=outcome,
        counts=stored(counts),
    )


def memory_row(name: str, kind: str, source_id: SourceId, told: object) -> dict[str, object]:
    """The values of `remember`."""
    return {"name": name, "kind": kind, "source_id": source_id, "body": _text(told)}


def packed(page: bytes) -> bytes:
    """A page of a round as it is stored."""
    return zlib.compress(page)


def unpacked(body: bytes) -> bytes:
    """A stored page of a round as it was."""
    with intact():
        return zlib.decompress(body)


def counts_text(counts: Mapping[str, int]) -> str:
    """The counts of a run as they are stored."""
    return json.dumps(dict(counts))


def _verb(text: str) -> Verb:
    with intact():
        return Verb(text)


def _check_moments(*texts: str) -> None:
    with intact():
        for text in filter(None, texts):
            datetime.fromisoformat(text)


def _parsed(text: str | None) -> dict[str, Any] | None:
    return None if text is None else stored(text)


def _text(value: object) -> str | None:
    # Escaped to ASCII: Outlook lets half a surrogate pair through, and neither database takes one.
    return None if value is None else json.dumps(value, separators=(",", ":"), default=dict)
