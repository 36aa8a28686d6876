"""The fields of one event."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calmirror.model.ids import SourceId
from calmirror.model.policy import EVERYTHING
from calmirror.model.source import Kind, SourceEvent
from calmirror.model.times import Span
from calmirror.translate.decide import decide
from calmirror.translate.event import NO_LENGTH_NOTE, desired_single, fields, moment, with_length
from calmirror.translate.plain import one_line

NINE = Span(datetime(2026, 7, 1, 7, tzinfo=UTC), datetime(2026, 7, 1, 8, tzinfo=UTC))
DAY = Span(date(2026, 7, 1), date(2026, 7, 2))
EVENT = SourceEvent(
    id=SourceId("a"), kind=Kind.SINGLE, span=NINE, subject="Lunch", ical_uid="uid", start_zone="W. Europe Standard Time"
)
LINK = "https://outlook.office365.com/owa/?itemid=A&exvsurl=1"


def field(name: str, **given: Any) -> Any:
    """One field of the event, changed like this."""
    event = replace(EVENT, **given)
    return fields(event, decide(event, EVERYTHING)).get(name)


def test_a_single_event_is_one_event_in_its_own_zone() -> None:
    desired = desired_single(EVENT, EVERYTHING)
    assert (desired.source_id, desired.ical_uid, desired.note, desired.exploded) == ("a", "uid", "", False)
    (part,) = desired.parts
    assert (part.part, part.instance) == ("", "")
    assert (part.starts, part.ends) == ("2026-07-01T07:00:00+00:00", "2026-07-01T08:00:00+00:00")
    assert part.body == {
        "summary": "Lunch",
        "transparency": "opaque",
        "visibility": "default",
        "reminders": {"useDefault": False, "overrides": []},
        "status": "confirmed",
        "start": {"dateTime": "2026-07-01T09:00:00+02:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-07-01T10:00:00+02:00", "timeZone": "Europe/Berlin"},
    }


@pytest.mark.parametrize("zone", ["", "Customized Time Zone"])
def test_a_zone_that_is_not_known_is_utc(zone: str) -> None:
    body = desired_single(replace(EVENT, start_zone=zone), EVERYTHING).parts[0].body
    assert body["start"] == {"dateTime": "2026-07-01T07:00:00+00:00", "timeZone": "UTC"}


def test_whole_days_have_no_zone() -> None:
    part = desired_single(replace(EVENT, span=DAY), EVERYTHING).parts[0]
    assert (part.body["start"], part.body["end"]) == ({"date": "2026-07-01"}, {"date": "2026-07-02"})
    assert (part.starts, part.ends) == ("2026-07-01T00:00:00+00:00", "2026-07-02T00:00:00+00:00")


def test_parts_of_a_second_are_not_written() -> None:
    value = datetime(2026, 7, 1, 7, 0, 0, 999, tzinfo=UTC)
    assert moment(value, None) == {"dateTime": "2026-07-01T07:00:00+00:00", "timeZone": "UTC"}


@pytest.mark.parametrize(
    ("span", "end"),
    [
        (Span(NINE.start, NINE.start), datetime(2026, 7, 1, 7, 1, tzinfo=UTC)),
        (Span(NINE.end, NINE.start), datetime(2026, 7, 1, 8, 1, tzinfo=UTC)),
        (Span(DAY.start, DAY.start), date(2026, 7, 2)),
    ],
)
def test_what_has_no_length_gets_some_and_says_so(span: Span, end: Any) -> None:
    assert with_length(span) == Span(span.start, end)
    desired = desired_single(replace(EVENT, span=span), EVERYTHING)
    assert desired.note == NO_LENGTH_NOTE
    assert desired.parts[0].ends > desired.parts[0].starts


@pytest.mark.parametrize("span", [NINE, DAY])
def test_what_has_a_length_keeps_it(span: Span) -> None:
    assert with_length(span) == span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Lunch \r\n with\tAnna ", "Lunch with Anna"),
        ("a\vb\fc", "a b c"),
        ("a\x00b\x1bc\x7fd", "abcd"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("a\ud800b", "ab"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("café ✔\ufe0f 日本", "café ✔\ufe0f 日本"),
        ("a\u2028b\u00a0c", "a b c"),
        ("x" * 1001, "x" * 999 + "…"),
        ("", ""),
    ],
)
def test_titles_and_places_are_one_line_of_plain_text(text: str, expected: str) -> None:
    assert one_line(text) == expected
    assert field("summary", subject=text) == (expected or None)
    assert field("location", location=text) == (expected or None)


@settings(max_examples=100)
@given(st.text(st.characters(codec=None)))
def test_one_line_can_be_sent_and_stays_as_it_is(text: str) -> None:
    line = one_line(text)
    assert line.encode().decode() == line
    assert "\n" not in line
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("show_as", "expected"),
    [
        ("free", "transparent"),
        ("Free", "transparent"),
        ("busy", "opaque"),
        ("tentative", "opaque"),
        ("oof", "opaque"),
        ("workingElsewhere", "opaque"),
        ("unknown", "opaque"),
    ],
)
def test_only_free_is_free(show_as: str, expected: str) -> None:
    assert field("transparency", show_as=show_as) == expected


@pytest.mark.parametrize(
    ("sensitivity", "expected"),
    [
        ("normal", "default"),
        ("Normal", "default"),
        ("private", "private"),
        ("personal", "private"),
        ("confidential", "private"),
        ("", "private"),
        ("new", "private"),
    ],
)
def test_whatever_is_not_normal_is_private(sensitivity: str, expected: str) -> None:
    assert field("visibility", sensitivity=sensitivity) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(0, 0), (15, 15), (-5, 0), (40320, 40320), (40321, 40320)])
def test_a_reminder_pops_up_within_what_google_takes(minutes: int, expected: int) -> None:
    reminders = {"useDefault": False, "overrides": [{"method": "popup", "minutes": expected}]}
    assert field("reminders", reminder_minutes=minutes) == reminders


def test_the_way_back_to_outlook_is_given_twice_and_escaped_in_the_text() -> None:
    assert field("source", web_link=LINK) == {"title": "Outlook", "url": LINK}
    text = field("description", web_link=LINK, body="Bring <b>cake</b>")
    assert "cake" in text
    assert 'exvsurl=1">Open in Outlook</a>' in text
    assert "itemid=A&amp;exvsurl" in text


@pytest.mark.parametrize("link", ["", "http://example.org", "javascript:alert(1)", 'https://example.org/"onclick="x'])
def test_no_other_link_is_passed_on(link: str) -> None:
    assert field("source", web_link=link) is None
    assert field("description", web_link=link) is None


def test_plain_text_stays_plain_text() -> None:
    assert "&lt;b&gt;" in field("description", body="1 <b> 2", body_type="text")


def test_whatever_outlook_says_the_copy_is_confirmed_and_nobody_is_invited() -> None:
    event = replace(EVENT, is_cancelled=True)
    body = fields(event, decide(event, EVERYTHING))
    assert body["status"] == "confirmed"
    assert "attendees" not in body


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "America/New_York", "Europe/Amsterdam"])
def test_a_start_before_standard_time_has_no_offset_with_seconds(zone: str) -> None:
    """RFC 3339 has none, and Google refuses it."""
    start = datetime(1880, 1, 1, 9, tzinfo=UTC)
    written = moment(start, zone)
    assert written == {"dateTime": "1880-01-01T09:00:00+00:00", "timeZone": zone}
