"""The adapter against the sandbox's Google, which was written without knowledge of it."""

from datetime import UTC, datetime

import pytest
from canned_google import Tokens

from calmirror.google.calendar import GoogleCalendar, Outcome, Write
from calmirror.google.refusals import is_rate_limit
from calmirror.google.wire import moments, private
from calmirror.http.client import Client
from calmirror.http.pacing import Meter
from calmirror.model.mirror import Verb
from calmirror.model.times import Window
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.google.switches import GoogleSwitches
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.transport import SandboxTransport

APP_CREATED = "https://www.googleapis.com/auth/calendar.app.created"
FULL = "https://www.googleapis.com/auth/calendar"
WINDOW = Window(datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC))


def google_with(*scopes, **switches):
    service = GoogleService(SandboxClock(frozen_at=1_800_000_000.0), switches=GoogleSwitches(**switches))
    service.grant("token-0", scopes)
    return service


def calendar_of(service, limit=600):
    transport = SandboxTransport([service])
    client = Client(
        transport,
        service.clock,
        base_url=service.base_url,
        service="Google",
        tokens=Tokens(),
        throttled=is_rate_limit,
        jitter=lambda: 0.5,
    )
    return GoogleCalendar(client, Meter(service.clock, limit=limit))


def body(day=1, **more):
    times = {
        "start": {"dateTime": f"2027-03-{day:02}T09:00:00+01:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": f"2027-03-{day:02}T10:00:00+01:00", "timeZone": "Europe/Berlin"},
    }
    return {"summary": "x", "extendedProperties": {"private": {"mirror": "work"}}} | times | more


def write(verb, event_id, sent=None, etag=""):
    return Write(verb=verb, event_id=event_id, body=sent, etag=etag)


def sent(calendar, calendar_id, *writes):
    return [result for batch in calendar.send(calendar_id, writes) for result in batch]


@pytest.fixture
def service():
    return google_with(APP_CREATED)


@pytest.fixture
def calendar(service):
    return calendar_of(service)


@pytest.fixture
def calendar_id(calendar):
    return calendar.create_calendar("Outlook", time_zone="Europe/Berlin", description="a mirror")


def test_the_life_of_two_events(service, calendar, calendar_id):
    made = sent(calendar, calendar_id, *(write(Verb.INSERT, f"abcd{n}", body(n + 1)) for n in range(2)))
    assert {result.outcome for result in made} == {Outcome.DONE}
    etags = {result.write.event_id: result.event["etag"] for result in made}

    updates = [write(Verb.UPDATE, event_id, body(5, summary="y", sequence=0), etag) for event_id, etag in etags.items()]
    assert {result.outcome for result in sent(calendar, calendar_id, *updates)} == {Outcome.DONE}
    assert {result.outcome for result in sent(calendar, calendar_id, *updates)} == {Outcome.CHANGED}

    deletions = [write(Verb.DELETE, event_id) for event_id in (*etags, "abcd9")]
    outcomes = [result.outcome for result in sent(calendar, calendar_id, *deletions)]
    assert outcomes == [Outcome.DONE, Outcome.DONE, Outcome.MISSING]
    again = sent(calendar, calendar_id, *deletions[:2], write(Verb.INSERT, "abcd0", body()))
    assert [result.outcome for result in again] == [Outcome.DELETED, Outcome.DELETED, Outcome.EXISTS]

    found = calendar.fetch(calendar_id, [*etags, "abcd9"])
    assert [found[event_id] and found[event_id]["status"] for event_id in found] == ["cancelled"] * 2 + [None]
    assert service.mails == []


