"""Which scopes let a token use which method."""

from __future__ import annotations

from collections.abc import Mapping

from calmirror.sandbox.service import Grant

PREFIX = "https://www.googleapis.com/auth/"
APP_CREATED = PREFIX + "calendar.app.created"

_CALENDARS = "calendar calendar.app.created calendar.calendars"
_ENTRY_WRITE = "calendar calendar.app.created calendar.calendarlist"
_ENTRIES = "calendar calendar.calendarlist calendar.calendarlist.readonly calendar.readonly"
_WRITE = "calendar calendar.app.created calendar.events calendar.events.owned"
_READ = (
    "calendar calendar.app.created calendar.events calendar.events.freebusy calendar.events.owned "
    "calendar.events.owned.readonly calendar.events.public.readonly calendar.events.readonly calendar.readonly"
)

METHOD_SCOPES: Mapping[str, str] = {
    "calendar.calendarList.delete": _ENTRY_WRITE,
    "calendar.calendarList.get": _ENTRIES + " calendar.app.created",
    "calendar.calendarList.list": _ENTRIES,
    "calendar.calendarList.patch": _ENTRY_WRITE,
    "calendar.calendarList.update": _ENTRY_WRITE,
    "calendar.calendars.clear": "calendar calendar.calendars",
    "calendar.calendars.delete": _CALENDARS,
    "calendar.calendars.get": _CALENDARS + " calendar.calendars.readonly calendar.readonly",
    "calendar.calendars.insert": _CALENDARS,
    "calendar.calendars.patch": _CALENDARS,
    "calendar.calendars.update": _CALENDARS,
    "calendar.channels.stop": (
        "calendar calendar.acls calendar.acls.readonly calendar.app.created calendar.calendarlist "
        "calendar.calendarlist.readonly calendar.events calendar.events.freebusy calendar.events.owned "
        "calendar.events.owned.readonly calendar.events.public.readonly calendar.events.readonly "
        "calendar.readonly calendar.settings calendar.settings.readonly"
    ),
    "calendar.colors.get": (
        "calendar calendar.app.created calendar.calendarlist calendar.calendarlist.readonly "
        "calendar.events.freebusy calendar.events.owned calendar.events.owned.readonly "
        "calendar.events.public.readonly calendar.readonly"
    ),
    "calendar.events.delete": _WRITE,
    "calendar.events.get": _READ,
    "calendar.events.import": _WRITE,
    "calendar.events.insert": _WRITE,
    "calendar.events.instances": _READ,
    "calendar.events.list": _READ,
    "calendar.events.move": "calendar calendar.events calendar.events.owned",
    "calendar.events.patch": _WRITE,
    "calendar.events.update": _WRITE,
    "calendar.freebusy.query": "calendar calendar.events.freebusy calendar.freebusy calendar.readonly",
}


def allowed(grant: Grant, method: str) -> frozenset[str]:
    """The grant's scopes that reach the method; empty where none does."""
    return grant.scopes & {PREFIX + scope for scope in METHOD_SCOPES[method].split()}


def confined_to(grant: Grant, method: str) -> str | None:
    """The app whose own calendars are all that may be touched, where no wider scope reaches the method."""
    return grant.client if allowed(grant, method) == {APP_CREATED} else None


def method_label(method: str) -> str:
    """A method as a refusal names it: `calendar.v3.Events.Insert`."""
    _, resource, name = method.split(".")
    return f"calendar.v3.{resource[0].upper()}{resource[1:]}.{name[0].upper()}{name[1:]}"
