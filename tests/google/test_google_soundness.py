"""Events of Google's are looked at once, where they arrive: whatever is read of one has the type that is documented."""

import pytest
from canned_google import TIMES

from calmirror.google.wire import is_sound

EVENT = TIMES | {
    "id": "a",
    "etag": '"1"',
    "status": "confirmed",
    "summary": "Board",
    "sequence": 1,
    "recurrence": ["RRULE:FREQ=DAILY"],
    "extendedProperties": {"private": {"calmirror": "work"}},
    "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
}


def test_an_event_as_documented_is_sound():
    assert is_sound(EVENT)
    assert is_sound({"id": "a", "status": "cancelled"})
    assert is_sound(EVENT | {"start": {"date": "2026-03-17"}, "end": {"date": "2026-03-18"}})


@pytest.mark.parametrize("event", [None, 1, "x", [], {}, {"id": "", **TIMES}, {"id": "a"}])
def test_what_is_no_event_is_not(event):
    assert not is_sound(event)


@pytest.mark.parametrize("odd", [1, 1.5, True, [[]], [1]])
@pytest.mark.parametrize("field", sorted(EVENT.keys() - {"sequence"}))
def test_a_field_of_another_type_is_not(field, odd):
    assert not is_sound(EVENT | {field: odd})


@pytest.mark.parametrize(
    "odd",
    [
        {"sequence": "1"},
        {"sequence": 10**30},
        {"recurrence": "RRULE:FREQ=DAILY"},
        {"summary": "\ud800"},
        {"etag": "1\r\nx: y"},
        {"id": "a\u202e"},
        {"start": {"date": "2026-03-17"}},
        {"start": {"dateTime": "2026-03-17T09:00:00"}},
        {"start": {"dateTime": "0001-01-01T00:00:00+14:00"}},
        {"start": {"date": 20260317}},
        {"extendedProperties": {"private": {"calmirror": 1}}},
        {"reminders": {"overrides": [None]}},
        {"reminders": {"overrides": [{"method": "popup", "minutes": "5"}]}},
    ],
)
def test_what_stands_deeper_is_looked_at_too(odd):
    assert not is_sound(EVENT | odd)
