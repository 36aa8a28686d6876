"""The stand-in's answers beside what was recorded of the real service, reduced to rows, members and equal values."""

import base64
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from graph_bench import BERLIN, JANUARY, PACIFIC, Bench, daily, times, weekly

from calmirror.sandbox.graph.ids import occurrence_id, split_occurrence_id

RECORDED = json.loads((Path(__file__).parent / "graph_recorded.json").read_text())
CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "microsoft-graph"
AUGUST = "startDateTime=2026-08-01T00:00:00Z&endDateTime=2026-08-20T00:00:00Z"
ONE_DAY = {"isAllDay": True, "start": {"dateTime": "2026-08-10T00:00:00", "timeZone": "Europe/Amsterdam"}}
ONE_DAY |= {"end": {"dateTime": "2026-08-11T00:00:00", "timeZone": "Europe/Amsterdam"}}


def recorded_bench(**switches):
    """A mailbox in which the same was done as before the recording, and the entries of its round."""
    bench = Bench(**switches)
    series = bench.mailbox.create(weekly("2026-08-03T09:00", "monday", hours=0.5, subject="weekly"))
    bench.mailbox.create(times("2026-08-04T14:00", subject="single"))
    bench.mailbox.create(ONE_DAY)
    bench.mailbox.edit_occurrence(series, date(2026, 8, 10), **times("2026-08-10T11:00", 0.75), subject="moved")
    calendar = bench.mailbox.default_calendar
    path = f"/me/calendars/{calendar}/calendarView/delta?{AUGUST}"
    zone = f'outlook.timezone="{RECORDED["round"]["prefer"]}"'
    entries, link = bench.round(path, prefer=zone)
    return bench, entries, link.removeprefix(bench.service.base_url)


def reduced(entries):
    """The entries as the recording keeps them: equal etags have equal letters."""
    letters = {}
    return [
        {
            "type": entry["type"],
            "start": entry["start"]["dateTime"][:16],
            "end": entry["end"]["dateTime"][:16],
            "zone": entry["start"]["timeZone"],
            "etag": letters.setdefault(entry["@odata.etag"], "abcdefgh"[len(letters)]),
            "date": entry["occurrenceId"][-10:] if entry.get("occurrenceId") else None,
        }
        for entry in entries
    ]


def test_a_round_has_the_recorded_entries_in_the_recorded_order():
    _, entries, _ = recorded_bench()
    assert reduced(entries) == RECORDED["round"]["entries"]


def test_entries_have_the_recorded_members_and_no_other():
    _, entries, _ = recorded_bench()
    for entry in entries:
        kind = "stub_members" if entry["type"] == "occurrence" else "whole_members"
        assert sorted(entry) == RECORDED["round"][kind]


def test_a_stub_has_the_etag_of_its_series_behind_the_recorded_bytes():
    _, entries, _ = recorded_bench()
    master = base64.b64decode(entries[0]["changeKey"])
    for entry in entries:
        if entry["type"] == "occurrence":
            etag = base64.b64decode(entry["@odata.etag"][3:-1])
            assert etag == bytes.fromhex(RECORDED["round"]["stub_etag"]) + master


def test_an_exception_has_the_version_and_the_uid_of_its_series_but_times_of_its_own():
    bench, entries, _ = recorded_bench()
    bench.clock.advance(60)
    bench.mailbox.touch(entries[0]["id"])
    rows, _ = bench.round(f"/me/calendarView/delta?{AUGUST}")
    master, exception = (next(row for row in rows if row["type"] == kind) for kind in ("seriesMaster", "exception"))
    assert exception["changeKey"] == master["changeKey"]
    assert exception["uid"] == master["uid"] == master["iCalUId"]
    assert exception["iCalUId"][32:40] == "07EA080A"
    assert exception["lastModifiedDateTime"] < master["lastModifiedDateTime"]


def test_a_link_has_the_recorded_path_and_leads_on():
    bench, _, link = recorded_bench()
    calendar = bench.mailbox.default_calendar
    assert link.startswith(RECORDED["round"]["link"].format(calendar=calendar))
    assert bench.round(link)[0] == []
    pages = bench.pages(f"/me/calendars/{calendar}/calendarView/delta?{AUGUST}", prefer="odata.maxpagesize=2")
    assert f"/me/calendars('{calendar}')/calendarView/delta?$skiptoken=" in pages[0]["@odata.nextLink"]


