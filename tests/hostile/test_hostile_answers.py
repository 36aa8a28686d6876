"""Answers that are no JSON, too much of it, or lead astray: nothing is deleted, and the next run puts all right."""

from __future__ import annotations

import json
from typing import Any

import pytest
from world import Answer, World, broken

DELTA = "calendarView/delta"
LINK = "http://graph.sandbox/v1.0/me/calendar/calendarView/delta?$deltatoken=1"


def page(*entries: Any, **links: str) -> bytes:
    return json.dumps({"value": list(entries), **{f"@odata.{name}": link for name, link in links.items()}}).encode()


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a mark of its encoding alone": b"\xef\xbb\xbf",
    "another encoding": page(deltaLink=LINK).decode().encode("utf-16"),
    "bytes that are no text": b"\xff\xfe\x00{}",
    "cut off": page({"id": "a"}, deltaLink=LINK)[:-9],
    "two pages": page(deltaLink=LINK) * 2,
    "a number that is none": page(deltaLink=LINK).replace(b"[]", b"[NaN, Infinity]"),
    "a number without end": page(deltaLink=LINK).replace(b"[]", b"[" + b"9" * 100_000 + b"]"),
    "very deep": b'{"value": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep within an entry": page(deltaLink=LINK).replace(b"[]", b'[{"id": ' + b"[" * 200_000 + b"]" * 200_000 + b"}]"),
    "both links": page(deltaLink=LINK, nextLink=LINK),
    "neither link": page(),
    "a page that follows itself": page(nextLink=LINK),
    "entries without ids": page({}, {"id": None}, deltaLink=LINK),
    "a list of lists": page([], deltaLink=LINK),
    "to a file": page(nextLink="file:///etc/passwd"),
    "to the cloud's own services": page(nextLink="http://169.254.169.254/latest/meta-data"),
    "to this machine": page(nextLink="http://localhost/"),
    "to any scheme": page(nextLink="//elsewhere.example/"),
    "to our name as a user": page(deltaLink="http://graph.sandbox:80@elsewhere.example/"),
    "to a name with a line break": page(nextLink="http://graph.sandbox/\r\nHost: elsewhere.example"),
    "to a backslash": page(nextLink="http://elsewhere.example\\@graph.sandbox/"),
    "everything called deleted": page(*({"id": f"AAMk{n}", "@removed": {}} for n in range(500)), deltaLink=LINK),
    "an empty whole": page(deltaLink=LINK),
    "the same member twice": page(deltaLink=LINK)[:-1] + b', "value": [], "value": null}',
}
SILENT = {"an empty whole", "everything called deleted", "another encoding"}
"""What makes sense, though it is not so."""


@pytest.fixture
def world() -> World:
    return World().fill(singles=10).settle()


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("full", [False, True], ids=["changes", "whole"])
def test_a_page_of_nonsense_deletes_nothing_and_is_forgotten(world, name, full):
    before, marked = world.mirrored(), world.mark()
    if full:
        world.clock.advance(90_000)
    broken(world.graph, DELTA, answer=Answer(200, {}, BODIES[name]))
    code = world.sync()
    assert code in ((0, 3, 5, 6) if name in SILENT else (5, 6)), world.error
    assert world.mirrored() == before
    assert not [method for method, _ in world.writes_since(marked) if method == "DELETE"]
    world.graph.faults.clear()
    world.clock.advance(90_000)
    assert world.sync() == 0, world.error
    world.assert_exact()


@pytest.mark.parametrize(
    "wait", ["0", "-1", "1e9", "abc", "9" * 5000, "Wed, 21 Oct 9999 07:28:00 GMT", "Mon, 01 Jan 0001", "\u0661"]
)
def test_no_wait_that_is_asked_for_keeps_a_run(world, wait):
    broken(world.graph, DELTA, answer=Answer(429, {"retry-after": wait}, b""))
    began = world.clock.now()
    assert world.sync() == 5
    assert world.clock.now() - began < 300


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 200_000, b'{"error": []}', b'{"error": {"errors": 1}}', b"\xff"])
@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 410, 412])
def test_nonsense_of_google_s_loses_nothing(world, status, body):
    before = world.mirrored()
    world.edit_of_every_kind()
    broken(world.google, "/", answer=Answer(status, {}, body))
    assert world.sync() in (3, 4, 5), world.error
    assert world.mirrored() == before
    world.google.faults.clear()
    assert world.sync() == 0, world.error
    world.assert_exact()
