"""A series, its stored instances and the parts cut off it: to the service one object of many rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from calmirror.sandbox.google.expansion import orphans

if TYPE_CHECKING:
    from calmirror.sandbox.google.storage import Calendar, Event, State

SPREADING: dict[str, frozenset[str] | None] = {
    "nothing": frozenset(),
    "texts": frozenset({"summary", "description"}),
    "look": frozenset({"summary", "description", "colorId", "location"}),
    "everything": None,
}
"""By the switch, the properties of a series that are written over its instances' own; None for all."""
OWN = frozenset({"start", "end", "recurrence", "status", "eventType", "sequence"})
"""Properties that an instance never takes from its series."""


def stamp(
    state: State, calendar: Calendar, event: Event, others: Iterable[Event] = (), *, only_reminders: bool = False
) -> None:
    """Marks rows of one family as changed now; an edit of reminders alone never moves `updated`."""
    stored = event.id in calendar.events
    if stored and only_reminders and not state.switches.reminder_edit_changes_etag:
        return
    changed = [event, *others]
    for row in changed:
        row.version = state.tick()
        row.updated = row.updated if only_reminders else row.version
        calendar.keep(row)
    for row in calendar.family_of(event):
        if state.switches.series_version == "shared":
            row.version = changed[-1].version
            row.updated = changed[-1].updated if not only_reminders else row.updated
        if state.switches.changes_bring_family and not any(row is one for one in changed):
            calendar.keep(row)


def cancel(state: State, calendar: Calendar, event: Event) -> None:
    """Deletes a row, and with a series its instances."""
    event.fields = {**event.fields, "status": "cancelled"}
    falling = [one for one in calendar.exceptions_of(event) if not one.cancelled]
    for exception in falling:
        exception.fell_with_series = True
        exception.fields = {**exception.fields, "status": "cancelled"}
    stamp(state, calendar, event, falling)


def restored(state: State, calendar: Calendar, event: Event) -> list[Event]:
    """The instances that fell with a series that comes back; they stand again, where the switch says so."""
    if not state.switches.revive_restores_exceptions:
        return []
    back = [one for one in calendar.exceptions_of(event) if one.fell_with_series]
    for exception in back:
        exception.fell_with_series = False
        exception.fields = {**exception.fields, "status": "confirmed"}
    return back


def spread(state: State, calendar: Calendar, event: Event, changed: set[str], *, by_put: bool) -> list[Event]:
    """Writes what changed of a series over its instances' own; the instances that are not as they were."""
    if event.schedule is None or (by_put and not state.switches.put_spreads):
        return []
    reaching = SPREADING[state.switches.spread]
    names = changed - OWN if reaching is None else changed & reaching
    return overwrite(calendar.exceptions_of(event), event.fields, names)


def overwrite(rows: Iterable[Event], fields: dict[str, Any], names: set[str]) -> list[Event]:
    """Gives the living rows these properties as they are in `fields`; the rows that are not as they were."""
    reached = []
    for row in rows:
        kept = {name: value for name, value in row.fields.items() if name not in names}
        given = {name: fields[name] for name in names if name in fields}
        if not row.cancelled and row.fields != kept | given:
            row.fields = kept | given
            reached.append(row)
    return reached


def undone(state: State, calendar: Calendar, event: Event, changed: set[str]) -> list[Event]:
    """The stored instances that a changed schedule undoes: the rule alone says again what is there."""
    switches = state.switches
    if event.schedule is None or (changed & {"start", "end"} and switches.retimed_exceptions == "drop"):
        return calendar.exceptions_of(event)
    if not changed & {"start", "end", "recurrence"} or switches.orphan_exceptions == "keep":
        return []
    return list(orphans(event, calendar, state))


def drop(calendar: Calendar, event: Event, rows: Iterable[Event]) -> None:
    """Undoes instances, in the same moment in which their series changed."""
    for row in rows:
        row.version, row.updated = event.version, event.updated
        calendar.drop(row)