def test_a_series_is_owned_as_master_and_exception_and_occurs_as_google_expands_it(calendar, calendar_id):
    sent(calendar, calendar_id, write(Verb.INSERT, "abcd0", body(25, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])))
    moved = body(26, sequence=0)
    sent(calendar, calendar_id, write(Verb.UPDATE, "abcd0_20270325T080000Z", moved))
    owned = {event["id"] for event in calendar.owned_events(calendar_id, "mirror", "work")}
    assert owned == {"abcd0", "abcd0_20270325T080000Z"}
    occurrences = list(calendar.occurrences(calendar_id, WINDOW.padded(30), "mirror", "work"))
    assert sorted(moments(event).start for event in occurrences) == [
        datetime(2027, 3, 26, 8, tzinfo=UTC),
        datetime(2027, 4, 1, 7, tzinfo=UTC),
        datetime(2027, 4, 8, 7, tzinfo=UTC),
    ]
    assert {private(event)["mirror"] for event in occurrences} == {"work"}
    assert list(calendar.owned_events(calendar_id, "mirror", "home")) == []


def test_many_events_land_although_google_throttles_parts_of_batches(calendar_id, calendar, service):
    service.switches.quota_per_minute = 90
    eager = calendar_of(service, limit=200)
    results = sent(eager, calendar_id, *(write(Verb.INSERT, f"abc{n:03}", body()) for n in range(200)))
    assert {result.outcome for result in results} == {Outcome.DONE}
    assert len(service.events(calendar_id)) == 200


def test_short_and_empty_pages_are_read_to_the_end(calendar, calendar_id, service):
    sent(calendar, calendar_id, *(write(Verb.INSERT, f"abc{n:03}", body()) for n in range(120)))
    service.switches.short_pages = service.switches.empty_pages = True
    assert len(list(calendar.owned_events(calendar_id, "mirror", "work"))) == 120


def test_an_event_that_google_refuses_does_not_hold_up_the_others(calendar, calendar_id):
    wrong = body(recurrence=["RRULE:FREQ=SOMETIMES"])
    results = sent(calendar, calendar_id, write(Verb.INSERT, "abcd0", wrong), write(Verb.INSERT, "abcd1", body()))
    assert [result.outcome for result in results] == [Outcome.INVALID, Outcome.DONE]


def test_the_narrow_scope_lists_no_calendars_and_the_wide_one_does(calendar, calendar_id):
    assert calendar.find_calendars() is None
    wide = google_with(FULL)
    theirs = wide.add_calendar("Outlook")
    assert theirs in [entry["id"] for entry in calendar_of(wide).find_calendars()]


def test_a_calendar_that_was_deleted_is_missing(calendar, calendar_id, service):
    assert calendar.calendar(calendar_id)["summary"] == "Outlook"
    service.delete_calendar(calendar_id)
    assert calendar.calendar(calendar_id) is None


@pytest.mark.parametrize("scope", ["calendar.events.owned", "calendar.events"])
def test_a_sign_in_for_events_alone_knows_a_calendar_by_its_list(scope):
    service = google_with(f"{FULL}.{scope.partition('.')[2]}")
    calendar = calendar_of(service)
    own = service.add_calendar("Mine", "Europe/Berlin")
    found = calendar.calendar(own)
    assert (found["id"], found["summary"]) == (own, "Mine")
    assert calendar.calendar("no-such@group.calendar.google.com") is None


@pytest.mark.parametrize("switches", [{}, {"short_pages": True}, {"empty_pages": True}, {"bare_tombstones": True}])
def test_changes_since_a_token_are_told_with_deletions_until_the_token_is_forgotten(switches):
    service = google_with(APP_CREATED, **switches)
    calendar = calendar_of(service)
    work = calendar.create_calendar("Work", time_zone="Europe/Berlin", description="")
    sent(calendar, work, *(write(Verb.INSERT, f"aaaaa{day}", body(day)) for day in (1, 2, 3)))
    everything = calendar.changes(work, "")
    assert [event["id"] for event in everything.events] == ["aaaaa1", "aaaaa2", "aaaaa3"]
    assert calendar.changes(work, everything.token).events == []
    service.person_edit(work, "aaaaa1", summary="y")
    service.person_delete(work, "aaaaa2")
    changed = calendar.changes(work, everything.token)
    assert {(event["id"], event["status"]) for event in changed.events} == {
        ("aaaaa1", "confirmed"),
        ("aaaaa2", "cancelled"),
    }
    assert calendar.changes(work, changed.token).events == []
    assert calendar.changes(work, "nonsense") is None
    service.expire_sync_tokens()
    assert calendar.changes(work, changed.token) is None
