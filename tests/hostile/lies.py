"""Answers in which one value is of the wrong type, at every place that an honest answer has.

A *place* is what is asked for, and the way to one value within the answer, with "*" for any entry of a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from world import TODAY, World, timed

from calmirror.http.message import Answer, Request
from calmirror.sandbox.service import Fault

MISSING = ...
LIES: dict[str, Any] = {
    "missing": MISSING,
    "null": None,
    "zero": 0,
    "negative": -1,
    "huge number": 10**30,
    "fraction": 1.5,
    "true": True,
    "false": False,
    "empty": "",
    "text": "nonsense \u202e\x1b[31m",
    "half a character": "\ud800",
    "long": "x" * 100_000,
    "first day": "0001-01-01T00:00:00Z",
    "last day": "9999-12-31T23:59:59.9999999",
    "list": [None, 1, "x", [], {}],
    "object": {"x": None, "": [{}]},
}
SERVICES = ("graph", "google")


class Place(NamedTuple):
    """Where a lie is told: the service, the kind of request, and the way within the answer."""

    service: str
    request: str
    way: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.service} {self.request} {'.'.join(self.way)}"


@dataclass
class Liar:
    """Puts the lie where the place is, in every answer to such a request; counts the values replaced."""

    place: Place
    lie: Any
    told: int = 0

    def __call__(self, _request: Request, answer: Answer) -> Answer:
        try:
            content = answer.json()
        except ValueError:
            return answer
        before = self.told
        content = self._replaced(content, self.place.way)
        if self.told == before:
            return answer
        return Answer(answer.status, answer.headers, b"" if content is MISSING else json.dumps(content).encode())

    def _replaced(self, value: Any, way: tuple[str, ...]) -> Any:
        if not way:
            self.told += 1
            return deepcopy(self.lie)
        step, rest = way[0], way[1:]
        if step == "*" and isinstance(value, list):
            return [one for one in (self._replaced(entry, rest) for entry in value) if one is not MISSING]
        if isinstance(value, dict) and step in value:
            changed = {**value, step: self._replaced(value[step], rest)}
            return {name: one for name, one in changed.items() if one is not MISSING}
        return value


ENDINGS = (
    "calendarView/delta",
    "instances",
    "$batch",
    "calendarList",
    "attachments",
    "events",
    "calendar",
    "calendars",
)


def kind_of(request: Request) -> str:
    """The kind of request: its method, and what it asks for."""
    path = request.url.partition("?")[0].replace("%24", "$")
    known = next((ending for ending in ENDINGS if path.endswith(f"/{ending}")), "")
    return f"{request.method} {known or ('event' if '/events/' in path else 'calendar')}"


def places_in(value: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every value of an answer, and to the answer itself; entries of a list are one."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places_in(one, (*way, name))
    elif isinstance(value, list):
        for one in value:
            yield from places_in(one, (*way, "*"))
    yield way


def all_places() -> list[Place]:
    """Every place of the answers to three runs."""
    found: dict[Place, None] = {}

    def noting(service: str) -> Callable[[Request, Answer], Answer]:
        def note(request: Request, answer: Answer) -> Answer:
            kind = kind_of(request)
            with suppress(ValueError):
                ways = places_in(answer.json())
                # What the members of a batch say is met in their own answers.
                found.update(
                    (Place(service, kind, way), None) for way in ways if not (kind.endswith("$batch") and len(way) > 3)
                )
            return answer

        return note

    world = small_world()
    for name in SERVICES:
        for inside in (False, True):
            getattr(world, name).faults.append(Fault(alter=noting(name), times=-1, inside_batch=inside))
    assert everything(world) == [0, 0, 0]
    return list(found)


def lied_to(place: Place, lie: Any) -> tuple[World, Liar]:
    """A world in which the lie is told from the start."""
    world, liar = small_world(), Liar(place, lie)
    tell(world, liar)
    return world, liar


def tell(world: World, liar: Liar) -> None:
    """From now on the lie is told."""
    for inside in (False, True):
        fault = Fault(
            matches=lambda request: kind_of(request) == liar.place.request, alter=liar, times=-1, inside_batch=inside
        )
        getattr(world, liar.place.service).faults.append(fault)


def heal(world: World) -> None:
    """From now on every answer is true."""
    for name in SERVICES:
        getattr(world, name).faults.clear()


def small_world() -> World:
    """Single events, whole days, a series with every kind of exception, and a meeting with everything on it."""
    world = World().fill(singles=2)
    person = {"emailAddress": {"name": "Lee", "address": "lee@contoso.example"}}
    world.ids["meeting"] = world.mailbox.create(
        timed(
            "Meeting",
            TODAY,
            15,
            body={"contentType": "html", "content": "<p>Text</p>"},
            location={"displayName": "Room", "address": {"street": "Street 1"}},
            organizer=person,
            attendees=[{"type": "required", **person}],
            categories=["Red category"],
            onlineMeeting={"joinUrl": "https://teams.microsoft.com/l/meetup-join/1"},
            hasAttachments=True,
            attachments=[{"name": "file.pdf", "isInline": False}],
        )
    )
    return world


def everything(world: World) -> list[int]:
    """What makes both services answer everything that they are asked for: the exit codes of three runs."""
    codes = [world.sync()]
    world.mailbox.edit(world.ids["single-0"], subject="Renamed")
    world.mailbox.edit_occurrence(world.ids["changed"], TODAY.replace(day=30), subject="Once")
    world.mailbox.delete(world.ids["single-1"])
    codes.append(world.sync())
    world.clock.advance(90_000)
    return [*codes, world.sync()]


BELIEVED = {(("value", "*", "isCancelled"), "true"), (("isCancelled",), "true")}
"""What anybody would believe: an event that is called cancelled, and nothing speaks against it."""


def check_lie(place: Place, name: str) -> None:
    """Whatever the lie: a defined ending, nothing lost, and once all answers are true again, everything is right."""
    if (place.way, name) in BELIEVED:
        return
    world, _ = lied_to(place, LIES[name])
    codes = everything(world)
    assert 1 not in codes, world.error
    heal(world)
    world.clock.advance(90_000)
    assert world.sync() == 0, world.error or world.report
    world.assert_exact()


@cache
def known_places() -> list[Place]:
    """As `all_places`, found out once."""
    return all_places()
