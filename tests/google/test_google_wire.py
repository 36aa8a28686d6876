"""Reading Google's events and errors."""

import json
from datetime import UTC, date, datetime

import pytest
from canned_google import refusal

from calmirror.google.refusals import is_rate_limit, refusal_of
from calmirror.google.wire import moments, private
from calmirror.http.message import Answer
from calmirror.model.times import Span


def test_timed_events_are_instants_in_utc():
    event = {
        "start": {"dateTime": "2026-03-29T09:00:00+02:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-03-29T07:30:00Z"},
    }
    assert moments(event) == Span(datetime(2026, 3, 29, 7, tzinfo=UTC), datetime(2026, 3, 29, 7, 30, tzinfo=UTC))


def test_all_day_events_stay_dates():
    span = moments({"start": {"date": "2026-03-29"}, "end": {"date": "2026-03-30"}})
    assert span == Span(date(2026, 3, 29), date(2026, 3, 30))
    assert span.all_day


@pytest.mark.parametrize("start", [None, {}, {"dateTime": "2026-03-29T09:00:00"}, {"date": "soon"}])
def test_an_event_without_a_usable_time_is_refused(start):
    with pytest.raises(ValueError, match=r"."):
        moments({"start": start, "end": {"date": "2026-03-30"}})


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"extendedProperties": {"private": {"a": "b"}, "shared": {"c": "d"}}}, {"a": "b"}),
        ({"extendedProperties": {"shared": {}}}, {}),
        ({}, {}),
    ],
)
def test_private_properties_may_be_missing(event, expected):
    assert private(event) == expected


def error(**document):
    return Answer(403, {}, json.dumps({"error": document}).encode())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(errors=[{"reason": "rateLimitExceeded"}], details=[{"reason": "X"}], status="Y"), "rateLimitExceeded"),
        (
            error(details=[{"@type": "x"}, {"reason": "RATE_LIMIT_EXCEEDED"}], status="PERMISSION_DENIED"),
            "RATE_LIMIT_EXCEEDED",
        ),
        (error(status="PERMISSION_DENIED"), "PERMISSION_DENIED"),
        (error(errors=[]), ""),
        (Answer(403, {}, b"<html>"), ""),
        (Answer(403, {}, b"[]"), ""),
        (Answer(403, {}, b'{"error": "invalid_grant"}'), ""),
        (Answer(403, {}, b"[" * 100_000), ""),
    ],
)
def test_the_reason_is_found_in_either_envelope(answer, reason):
    assert refusal_of(answer).reason == reason


@pytest.mark.parametrize(
    ("answer", "limited"),
    [
        (refusal(403, "rateLimitExceeded"), True),
        (refusal(403, "userRateLimitExceeded"), True),
        (error(details=[{"reason": "RATE_LIMIT_EXCEEDED"}]), True),
        (refusal(403, "quotaExceeded"), False),
        (refusal(403, "forbidden"), False),
        (refusal(404, "rateLimitExceeded"), False),
        (Answer(200, {}, b"{}"), False),
        (Answer(403, {}, b"<html>"), False),
    ],
)
def test_a_403_that_is_a_rate_limit_is_told_from_the_others(answer, limited):
    assert is_rate_limit(answer) is limited
