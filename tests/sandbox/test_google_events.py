"""One event's life in the stand-in: insert, change, delete, revive."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google_driver import Driver, message, reason, timed, whole_days


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.mark.parametrize("event_id", ["abcd", "abcdz", "ABCDE", "abc-de", "w" * 6, "a" * 1025, 12345])
def test_an_id_outside_base32hex_is_refused(driver: Driver, event_id: Any) -> None:
    answer = driver.events("POST", "", timed() | {"id": event_id})
    assert (answer.status, message(answer)) == (400, "Invalid resource id value.")


def test_an_id_is_never_free_again(driver: Driver) -> None:
    driver.insert()
    assert reason(driver.events("POST", "", timed() | {"id": "meeting"})) == (409, "duplicate")
    driver.events("DELETE", "/meeting")
    assert reason(driver.events("POST", "", timed() | {"id": "meeting"})) == (409, "duplicate")
    driver.service.empty_trash(driver.calendar)
    assert reason(driver.events("POST", "", timed() | {"id": "meeting"})) == (409, "duplicate")


def test_an_event_without_an_id_gets_one_like_the_services(driver: Driver) -> None:
    made = driver.events("POST", "", timed()).json()
    assert re.fullmatch(r"[a-v0-9]{26}", made["id"])
    assert made["iCalUID"] == f"{made['id']}@google.com"


def test_the_etag_is_twice_the_time_of_the_change(driver: Driver) -> None:
    made = driver.insert()
    assert made["created"] == "2026-03-12T00:29:51.000Z"
    assert made["updated"] == "2026-03-12T00:29:51.132Z"
    assert int(made["etag"].strip('"')) // 2 // 1000 == 1_773_275_391_132


def test_the_error_body_is_the_backends_byte_for_byte(driver: Driver) -> None:
    answer = driver.events("GET", "/nothing")
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.body == (
        b'{\n "error": {\n  "errors": [\n   {\n    "domain": "global",\n    "reason": "notFound",\n'
        b'    "message": "Not Found"\n   }\n  ],\n  "code": 404,\n  "message": "Not Found"\n }\n}\n'
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Missing end time."),
        ({"end": {"date": "2026-01-01"}}, "Missing start time."),
        (timed("2026-03-20T10:00:00", "2026-03-20T09:00:00"), "The specified time range is empty."),
        (timed("2026-03-20T10:00:00", "2026-03-20T10:00:00"), "The specified time range is empty."),
        (timed(zone="W. Europe Standard Time"), "Invalid time zone definition for end time."),
        (
            {"start": {"dateTime": "2026-03-20T09:00:00Z"}, "end": {"dateTime": "2026-03-20T10:00:00"}},
            "Missing time zone definition for end time.",
        ),
        (
            timed() | {"start": {"dateTime": "2026-03-20T09:00:00Z"}, "recurrence": ["RRULE:FREQ=DAILY"]},
            "Missing time zone definition for start time.",
        ),
        (timed() | {"recurrence": ["DTSTART:20260101T000000Z"]}, "Invalid recurrence rule."),
        (timed() | {"colorId": "12"}, "Invalid color id."),
        (
            timed() | {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 40321}]}},
            "Invalid reminder.",
        ),
        (timed() | {"reminders": {"overrides": [{"method": "popup", "minutes": 1}] * 6}}, "Invalid reminder."),
        (timed() | {"source": {"url": "ftp://x"}}, "Invalid source url."),
        (timed() | {"eventType": "outOfOffice"}, "Invalid event type."),
        (timed() | {"visibility": "secret"}, "Invalid value for: visibility"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(driver: Driver, body: dict[str, Any], text: str) -> None:
    answer = driver.events("POST", "", body)
    assert (answer.status, message(answer)) == (400, text)
    assert driver.service.events(driver.calendar) == []


def test_an_event_of_no_length_is_a_switch_for_times_and_always_taken_for_days(driver: Driver) -> None:
    driver.insert("alla0", **whole_days("2026-03-20", "2026-03-20"))
    driver.service.switches.zero_length = "accept"
    driver.insert("short", **timed("2026-03-20T10:00:00", "2026-03-20T10:00:00"))


def test_times_are_shown_in_the_calendars_zone_with_the_name_that_was_sent() -> None:
    driver = Driver(time_zone="America/St_Johns")
    made = driver.insert(**timed(zone="Europe/Berlin"))
    assert made["start"] == {"dateTime": "2026-03-20T05:30:00-02:30", "timeZone": "Europe/Berlin"}
    asked = driver.events("GET", "/meeting", timeZone="UTC").json()
    assert asked["start"] == {"dateTime": "2026-03-20T08:00:00Z", "timeZone": "Europe/Berlin"}


def test_what_is_too_long_is_cut_or_lost_without_a_word(driver: Driver) -> None:
    private = {"k" * 44: "v" * 1025, "k" * 45: "lost"}
    made = driver.insert(description="d" * 9000, extendedProperties={"private": private})
    assert len(made["description"]) == 8192
    assert made["extendedProperties"] == {"private": {"k" * 44: "v" * 1024}}


def test_what_looks_like_the_services_own_conference_block_is_taken_out(driver: Driver) -> None:
    line = "-::~:~::~:~:~:~:~:~:~:~::~:~::-"
    assert driver.insert(description=f"before {line}\nJoin\n{line} after")["description"] == "before  after"


def test_defaults_are_left_out_and_closed_properties_ignored(driver: Driver) -> None:
    made = driver.insert(
        transparency="opaque",
        visibility="default",
        description="",
        conferenceData={"createRequest": {"requestId": "x"}},
        attachments=[{"fileUrl": "https://example.com/a"}],
        guestsCanInviteOthers=True,
    )
    ignored = {"transparency", "visibility", "description", "conferenceData", "attachments", "guestsCanInviteOthers"}
    assert not ignored & made.keys()


def test_labels_push_colours_aside_where_the_version_says_so(driver: Driver) -> None:
    body = timed() | {"colorId": "4", "eventLabelId": "label"}
    labelled = driver.events("POST", "", body, eventLabelVersion=1).json()
    assert "colorId" not in labelled
    assert labelled["eventLabelId"] == "label"
    assert "eventLabelId" not in driver.events("POST", "", body).json()


def test_put_resets_what_it_leaves_out_and_patch_keeps_it(driver: Driver) -> None:
    driver.insert(summary="a", location="b", extendedProperties={"private": {"x": "1", "y": "2"}})
    patched = driver.events("PATCH", "/meeting", {"summary": None, "extendedProperties": {"private": {"x": None}}})
    assert (patched.json()["location"], patched.json()["extendedProperties"]) == ("b", {"private": {"y": "2"}})
    assert "summary" not in patched.json()
    assert not {"location", "extendedProperties"} & driver.events("PUT", "/meeting", timed()).json().keys()
    assert reason(driver.events("PUT", "/meeting", {"summary": "no times"}))[0] == 400


def test_put_without_a_recurrence_makes_a_series_one_event(driver: Driver) -> None:
    driver.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    driver.events("PATCH", "/meeting_20260321T090000Z", {"summary": "changed"})
    driver.events("PUT", "/meeting", timed())
    assert driver.listed(singleEvents="true") == ["meeting"]


def test_all_day_and_timed_need_the_other_key_cleared(driver: Driver) -> None:
    driver.insert()
    days = whole_days("2026-03-20", "2026-03-21")
    assert driver.events("PATCH", "/meeting", days).status == 400
    cleared = {side: {**days[side], "dateTime": None} for side in days}
    assert driver.events("PATCH", "/meeting", cleared).json()["start"] == {"date": "2026-03-20"}


def test_the_sequence_rises_with_the_schedule_and_never_falls(driver: Driver) -> None:
    driver.insert()
    assert driver.events("PATCH", "/meeting", {"summary": "x"}).json()["sequence"] == 0
    later = timed("2026-03-21T09:00:00", "2026-03-21T10:00:00")
    assert driver.events("PUT", "/meeting", later).json()["sequence"] == 1
    assert driver.events("PUT", "/meeting", later | {"sequence": 5}).json()["sequence"] == 5
    stale = driver.events("PUT", "/meeting", later | {"sequence": 4, "summary": "y"})
    assert stale.status == 400
    assert message(stale).startswith("Invalid sequence value.")
    driver.service.switches.missing_sequence_is_zero = True
    assert driver.events("PUT", "/meeting", later).status == 400


def test_a_precondition_must_name_the_current_version(driver: Driver) -> None:
    old = driver.insert()["etag"]
    new = driver.events("PATCH", "/meeting", {"summary": "x"}, {"if-match": old}).json()["etag"]
    for verb in ("PUT", "PATCH", "DELETE"):
        refused = driver.events(verb, "/meeting", timed(), {"if-match": old})
        assert reason(refused) == (412, "conditionNotMet")
    assert driver.events("PUT", "/meeting", timed(), {"if-match": "*"}).status == 200
    assert driver.events("DELETE", "/meeting", None, {"if-match": new}).status == 412


def test_a_write_that_changes_nothing_leaves_the_etag(driver: Driver) -> None:
    made = driver.insert(summary="x")
    same = timed() | {"summary": "x"}
    assert driver.events("PUT", "/meeting", same).json()["etag"] == made["etag"]
    driver.service.switches.noop_changes_etag = True
    assert driver.events("PUT", "/meeting", same).json()["etag"] != made["etag"]


@pytest.mark.parametrize("moves", [False, True])
def test_an_edit_of_reminders_leaves_updated_and_moves_the_etag_by_the_switch(driver: Driver, moves: bool) -> None:
    driver.service.switches.reminder_edit_changes_etag = moves
    made = driver.insert()
    edited = driver.events("PATCH", "/meeting", {"reminders": {"useDefault": False}}).json()
    assert edited["reminders"] == {"useDefault": False}
    assert edited["updated"] == made["updated"]
    assert (edited["etag"] != made["etag"]) is moves


def test_a_deleted_event_is_shown_gone_and_can_come_back(driver: Driver) -> None:
    driver.insert(summary="x")
    answer = driver.events("DELETE", "/meeting")
    assert (answer.status, answer.body) == (204, b"")
    assert reason(driver.events("DELETE", "/meeting")) == (410, "deleted")
    shown = driver.events("GET", "/meeting").json()
    assert (shown["status"], shown["summary"]) == ("cancelled", "x")
    assert driver.events("PUT", "/meeting", timed() | {"status": "confirmed"}).status == 200
    assert driver.listed() == ["meeting"]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_event_that_left_the_trash_is_burnt(driver: Driver, status: Any) -> None:
    driver.service.switches.purged_update = status
    driver.insert()
    driver.events("DELETE", "/meeting")
    driver.clock.advance(31 * 86_400)
    assert driver.events("PUT", "/meeting", timed() | {"status": "confirmed"}).status == status
    assert driver.events("GET", "/meeting").status == 404
    assert driver.listed(showDeleted="true") == []


def test_one_instance_is_changed_and_called_off_under_its_own_id(driver: Driver) -> None:
    driver.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    moved = driver.events(
        "PUT", "/meeting_20260321T090000Z", timed("2026-03-21T15:00:00", "2026-03-21T16:00:00")
    ).json()
    assert moved["recurringEventId"] == "meeting"
    assert moved["originalStartTime"]["dateTime"] == "2026-03-21T09:00:00Z"
    assert driver.events("DELETE", "/meeting_20260322T090000Z").status == 204
    assert driver.events("DELETE", "/meeting_20260322T090000Z").status == 410
    assert driver.events("GET", "/meeting_20260323T090000Z").status == 404
    assert driver.listed(singleEvents="true") == ["meeting_20260320T090000Z", "meeting_20260321T090000Z"]
    listed = driver.events("GET", "").json()["items"]
    assert listed[-1].keys() == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}


@pytest.mark.parametrize("fate", ["keep", "drop"])
def test_an_instance_that_no_longer_belongs_stays_or_goes_by_the_switch(driver: Driver, fate: Any) -> None:
    driver.service.switches.orphan_exceptions = fate
    driver.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    driver.events("PATCH", "/meeting_20260322T090000Z", {"summary": "changed"})
    driver.events("PATCH", "/meeting", {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]})
    assert ("meeting_20260322T090000Z" in driver.listed(singleEvents="true")) is (fate == "keep")


@pytest.mark.parametrize("hides", [False, True])
def test_an_exclusion_hides_a_changed_instance_by_the_switch(driver: Driver, hides: bool) -> None:
    driver.service.switches.exdate_hides_override = hides
    driver.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    driver.events("PATCH", "/meeting_20260321T090000Z", {"summary": "changed"})
    driver.events("PATCH", "/meeting", {"recurrence": ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260321T090000Z"]})
    assert ("meeting_20260321T090000Z" in driver.listed(singleEvents="true")) is not hides


def test_a_series_takes_its_instances_along_and_brings_them_back(driver: Driver) -> None:
    driver.insert(recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    driver.events("PATCH", "/meeting_20260321T090000Z", {"summary": "changed"})
    driver.events("DELETE", "/meeting")
    assert driver.events("GET", "/meeting_20260321T090000Z").json()["status"] == "cancelled"
    assert driver.listed(singleEvents="true") == []
    driver.events("PATCH", "/meeting", {"status": "confirmed"})
    assert len(driver.listed(singleEvents="true")) == 2


def test_guests_are_written_to_unless_updates_are_off(driver: Driver) -> None:
    guests = {"attendees": [{"email": "guest@example.com"}]}
    driver.insert(**guests)
    assert driver.service.mails == []
    driver.events("PATCH", "/meeting", {"summary": "x"})
    driver.events("DELETE", "/meeting", sendUpdates="all")
    assert [mail["kind"] for mail in driver.service.mails] == ["update", "cancellation"]


def test_an_import_needs_a_uid_and_meets_an_existing_one_by_the_switch(driver: Driver) -> None:
    assert message(driver.events("POST", "/import", timed())) == "Missing iCalUID."
    body = timed() | {"iCalUID": "elsewhere@example.com"}
    assert driver.events("POST", "/import", body).status == 200
    assert reason(driver.events("POST", "/import", body)) == (409, "duplicate")
    driver.service.switches.import_existing = "update"
    assert driver.events("POST", "/import", body | {"summary": "again"}).json()["summary"] == "again"


def test_a_persons_duplicate_carries_the_marks_under_a_new_id(driver: Driver) -> None:
    driver.insert(extendedProperties={"private": {"owner": "us"}})
    copy = driver.service.person_duplicate(driver.calendar, "meeting")
    assert copy["id"] != "meeting"
    assert copy["extendedProperties"] == {"private": {"owner": "us"}}
    assert driver.service.mails == []
