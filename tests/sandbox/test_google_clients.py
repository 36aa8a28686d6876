"""Independent clients over a real socket: Google's own library with its strict batch parser, and gcal_sync."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import aiohttp
import httplib2
import pytest
from gcal_sync.api import GoogleCalendarService, LocalListEventsRequest
from gcal_sync.auth import AbstractAuth
from gcal_sync.store import InMemoryCalendarStore
from gcal_sync.sync import CalendarEventSyncManager
from google_driver import Driver, timed
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest, HttpRequest

from calmirror.http.message import Request
from calmirror.sandbox.service import Service


def handler(service: Service, origin: str) -> type[BaseHTTPRequestHandler]:
    """A request handler that lets the stand-in answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = service.answer(Request(self.command, origin + self.path, headers, body))
            self.send_response(answer.status)
            for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 -- the names http.server asks for

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver(time_zone="Europe/Berlin")
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    origin = f"http://127.0.0.1:{server.server_port}"
    driver.service.base_url = f"{origin}/calendar/v3"
    server.RequestHandlerClass = handler(driver.service, origin)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield driver
    server.shutdown()
    thread.join()
    server.server_close()


class WithToken(httplib2.Http):
    """The library's transport with the sandbox's token on every request."""

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **more: Any) -> Any:
        headers = {**(headers or {}), "authorization": "Bearer token"}
        return super().request(uri, method, body=body, headers=headers, **more)


@pytest.fixture
def library(driver: Driver) -> Iterator[Any]:
    http = WithToken()
    options = {"api_endpoint": driver.service.base_url + "/"}
    with build("calendar", "v3", http=http, client_options=options, static_discovery=True) as built:
        yield built
    http.close()


def test_googles_library_writes_reads_and_deletes(driver: Driver, library: Any) -> None:
    events = library.events()
    made = events.insert(calendarId=driver.calendar, body=timed() | {"summary": "x", "id": "abcde"}).execute()
    assert made["start"]["dateTime"] == "2026-03-20T10:00:00+01:00"
    changed = events.update(calendarId=driver.calendar, eventId="abcde", body=made | {"summary": "y"}).execute()
    request = events.patch(calendarId=driver.calendar, eventId="abcde", body={"summary": "z"})
    request.headers["If-Match"] = made["etag"]
    with pytest.raises(HttpError) as stale:
        request.execute()
    assert stale.value.resp.status == 412
    request.headers["If-Match"] = changed["etag"]
    assert request.execute()["summary"] == "z"
    assert events.delete(calendarId=driver.calendar, eventId="abcde").execute() == ""
    with pytest.raises(HttpError) as gone:
        events.delete(calendarId=driver.calendar, eventId="abcde").execute()
    assert gone.value.resp.status == 410


def test_googles_library_sends_a_long_get_as_a_post(driver: Driver, library: Any) -> None:
    driver.insert(extendedProperties={"private": {"key": "v" * 1000}})
    constraint = [f"key={'v' * 1000}"] * 3
    found = library.events().list(calendarId=driver.calendar, privateExtendedProperty=constraint).execute()
    assert [item["id"] for item in found["items"]] == ["meeting"]
    assert driver.service.log[-1].method == "POST"


def test_googles_library_pages_through_a_list(driver: Driver, library: Any) -> None:
    for number in range(5):
        driver.insert(f"event{number}")
    seen, request = [], library.events().list(calendarId=driver.calendar, maxResults=2)
    while request is not None:
        page = request.execute()
        seen += [item["id"] for item in page["items"]]
        request = library.events().list_next(request, page)
    assert seen == [f"event{number}" for number in range(5)]


def test_googles_library_reads_every_part_of_a_batch(driver: Driver, library: Any) -> None:
    driver.insert("kept0")
    driver.insert("gone0")
    origin = driver.service.base_url.removesuffix("/calendar/v3")
    events = library.events()
    requests: dict[str, HttpRequest] = {
        "insert": events.insert(calendarId=driver.calendar, body=timed() | {"id": "fresh", "summary": "ü\r\n\r\nz"}),
        "delete": events.delete(calendarId=driver.calendar, eventId="gone0"),
        "duplicate": events.insert(calendarId=driver.calendar, body=timed() | {"id": "kept0"}),
        "get": events.get(calendarId=driver.calendar, eventId="kept0"),
    }
    for path in ("/batch", "/batch/calendar/v3"):
        answers: dict[str, Any] = {}
        batch = BatchHttpRequest(
            lambda name, answer, error, into=answers: into.update({name: error.resp.status if error else answer}),
            batch_uri=origin + path,
        )
        for name, request in requests.items():
            batch.add(request, request_id=name)
        batch.execute(http=library._http)
        if path == "/batch":
            assert answers["insert"]["summary"] == "ü\r\n\r\nz"
            assert (answers["delete"], answers["duplicate"], answers["get"]["id"]) == ("", 409, "kept0")
            assert driver.service.log[-1].units == 4
        else:
            assert (answers["insert"], answers["delete"]) == (409, 410)


class Token(AbstractAuth):
    """gcal_sync's way to ask for a token."""

    async def async_get_access_token(self) -> str:
        return "token"


def test_gcal_sync_follows_changes_and_starts_anew_when_its_token_died(driver: Driver) -> None:
    driver.insert("event0")
    driver.insert("event1", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])

    async def follow() -> None:
        async with aiohttp.ClientSession() as session:
            api = GoogleCalendarService(Token(session, driver.service.base_url))
            manager = CalendarEventSyncManager(api, driver.calendar, InMemoryCalendarStore())
            seen = []
            for change in (
                lambda: None,
                lambda: driver.service.person_delete(driver.calendar, "event0"),
                lambda: driver.service.person_insert(driver.calendar, timed() | {"id": "event2"}),
                driver.service.expire_sync_tokens,
            ):
                change()
                await manager.run()
                asked = LocalListEventsRequest(start_time=datetime(2026, 3, 1, tzinfo=UTC))
                held = await manager.store_service.async_list_events(asked)
                seen.append(sorted({event.id.partition("_")[0] for event in held.events if event.id}))
            assert seen == [["event0", "event1"], ["event1"], ["event1", "event2"], ["event1", "event2"]]

    asyncio.run(follow())
    assert [one.status for one in driver.service.log if "syncToken" in one.query] == [200, 200, 410]