@pytest.mark.parametrize(
    ("switch", "zone"), [("windows", "Tokyo Standard Time"), ("asked", "Asia/Tokyo"), ("author", BERLIN)]
)
def test_the_zone_of_a_stub_follows_the_switch(switch, zone):
    bench = Bench(stub_zone=switch)
    bench.mailbox.create(daily("2026-01-05T09:00", 2))
    entries, _ = bench.round(prefer='outlook.timezone="Asia/Tokyo"')
    assert entries[0]["start"] == {"dateTime": "2026-01-05T17:00:00.0000000", "timeZone": "Asia/Tokyo"}
    hour = "09" if switch == "author" else "17"
    assert entries[1]["start"] == {"dateTime": f"2026-01-05T{hour}:00:00.0000000", "timeZone": zone}


def test_pascal_case_members_come_only_by_switch():
    _, entries, _ = recorded_bench(delta_extras=True)
    extras = set(entries[0]) - set(RECORDED["round"]["whole_members"])
    assert extras == {"IsRoomRequested", "AutoRoomBookingStatus", "AutoRoomBookingOptions", "OccurrenceId"}


@pytest.mark.parametrize("switch", ["selected", "always", "null"])
def test_the_original_start_comes_only_where_it_is_selected(switch):
    bench = Bench(original_start=switch)
    series = bench.mailbox.create(daily("2026-01-05T09:00", 2))
    changed = bench.mailbox.edit_occurrence(series, date(2026, 1, 6), **times("2026-01-07T15:00"))
    unasked = (f"/me/events/{changed}", f"/me/calendarView?{JANUARY}", f"/me/events/{series}/instances?{JANUARY}")
    for path in (*unasked, f"/me/calendarView/delta?{JANUARY}"):
        rows = bench.read(path).get("value", [bench.read(path)])
        exception = next(row for row in rows if row["type"] == "exception")
        assert ("originalStart" in exception) is (switch == "always")
        asked = bench.read(f"{path}{'&' if '?' in path else '?'}$select=type,originalStart") if path in unasked else {}
        for row in asked.get("value", [asked] if asked else []):
            if row["type"] == "exception":
                assert row["originalStart"] == (None if switch == "null" else "2026-01-06T08:00:00Z")


@pytest.mark.parametrize(
    ("switch", "day"), [("authored", "2026-01-05"), ("recurrence", "2026-01-06"), ("utc", "2026-01-06")]
)
def test_an_occurrence_is_named_by_the_date_where_it_was_written(switch, day):
    """Written in Seattle on the evening of 5 January, repeated by the days of Berlin; whatever zone is asked for."""
    bench = Bench(occurrence_date=switch)
    event = daily("2026-01-05T18:00", 3, zone=PACIFIC)
    event["recurrence"]["range"] |= {"startDate": "2026-01-06", "recurrenceTimeZone": BERLIN}
    series = bench.mailbox.create(event)
    changed = bench.mailbox.edit_occurrence(series, date(2026, 1, 6), subject="changed")
    bench.mailbox.delete_occurrence(series, date(2026, 1, 7))
    for zone in ("UTC", "Asia/Tokyo", PACIFIC):
        read = bench.read(f"/me/events/{changed}", prefer=f'outlook.timezone="{zone}"')
        assert read["occurrenceId"] == f"OID.{series}.{day}"
    (cancelled,) = bench.read(f"/me/events/{series}?$select=cancelledOccurrences")["cancelledOccurrences"]
    assert date.fromisoformat(cancelled[-10:]) - date.fromisoformat(day) == date(2026, 1, 2) - date(2026, 1, 1)


def test_ids_with_a_dot_name_the_same_events():
    bench = Bench(dotted_ids=True)
    series = bench.mailbox.create(daily("2026-01-05T09:00", 3))
    changed = bench.mailbox.edit_occurrence(series, date(2026, 1, 6), subject="changed")
    assert "." in series
    read = bench.read(f"/me/events/{changed}")
    assert (read["seriesMasterId"], read["occurrenceId"]) == (series, f"OID.{series}.2026-01-06")


def test_a_damaged_token_and_an_unknown_name_are_refused_in_the_recorded_words():
    bench = Bench()
    series = bench.mailbox.create(daily("2026-01-05T09:00", 3))
    paths = [f"/me/calendarView/delta?{JANUARY}&$deltatoken=bogus", f"/me/events/{series}?$expand=wellKnownName"]
    names = {"name": "wellKnownName", "type": "microsoft.graph.event"}
    for path, wanted in zip(paths, RECORDED["errors"], strict=True):
        answer = bench.send(path)
        error = answer.json()["error"]
        assert (answer.status, error["code"]) == (wanted["status"], wanted["code"])
        assert error["message"] == wanted["message"].format(**names)


