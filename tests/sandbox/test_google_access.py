"""Tokens, scopes, quotas, calendars, and the batch endpoint."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google_driver import SCOPE, Driver, message, reason, timed

from calmirror.http.message import Answer, Request
from calmirror.sandbox.google import errors
from calmirror.sandbox.service import Fault


@pytest.fixture
def driver() -> Driver:
    return Driver(scope="calendar.app.created")


def test_a_token_that_is_missing_and_one_that_is_wrong_are_told_apart(driver: Driver) -> None:
    missing = driver.service.answer(Request("GET", f"{driver.service.base_url}/colors"))
    wrong = driver.send("GET", "/colors", None, {"authorization": "Bearer other"})
    assert (reason(missing), reason(wrong)) == ((401, "required"), (401, "authError"))
    assert wrong.json()["error"]["status"] == "UNAUTHENTICATED"


def test_a_token_expires_with_the_clock(driver: Driver) -> None:
    driver.service.grants["token"].expires_at = driver.clock.now() + 60
    assert driver.send("GET", "/colors").status == 200
    driver.clock.advance(61)
    assert driver.send("GET", "/colors").status == 401


def test_the_narrow_scope_reaches_only_what_the_app_made(driver: Driver) -> None:
    own = driver.send("POST", "/calendars", {"summary": "Own"}).json()["id"]
    persons = driver.service.add_calendar("Private")
    assert driver.send("GET", f"/calendars/{own}/events").status == 200
    for other in ("primary", persons):
        assert reason(driver.send("GET", f"/calendars/{other}/events")) == (404, "notFound")
        assert driver.send("POST", f"/calendars/{other}/events", timed()).status == 404
        assert driver.send("DELETE", f"/calendars/{other}").status == 404


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/users/me/calendarList", "calendar.v3.CalendarList.List"),
        ("POST", "/freeBusy", "calendar.v3.Freebusy.Query"),
        ("POST", "/calendars/primary/events/x/move", "calendar.v3.Events.Move"),
    ],
)
def test_the_narrow_scope_does_not_reach_everything(driver: Driver, method: str, path: str, name: str) -> None:
    answer = driver.send(method, path)
    assert reason(answer) == (403, "insufficientPermissions")
    assert answer.json()["error"]["details"][0]["metadata"]["method"] == name


def test_a_minute_holds_six_hundred_units_and_a_patch_takes_three(driver: Driver) -> None:
    driver.service.switches.quota_per_minute = 10
    driver.insert()
    for _ in range(3):
        driver.events("PATCH", "/meeting", {"summary": "x"})
    refused = [driver.events("GET", "/meeting") for _ in range(2)]
    assert [reason(answer) for answer in refused] == [(403, "rateLimitExceeded"), (429, "rateLimitExceeded")]
    driver.clock.advance(60)
    assert driver.events("GET", "/meeting").status == 200


def test_fast_writes_to_one_calendar_are_refused_by_the_switch(driver: Driver) -> None:
    driver.service.switches.writes_per_calendar = 1
    driver.insert()
    assert reason(driver.events("DELETE", "/meeting")) == (403, "quotaExceeded")
    assert driver.events("GET", "/meeting").status == 200


def test_calendars_are_counted_for_good(driver: Driver) -> None:
    driver.service.switches.calendar_quota = 1
    made = driver.send("POST", "/calendars", {"summary": "One"}).json()
    assert driver.send("DELETE", f"/calendars/{made['id']}").status == 204
    again = driver.send("POST", "/calendars", {"summary": "Two"})
    assert (reason(again), message(again)) == ((403, "quotaExceeded"), "Calendar usage limits exceeded.")


def test_a_calendar_that_was_deleted_is_not_found(driver: Driver) -> None:
    driver.insert()
    driver.service.delete_calendar(driver.calendar)
    assert reason(driver.events("GET", "/meeting")) == (404, "notFound")


def test_an_owner_cannot_leave_and_only_the_primary_calendar_can_be_cleared() -> None:
    driver = Driver()
    driver.service.person_insert("primary", timed())
    assert driver.send("DELETE", f"/users/me/calendarList/{driver.calendar}").status == 403
    assert driver.send("POST", f"/calendars/{driver.calendar}/clear").status == 400
    assert driver.send("POST", "/calendars/primary/clear").status == 204
    assert driver.service.events("primary") == []


def test_the_calendar_list_pages_and_follows_changes() -> None:
    driver = Driver()
    first = driver.send("GET", "/users/me/calendarList", maxResults=1).json()
    last = driver.send("GET", "/users/me/calendarList", pageToken=first["nextPageToken"]).json()
    assert [item["id"] for item in first["items"] + last["items"]] == ["adele@example.com", driver.calendar]
    driver.service.delete_calendar(driver.calendar)
    again = driver.send("GET", "/users/me/calendarList", syncToken=last["nextSyncToken"]).json()
    assert [(item["id"], item["deleted"]) for item in again["items"]] == [(driver.calendar, True)]


def test_an_address_that_is_not_offered_has_no_json() -> None:
    answer = Driver().send("GET", "/users/me/settings")
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=UTF-8")


def test_a_body_that_is_not_json_is_a_parse_error(driver: Driver) -> None:
    url = f"{driver.service.base_url}/calendars"
    answer = driver.service.answer(Request("POST", url, {"authorization": "Bearer token"}, b"{nonsense"))
    assert reason(answer) == (400, "parseError")


@pytest.mark.parametrize("name", [*errors.CATALOGUE, "authError", "loginRequired", "insufficientPermissions"])
def test_every_refusal_of_the_catalogue_can_be_a_fault(driver: Driver, name: str) -> None:
    driver.service.faults.append(Fault(answer=errors.named(name)))
    answer = driver.events("GET")
    assert answer.json()["error"]["code"] == answer.status >= 400


def batch(driver: Driver, *lines: str, headers: dict[str, str] | None = None, newline: str = "\r\n") -> Answer:
    """Sends request lines (`GET path`, or with a JSON body after a space) as one batch."""
    text = ""
    for index, line in enumerate(lines):
        verb, path, *body = line.split(" ", 2)
        head = f"{verb} /calendar/v3{path} HTTP/1.1"
        content = body[0] if body else ""
        kind = f"Content-Type: application/json{newline}Content-Length: {len(content)}{newline}" if content else ""
        part = f"Content-Type: application/http{newline}Content-ID: <item-{index}>{newline}{newline}"
        text += f"--edge{newline}{part}{head}{newline}{kind}{newline}{content}{newline}"
    outer = {"content-type": "multipart/mixed; boundary=edge", "authorization": "Bearer token", **(headers or {})}
    url = "http://google.sandbox/batch/calendar/v3"
    return driver.service.answer(Request("POST", url, outer, f"{text}--edge--{newline}".encode()))


def statuses(answer: Answer) -> list[int]:
    lines = answer.body.decode().split("\r\n")
    return [int(line.split(" ")[1]) for line in lines if line.startswith("HTTP/1.1")]


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_a_batch_is_answered_in_order_byte_for_byte(driver: Driver, newline: str) -> None:
    driver.insert("gone0")
    path = f"/calendars/{driver.calendar}/events"
    insert = f"POST {path} {json.dumps(timed() | {'id': 'fresh'})}"
    answer = batch(driver, f"DELETE {path}/gone0", insert, f"GET {path}/never", newline=newline)
    assert statuses(answer) == [204, 200, 404]
    edge = answer.headers["content-type"].partition("boundary=")[2]
    assert answer.body.startswith(
        f"--{edge}\r\nContent-Type: application/http\r\nContent-ID: <response-item-0>\r\n\r\n"
        f"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n\r\n--{edge}\r\n".encode()
    )
    assert answer.body.endswith(f"\r\n--{edge}--\r\n".encode())


def test_a_batch_is_carried_out_in_any_order_and_each_member_costs(driver: Driver) -> None:
    paths = [f"/calendars/{driver.calendar}/events/event{number}" for number in range(8)]
    batch(driver, *[f"GET {path}" for path in paths])
    line = driver.service.log[-1]
    assert line.units == 8
    done = [part.path.rpartition("/")[2] for part in line.parts]
    assert sorted(done) == [f"event{number}" for number in range(8)] != done
    driver.service.switches.batch_order = "given"
    batch(driver, *[f"GET {path}" for path in paths])
    assert [part.path for part in driver.service.log[-1].parts] == [f"/calendar/v3{path}" for path in paths]


def test_a_member_may_bring_its_own_token(driver: Driver) -> None:
    driver.service.grant("wide", [SCOPE + "calendar"])
    own = "GET /users/me/calendarList"
    assert statuses(batch(driver, own)) == [403]
    assert statuses(batch(driver, own, headers={"authorization": "Bearer wide"})) == [200]
    assert statuses(batch(driver, own, headers={"authorization": "Bearer none"})) == [401]


def test_faults_strike_single_members(driver: Driver) -> None:
    def hits(number: int) -> Any:
        return lambda request: request.url.endswith(f"event{number}")

    lost = Fault(matches=hits(1), reset_after=True, inside_batch=True)
    conflict = Fault(matches=hits(2), answer=errors.named("conflict"), inside_batch=True)
    driver.service.faults += [lost, conflict]
    for number in range(3):
        driver.insert(f"event{number}")
    path = f"/calendars/{driver.calendar}/events/event"
    answer = batch(driver, *[f"DELETE {path}{number}" for number in range(3)])
    assert statuses(answer) == [204, 503, 409]
    assert [event["id"] for event in driver.service.events(driver.calendar)] == ["event2"]


def test_a_batch_of_too_many_or_of_nothing_is_refused(driver: Driver) -> None:
    assert batch(driver).status == 400
    assert batch(driver, *["GET /colors"] * 1001).status == 400
    assert batch(driver, "GET /colors", headers={"content-type": "application/json"}).status == 400


def test_members_beyond_the_quota_are_refused_one_by_one(driver: Driver) -> None:
    driver.service.switches.quota_per_minute = 2
    found = statuses(batch(driver, *["GET /colors"] * 4))
    assert sorted(found) == [200, 200, 403, 429]
