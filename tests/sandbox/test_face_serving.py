"""The face over real sockets: what a client on the other end of a loopback connection sees."""

from __future__ import annotations

import gzip
import json
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import pytest

from calmirror.http.message import Answer, Request
from calmirror.sandbox.serve import Running, serve
from calmirror.sandbox.service import Exchange, Fault, SandboxClock, Service

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Switches:
    mood: Literal["calm", "wild"] = "calm"
    pages: int | None = None


@dataclass
class Person:
    """Remembers what it was told to do."""

    told: list[Any] = field(default_factory=list)

    def edit_occurrence(self, master_id: str, original: date, **changes: Any) -> str:
        if master_id != "m1":
            raise KeyError(master_id)
        self.told.append((master_id, original, changes))
        return "e1"


class Echo(Service):
    """Answers with what it was asked; `/private` wants a bearer token."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name=name, base_url=f"http://{name}.sandbox{path}", clock=SandboxClock(frozen_at=1e9))
        self.switches = Switches()
        self.mailbox = Person()

    def respond(self, request: Request, exchange: Exchange) -> Answer:
        if exchange.path.endswith("/nothing"):
            return Answer(204)
        if exchange.path.endswith("/private") and self.granted(request) is None:
            return Answer(401)
        if exchange.path.endswith("/$batch"):
            exchange.units = 2
            exchange.parts = [self.record(Request("GET", f"{self.base_url}/me/events/{key}")) for key in "ab"]
            for part in exchange.parts:
                self.faulty(part.request, lambda: Answer(200, {}, b"member"), inside_batch=True)
        heard = {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": request.body.decode(),
        }
        return Answer(200, {"x-answered": "yes", "content-length": "7"}, json.dumps(heard).encode())


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Running, Echo]]:
    graph = Echo("graph", "/v1.0")
    with serve(graph, Echo("google", "/calendar/v3"), orders={"greet": lambda whom: f"hello {whom}"}) as running:
        yield running, graph


@pytest.fixture
def running(served: tuple[Running, Echo]) -> Running:
    return served[0]


@pytest.fixture
def graph(served: tuple[Running, Echo]) -> Echo:
    """The served stand-in as it was at first."""
    graph = served[1]
    for memory in (graph.log, graph.faults, graph.grants, graph.mailbox.told):
        memory.clear()
    graph.switches = Switches()
    graph.clock.advance(1e9 - graph.clock.now())
    return graph


@pytest.fixture
def line(running: Running, graph: Echo) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(urlsplit(running.graph_url).netloc, timeout=5)
    yield connection
    connection.close()


def ask(
    line: HTTPConnection, path: str, method: str = "GET", body: str | bytes = "", **headers: str
) -> tuple[int, Any]:
    line.request(method, path, body, headers)
    answer = line.getresponse()
    return answer.status, json.loads(answer.read() or b"null")


JSON = {"Content-Type": "application/json"}


def order(line: HTTPConnection, do: str, **arguments: Any) -> Any:
    status, content = ask(line, "/_control", "POST", json.dumps({"do": do, **arguments}), **JSON)
    assert status == 200, content
    return content["result"]


def test_base_urls_are_the_real_addresses(running: Running, graph: Echo) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1\.0", running.graph_url)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/calendar/v3", running.google_url)
    assert graph.base_url == running.graph_url


def test_requests_arrive_as_they_were_sent(running: Running, line: HTTPConnection) -> None:
    """Escapes in path and query are kept, header names come in lower case, the body is whole."""
    status, heard = ask(line, "/v1.0/me/a%2Fb?$top=1&x=%20y", "POST", ("ä" * 90000).encode(), Prefer="one")
    origin = running.graph_url.removesuffix("/v1.0")
    assert (status, heard["method"], heard["url"]) == (200, "POST", f"{origin}/v1.0/me/a%2Fb?$top=1&x=%20y")
    assert heard["headers"]["prefer"] == "one"
    assert heard["body"] == "ä" * 90000


def test_answers_keep_headers_but_have_their_true_length(line: HTTPConnection) -> None:
    line.request("GET", "/v1.0/me")
    answer = line.getresponse()
    assert answer.headers["X-Answered"] == "yes"
    assert int(answer.headers["Content-Length"]) == len(answer.read())


def test_answers_are_compressed_for_a_client_that_understands_it(line: HTTPConnection) -> None:
    line.request("POST", "/v1.0/me", "x" * 5000, {"Accept-Encoding": "gzip"})
    answer = line.getresponse()
    packed = answer.read()
    assert (answer.headers["Content-Encoding"], len(packed) < 1000) == ("gzip", True)
    assert json.loads(gzip.decompress(packed))["body"] == "x" * 5000


def test_an_answer_without_content_leaves_the_connection_usable(line: HTTPConnection) -> None:
    assert ask(line, "/v1.0/nothing") == (204, None)
    assert ask(line, "/v1.0/me")[0] == 200


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_ends_the_connection_without_an_answer(line: HTTPConnection, graph: Echo, when: str) -> None:
    order(line, "fault", reset=when)
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        ask(line, "/v1.0/me")
    assert ask(line, "/v1.0/me")[0] == 200, "the next connection is served"
    assert [exchange.status for exchange in graph.log] == [0, 200]


def test_a_truncated_answer_announces_more_than_arrives(line: HTTPConnection) -> None:
    order(line, "fault", truncate=10)
    line.request("GET", "/v1.0/me")
    with pytest.raises(IncompleteRead) as cut:
        line.getresponse().read()
    assert len(cut.value.partial) == 10


def test_a_truncated_member_leaves_the_answer_of_its_batch_whole(line: HTTPConnection, graph: Echo) -> None:
    order(line, "fault", truncate=3, inside_batch=True)
    assert ask(line, "/v1.0/$batch", "POST")[0] == 200
    assert graph.faults[0].seen == 1


def test_only_loopback_addresses_are_served() -> None:
    with pytest.raises(ValueError, match="loopback"):
        serve(Echo("graph", ""), Echo("google", ""), host="0.0.0.0")


def test_a_taken_port_is_an_error_and_leaves_the_other_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        with pytest.raises(OSError, match="in use"):
            serve(Echo("graph", ""), Echo("google", ""), ports=(port, taken.getsockname()[1]))
        socket.create_server(("127.0.0.1", port)).close()


def test_stopping_closes_both_ports_and_the_token_command_then_fails_plainly() -> None:
    running = serve(Echo("graph", ""), Echo("google", ""))
    running.stop()
    running.stop()
    for url in (running.graph_url, running.google_url):
        with pytest.raises(ConnectionRefusedError):
            HTTPConnection(urlsplit(url).netloc, timeout=5).connect()
    command = [sys.executable, "-m", "calmirror.sandbox.token", running.graph_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "No sandbox answers there. Start one: calmirror sandbox\n"


def test_stopping_ends_also_the_connection_of_a_client_that_does_not_read() -> None:
    graph = Echo("graph", "")
    graph.faults.append(Fault(answer=Answer(200, {}, bytes(1 << 24))))
    running = serve(graph, Echo("google", ""))
    parts = urlsplit(running.graph_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert client.recv(1) == b"H"
        running.stop()
        while client.recv(1 << 20):  # b"" is the end of the connection
            continue


def test_a_fault_strikes_what_it_names_as_often_as_it_says(line: HTTPConnection) -> None:
    order(line, "fault", answer={"status": 503, "headers": {"Retry-After": 2}}, times=2, path="delta?x=1")
    paths = ["/v1.0/me", "/v1.0/delta?x=1", "/v1.0/delta?x=1", "/v1.0/delta?x=1"]
    assert [ask(line, path)[0] for path in paths] == [200, 503, 503, 200]


def test_a_fault_can_name_one_of_the_service_s_own_refusals(line: HTTPConnection) -> None:
    order(line, "fault", answer="sync-state-not-found")
    status, content = ask(line, "/v1.0/me")
    assert (status, content["error"]["code"]) == (410, "SyncStateNotFound")


def test_a_healed_service_has_no_faults(line: HTTPConnection) -> None:
    order(line, "fault", answer={"status": 500, "body": {"error": {"code": "x"}}}, times=-1, method="GET")
    assert ask(line, "/v1.0/me") == (500, {"error": {"code": "x"}})
    order(line, "heal")
    assert ask(line, "/v1.0/me")[0] == 200


def test_a_fault_after_the_fact_answers_although_it_took_effect(line: HTTPConnection, graph: Echo) -> None:
    order(line, "fault", answer_after={"status": 502, "body": "<html>"})
    line.request("POST", "/v1.0/$batch")
    assert line.getresponse().read() == b"<html>"
    assert len(graph.log[0].parts) == 2


def test_the_person_acts_through_the_control_interface(line: HTTPConnection, graph: Echo) -> None:
    """Dates that come as text become dates; an event's own start stays the object it is."""
    start = {"dateTime": "2026-11-23T10:00:00", "timeZone": "UTC"}
    assert order(line, "edit_occurrence", master_id="m1", original="2026-11-23", start=start) == "e1"
    assert graph.mailbox.told == [("m1", date(2026, 11, 23), {"start": start})]


