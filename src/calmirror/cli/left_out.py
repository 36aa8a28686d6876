"""Events that a run left out: how a person finds out which ones they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calmirror.cli.screen import clean

if TYPE_CHECKING:
    from calmirror.mirror.report import Report
    from calmirror.model.ids import SourceId
    from calmirror.store import Store


class LeftOut(NamedTuple):
    """One event; `starts` and `title` as in `Outline`."""

    source_id: str
    reason: str
    starts: str
    title: str


def left_out(report: Report, store: Store) -> list[LeftOut]:
    """The events that a run left out by the time they start, told by what was planned or is mirrored of them.

    Of what is neither, by what the source says of it.
    """
    links = store.links_of(report.mirror, report.skipped) if report.skipped else []
    seen: dict[SourceId, tuple[str, str]] = {one: (told.starts, told.title) for one, told in report.outlines.items()}
    seen |= {
        link.source_id: (link.starts, str((link.sent or {}).get("summary", ""))) for link in links if not link.part
    }
    actions = report.plan.actions if report.plan else ()
    seen |= {action.source_id: (action.when, action.title) for action in actions if not action.part}
    found = [LeftOut(one, reason, *seen.get(one, ("", ""))) for one, reason in report.skipped.items()]
    return sorted(found, key=lambda event: (event.starts, event.source_id))


def lines(events: list[LeftOut]) -> list[str]:
    """What is left out, by when it starts and the end of its id: titles are nobody else's. Then how to see them."""
    said = [
        "  " + clean(f"left out: {_called(event)} (id …{event.source_id[-8:]}): {event.reason}") for event in events
    ]
    return [*said, "  to see their titles: calmirror plan"] if any(event.starts for event in events) else said


def as_json(report: Report, store: Store) -> list[dict[str, str]]:
    """The same as `--json` prints it."""
    return [{"source_id": e.source_id, "starts": e.starts, "reason": e.reason} for e in left_out(report, store)]


def titled(event: LeftOut) -> str:
    """The same with its title, for the person who asks."""
    title = f' "{event.title}"' if event.title else ""
    return clean(f"! {_called(event)}{title} (id …{event.source_id[-8:]}) is left out: {event.reason}")


def _called(event: LeftOut) -> str:
    at = event.starts[:16].replace("T", " ")
    zone = " UTC" if event.starts.endswith("+00:00") else " on its own clock" if "T" in event.starts else ""
    return f"the event of {at}{zone}" if at else "an event without a start"
