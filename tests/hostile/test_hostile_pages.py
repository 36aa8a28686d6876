"""A web page, open in a browser on the machine where a sandbox runs: its requests reach the sandbox and get nothing."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from time import monotonic
from urllib.parse import urlsplit

import pytest

from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.ics.service import FeedService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import SandboxClock

JSON = {"Content-Type": "application/json"}
GRANT = json.dumps({"do": "grant", "token": "theirs"})


@pytest.fixture(scope="module")
def running():
    clock = SandboxClock()
    graph, google, feeds = GraphService(clock), GoogleService(clock), FeedService(clock)
    with serve(graph, google, feeds=feeds) as served:
        yield served, graph, google, feeds


@pytest.fixture
def graph(running):
    graph = running[1]
    graph.grants.clear()
    graph.faults.clear()
    return graph


def sent(url, method, path, body="", **headers):
    line = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_an_order_is_json_which_no_page_may_send_elsewhere_without_asking(graph, kind):
    status, said = sent(graph.base_url, "POST", "/_control", GRANT, **({"Content_Type": kind} if kind else {}))
    assert (status, graph.grants) == (415, {})
    assert b"content-type: application/json" in said.lower()


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_who_says_that_it_is_json_is_heard(graph, kind):
    assert sent(graph.base_url, "POST", "/_control", GRANT, Content_Type=kind)[0] == 200
    assert "theirs" in graph.grants


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "localhost.evil.example", "", "10.0.0.1"],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/_control"), ("GET", "/_control/log"), ("GET", "/v1.0/me")])
def test_a_name_that_was_rebound_to_this_machine_reaches_nothing(graph, host, method, path):
    before = len(graph.log)
    named = host.format(port=urlsplit(graph.base_url).port)
    status, _ = sent(graph.base_url, method, path, GRANT if method == "POST" else "", Host=named, **JSON)
    assert (status, graph.grants, len(graph.log)) == (403, {}, before)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:3000", "x"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/_control"), ("GET", "/_control/log"), ("POST", "/v1.0/$batch")]
)
def test_another_pages_request_reaches_nothing(graph, origin, method, path):
    before = len(graph.log)
    status, _ = sent(graph.base_url, method, path, GRANT if method == "POST" else "", Origin=origin, **JSON)
    assert (status, graph.grants, len(graph.log)) == (403, {}, before)


def test_all_stand_ins_are_guarded(running):
    for service in running[1:]:
        path = urlsplit(service.base_url).path
        assert sent(service.base_url, "GET", f"{path}/x", Origin="https://evil.example")[0] == 403
        assert sent(service.base_url, "GET", f"{path}/x", Host="evil.example")[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_this_machines_own_names_and_a_page_of_its_own_are_heard(graph, host):
    netloc = f"{host}:{urlsplit(graph.base_url).port}"
    for more in ({}, {"Origin": f"http://{netloc}"}):
        assert sent(graph.base_url, "POST", "/_control", GRANT, Host=netloc, **JSON, **more)[0] == 200


def test_a_faults_path_cannot_keep_a_stand_in_busy(graph):
    """It was a regular expression."""
    order = {"do": "fault", "path": "(a*)*" * 20 + "$", "answer": {"status": 503}, "times": -1}
    assert sent(graph.base_url, "POST", "/_control", json.dumps(order), **JSON)[0] == 200
    before = monotonic()
    assert sent(graph.base_url, "GET", f"/v1.0/{'a' * 5000}!")[0] != 503
    assert monotonic() - before < 5


def test_a_faults_path_is_text_with_wildcards(graph):
    order = {"do": "fault", "path": "/me/*/events?x=1", "answer": {"status": 503}, "times": -1}
    sent(graph.base_url, "POST", "/_control", json.dumps(order), **JSON)
    found = [
        sent(graph.base_url, "GET", path)[0] == 503
        for path in (
            "/v1.0/me/calendars/a/events?x=1",
            "/v1.0/me/events?x=1",
            "/v1.0/me/a/eventsxx=1",
            "/v1.0/me/a/events?x=12",
        )
    ]
    assert found == [True, False, False, True]