def test_further_orders_can_be_given_names(line: HTTPConnection) -> None:
    assert order(line, "greet", whom="Adele") == "hello Adele"


@pytest.mark.parametrize(
    "wrong",
    [
        {"do": "dance"},
        {"do": "advance"},
        {"do": "edit_occurrence", "master_id": "m2", "original": "2026-11-23"},
        {"do": "edit_occurrence", "master_id": "m1", "original": "23.11.2026"},
        {"do": "switch", "name": "mood", "value": "sad"},
        {"do": "switch", "name": "colour", "value": "red"},
        {"do": "fault", "path": 5},
        {"do": "fault", "reset": "sometimes"},
        {"do": "fault", "answer": "no-such-refusal"},
        ["do"],
    ],
)
def test_a_wrong_order_is_refused_and_changes_nothing(line: HTTPConnection, graph: Echo, wrong: Any) -> None:
    status, content = ask(line, "/_control", "POST", json.dumps(wrong), **JSON)
    assert status == 400
    assert content["error"]
    assert (graph.faults, graph.switches, graph.mailbox.told) == ([], Switches(), [])


def test_switches_are_read_and_flipped(line: HTTPConnection) -> None:
    assert order(line, "switch", name="mood", value="wild") == "calm"
    assert order(line, "switch", name="pages", value=3) is None
    assert order(line, "switches") == {"mood": "wild", "pages": 3}


