"""Lists: filters, windows, pages, incremental reads."""

from __future__ import annotations

from typing import Any

import pytest
from google_driver import Driver, message, reason, timed, whole_days


@pytest.fixture
def driver() -> Driver:
    driver = Driver()
    for number in range(5):
        driver.insert(f"event{number}", **timed(f"2026-03-2{5 - number}T09:00:00", f"2026-03-2{5 - number}T10:00:00"))
    return driver


def pages(driver: Driver, **query: Any) -> list[dict[str, Any]]:
    """Every page of a list."""
    found = [driver.events("GET", "", **query).json()]
    while "nextPageToken" in found[-1]:
        found.append(driver.events("GET", "", **query, pageToken=found[-1]["nextPageToken"]).json())
    return found


def synced(driver: Driver, token: str) -> list[tuple[str, str]]:
    items = driver.events("GET", "", syncToken=token).json()["items"]
    return [(item["id"], item["status"]) for item in items]


@pytest.mark.parametrize("switches", [{}, {"short_pages": True}, {"empty_pages": True}])
def test_pages_lead_on_to_a_sync_token_that_only_the_last_one_has(driver: Driver, switches: dict[str, bool]) -> None:
    for name, value in switches.items():
        setattr(driver.service.switches, name, value)
    found = pages(driver, maxResults=2)
    assert [item["id"] for page in found for item in page["items"]] == [f"event{number}" for number in range(5)]
    assert [("nextSyncToken" in page) for page in found] == [False] * (len(found) - 1) + [True]
    assert ([] in [page["items"] for page in found]) is ("empty_pages" in switches)


def test_a_row_that_is_deleted_between_pages_moves_no_other(driver: Driver) -> None:
    first = driver.events("GET", "", maxResults=2).json()
    driver.events("DELETE", "/event0")
    rest = driver.events("GET", "", pageToken=first["nextPageToken"]).json()
    assert [item["id"] for item in rest["items"]] == ["event2", "event3", "event4"]
    assert synced(driver, rest["nextSyncToken"]) == [("event0", "cancelled")]


def test_an_incremental_read_shows_each_change_once_and_deletions_too(driver: Driver) -> None:
    token = driver.events("GET").json()["nextSyncToken"]
    assert synced(driver, token) == []
    driver.events("PATCH", "/event1", {"summary": "a"})
    driver.events("PATCH", "/event1", {"summary": "b"})
    driver.events("DELETE", "/event0")
    driver.insert("fresh")
    assert synced(driver, token) == [("event0", "cancelled"), ("event1", "confirmed"), ("fresh", "confirmed")]


def test_an_incremental_read_pages_with_the_same_token(driver: Driver) -> None:
    empty = Driver()
    token = empty.events("GET").json()["nextSyncToken"]
    for number in range(3):
        empty.insert(f"event{number}")
    found = pages(empty, syncToken=token, maxResults=2)
    assert [[item["id"] for item in page["items"]] for page in found] == [["event0", "event1"], ["event2"]]


@pytest.mark.parametrize(
    "name", ["iCalUID", "orderBy", "q", "timeMin", "timeMax", "updatedMin", "privateExtendedProperty"]
)
def test_a_sync_token_bears_no_other_restriction(driver: Driver, name: str) -> None:
    token = driver.events("GET").json()["nextSyncToken"]
    answer = driver.events("GET", "", syncToken=token, **{name: "x=y"})
    assert (answer.status, message(answer)) == (400, "Sync token cannot be used with other request restrictions.")


def test_a_sync_token_that_died_is_gone_and_one_that_never_was_is_invalid(driver: Driver) -> None:
    token = driver.events("GET").json()["nextSyncToken"]
    for garbage in ("garbage", token[:-8], "é"):
        answer = driver.events("GET", "", syncToken=garbage)
        assert (answer.status, message(answer)) == (400, "Invalid sync token value.")
    driver.service.expire_sync_tokens()
    assert reason(driver.events("GET", "", syncToken=token)) == (410, "fullSyncRequired")


def test_the_window_bounds_ends_from_below_and_starts_from_above(driver: Driver) -> None:
    inside = {"timeMin": "2026-03-22T10:00:00Z", "timeMax": "2026-03-24T09:00:00Z"}
    assert driver.listed(**inside) == ["event2"]
    shifted = {"timeMin": "2026-03-22T10:59:59+01:00", "timeMax": "2026-03-24T09:00:01.999Z"}
    assert driver.listed(**shifted) == ["event1", "event2", "event3"]
    assert reason(driver.events("GET", "", timeMin="2026-03-22T10:00:00Z", timeMax="2026-03-22T10:00:00Z")) == (
        400,
        "timeRangeEmpty",
    )
    assert driver.events("GET", "", timeMin="2026-03-22T10:00:00").status == 400


def test_days_lie_in_the_calendars_zone() -> None:
    driver = Driver(time_zone="Pacific/Auckland")
    driver.insert(**whole_days("2026-03-20", "2026-03-21"))
    assert driver.listed(timeMin="2026-03-20T10:59:59Z") == ["meeting"]
    assert driver.listed(timeMin="2026-03-20T11:00:00Z") == []


