"""A series in the stand-in is one object: acts in Google's screens and the incremental answers recorded after them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google_driver import Driver, message, reason, timed

from calmirror.http.message import Request

RECORDED = json.loads((Path(__file__).parent / "recorded_series.json").read_text())
"""What people did in Google's own screens in 2025, and what `events.list?syncToken=` told afterwards: which rows, with
which members in which order, which values. Ids, titles and texts are named, not recorded: `S` is the series, `N` an id
that did not exist before; equal names are equal values. Rows of one answer had one `etag` and one `updated`."""
CAPTURE = Path(__file__).parents[3] / "shared/captures/google-calendar/google-recurring-incremental-2025.json"
ZONE = "America/Chicago"
NEARLY = {"edit/single/single.instance-1"}
"""Of this one the etags differ by 1, for a reason that nothing tells."""


def times(**fields: Any) -> dict[str, Any]:
    """Fields with their start and end as the API takes them."""
    return {key: {"dateTime": one, "timeZone": ZONE} if key in ("start", "end") else one for key, one in fields.items()}


class Screen:
    """A person at Google's own screen, on the primary calendar, and a client that reads what changed."""

    def __init__(self, **switches: Any) -> None:
        self.driver = Driver(time_zone=ZONE, **switches)
        self.driver.calendar = "primary"
        self.service = self.driver.service
        self.service.state.calendar("primary").time_zone = ZONE
        self.series = ""

    def does(self, verb: str, *what: Any) -> None:
        """One act; `S` in a target is the series."""
        self.driver.clock.advance(61)
        if verb == "create":
            self.series = self.service.person_insert("primary", times(**what[0]))["id"]
            return
        target, scope, *changes = what
        event_id = target.replace("S", self.series, 1)
        if verb == "edit":
            self.service.person_edit("primary", event_id, scope=scope, **times(**changes[0]))
        else:
            self.service.person_delete("primary", event_id, scope=scope)

    def token(self) -> str:
        """Where the next incremental read begins."""
        return str(self.driver.events("GET").json()["nextSyncToken"])

    def changed(self, token: str) -> list[dict[str, Any]]:
        """What an incremental read tells."""
        return list(self.driver.events("GET", "", syncToken=token).json()["items"])


