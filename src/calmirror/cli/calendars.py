"""`calmirror calendars`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.assemble import Clients, open_state_to_look, remembered_path, settings_of
from calmirror.cli.failures import pasteable, tell, worst
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.errors import UserFixableError
from calmirror.microsoft.addresses import in_mailbox
from calmirror.mirror.remembered import Remembered
from calmirror.model.mirror import MirrorState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.config import MirrorSettings, Settings
    from calmirror.google.calendar import GoogleCalendar
    from calmirror.microsoft.calendar import CalendarInfo, OutlookCalendar

HEADS = {"microsoft": "Outlook, to read from:", "google": "Google, to write to:"}
LONGEST_NAME = 100
"""Characters of a name that are shown; `--json` has all of it."""
UNLISTED = "This sign-in may not list calendars, so these are only the ones of your mirrors."


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One calendar; `access` is Google's word for what the sign-in may do, `owner` an address, both may be ""."""

    id: str
    name: str
    default: bool = False
    owner: str = ""
    access: str = ""
    mirrors: tuple[str, ...] = ()
    """The names of the mirrors that use it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said of a mirror that uses none of the calendars; `wrong` where a person has to act."""

    mirror: str
    text: str
    wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The calendars of one service. Unless `complete`, only those are there that mirrors use."""

    service: str
    calendars: tuple[Listed, ...]
    remarks: tuple[Remark, ...]
    complete: bool = True

    @property
    def exit_code(self) -> int:
        """0 when every mirror finds its calendar, or will make it."""
        return UserFixableError.exit_code if any(remark.wrong for remark in self.remarks) else 0


@click.command()
@reporting_options
def calendars(asked: Asked) -> int:
    """List the calendars of both sides with their ids, and which mirror uses which.

    Asks both services and changes nothing: also a way to see whether the sign-ins work.
    """
    settings = settings_of(asked)
    with closing(open_state_to_look(settings)) as store:
        states = {state.name: state for state in store.mirrors()}
    clients = Clients(settings)
    sides: dict[str, Callable[[], Side]] = {}
    if signed_in(settings):
        sides["microsoft"] = lambda: outlook_side(clients.outlook, settings.mirrors)
    sides["google"] = lambda: google_side(clients.google_calendar(), destinations(settings, states))
    codes = []
    for service, look in sides.items():
        try:
            side = look()
        except Exception as error:  # noqa: BLE001 - told in full, and the other side still has its turn
            codes.append(tell(error, asked, service=service))
            continue
        _show(side, asked)
        codes.append(side.exit_code)
    return worst(codes)


def signed_in(settings: Settings) -> bool:
    """Whether any mirror reads an account's calendar: published ones need no sign-in and are in no list."""
    return any(not mirror.feed for mirror in settings.mirrors)


def outlook_side(outlook: Callable[[str], OutlookCalendar], mirrors: Iterable[MirrorSettings]) -> Side:
    """Every Outlook calendar, and what the mirrors' `source` means.

    Args:
        outlook: makes the reader of one mailbox; "" is that of the person who signed in.
    """
    mailboxes = {mirror.mailbox: outlook(mirror.mailbox) for mirror in mirrors if not mirror.feed}
    used: dict[str, tuple[str, ...]] = {}
    remarks = []
    for mirror in mirrors:
        if mirror.feed:
            remarks.append(Remark(mirror.name, "reads a published calendar, which is in no list", wrong=False))
            continue
        try:
            found = mailboxes[mirror.mailbox].resolve(mirror.source)
        except UserFixableError as error:
            if error.code not in ("calendar-not-found", "calendar-ambiguous"):
                raise
            remarks.append(Remark(mirror.name, f"{error.what}. Correct source in calmirror.toml", wrong=True))
        else:
            used[found] = (*used.get(found, ()), mirror.name)
    known = tuple(
        outlook_listed(info, used.get(in_mailbox(mailbox, info.id), ()))
        for mailbox, source in mailboxes.items()
        for info in source.calendars()
    )
    return Side(service="microsoft", calendars=known, remarks=tuple(remarks))


