"""Which calendars there are, which one is meant, and whether one lists an event."""

import pytest
from canned_graph import (
    BASE,
    CALENDAR,
    HOME,
    NOT_FOUND,
    WINDOW,
    CannedGraph,
    graph_error,
    json_answer,
    master,
    page,
    single,
)

from calmirror.errors import RetryableError, UserFixableError
from calmirror.microsoft import parse
from calmirror.microsoft.calendar import CalendarInfo

VIEW = f"{HOME}/calendarView"
INSTANCES = f"{HOME}/events/m/instances"


def calendar(calendar_id, name, **more):
    return {"id": calendar_id, "name": name, "owner": {"name": "A", "address": "a@contoso.example"}, **more}


@pytest.fixture
def graph():
    graph = CannedGraph()
    graph.canned |= {
        "/me/calendar": [json_answer(calendar("id1", "Calendar"))],
        "/me/calendars": [page(calendar("id1", "Calendar", isDefaultCalendar=True), next_link=f"{BASE}/more")],
        "/more": [page(calendar("id2", "Team"), calendar("id3", "team"))],
        "/me/calendarGroups": [page({"id": "g=1"}, {"id": "g2"})],
        "/me/calendarGroups/g=1/calendars": [page(calendar("id1", "Calendar", isDefaultCalendar=True))],
        "/me/calendarGroups/g2/calendars": [
            page({"id": "id4", "name": "Shared", "owner": None}, calendar("id5", "Twin"))
        ],
    }
    return graph


def test_calendars_of_all_pages_and_groups_are_listed_once(graph):
    found = graph.outlook().calendars()
    assert sorted(info.id for info in found) == ["id1", "id2", "id3", "id4", "id5"]
    assert CalendarInfo("id1", "Calendar", is_default=True, owner="a@contoso.example") in found
    assert CalendarInfo("id4", "Shared", is_default=False, owner="") in found


def test_no_name_means_the_default_calendar_at_one_request(graph):
    assert graph.outlook().resolve("") == "id1"
    assert graph.urls == ["/me/calendar"]


@pytest.mark.parametrize(
    ("source", "found"),
    [("Calendar", "id1"), ("Team", "id2"), ("team", "id3"), ("SHARED", "id4"), ("id5", "id5")],
)
def test_a_calendar_is_meant_by_its_id_its_name_or_its_name_in_any_case(graph, source, found):
    assert graph.outlook().resolve(source) == found


def test_a_calendar_that_is_not_there_names_those_that_are(graph):
    with pytest.raises(UserFixableError) as caught:
        graph.outlook().resolve("Holidays")
    assert caught.value.code == "calendar-not-found"
    assert '"Calendar", "Shared", "Team", "Twin", "team"' in caught.value.what


@pytest.mark.parametrize("source", ["TEAM", "Twin"])
def test_a_name_that_two_calendars_share_is_not_guessed(graph, source):
    graph.canned["/me/calendarGroups/g=1/calendars"] = [page(calendar("id6", "Twin"))]
    with pytest.raises(UserFixableError) as caught:
        graph.outlook().resolve(source)
    assert caught.value.code == "calendar-ambiguous"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (graph_error(404, "MailboxNotEnabledForRESTAPI"), "mailbox-not-enabled"),
        (graph_error(403, "ErrorAccessDenied"), "microsoft-forbidden"),
        (NOT_FOUND, "calendar-not-found"),
    ],
)
def test_a_mailbox_that_cannot_be_read_says_why(graph, answer, code):
    graph.canned["/me/calendar"] = [answer]
    with pytest.raises(UserFixableError) as caught:
        graph.outlook().resolve("")
    assert caught.value.code == code


def test_occurrences_are_given_as_they_come_from_all_pages(graph):
    graph.canned[VIEW] = [page(single("a"), next_link=f"{BASE}{VIEW}?$skip=1000")]
    graph.canned[f"{VIEW}?$skip=1000"] = [page(single("b"))]
    assert list(graph.outlook().occurrences(CALENDAR, WINDOW)) == [single("a"), single("b")]
    assert graph.urls[0].endswith("?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z&$top=1000")


def test_a_list_whose_pages_go_in_a_circle_is_left(graph):
    graph.canned[VIEW] = [page(single("a"), next_link=f"{BASE}{VIEW}?$skip=1")]
    with pytest.raises(RetryableError) as caught:
        list(graph.outlook().occurrences(CALENDAR, WINDOW))
    assert caught.value.code == "endless-pages"


@pytest.mark.parametrize(("listed", "expected"), [(["x", "s"], True), (["x"], False), ([], False)])
def test_a_single_event_is_listed_when_the_view_around_its_time_has_it(graph, listed, expected):
    graph.canned[VIEW] = [page(*({"id": one} for one in listed))]
    assert graph.outlook().is_listed(CALENDAR, parse.event(single("s"))) is expected
    assert "startDateTime=2026-03-01T09:00:00Z&endDateTime=2026-03-03T10:00:00Z" in graph.urls[0]


def test_a_series_is_listed_when_the_view_has_any_of_its_occurrences(graph):
    first = {"id": "o", "type": "occurrence", "seriesMasterId": "m"} | {
        edge: {"dateTime": f"2026-05-0{day}T00:00:00", "timeZone": "UTC"} for edge, day in (("start", 4), ("end", 5))
    }
    graph.canned |= {INSTANCES: [page(first)], VIEW: [page({"id": "o", "seriesMasterId": "m"})]}
    assert graph.outlook().is_listed(CALENDAR, parse.event(master("m")))
    assert "startDateTime=2026-05-03T00:00:00Z&endDateTime=2026-05-06T00:00:00Z" in graph.urls[-1]


def test_a_series_without_any_occurrence_is_not_listed(graph):
    graph.canned[INSTANCES] = [page()]
    assert not graph.outlook().is_listed(CALENDAR, parse.event(master("m")))


def test_a_very_long_event_is_looked_for_in_a_window_that_graph_accepts(graph):
    graph.canned[VIEW] = [page({"id": "s"})]
    assert graph.outlook().is_listed(CALENDAR, parse.event(single("s", end="2036-03-02T10:00:00")))
    assert "startDateTime=2026-03-01T09:00:00Z&endDateTime=2031-02-28T09:00:00Z" in graph.urls[0]


def test_an_occurrence_that_cannot_be_understood_does_not_hide_its_series(graph):
    readable = {"id": "o", "type": "occurrence", "seriesMasterId": "m"} | {
        edge: {"dateTime": "2026-05-04T09:00:00", "timeZone": "UTC"} for edge in ("start", "end")
    }
    graph.canned |= {INSTANCES: [page(readable | {"start": None}, readable)], VIEW: [page({"seriesMasterId": "m"})]}
    assert graph.outlook().is_listed(CALENDAR, parse.event(master("m")))
