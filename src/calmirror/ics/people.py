"""Who meets, from a feed's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.model.source import Attendee, Person

if TYPE_CHECKING:
    from calmirror.ics.values import Component, Property

ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentativelyaccepted"}
THINGS = ("RESOURCE", "ROOM")


def organizer(one: Component) -> Person | None:
    """Who invited; None where nobody is named."""
    found = one.first("ORGANIZER")
    return person(found) if found else None


def attendees(one: Component) -> tuple[Attendee, ...]:
    """All of whom anything is known, for reading only."""
    return tuple(
        Attendee(someone, kind(found), ANSWERS.get(found.params.get("PARTSTAT", "").upper(), "none"))
        for found in one.all("ATTENDEE")
        if (someone := person(found))
    )


def person(found: Property) -> Person | None:
    """A name and an address. Exchange publishes `invalid:nomail` for people whose address it keeps to itself."""
    scheme, _, address = found.value.strip().partition(":")
    name = found.params.get("CN", "").strip().strip("'\"")
    address = address.strip() if scheme.lower() == "mailto" and "@" in address else ""
    return Person(name, address) if name or address else None


def kind(found: Property) -> str:
    """Graph's word for the part that someone has."""
    if found.params.get("CUTYPE", "").upper() in THINGS:
        return "resource"
    role = found.params.get("ROLE", "").upper()
    return "resource" if role == "NON-PARTICIPANT" else "optional" if role == "OPT-PARTICIPANT" else "required"
