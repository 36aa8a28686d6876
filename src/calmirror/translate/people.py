"""Who meets, as lines to read. Nobody in them is ever written to: Google sees text, not attendees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.translate.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calmirror.model.source import Attendee, Person, SourceEvent

LONGEST_NAME = 100
ANSWERS = {"accepted": "Accepted", "tentativelyaccepted": "Tentative", "": "No answer", "declined": "Declined"}
"""Words for Graph's answers, in the order in which they are listed; any other answer is none."""
_OWN_ANSWERS = {*ANSWERS, "notresponded"} - {""}


def people(event: SourceEvent, most: int) -> list[str]:
    """The organizer, the owner's own answer, the rooms, and the attendees by their answers; plain text, a line each.

    Args:
        most: attendees named; the others are counted.
    """
    return [*_organizer(event), *_own_answer(event), *_invited(event, most)]


def named(person: Person) -> str:
    """The person's name, or the address where there is no name; "" where neither says anything."""
    # People of the same Exchange organisation can come with its internal address, which nobody can read.
    address = "" if person.address.lower().startswith("/o=") else person.address
    return one_line(person.name.strip("'\" ") or address, LONGEST_NAME)


def _organizer(event: SourceEvent) -> Iterator[str]:
    if event.organizer and (name := named(event.organizer)) and (event.attendees or not event.is_organizer):
        address = one_line(event.organizer.address, LONGEST_NAME)
        known = "@" in address and address != name
        yield f"Organizer: {name} ({address})" if known else f"Organizer: {name}"


def _own_answer(event: SourceEvent) -> Iterator[str]:
    if not event.is_organizer and event.response in _OWN_ANSWERS:
        yield f"My answer: {ANSWERS.get(event.response, 'none yet').lower()}"


def _invited(event: SourceEvent, most: int) -> Iterator[str]:
    if event.hide_attendees:
        if event.attendees:
            yield "Attendees: hidden by the organizer"
        return
    if not event.attendees:
        return
    rooms = [name for one in event.attendees if one.kind == "resource" and (name := named(one.person))]
    if rooms:
        yield _list("Rooms", rooms, most)
    for answer, names in _by_answer(event).items():
        if names:
            yield _list(ANSWERS[answer], names, most)
        most = max(0, most - len(names))


def _by_answer(event: SourceEvent) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {answer: [] for answer in ANSWERS}
    organizer = event.organizer.address.lower() if event.organizer else ""
    for attendee in event.attendees:
        if attendee.kind != "resource" and not _organizes(attendee, organizer) and (name := named(attendee.person)):
            optional = " (optional)" if attendee.kind == "optional" else ""
            groups[attendee.response if attendee.response in groups else ""].append(name + optional)
    return groups


def _organizes(attendee: Attendee, organizer: str) -> bool:
    return attendee.response == "organizer" or bool(organizer and attendee.person.address.lower() == organizer)


def _list(label: str, names: Sequence[str], most: int) -> str:
    shown, left = names[:most], len(names) - most
    if left <= 0:
        return f"{label} ({len(names)}): {', '.join(shown)}"
    return f"{label} ({len(names)}): {', '.join(shown)} and {left} more" if shown else f"{label}: {len(names)}"