@pytest.mark.parametrize("path", ["/me/events?", f"/me/calendarView?{JANUARY}&", "/me/events/{series}?"])
def test_every_read_of_events_refuses_an_unknown_name_and_takes_the_known_ones(path):
    bench = Bench()
    path = path.format(series=bench.mailbox.create(daily("2026-01-05T09:00", 3)))
    assert bench.refusal(f"{path}$expand=attachments($select=name),odd") == (400, "BadRequest")
    bench.read(f"{path}$expand=attachments($select=name,isInline),instances")


@pytest.mark.parametrize("there", [True, False])
def test_a_calendar_has_the_recorded_members(there):
    (row,) = Bench(calendar_class=there).read("/me/calendars")["value"]
    wanted = [name for name in RECORDED["calendar_members"] if there or name != "groupClassId"]
    assert sorted(row) == wanted


def test_an_all_day_exception_from_east_of_utc_has_its_date_in_its_id_and_the_day_before_in_its_original_start():
    bench = Bench()
    event = daily("2018-06-05", 3, "", 24, isAllDay=True)
    event["recurrence"]["range"]["recurrenceTimeZone"] = ""
    series = bench.mailbox.create(event, real_zone="Africa/Lagos")
    changed = bench.mailbox.edit_occurrence(series, date(2018, 6, 6), subject="changed")
    read = bench.read(f"/me/events/{changed}?$select=originalStart,occurrenceId,start")
    assert read["originalStart"] == "2018-06-05T23:00:00Z"
    assert read["occurrenceId"][-10:] == read["start"]["dateTime"][:10] == "2018-06-06"
    assert bench.read(f"/me/events/{series}")["recurrence"]["range"]["recurrenceTimeZone"] == ""


# The reduced recording beside the whole one, where that lies beside the checkout


def captured(name):
    """One captured body, in a list; empty where there is none."""
    path = CAPTURES / name
    return [json.loads(path.read_text())["body"]] if path.exists() else []


@pytest.mark.parametrize("body", captured("graph-calendarview-delta-2026.json"))
def test_the_reduced_round_is_what_was_recorded(body):
    entries, recorded = body["value"], RECORDED["round"]
    assert reduced(entries) == recorded["entries"]
    for entry in entries:
        kind = "stub_members" if entry["type"] == "occurrence" else "whole_members"
        assert sorted(entry) == recorded[kind]
    calendar = re.search(r"\('([^']+)'\)", body["@odata.deltaLink"])[1]
    assert body["@odata.deltaLink"].partition("/v1.0")[2].startswith(recorded["link"].format(calendar=calendar))


@pytest.mark.parametrize("body", captured("graph-calendarview-delta-2026.json"))
def test_the_recorded_ids_of_occurrences_are_those_that_the_stand_in_makes(body):
    master = body["value"][0]["id"]
    for entry in body["value"]:
        if entry.get("seriesMasterId"):
            day = date.fromisoformat(entry["start"]["dateTime"][:10])
            assert occurrence_id(master, day) == entry["id"]
            assert split_occurrence_id(entry["id"]) == (entry["seriesMasterId"], day)


@pytest.mark.parametrize("body", captured("graph-calendars-2026.json"))
def test_the_reduced_calendar_is_what_was_recorded(body):
    assert all(sorted(row) == RECORDED["calendar_members"] for row in body["value"])


@pytest.mark.parametrize("body", captured("graph-errors-2026.json"))
def test_the_reduced_errors_are_what_was_recorded(body):
    names = {"name": "wellKnownName", "type": "microsoft.graph.mailFolder"}
    errors = [body["contacts_delta_token_bad"]["error"], body["bad_request"]["error"]]
    recorded = [(one["code"], one["message"].format(**names)) for one in RECORDED["errors"]]
    assert [(error["code"], error["message"]) for error in errors] == recorded


@pytest.mark.parametrize(
    "body", captured("graph-event-allday-2026.json") + captured("graph-event-invitation-2026.json")
)
def test_an_event_read_by_its_id_has_the_recorded_members(body):
    bench = Bench()
    got = bench.read(f"/me/events/{bench.mailbox.create(ONE_DAY)}")
    assert set(body) - {"@odata.context"} == set(got) - {"@odata.context"}


@pytest.mark.parametrize("body", captured("field-allday-recurring-originalStart-2018.json"))
def test_the_recorded_original_start_of_whole_days_is_midnight_where_the_series_was_written(body):
    for row in body["value"]:
        day, original = row["start"]["dateTime"][:10], datetime.fromisoformat(row["originalStart"])
        assert original == datetime.fromisoformat(f"{day}T00:00:00-07:00").astimezone(UTC)
