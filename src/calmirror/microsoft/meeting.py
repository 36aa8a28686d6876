"""Who meets where, from Graph's JSON: people, answers, places and the link to join by."""

from __future__ import annotations

from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING

from calmirror.microsoft.members import Members
from calmirror.model.source import Attendee, Person, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTENDEE_KINDS = ("required", "optional", "resource")
ADDRESS_PARTS = ("street", "city", "state", "postalCode", "countryOrRegion")


def person(recipient: Members) -> Person | None:
    """The person of a `recipient`; None where neither a name nor an address is given."""
    mail = recipient.inner("emailAddress")
    found = _person(mail.text("name").strip(), mail.text("address").strip())
    return found if found.name or found.address else None


@lru_cache(maxsize=4096)  # the same people meet again and again, in the same places: one value each will do
def _person(name: str, address: str) -> Person:
    return Person(name, address)


def response(status: Members) -> str:
    """The answer in a `responseStatus`, in lower case."""
    return intern(status.text("response").lower()) or "none"


def attendees(event: Members) -> tuple[Attendee, ...]:
    """All attendees of whom anything is known, in Graph's order."""
    return tuple(_attendees(event))


def _attendees(event: Members) -> Iterator[Attendee]:
    for member in map(Members, event.objects("attendees")):
        if someone := person(member):
            kind = member.choice("type", ATTENDEE_KINDS, missing="required", other="required")
            yield _attendee(someone, kind, response(member.inner("status")))


@lru_cache(maxsize=4096)
def _attendee(someone: Person, kind: str, answer: str) -> Attendee:
    return Attendee(someone, kind, answer)


def places(event: Members) -> tuple[Place, ...]:
    """The locations; the single `location` where the list is empty."""
    listed = [place(Members(one)) for one in event.objects("locations")] or [place(event.inner("location"))]
    return tuple(one for one in listed if one.name or one.address)


def place(location: Members) -> Place:
    """One location with its address on one line."""
    address = location.inner("address")
    parts = (address.text(name).strip() for name in ADDRESS_PARTS)
    return _place(location.text("displayName").strip(), ", ".join(filter(None, parts)))


@lru_cache(maxsize=4096)
def _place(name: str, address: str) -> Place:
    return Place(name, address)


def join_url(event: Members) -> str:
    """The online meeting's own link, wherever this mailbox keeps it."""
    return (event.inner("onlineMeeting").text("joinUrl") or event.text("onlineMeetingUrl")).strip()
