"""Graph's JSON of events, with everything that is odd about it."""

from datetime import UTC, date, datetime

import pytest
from canned_graph import at, exception, master, occurrence, single

from calmirror.microsoft import parse
from calmirror.microsoft.parse import UnreadableEventError
from calmirror.model.source import Kind, Stub
from calmirror.model.times import Span


def moment(*parts):
    return datetime(*parts, tzinfo=UTC)


def recurring(pattern=None, **limits):
    raw = master("m")
    raw["recurrence"]["pattern"] |= pattern or {}
    raw["recurrence"]["range"] |= limits
    return raw


def test_an_event_is_read_member_by_member():
    event = parse.event(
        single(
            "s",
            iCalUId="uid",
            changeKey="key",
            body={"contentType": "HTML", "content": "<p>x</p>"},
            location={"displayName": "Room"},
            originalStartTimeZone="Pacific Standard Time",
            originalEndTimeZone="UTC",
            showAs="oof",
            sensitivity="private",
            isReminderOn=True,
            reminderMinutesBeforeStart=15,
            webLink="https://outlook.example/1",
            isCancelled=True,
        )
    )
    assert (event.id, event.kind, event.ical_uid, event.change_key) == ("s", Kind.SINGLE, "uid", "key")
    assert event.span == Span(moment(2026, 3, 2, 9), moment(2026, 3, 2, 10))
    assert (event.subject, event.body_type, event.body, event.location) == ("Secret words", "html", "<p>x</p>", "Room")
    assert (event.start_zone, event.end_zone) == ("Pacific Standard Time", "UTC")
    assert (event.show_as, event.sensitivity, event.reminder_minutes) == ("oof", "private", 15)
    assert (event.web_link, event.is_cancelled) == ("https://outlook.example/1", True)


def test_missing_and_null_members_read_as_nothing():
    nulls = dict.fromkeys(
        ("subject", "body", "location", "locations", "showAs", "sensitivity", "isAllDay", "seriesMasterId", "iCalUId",
         "reminderMinutesBeforeStart", "isReminderOn", "webLink", "recurrence", "occurrenceId", "originalStart")
    )  # fmt: skip
    assert parse.event(single("s", **nulls)) == parse.event(
        {"id": "s", "start": at("2026-03-02T09:00:00"), "end": at("2026-03-02T10:00:00")}
    )


def test_members_are_found_in_any_case_and_unknown_ones_do_not_matter():
    event = parse.event(
        {
            "Id": "s",
            "Type": "SingleInstance",
            "Subject": "x",
            "Start": {"DateTime": "2026-03-02T09:00:00", "TimeZone": "UTC"},
            "End": {"DateTime": "2026-03-02T10:00:00", "TimeZone": "UTC"},
            "AutoRoomBookingStatus": "None",
            "ShowAs": "WorkingElsewhere",
        }
    )
    assert (event.id, event.subject, event.show_as) == ("s", "x", "workingElsewhere")


@pytest.mark.parametrize(("given", "read"), [("Confidential", "confidential"), ("brandNew", "private"), ("", "normal")])
def test_an_unknown_sensitivity_counts_as_private(given, read):
    assert parse.event(single("s", sensitivity=given)).sensitivity == read


def test_an_unknown_availability_counts_as_busy():
    assert parse.event(single("s", showAs="brandNew")).show_as == "busy"


def test_a_reminder_that_is_off_has_no_minutes():
    assert parse.event(single("s", isReminderOn=False, reminderMinutesBeforeStart=15)).reminder_minutes is None


def test_names_of_several_locations_stand_in_for_an_empty_one():
    event = parse.event(
        single("s", location={"displayName": ""}, locations=[{"displayName": "A"}, {"displayName": "B"}])
    )
    assert event.location == "A; B"


