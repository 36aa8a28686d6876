"""The stand-in's answers beside answers of the real service, where a folder of those lies beside the checkout."""

import json
from datetime import date
from pathlib import Path

import pytest
from graph_bench import JANUARY, PACIFIC, Bench, daily, times
from microsoft_sign_in_bench import Bench as SignInBench

from calmirror.sandbox.graph.errors import CATALOGUE

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "microsoft-graph"
ANNOTATIONS = {"@odata.id", "calendar@odata.associationLink", "calendar@odata.navigationLink"}


def captured(name):
    """One captured body, in a list; empty where there is none."""
    path = CAPTURES / name
    return [json.loads(path.read_text())] if path.exists() else []


def captured_errors():
    return [error for errors in captured("errors-graph.json") for error in errors]


def shape(value):
    """Names and JSON types, of the first element for a list."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def full_day_of_events(**switches):
    """A bench with a meeting like the captured ones, whole, and a series."""
    bench = Bench(**switches)
    meeting = {
        "subject": "Seminar I",
        "location": {"displayName": "TH:A-1455"},
        "attendees": [{"type": "required", "emailAddress": {"name": "X", "address": "x@example.com"}}],
        "organizer": {"emailAddress": {"name": "X", "address": "x@example.com"}},
        "body": {"contentType": "html", "content": "Seminar I"},
    }
    series = bench.mailbox.create(daily("2026-01-05T09:15", 3, **meeting))
    single = bench.mailbox.create(times("2026-01-06T09:15", transactionId="a", **meeting))
    return bench, series, single


@pytest.mark.parametrize("error", captured_errors(), ids=lambda error: error["what"])
def test_every_captured_error_is_in_the_catalogue(error):
    wanted = error["body"]["error"]
    (answer,) = [
        answer
        for answer in CATALOGUE.values()
        if answer.status == error["status"]
        and answer.body.startswith(b"{")
        and (answer.json()["error"]["code"], answer.json()["error"]["message"]) == (wanted["code"], wanted["message"])
    ] or [CATALOGUE["sync-state-not-found"]]
    got = answer.json()["error"]
    assert (got["code"], answer.status) == (wanted["code"], error["status"])
    assert set(wanted.get("innerError", {})) <= set(got["innerError"])
    for name, value in error["headers"].items():
        assert answer.headers[name.lower()] == value


@pytest.mark.parametrize("capture", captured("field-calendarview-occurrence-full-2024.json"))
def test_a_whole_occurrence_has_the_captured_shape(capture):
    bench, _, _ = full_day_of_events()
    rows = bench.read(f"/me/calendarView?{JANUARY}")["value"]
    occurrence = next(row for row in rows if row["type"] == "occurrence")
    wanted = shape(capture["body"])
    got = shape(occurrence)
    assert {key: got[key] for key in wanted} == wanted
    assert set(got) - set(wanted) == {"uid"}


@pytest.mark.parametrize(
    "capture", captured("field-delta-occurrence-stub-2017.json") + captured("field-delta-occurrence-stub-2023.json")
)
def test_an_occurrence_stub_has_the_captured_shape(capture):
    bench, _, _ = full_day_of_events()
    stub = next(entry for entry in bench.round()[0] if entry["type"] == "occurrence")
    assert shape(stub) == shape(capture["body"])
    assert stub["@odata.etag"][:14] == capture["body"]["@odata.etag"][:14]


@pytest.mark.parametrize("capture", captured("field-delta-page-consumer-2022.json"))
def test_a_whole_delta_entry_of_2022_has_the_captured_shape(capture):
    bench, _, single = full_day_of_events(delta_extras=True)
    entry = next(entry for entry in bench.round()[0] if entry["id"] == single)
    (wanted,) = capture["body"]["value"]
    assert {key: shape(entry)[key] for key in wanted} == shape(wanted)


@pytest.mark.parametrize("capture", captured("field-delta-tombstone.json"))
def test_a_tombstone_has_the_captured_shape(capture):
    bench, _, single = full_day_of_events()
    _, link = bench.round()
    bench.mailbox.delete(single)
    assert shape(bench.round(link)[0]) == shape(capture["body"]["value"])


@pytest.mark.parametrize("capture", captured("field-get-master-expanded-2025.json"))
def test_a_master_with_its_lists_has_the_captured_shape(capture):
    bench, series, _ = full_day_of_events()
    bench.mailbox.edit_occurrence(series, date(2026, 1, 6), subject="x")
    bench.mailbox.delete_occurrence(series, date(2026, 1, 7))
    names = "subject,start,end,exceptionOccurrences,cancelledOccurrences"
    got = bench.read(f"/me/events/{series}?$select={names}&$expand=exceptionOccurrences")
    kept = {key: value for key, value in got.items() if not key.startswith("@odata") and key not in ANNOTATIONS}
    assert shape(kept) == shape(capture["body"])


@pytest.mark.parametrize("capture", captured("field-allday-recurring-originalStart-2018.json"))
def test_the_original_start_of_an_all_day_occurrence_is_the_captured_one(capture):
    bench = Bench()
    wanted = capture["body"]["value"][0]
    bench.mailbox.create(daily("2018-06-05", 2, PACIFIC, 24, isAllDay=True))
    names = ("originalStart", "isAllDay", "type", "start", "end")
    view = "startDateTime=2018-06-05T00:00Z&endDateTime=2018-06-05T23:00Z"
    row = bench.read(f"/me/calendarView?{view}&$select={','.join(names)}")["value"][0]
    for name in names:
        assert row[name] == wanted[name]


@pytest.mark.parametrize("capture", captured("docs2021-user-list-calendars-01-response.json"))
def test_a_calendar_has_the_captured_shape(capture):
    (row,) = Bench().read("/me/calendars")["value"]
    wanted = shape(capture["body"]["value"][0])
    assert {key: shape(row)[key] for key in wanted if key not in ANNOTATIONS} == {
        key: value for key, value in wanted.items() if key not in ANNOTATIONS
    }


@pytest.mark.parametrize("capture", captured("docs2021-user-list-calendargroups-01-response.json"))
def test_a_calendar_group_has_the_captured_shape(capture):
    assert shape(Bench().read("/me/calendarGroups")["value"]) == shape(capture["body"]["value"])


@pytest.mark.parametrize("device", captured("auth-device-code-response.json"))
@pytest.mark.parametrize("token", captured("auth-token-response.json"))
def test_sign_in_answers_have_the_members_of_real_ones(device, token):
    bench = SignInBench()
    assert shape(bench.post("devicecode", scope="Calendars.Read")[1]) == shape(device["body"])
    tokens = bench.tokens(scope="openid profile offline_access Calendars.Read")
    assert shape(tokens) == shape(token["body"])
    assert set(tokens["scope"].split()) == set(token["body"]["scope"].split())