def test_a_series_is_in_the_window_where_one_of_its_instances_is(driver: Driver) -> None:
    driver.insert("series", recurrence=["RRULE:FREQ=WEEKLY"])
    monday = {"timeMin": "2031-03-24T00:00:00Z", "timeMax": "2031-03-25T00:00:00Z"}
    friday = {"timeMin": "2031-03-28T00:00:00Z", "timeMax": "2031-03-29T00:00:00Z"}
    assert (driver.listed(**monday), driver.listed(**friday)) == ([], ["series"])


def test_order_by_start_needs_single_events(driver: Driver) -> None:
    assert message(driver.events("GET", "", orderBy="startTime")).startswith("The requested ordering")
    ordered = driver.listed(orderBy="startTime", singleEvents="true")
    assert ordered == [f"event{number}" for number in (4, 3, 2, 1, 0)]
    driver.events("PATCH", "/event0", {"summary": "x"})
    assert driver.listed(orderBy="updated")[-1] == "event0"


def test_properties_find_series_and_changed_instances(driver: Driver) -> None:
    marked = {"extendedProperties": {"private": {"owner": "us", "n": "1"}, "shared": {"s": "1"}}}
    driver.insert("series", recurrence=["RRULE:FREQ=DAILY;COUNT=2"], **marked)
    driver.events("PATCH", "/series_20260321T090000Z", {"summary": "changed"})
    both = ["owner=us", "n=1"]
    assert driver.listed(privateExtendedProperty=both) == ["series", "series_20260321T090000Z"]
    assert driver.listed(privateExtendedProperty=["owner=us", "n=2"]) == []
    assert driver.listed(sharedExtendedProperty="s=1", singleEvents="true", maxResults=1) == ["series_20260320T090000Z"]


def test_words_kinds_and_uids_find_events(driver: Driver) -> None:
    driver.events("PATCH", "/event3", {"summary": "Budget review", "location": "Oslo"})
    assert driver.listed(q="oslo budget") == ["event3"]
    assert driver.listed(iCalUID="event2@google.com") == ["event2"]
    assert driver.listed(eventTypes=["focusTime"]) == []


def test_updated_min_shows_deletions_and_reaches_back_a_month(driver: Driver) -> None:
    driver.clock.advance(3600)
    driver.events("DELETE", "/event0")
    assert driver.listed(updatedMin="2026-03-12T01:00:00Z") == ["event0"]
    assert reason(driver.events("GET", "", updatedMin="2026-01-01T00:00:00Z")) == (410, "updatedMinTooLongAgo")


@pytest.mark.parametrize(
    ("single", "deleted", "ids"),
    [
        ("false", "false", ["series", "series_20260321T090000Z"]),
        ("false", "true", ["gone0", "series", "series_20260321T090000Z"]),
        ("true", "false", ["series_20260320T090000Z"]),
        ("true", "true", ["gone0", "series_20260320T090000Z", "series_20260321T090000Z"]),
    ],
)
def test_deleted_and_single_decide_what_is_shown(single: str, deleted: str, ids: list[str]) -> None:
    driver = Driver()
    driver.insert("gone0")
    driver.insert("series", recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    driver.events("DELETE", "/gone0")
    driver.events("DELETE", "/series_20260321T090000Z")
    assert driver.listed(singleEvents=single, showDeleted=deleted) == ids


def test_instances_are_found_by_their_original_start(driver: Driver) -> None:
    driver.insert("series", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    driver.events("PATCH", "/series_20260321T090000Z", timed("2026-03-25T09:00:00", "2026-03-25T10:00:00"))
    driver.events("DELETE", "/series_20260322T090000Z")

    def instances(event: str, **query: str) -> list[str]:
        return [item["id"] for item in driver.events("GET", f"/{event}/instances", **query).json()["items"]]

    assert instances("series") == ["series_20260320T090000Z", "series_20260321T090000Z"]
    assert instances("series", originalStart="2026-03-21T10:00:00+01:00") == ["series_20260321T090000Z"]
    assert instances("series", originalStart="2026-03-22T09:00:00Z", showDeleted="true") == ["series_20260322T090000Z"]
    assert instances("series_20260320T090000Z") == ["series_20260320T090000Z"]
    assert instances("series_20260322T090000Z") == []
    assert instances("event0") == ["event0"]


def test_a_mask_lets_only_the_named_properties_through(driver: Driver) -> None:
    page = driver.events("GET", "", fields="items(id,start/dateTime),nextPageToken", maxResults=1).json()
    assert page["items"] == [{"id": "event0", "start": {"dateTime": "2026-03-25T09:00:00Z"}}]
    assert page.keys() == {"items", "nextPageToken"}
    assert driver.events("GET", "", fields="items(id").status == 400


@pytest.mark.parametrize("bare", [True, False])
def test_an_incremental_read_tells_only_the_id_of_what_was_deleted(driver: Driver, bare: bool) -> None:
    driver.service.switches.bare_tombstones = bare
    token = driver.events("GET").json()["nextSyncToken"]
    driver.events("DELETE", "/event0")
    shown = driver.events("GET", "", syncToken=token).json()["items"][0]
    assert (list(shown) == ["kind", "etag", "id", "status"]) is bare
    assert driver.events("GET", "", showDeleted="true").json()["items"][0]["start"]
