"""What is no whole and plausible calendar changes nothing, whatever it looks like."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from feed_world import HEAD, TAIL, FeedWorld, days, event
from world import TODAY, broken, refusal

from calmirror.http.message import Answer
from calmirror.sandbox.service import Fault

GOOD = HEAD + "".join(days(24)) + TAIL
PAGE = "<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body>BEGIN:VCALENDAR</body></html>"


def cut(share: float) -> str:
    return GOOD[: int(len(GOOD) * share)]


BODIES: dict[str, str | bytes] = {
    "nothing at all": "",
    "blank lines": "\r\n\r\n",
    "a page to sign in on": PAGE,
    "json": '{"error": "expired"}',
    "no events": HEAD + TAIL,
    "cut off in the middle": cut(0.5),
    "cut off after an event": GOOD[: GOOD.index("END:VEVENT", 800) + len("END:VEVENT\r\n")],
    "cut off before its last line": GOOD.removesuffix(TAIL),
    "an event that does not end": GOOD.replace("END:VEVENT\r\n", "", 1),
    "events that begin in each other": GOOD.replace("END:VEVENT\r\nBEGIN:VEVENT\r\n", "BEGIN:VEVENT\r\n", 3),
    "the end of something else": GOOD.replace("END:VEVENT", "END:VTODO", 1),
    "half of it": HEAD + "".join(list(days(24))[:11]) + TAIL,
    "all events replaced by others": HEAD + re.sub("(UID|SUMMARY):", r"\1:x", "".join(days(24))) + TAIL,
    "a list of tasks": HEAD + "BEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\n" + TAIL,
    "a cancellation of everything": GOOD.replace("METHOD:PUBLISH", "METHOD:CANCEL"),
    "only the last event": HEAD + list(days(24))[-1] + TAIL,
    "an address book": GOOD.replace("VCALENDAR", "VCARD"),
    "noise": bytes(range(256)) * 50,
    "compressed bytes": gzip.compress(GOOD.encode()),
    "UTF-16": GOOD.encode("utf-16"),
    "a page before the calendar": PAGE + GOOD,
    "without starts": "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith("DTSTART")),
}
ANSWERS: dict[str, Answer] = {
    **{f"status {code}": refusal(code, body=PAGE.encode()) for code in (204, 206, 400, 401, 403, 404, 410, 418, 429)},
    **{f"status {code}": refusal(code) for code in (500, 502, 503, 504)},
    "to another protocol": refusal(302, {"location": "http://outlook.sandbox/feed.ics"}),
    "to this machine": refusal(302, {"location": "https://127.0.0.1/feed.ics"}),
    "to this machine by name": refusal(302, {"location": "https://localhost/feed.ics"}),
    "to a private network": refusal(301, {"location": "https://10.1.2.3/feed.ics"}),
    "to the cloud's own services": refusal(307, {"location": "https://169.254.169.254/latest"}),
    "to nowhere": refusal(302),
    "in circles": refusal(302, {"location": "/feed.ics"}),
    "to a file": refusal(302, {"location": "file:///etc/passwd"}),
    "with a name and a password": refusal(302, {"location": "https://me:secret@example.org/feed.ics"}),
}


@pytest.fixture
def world() -> FeedWorld:
    """A mirror of two dozen published events."""
    world = FeedWorld()
    world.reading(world.feeds.put(GOOD)).settle()
    assert len(world.stored()) == 24
    return world


def changes_nothing(world: FeedWorld, spoil: Callable[[], object], heal: Callable[[], object]) -> None:
    before = world.stored()
    spoil()
    for at in (900, 86400):
        world.clock.advance(at)
        assert world.sync() in (3, 4, 5, 6)
        assert world.stored() == before
        assert world.feed not in str(world.error)
    heal()
    assert world.sync() == 0
    assert world.stored() == before
    assert world.verify().differences == ()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_bad_body_changes_nothing(world: FeedWorld, body: str | bytes):
    changes_nothing(world, lambda: world.feeds.put(body), lambda: world.feeds.put(GOOD))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_bad_answer_changes_nothing(world: FeedWorld, answer: Answer):
    changes_nothing(world, lambda: broken(world.feeds, answer=answer), world.feeds.faults.clear)


@pytest.mark.parametrize("fault", [{"reset_before": True}, {"reset_after": True}, {"truncate": 2000}, {"truncate": 0}])
def test_a_broken_connection_changes_nothing(world: FeedWorld, fault: dict[str, object]):
    # A new event, or the answer would be that nothing changed.
    more = HEAD + "".join(days(24)) + event("new", f":{TODAY:%Y%m%d}T080000Z", f":{TODAY:%Y%m%d}T090000Z") + TAIL
    before = world.stored()
    world.feeds.put(more)
    world.feeds.faults.append(Fault(times=-1, **fault))
    assert world.sync() == 5
    assert world.stored() == before


def test_that_it_is_the_same_is_only_believed_where_it_was_asked(world: FeedWorld):
    broken(world.feeds, answer=refusal(304))
    assert world.sync() == 0
    world.clock.advance(2 * 86400)
    before = world.stored()
    assert world.sync() == 5
    assert world.stored() == before


def test_an_emptied_calendar_of_one_event_is_not_believed():
    world = FeedWorld().serve(*days(1)).settle()
    world.feeds.put(HEAD + TAIL)
    assert world.sync() == 6
    assert len(world.stored()) == 1
    assert world.sync(allow_mass_delete=True) == 0
    assert world.stored() == []


def test_a_host_whose_name_leads_to_a_private_network_is_not_followed():
    from calmirror.errors import RetryableError
    from calmirror.http.hosts import is_private
    from calmirror.ics.fetch import FeedClient

    class Answering:
        def send(self, request):
            return Answer(302, {"location": "https://intranet.example.org/"})

    client = FeedClient(
        Answering(), FeedWorld().clock, "https://calendar.example.org/a.ics", lookup=lambda host: ["192.168.1.4"]
    )
    assert is_private("calendar.example.org", lambda host: ["192.168.1.4"])
    with pytest.raises(RetryableError):  # in circles: the address is of that network itself
        client.fetch()
    assert client.requests == 6
    client = FeedClient(
        Answering(),
        FeedWorld().clock,
        "https://calendar.example.org/a.ics",
        lookup=lambda host: ["192.168.1.4" if host.startswith("intranet") else "93.184.216.34"],
    )
    with pytest.raises(RetryableError, match="private network"):
        client.fetch()
    assert client.requests == 1


def test_a_redirection_within_the_public_internet_is_followed():
    world = FeedWorld()
    there = world.feeds.put(GOOD)
    world.reading(world.feeds.move("/old.ics", there)).settle()
    assert len(world.stored()) == 24


def test_a_broken_connection_is_tried_again(world: FeedWorld):
    world.clock.advance(timedelta(days=1).total_seconds())
    world.feeds.faults.append(Fault(reset_before=True, times=2))
    assert world.sync() == 0


def test_a_small_calendar_that_seems_halved_is_not_believed():
    world = FeedWorld().serve(*days(6)).settle()
    first, *_, last = days(6)
    world.serve(first, last)
    assert world.sync() == 6
    assert len(world.stored()) == 6
    world.serve(*list(days(6))[:4], last)
    assert world.sync() == 0
    assert len(world.stored()) == 5
