"""The O365 package, which knows only the real service, at work on the stand-in."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import O365
import pytest
import requests
from graph_bench import Bench, daily, times
from requests.adapters import BaseAdapter

from calmirror.http.message import Request


class IntoTheService(BaseAdapter):
    """Carries requests' requests to a stand-in without a socket."""

    def __init__(self, service):
        super().__init__()
        self.service = service

    def send(self, request, **_options):
        headers = {key.lower(): value for key, value in request.headers.items()}
        answer = self.service.answer(Request(request.method, request.url, headers, request.body or b""))
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, request.url, request
        response.headers.update(answer.headers)
        response._content = answer.body
        return response

    def close(self):
        pass


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def schedule(bench):
    class Protocol(O365.MSGraphProtocol):
        _protocol_url = "http://graph.sandbox/"

    account = O365.Account(("id", "secret"), protocol=Protocol(timezone=ZoneInfo("UTC")))
    session = requests.Session()
    session.mount("http://", IntoTheService(bench.service))
    session.headers["Authorization"] = "Bearer token"
    account.con.session = session
    account.con.requests_delay = 0
    account.con.get_session = lambda **_options: session
    return account.schedule()


def seen_by_o365(calendar):
    """Subject and start of everything in January and February, all pages."""
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    events = calendar.get_events(include_recurring=True, start_recurring=start, end_recurring=end, limit=200, batch=20)
    return sorted((event.subject, event.start.astimezone(UTC)) for event in events)


def test_it_lists_the_calendars(bench, schedule):
    bench.mailbox.add_calendar("Team")
    assert [calendar.name for calendar in schedule.list_calendars()] == ["Calendar", "Team"]
    assert schedule.get_default_calendar().calendar_id == bench.mailbox.default_calendar


def test_it_sees_the_same_occurrences_as_the_mailbox_has(bench, schedule):
    series = bench.mailbox.create(daily("2026-01-05T09:00", 40, subject="stand-up"))
    bench.mailbox.edit_occurrence(series, date(2026, 1, 8), **times("2026-01-08T15:00", subject="later"))
    bench.mailbox.delete_occurrence(series, date(2026, 1, 9))
    bench.mailbox.create(times("2026-02-03T10:00", subject="single"))
    window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    truth = sorted((o.subject, o.start) for o in bench.mailbox.occurrences(None, *window))
    assert len(truth) == 40
    assert seen_by_o365(schedule.get_default_calendar()) == truth


def test_it_reads_a_series_master(bench, schedule):
    bench.mailbox.create(daily("2026-01-05T09:00", 5, subject="stand-up"))
    (master,) = schedule.get_default_calendar().get_events(include_recurring=False)
    assert (master.event_type.value, master.recurrence.occurrences, master.recurrence.interval) == (
        "series_master",
        5,
        1,
    )
