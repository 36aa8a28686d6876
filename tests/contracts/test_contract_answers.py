"""What `./dev contract --live` writes down holds the shape of answers, and nothing personal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tools"))

from contract_answers import Redaction

from calmirror.http.message import Answer, Request

GRAPH = "https://graph.microsoft.com/v1.0"
OURS, THEIRS = f"{GRAPH}/me/calendars/AAMkOurs=/events", f"{GRAPH}/me/calendars/AAMkTheirs=/calendarView"


def kept(url: str, body: Any, *, status: int = 200, method: str = "GET", sent: Any = None) -> Any:
    """What is kept of one exchange, where `AAMkOurs=` is a scratch calendar."""
    request = Request(method, url, {"authorization": "Bearer secret"}, json.dumps(sent).encode() if sent else b"")
    return Redaction(["AAMkOurs="]).exchange(request, Answer(status, {"x": "y"}, json.dumps(body).encode()))


def test_times_numbers_and_titles_are_those_of_our_own_events_only() -> None:
    event = {"subject": "contract: single", "start": {"dateTime": "2027-01-04T09:00:00"}, "count": 3, "isAllDay": False}
    assert kept(OURS, event)["answer"] == event
    theirs = kept(THEIRS, event | {"subject": "Dinner"})["answer"]
    assert theirs == {
        "subject": "subject 1",
        "start": {"dateTime": "dateTime 1"},
        "count": "count 1",
        "isAllDay": False,
    }


def test_equal_ids_and_versions_have_equal_names_wherever_they_stand() -> None:
    body = [
        {"id": "AAMkMaster", "@odata.etag": 'W/"one"', "changeKey": "one"},
        {"seriesMasterId": "AAMkMaster", "occurrenceId": "OID.AAMkMaster.2027-01-05", "changeKey": "two"},
    ]
    assert kept(OURS, body)["answer"] == [
        {"id": "id 2", "@odata.etag": "etag 1", "changeKey": "etag 1"},
        {"seriesMasterId": "id 2", "occurrenceId": "OID.id 2.2027-01-05", "changeKey": "etag 2"},
    ]
    assert kept(THEIRS, body[1])["answer"]["occurrenceId"] == "OID.id 2.date 1"


def test_what_google_makes_of_an_id_is_kept() -> None:
    rows = ["abc", "abc_20270105T080000Z", "abc_R20270107T080000_20270108T080000Z", "abc@google.com"]
    named = kept(OURS, [{"id": row} for row in rows])["answer"]
    assert [row["id"] for row in named] == [row.replace("abc", "id 2") for row in rows]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (OURS, "GET /v1.0/me/calendars/id 1/events"),
        (f"{GRAPH}/users/adele@contoso.example/calendars('AAMkX')", "GET /v1.0/users/id 1/calendars('id 2')"),
        (f"{OURS}/AAMkX?%24select=subject&%24deltatoken=abc", "GET /v1.0/me/calendars/id 1/events/id 2"),
    ],
)
def test_a_path_has_words_and_names(url: str, shown: str) -> None:
    exchange = kept(url, {})
    assert exchange["request"] == shown
    assert "abc" not in str(exchange)
    assert "secret" not in str(exchange)


def test_a_link_keeps_its_path_and_an_errors_text_what_it_says() -> None:
    link = f"{GRAPH}/me/calendars('AAMkX')/calendarView/delta?$deltatoken=abc"
    assert kept(OURS, {"@odata.deltaLink": link})["answer"] == {
        "@odata.deltaLink": "/v1.0/me/calendars('id 2')/calendarView/delta?token 1"
    }
    text = "Item 'AAMkX' doesn't belong to the targeted mailbox 'adele@contoso.example', or adele@contoso.example, "
    error = {"code": "ErrorInvalidMailboxItemId", "message": text + "x" * 40}
    said = "Item … doesn't belong to the targeted mailbox …, or … …"
    assert kept(OURS, {"error": error}, status=404)["answer"] == {"error": error | {"message": said}}


def test_of_a_batch_the_statuses_are_kept_and_of_a_page_nothing() -> None:
    batch = b"--b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n--b\r\n\r\nHTTP/1.1 409 Conflict\r\n\r\n--b--"
    request = Request("POST", "https://www.googleapis.com/batch/calendar/v3", {}, b"--b")
    assert Redaction([]).exchange(request, Answer(200, {}, batch)) == {
        "request": "POST /batch/calendar/v3",
        "status": 200,
        "members": [200, 409],
    }
    page = Redaction([]).exchange(Request("GET", OURS), Answer(503, {}, b"<html>Adele</html>"))
    assert (page["status"], page["answer"]) == (503, "not JSON")
