"""Both sign-ins and the calendars that they reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from calmirror.cli.assemble import Clients
from calmirror.cli.calendars import Side, destinations, google_side, outlook_side
from calmirror.cli.checks.finding import Finding, fine, note, wrong
from calmirror.config import MirrorSettings, Settings
from calmirror.model.mirror import MirrorState
from calmirror.model.times import Window

WRITES = {"owner", "writer", ""}
"""What Google calls a sign-in that may write; "" where it does not say."""


def outlook(settings: Settings, clients: Clients) -> Iterator[Finding]:
    """Microsoft's sign-in works, and every `source` is there."""
    side = outlook_side(clients.outlook, settings.mirrors)
    yield fine("Microsoft", f"the sign-in works; {_calendars(side)}")
    yield from _remarks("Outlook calendar", side)


def published(mirror: MirrorSettings, clients: Clients) -> Iterator[Finding]:
    """A published calendar is there, and is a whole one."""
    _, source = clients.source(mirror)
    now = datetime.fromtimestamp(clients.clock.now(), UTC)
    window = Window.around(now, past_days=mirror.past_days, future_days=mirror.future_days)
    said = source.round(source.resolve(mirror.source), window=window)
    events = len(said.singles) + len(said.masters)
    yield fine(f"published calendar of {mirror.name}", f"it is whole, and has {events} events or series in the window")


def google(settings: Settings, clients: Clients, states: Mapping[str, MirrorState]) -> Iterator[Finding]:
    """Google's sign-in works, and every destination is there or will be made, and may be written."""
    side = google_side(clients.google_calendar(), destinations(settings, states))
    yield fine("Google", f"the sign-in works; {_calendars(side)}")
    for calendar in side.calendars:
        if calendar.mirrors and calendar.access not in WRITES:
            what = f'this sign-in may not write to "{calendar.name}", it is {calendar.access} of it'
            cure = "Have its owner give you the right to change events, or name another destination in calmirror.toml"
            yield wrong("Google calendar", what, cure)
    yield from _remarks("Google calendar", side)


def _calendars(side: Side) -> str:
    if not side.complete:
        return "it reaches calendars made by calmirror, and no other"
    return f"{len(side.calendars)} calendar{'s' * (len(side.calendars) != 1)}"


def _remarks(subject: str, side: Side) -> Iterator[Finding]:
    for remark in side.remarks:
        said = f"{remark.mirror}: {remark.text}"
        what, _, cure = said.partition(" To have ")
        yield (
            wrong(subject, said, "calmirror calendars")
            if remark.wrong
            else note(subject, what, cure and f"To have {cure}")
        )