def test_tokens_are_granted_and_expire_by_order_or_by_the_clock(line: HTTPConnection, graph: Echo) -> None:
    def try_token() -> int:
        return ask(line, "/v1.0/private", Authorization=f"Bearer {token}")[0]

    token = order(line, "grant")["token"]
    assert graph.grants[token].scopes == {"Calendars.Read"}
    assert try_token() == 200
    assert order(line, "expire") == 1
    assert try_token() == 401
    token = order(line, "grant", lasts=60, scopes=["Calendars.ReadBasic"])["token"]
    assert try_token() == 200
    assert order(line, "advance", seconds=60) == "2001-09-09T01:47:40+00:00"
    assert try_token() == 401


def test_requests_are_counted_by_kind_since_a_mark(line: HTTPConnection) -> None:
    ask(line, "/v1.0/me")
    mark = order(line, "mark")
    for path in ("calendars/AAMk=/events/x1", "calendars/AAMk=/events/x2", "calendarView/delta?a=1"):
        ask(line, f"/v1.0/me/{path}")
    ask(line, "/v1.0/$batch", "POST")
    assert order(line, "counts", since=mark) == {
        "requests": 4,
        "units": 5,
        "kinds": {
            "GET /v1.0/me/calendars/{id}/events/{id}": 2,
            "GET /v1.0/me/calendarView/delta": 1,
            "POST /v1.0/$batch": 1,
        },
        "parts": {"GET /v1.0/me/events/{id}": 2},
    }


def test_the_log_lists_requests_without_those_to_the_control_interface(line: HTTPConnection) -> None:
    ask(line, "/v1.0/me?a=1")
    ask(line, "/v1.0/nothing")
    _, log = ask(line, "/_control/log?since=1")
    assert log["mark"] == 2
    assert [(entry["path"], entry["status"], entry["at"]) for entry in log["requests"]] == [
        ("/v1.0/nothing", 204, "2001-09-09T01:46:40+00:00")
    ]
    order(line, "forget")
    assert ask(line, "/_control/log")[1] == {"mark": 0, "requests": []}
    assert ask(line, "/_control/other")[0] == 404


def test_faults_set_in_process_break_the_served_face_too(line: HTTPConnection, graph: Echo) -> None:
    graph.faults.append(Fault(reset_before=True))
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        ask(line, "/v1.0/me")


def test_the_token_command_prints_a_token_that_works(running: Running, line: HTTPConnection) -> None:
    command = [sys.executable, "-m", "calmirror.sandbox.token", running.graph_url]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    assert ask(line, "/v1.0/private", Authorization=f"Bearer {printed.strip()}")[0] == 200