@pytest.mark.parametrize("zone", ["UTC", "Pacific Standard Time", "tzone://Microsoft/Custom", ""])
def test_whole_days_are_dates_whatever_the_zone(zone):
    times = {"start": at("2026-03-02T00:00:00", zone), "end": at("2026-03-04T00:00:00", zone)}
    assert parse.event(single("s") | times | {"isAllDay": True}).span == Span(date(2026, 3, 2), date(2026, 3, 4))


def test_a_whole_day_of_no_length_is_one_day():
    times = {"start": at("2026-03-02T00:00:00"), "end": at("2026-03-02T00:00:00")}
    assert parse.event(single("s") | times | {"isAllDay": True}).span == Span(date(2026, 3, 2), date(2026, 3, 3))


@pytest.mark.parametrize("zone", ["UTC", "tzone://Microsoft/Utc", "Etc/UTC", "utc", "Coordinated Universal Time", ""])
def test_utc_has_many_names(zone):
    times = {"start": at("2026-03-02T09:00:00", zone), "end": at("2026-03-02T10:00:00", zone)}
    assert parse.event(single("s") | times).span.start == moment(2026, 3, 2, 9)


def test_a_time_with_an_offset_needs_no_zone():
    start = {"dateTime": "2026-03-02T10:00:00+01:00", "timeZone": "W. Europe Standard Time"}
    assert parse.event(single("s") | {"start": start}).span.start == moment(2026, 3, 2, 9)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"start": None}, "it has no start"),
        ({"end": {}}, "it has no end"),
        ({"end": at("2026-03-02T08:59:59")}, "it ends before it starts"),
        ({"start": at("1601-01-01T00:00:00")}, "its start lies in the year 1601"),
        ({"start": at("0001-01-01T00:00:00")}, "its start lies in the year 1"),
        ({"end": at("9999-12-31T23:59:59")}, "its end lies in the year 9999"),
        ({"start": at("0000-01-01T00:00:00")}, "it has a time that is none"),
        ({"start": at("soon")}, "it has a time that is none"),
        ({"start": {"dateTime": "0001-01-01T00:00:00+14:00"}}, "it has a time out of range"),
        ({"start": at("2026-03-02T09:00:00", "Pacific Standard Time")}, "its start did not come in UTC"),
        ({"isAllDay": True, "start": at("0000-01-01T00:00:00")}, "it has a date that is none"),
        ({"isAllDay": True, "end": at("2026-03-01T00:00:00")}, "it ends before it starts"),
        ({"type": "exception"}, "it has no seriesMasterId"),
        ({"type": "occurrence"}, "it has no seriesMasterId"),
    ],
)
def test_what_cannot_be_understood_is_named_by_its_id_and_never_by_its_title(changes, reason):
    with pytest.raises(UnreadableEventError) as caught:
        parse.entry(single("s") | changes)
    assert (caught.value.event_id, caught.value.reason) == ("s", reason)
    assert "Secret" not in str(caught.value)


def test_an_event_of_no_length_is_fine():
    assert parse.event(single("s", end="2026-03-02T09:00:00")).span.end == moment(2026, 3, 2, 9)


def test_an_occurrence_is_a_stub():
    expected = Stub("o", "m", Kind.OCCURRENCE, moment(2026, 3, 2, 9), moment(2026, 3, 2, 9, 30))
    assert parse.entry(occurrence("o", "m", "2026-03-02")) == expected


@pytest.mark.parametrize(
    ("zone", "read"),
    [
        ("W. Europe Standard Time", moment(2026, 3, 2, 8)),
        ("w. europe standard time", moment(2026, 3, 2, 8)),
        ("Europe/Amsterdam", moment(2026, 3, 2, 8)),
        ("Coordinated Universal Time", moment(2026, 3, 2, 9)),
        ("Pacific Standard Time", moment(2026, 3, 2, 17)),
    ],
)
def test_a_stub_can_be_in_the_zone_of_the_series_by_any_name_of_it(zone, read):
    times = {"start": at("2026-03-02T09:00:00", zone), "end": at("2026-03-02T09:30:00", zone)}
    assert parse.entry(occurrence("o", "m", "2026-03-02") | times).start == read