def outlook_listed(info: CalendarInfo, mirrors: tuple[str, ...]) -> Listed:
    """One Outlook calendar and the mirrors that read it."""
    return Listed(id=info.id, name=info.name, default=info.is_default, owner=info.owner, mirrors=mirrors)


def destinations(settings: Settings, states: Mapping[str, MirrorState]) -> dict[str, str]:
    """The Google id of each mirror's calendar as far as this machine knows it, "" where it does not."""
    remembered = Remembered(remembered_path(settings.state_url))
    found = {}
    for mirror in settings.mirrors:
        wanted = mirror.destination
        state = states.get(mirror.name, MirrorState(name=mirror.name))
        if state.destination_calendar and state.settings.partition("\n")[0] in ("", wanted):
            found[mirror.name] = state.destination_calendar
        elif "@" in wanted or wanted == "primary":
            found[mirror.name] = wanted
        else:
            found[mirror.name] = remembered.find(mirror.name, wanted)
    return found


def google_side(destination: GoogleCalendar, wanted: Mapping[str, str]) -> Side:
    """Every Google calendar; those of the mirrors alone, where the sign-in may not list them.

    Args:
        wanted: see `destinations`.
    """
    entries = destination.find_calendars()
    complete = entries is not None
    if entries is None:
        one_by_one = (destination.calendar(one) for one in dict.fromkeys(wanted.values()) if one)
        entries = [entry for entry in one_by_one if entry is not None]
    known = tuple(_google_listed(entry, wanted) for entry in entries)
    found = {name for calendar in known for name in calendar.mirrors}
    remarks = tuple(_missing(name, one) for name, one in wanted.items() if name not in found)
    return Side(service="google", calendars=known, remarks=remarks, complete=complete)


def _google_listed(entry: Mapping[str, Any], wanted: Mapping[str, str]) -> Listed:
    own_id, default = str(entry["id"]), bool(entry.get("primary"))
    names = {own_id, "primary"} if default else {own_id}
    return Listed(
        id=own_id,
        name=str(entry.get("summary", "")),
        default=default,
        access=str(entry.get("accessRole", "")),
        mirrors=tuple(name for name, one in wanted.items() if one in names),
    )


def _missing(mirror: str, calendar_id: str) -> Remark:
    if not calendar_id:
        return Remark(mirror, "has no calendar yet. To have it made and filled: calmirror sync", wrong=False)
    text = f"{calendar_id} does not exist, or this sign-in cannot reach it. What to do says: calmirror sync"
    return Remark(mirror, text, wrong=True)


def _show(side: Side, asked: Asked) -> None:
    side = replace(side, remarks=tuple(replace(one, text=pasteable(one.text, asked.config)) for one in side.remarks))
    if asked.as_json:
        say_json(as_json(side))
        return
    for line in lines(side):
        say(line)
    for remark in side.remarks:
        say("  " + clean(f"{remark.mirror}: {remark.text}"), style="yellow" if remark.wrong else None)


def lines(side: Side) -> Iterator[str]:
    """The calendars of one service: a line about each, and its id on a line of its own, as ids are long."""
    yield HEADS[side.service]
    if not side.complete:
        yield f"  {UNLISTED}"
    for calendar in side.calendars:
        facts = ["default"] * calendar.default + [calendar.access] * bool(calendar.access)
        facts += [f"of {calendar.owner}"] * bool(calendar.owner)
        facts += [f"used by mirror {name}" for name in calendar.mirrors]
        name = clean(calendar.name)[:LONGEST_NAME]
        yield "  " + clean(f'"{name}"' + "".join(f", {fact}" for fact in facts))
        yield "      " + clean(calendar.id)
    if not side.calendars:
        yield "  none"


def as_json(side: Side) -> dict[str, Any]:
    """One service's calendars as `--json` prints them."""
    return {"service": side.service, "exit": side.exit_code, **asdict(side)}