def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are compared: ids, titles and texts by their first appearance."""
    names: dict[tuple[str, str], str] = {}

    def name(kind: str, value: str) -> str:
        return names.setdefault((kind, value), f"{kind} {1 + sum(one[0] == kind for one in names)}")

    shown = []
    for row in rows:
        head, _, tail = row["id"].partition("_")
        head = {"id 1": "S", "id 2": "N"}[name("id", head)]
        compared = {"id": f"{head}_{tail}" if tail else head, "members": list(row)}
        compared |= {key: row[key] for key in ("status", "recurrence", "sequence") if key in row}
        compared |= {key: row[key]["dateTime"] for key in ("start", "end", "originalStartTime") if key in row}
        compared |= {
            key: name(kind, row[key]) for key, kind in (("summary", "title"), ("description", "text")) if key in row
        }
        shown.append(compared)
    return shown


def versions(rows: list[dict[str, Any]]) -> tuple[int, int]:
    """How many etags, and how many times of change."""
    return len({row["etag"] for row in rows}), len({row["updated"] for row in rows if "updated" in row} or {""})


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["name"])
def test_an_act_in_googles_screen_is_told_as_it_was_recorded(case: dict[str, Any]) -> None:
    screen = Screen()
    for act in case["before"]:
        screen.does(*act)
    token = screen.token()
    screen.does(*case["act"])
    rows = screen.changed(token)
    assert told(rows) == case["rows"]
    assert versions(rows) == (1, 1)


@pytest.mark.skipif(not CAPTURE.exists(), reason="the recorded answers do not lie beside this checkout")
@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["name"])
def test_what_is_kept_of_a_recorded_answer_is_true_of_it(case: dict[str, Any]) -> None:
    rows = json.loads(CAPTURE.read_text())["bodies"][case["name"]]["items"]
    assert told(rows) == case["rows"]
    assert versions(rows) == (1 + (case["name"] in NEARLY), 1)


SERIES = {"recurrence": ["RRULE:FREQ=DAILY;COUNT=5"], "summary": "Series", "description": "All", "location": "Here"}
FIRST, SECOND, THIRD = (f"/meeting_202603{day}T090000Z" for day in (20, 21, 22))
LATER = timed("2026-03-21T15:00:00", "2026-03-21T16:00:00")


def series(**switches: Any) -> Driver:
    """A daily series whose second instance has another title, colour and mark, and whose third is called off."""
    driver = Driver(**switches)
    driver.insert(**SERIES, colorId="1", extendedProperties={"private": {"of": "series"}})
    own = {"summary": "Own", "colorId": "2", "extendedProperties": {"private": {"of": "instance"}}}
    assert driver.events("PATCH", SECOND, own).status == 200
    assert driver.events("DELETE", THIRD).status == 204
    return driver


def held(driver: Driver, suffix: str) -> dict[str, Any]:
    return dict(driver.events("GET", suffix).json())


@pytest.mark.parametrize(("version", "moves"), [("shared", True), ("rows", False)])
def test_a_write_to_one_row_moves_the_version_of_all(version: str, moves: bool) -> None:
    driver = series(series_version=version)
    before = held(driver, "/meeting")
    etag = held(driver, SECOND)["etag"]
    assert (etag == before["etag"]) is moves
    driver.clock.advance(1)
    changed = driver.events("PUT", FIRST, LATER).json()
    after = held(driver, "/meeting")
    assert (after["etag"] != before["etag"], after["updated"] != before["updated"]) == (moves, moves)
    answer = driver.events("PUT", SECOND, LATER, {"if-match": etag})
    assert answer.status == (412 if moves else 200)
    if moves:
        assert after["etag"] == changed["etag"]
        assert driver.events("PUT", SECOND, LATER, {"if-match": changed["etag"]}).status == 200


@pytest.mark.parametrize(
    ("spread", "reached"),
    [
        ("texts", {"summary"}),
        ("look", {"summary", "colorId"}),
        ("everything", {"summary", "colorId", "transparency", "of"}),
        ("nothing", set()),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("put_spreads", [True, False])
def test_what_is_written_to_a_series_is_written_over_its_instances_own(
    spread: str, reached: set[str], method: str, put_spreads: bool
) -> None:
    driver = series(spread=spread, put_spreads=put_spreads)
    body = timed() | SERIES | {"summary": "Renamed", "colorId": "3", "transparency": "transparent"}
    body["extendedProperties"] = {"private": {"of": "series now"}}
    assert driver.events(method, "/meeting", body).status == 200
    own = held(driver, SECOND)
    told = {"summary": own["summary"], "colorId": own["colorId"], "of": own["extendedProperties"]["private"]["of"]}
    told["transparency"] = own.get("transparency")
    old = {"summary": "Own", "colorId": "2", "of": "instance", "transparency": None}
    changed = {key for key, value in told.items() if value != old[key]}
    assert changed == (reached if method == "PATCH" or put_spreads else set())


def test_what_does_not_change_of_a_series_leaves_its_instances_own() -> None:
    driver = series()
    driver.events("PATCH", "/meeting", {"location": "There", "summary": "Series"})
    assert held(driver, SECOND)["summary"] == "Own"


@pytest.mark.parametrize(("fate", "left"), [("drop", "Series"), ("keep", "Own")])
def test_a_series_that_moves_in_time_loses_its_changed_instances(fate: str, left: str) -> None:
    driver = series(retimed_exceptions=fate, orphan_exceptions="keep")
    token = driver.events("GET").json()["nextSyncToken"]
    moved = timed("2026-03-19T09:00:00", "2026-03-19T10:00:00")
    assert driver.events("PATCH", "/meeting", moved).status == 200
    assert held(driver, SECOND)["summary"] == left
    assert (held(driver, THIRD)["status"] == "confirmed") is (fate == "drop")
    rows = {row["id"]: list(row) for row in driver.events("GET", "", syncToken=token).json()["items"]}
    assert (rows["meeting_20260321T090000Z"] == ["kind", "etag", "id", "status"]) is (fate == "drop")


@pytest.mark.parametrize(("until", "left"), [("20260325", "Own"), ("20260320", None)])
def test_a_changed_rule_keeps_the_instances_that_still_belong(until: str, left: str | None) -> None:
    driver = series()
    rule = [f"RRULE:FREQ=DAILY;UNTIL={until}T235959Z"]
    before = held(driver, "/meeting")["sequence"]
    assert driver.events("PATCH", "/meeting", {"recurrence": rule}).json()["sequence"] == before
    assert driver.events("GET", SECOND).json().get("summary") == left


def test_an_exclusion_is_no_change_of_the_rule() -> None:
    driver = series()
    lines = [*SERIES["recurrence"], "EXDATE:20260321T090000Z"]
    driver.events("PATCH", "/meeting", {"recurrence": lines})
    assert held(driver, SECOND)["summary"] == "Own"


def test_sequences_are_those_that_were_recorded() -> None:
    driver = series()
    assert held(driver, SECOND)["sequence"] == 0
    assert driver.events("PATCH", SECOND, LATER).json()["sequence"] == 1
    assert held(driver, "/meeting")["sequence"] == 0


@pytest.mark.parametrize(("status", "why"), [(412, "conditionNotMet"), (410, "deleted")])
def test_a_second_deletion_with_the_old_version_is_refused_by_the_switch(status: int, why: str) -> None:
    driver = Driver(second_delete=status)
    guard = {"if-match": driver.insert()["etag"]}
    assert driver.events("DELETE", "/meeting", headers=guard).status == 204
    assert reason(driver.events("DELETE", "/meeting", headers=guard)) == (status, why)
    assert reason(driver.events("DELETE", "/meeting")) == (410, "deleted")


@pytest.mark.parametrize(("told", "rows"), [("one", ["meeting"]), ("rows", ["meeting", "meeting_20260321T090000Z"])])
def test_a_deleted_series_is_one_tombstone(told: str, rows: list[str]) -> None:
    driver = series(deleted_series=told)
    token = driver.events("GET").json()["nextSyncToken"]
    driver.events("DELETE", "/meeting")
    items = driver.events("GET", "", syncToken=token).json()["items"]
    assert [row["id"] for row in items][: len(rows)] == rows
    assert list(items[0]) == ["kind", "etag", "id", "status"]
    assert len(items) == {"one": 1, "rows": 3}[told]


@pytest.mark.parametrize(("family", "rows"), [(True, 3), (False, 1)])
def test_an_incremental_read_brings_the_series_along_with_its_instance(family: bool, rows: int) -> None:
    driver = series(changes_bring_family=family)
    token = driver.events("GET").json()["nextSyncToken"]
    driver.events("PATCH", SECOND, {"summary": "Again"})
    assert len(driver.events("GET", "", syncToken=token).json()["items"]) == rows


def test_a_part_that_was_cut_off_has_an_id_of_its_series_and_moves_with_it() -> None:
    driver = series()
    driver.service.person_edit(driver.calendar, "meeting_20260323T090000Z", scope="following", summary="Rest")
    part = held(driver, "/meeting_R20260323T090000")
    assert (part["recurrence"], part["iCalUID"]) == (["RRULE:FREQ=DAILY;COUNT=2"], f"{part['id']}@google.com")
    assert part["extendedProperties"]["private"] == {"of": "series"}
    assert held(driver, "/meeting")["recurrence"] == ["RRULE:FREQ=DAILY;UNTIL=20260322T235959Z"]
    driver.events("PATCH", SECOND, {"summary": "Again"})
    assert held(driver, "/meeting_R20260323T090000")["etag"] == held(driver, "/meeting")["etag"]
    assert held(driver, "/meeting_R20260323T090000_20260324T090000Z")["summary"] == "Rest"


def test_a_whole_day_series_is_cut_by_days() -> None:
    driver = Driver()
    days = {"start": {"date": "2026-03-20"}, "end": {"date": "2026-03-21"}}
    driver.insert(**days, recurrence=["RRULE:FREQ=DAILY"])
    driver.service.person_edit(driver.calendar, "meeting_20260323", scope="following", summary="Rest")
    assert held(driver, "/meeting_R20260323")["start"] == {"date": "2026-03-23"}
    assert held(driver, "/meeting")["recurrence"] == ["RRULE:FREQ=DAILY;UNTIL=20260322"]


def batch(driver: Driver, *paths: str) -> list[int]:
    """The statuses of members that delete, in their order."""
    root = "/calendar/v3/calendars/" + driver.calendar.replace("@", "%40") + "/events"
    head = "--x\r\nContent-Type: application/http\r\nContent-ID: "
    parts = [f"{head}<{number}>\r\n\r\nDELETE {root}{path} HTTP/1.1\r\n\r\n\r\n" for number, path in enumerate(paths)]
    answer = driver.service.answer(
        Request(
            "POST",
            "http://google.sandbox/batch/calendar/v3",
            {"authorization": "Bearer token", "content-type": "multipart/mixed; boundary=x"},
            ("".join(parts) + "--x--").encode(),
        )
    )
    return [int(line.split()[1]) for line in answer.body.decode().splitlines() if line.startswith("HTTP/1.1")]


@pytest.mark.parametrize(("conflicts", "statuses"), [(True, [204, 204, 409]), (False, [204, 204, 204])])
def test_members_of_a_batch_that_write_to_one_series_get_in_each_others_way(
    conflicts: bool, statuses: list[int]
) -> None:
    driver = Driver(batch_conflicts=conflicts, batch_order="given")
    driver.insert(**SERIES)
    driver.insert("single")
    assert batch(driver, "/single", FIRST, SECOND) == statuses


@pytest.mark.parametrize(("status", "why"), [(404, "notFound"), (403, "requiredAccessLevel")])
def test_a_calendar_that_was_just_made_may_not_answer_yet(status: int, why: str) -> None:
    driver = Driver(new_calendar=status)
    driver.clock.advance(10)
    made = driver.send("POST", "/calendars", {"summary": "New"}).json()["id"]
    assert reason(driver.send("GET", f"/calendars/{made}/events")) == (status, why)
    assert driver.events("GET").status == 200
    driver.clock.advance(5)
    assert driver.send("GET", f"/calendars/{made}/events").status == 200


def test_clearing_a_rule_by_null_or_nothing_makes_one_event() -> None:
    for cleared in (None, []):
        driver = series()
        assert driver.events("PATCH", "/meeting", {"recurrence": cleared}).status == 200
        assert driver.listed(singleEvents="true") == ["meeting"]


@pytest.mark.parametrize("text", ["20260321T225959Z", "20260321T230000Z"])
def test_an_until_is_echoed_as_it_was_sent(text: str) -> None:
    driver = Driver()
    rule = [f"RRULE:FREQ=DAILY;UNTIL={text}"]
    assert driver.insert(recurrence=rule)["recurrence"] == rule


def test_what_is_written_is_listed_at_once() -> None:
    driver = series()
    driver.events("PATCH", FIRST, {"summary": "Just now"})
    assert "Just now" in [row.get("summary") for row in driver.events("GET").json()["items"]]
    assert message(driver.events("GET", "/nothing")) == "Not Found"
