"""Finding the destination calendar, and making it when there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from calmirror.errors import UserFixableError
from calmirror.mirror.context import Lease, Mirror
from calmirror.mirror.reconcile import zones_seen
from calmirror.mirror.takeover import SIGNATURE, by_identity, leave_mark, signed, taken_over
from calmirror.model.mirror import Link
from calmirror.model.source import Round


class Destination(NamedTuple):
    """The destination's calendar id, "" on a dry run before the calendar exists; and what it holds of ours.

    `links` is None for the calendar that the state knows, of which it also knows what it holds.
    """

    id: str
    links: Sequence[Link] | None = None


def find_destination(mirror: Mirror, lease: Lease, said: Round, *, dry_run: bool) -> Destination:
    """Where the mirror writes; the calendar is made where there is none.

    A calendar met for the first time is searched for events of ours, so a lost state is rebuilt from Google.
    """
    known, wanted = _in_state(mirror), mirror.settings.destination
    if known:
        return Destination(known)
    with mirror.remembered.turn(wanted):
        found = _search(mirror, wanted)
        links = taken_over(mirror, found, said) if found else []
        if dry_run:
            return Destination(found, links)
        if found and found != wanted:  # a later sign-in may not be allowed to look for it
            mirror.remembered.keep(mirror.name, wanted, found)
        zones = zones_seen([*said.masters.values(), *said.singles.values()])
        calendar_id = found or _create(mirror, lease, wanted, zones[0] if zones else "UTC")
    if links or found not in ("", wanted):  # what is named by its id may well be another installation's
        leave_mark(mirror, found)
    mirror.remembered.keep_install(mirror.store.install)
    lease.take_over(links)
    mirror.store.save(
        mirror.name,
        lease.epoch,
        identity=mirror.identity,
        destination_calendar=calendar_id,
        settings=mirror.shape,
        cursor="",
        watch_token="",
        undoable_from=lease.run,
    )
    return Destination(calendar_id, links)


def existing_destination(mirror: Mirror) -> str:
    """The destination's calendar id; "" where there is none yet. Nothing is made or remembered."""
    return _in_state(mirror) or _search(mirror, mirror.settings.destination)


def _in_state(mirror: Mirror) -> str:
    state = mirror.state
    same = state.settings.partition("\n")[0] in ("", mirror.settings.destination)
    return state.destination_calendar if same else ""


def _search(mirror: Mirror, wanted: str) -> str:
    """The id of an existing destination: given as an id, remembered, or found among the user's calendars."""
    if "@" in wanted or wanted == "primary":
        if mirror.destination.calendar(wanted) is None:
            raise UserFixableError(
                f'Mirror "{mirror.name}": the destination calendar given by its id does not exist in Google, or this '
                "sign-in cannot reach it.",
                code="destination-not-found",
                command="The default scope only reaches calendars of its own making. For one of your own: "
                'scope = "owned" in [google] of calmirror.toml, then calmirror connect google. Or give a name, and a '
                "calendar is made",
            )
        return wanted
    for remembered in (*mirror.remembered.known(mirror.name, wanted), *_of_others(mirror, wanted)):
        if mirror.destination.calendar(remembered) is not None:
            return remembered
    listed = mirror.destination.find_calendars() or []
    user = next((str(calendar["id"]) for calendar in listed if calendar.get("primary")), "")
    own = [calendar for calendar in listed if calendar.get("dataOwner", user) == user]
    ours = [str(calendar["id"]) for calendar in own if _is_ours(mirror, wanted, calendar)]
    if len(ours) < 2:
        return "".join(ours)
    # One of them was made by a run that lost the mirror, or whose answer was lost: it is the empty one.
    return next((one for one in ours if _holds_ours(mirror, one)), ours[0])


def _of_others(mirror: Mirror, wanted: str) -> Iterator[str]:
    """The calendars that other mirrors in the same state have made by that name: they share it."""
    for state in mirror.store.mirrors():
        if state.name != mirror.name and state.settings.partition("\n")[0] == wanted and state.destination_calendar:
            yield state.destination_calendar


def _is_ours(mirror: Mirror, wanted: str, calendar: Mapping[str, Any]) -> bool:
    """A calendar of that name is taken only when it is the user's own, and says that it is ours or holds our events.

    Anybody can share a calendar of any name, description and content: what others own must be named by its id.
    """
    if calendar.get("summary") != wanted or calendar.get("accessRole") != "owner":
        return False
    return SIGNATURE in str(calendar.get("description", "")) or _holds_ours(mirror, str(calendar["id"]))


def _holds_ours(mirror: Mirror, calendar_id: str) -> bool:
    return bool(by_identity(mirror, mirror.destination.all_events(calendar_id)))


def _create(mirror: Mirror, lease: Lease, wanted: str, time_zone: str) -> str:
    mirror.progress(f'Creating the calendar "{wanted}" in Google', 0, 0)
    before = mirror.remembered.find(mirror.name, wanted)
    calendar_id = mirror.destination.create_calendar(wanted, time_zone=time_zone, description=signed(mirror))
    # A run that lost the mirror meanwhile must not have its calendar remembered over the other's.
    lease.renew()
    if mirror.remembered.find(mirror.name, wanted) == before:
        mirror.remembered.keep(mirror.name, wanted, calendar_id)
    mirror.destination.wait_for(calendar_id)
    return calendar_id