@pytest.mark.parametrize("zone", ["Customized Time Zone", "tzone://Microsoft/Custom", "Nowhere"])
def test_a_stub_in_a_zone_without_known_rules_cannot_be_understood(zone):
    times = {"start": at("2026-03-02T09:00:00", zone), "end": at("2026-03-02T09:30:00", zone)}
    with pytest.raises(UnreadableEventError) as caught:
        parse.entry(occurrence("o", "m", "2026-03-02") | times)
    assert caught.value.reason == "its start is in a time zone whose rules are not known"


def test_an_entry_without_a_type_is_what_its_members_make_it():
    raws = [single("s"), master("m"), occurrence("o", "m", "2026-03-02"), exception("e", "m", "2026-03-02")]
    kinds = [parse.entry({k: v for k, v in raw.items() if k != "type"}).kind for raw in raws]
    assert kinds == [Kind.SINGLE, Kind.MASTER, Kind.OCCURRENCE, Kind.EXCEPTION]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-03-03T09:00:00Z", moment(2026, 3, 3, 9)),
        ("2026-03-03T09:00:00.6500980Z", moment(2026, 3, 3, 9, 0, 0, 650098)),
        ("2026-03-02T23:00:00-10:00", moment(2026, 3, 3, 9)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59.9999999Z", None),
        (None, None),
    ],
)
def test_an_exceptions_original_start_is_an_instant(text, read):
    event = parse.event(exception("e", "m", "2026-03-03", originalStart=text))
    assert (event.original_start, event.original_date, event.series_id) == (read, date(2026, 3, 3), "m")


def test_an_occurrence_id_without_a_date_gives_no_original_date():
    assert parse.event(exception("e", "m", "2026-03-03", occurrenceId="OID.m")).original_date is None


def test_a_rule_keeps_graphs_names():
    raw = recurring(
        {"type": "Weekly", "interval": 2, "daysOfWeek": ["Monday", "friday"], "firstDayOfWeek": "Monday"},
        type="EndDate",
        endDate="2026-09-30",
        recurrenceTimeZone="W. Europe Standard Time",
    )
    rule = parse.event(raw).recurrence
    assert (rule.type, rule.interval, rule.days_of_week, rule.first_day_of_week) == (
        "weekly", 2, ("monday", "friday"), "monday",
    )  # fmt: skip
    assert (rule.range_type, rule.start_date, rule.end_date, rule.count, rule.zone) == (
        "endDate", date(2026, 3, 2), date(2026, 9, 30), 0, "W. Europe Standard Time",
    )  # fmt: skip


@pytest.mark.parametrize("filler", ["0001-01-01", "0000-01-01", ""])
def test_a_counted_rule_does_not_read_its_filler_end(filler):
    rule = parse.event(recurring(type="numbered", numberOfOccurrences=7, endDate=filler)).recurrence
    assert (rule.range_type, rule.count, rule.end_date) == ("numbered", 7, None)


def test_an_end_beyond_the_calendar_is_no_end():
    assert parse.event(recurring(type="endDate", endDate="9999-12-31")).recurrence.range_type == "noEnd"


@pytest.mark.parametrize(
    "limits",
    [
        {"type": "endDate"},
        {"type": "numbered", "numberOfOccurrences": 0},
        {"type": "brandNew"},
        {"startDate": None},
        {"startDate": "0000-01-01"},
    ],
)
def test_a_rule_that_cannot_be_read_makes_its_series_unreadable(limits):
    with pytest.raises(UnreadableEventError):
        parse.event(recurring(**limits))


def test_half_a_character_is_read_as_a_sign_that_it_was_one():
    """JSON can spell it, but nothing can store or send it; a whole one stays, however it is spelled."""
    raw = single("s\ud800", subject="a\udc00b \ud83d\ude00", categories=["Red \ud800"])
    event = parse.event(raw)
    assert (event.id, event.subject, event.categories) == ("s\ufffd", "a\ufffdb \U0001f600", ("Red \ufffd",))
