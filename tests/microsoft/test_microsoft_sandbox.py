"""The adapter against the stand-in of Graph: what people do in Outlook, and what the service does about it."""

from datetime import UTC, date, datetime

import pytest

from calmirror.errors import RetryableError, UserFixableError
from calmirror.http.client import Client
from calmirror.microsoft.calendar import CursorLostError, OutlookCalendar, Reading
from calmirror.model.source import Kind, Series
from calmirror.model.times import Span, Window
from calmirror.sandbox.graph.errors import graph_error
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.service import Fault, SandboxClock
from calmirror.sandbox.transport import SandboxTransport

WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
ZONE = "W. Europe Standard Time"


class Signed:
    """A token that the stand-in accepts."""

    cure = "sign in again"

    def token(self):
        return "t"

    def renew(self):
        return "t"


def graph_with(**switches):
    graph = GraphService(SandboxClock(frozen_at=1_770_000_000.0), switches=GraphSwitches(**switches))
    graph.grant("t", ["Calendars.Read"], user=graph.mailbox.address)
    return graph


def outlook_of(graph):
    transport = SandboxTransport([graph])
    client = Client(transport, graph.clock, base_url=graph.base_url, service="Microsoft", tokens=Signed())
    return OutlookCalendar(client)


def timed(day, hour=9, **more):
    times = {
        edge: {"dateTime": f"{day}T{at:02}:00:00", "timeZone": ZONE}
        for edge, at in (("start", hour), ("end", hour + 1))
    }
    return {"subject": "Secret words", **times, **more}


def whole_day(day, after, **more):
    times = {edge: {"dateTime": f"{at}T00:00:00", "timeZone": ZONE} for edge, at in (("start", day), ("end", after))}
    return {"subject": "Secret words", "isAllDay": True, **times, **more}


def weekly(start="2026-03-02", last="2026-06-29"):
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"}
    return {"recurrence": {"pattern": pattern, "range": {"type": "endDate", "startDate": start, "endDate": last}}}


def daily(start="2026-02-01", count=250):
    limits = {"type": "numbered", "startDate": start, "numberOfOccurrences": count}
    return {"recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": limits}}


def full(outlook, graph, **more):
    return outlook.round(graph.mailbox.default_calendar, window=WINDOW, **more)


def test_a_calendar_is_read_whole_and_then_costs_one_request():
    graph = graph_with()
    person, outlook = graph.mailbox, outlook_of(graph)
    single, day = person.create(timed("2026-05-04")), person.create(whole_day("2026-05-05", "2026-05-07"))
    series = person.create(timed("2026-03-02", **weekly()))
    changed = person.edit_occurrence(series, date(2026, 3, 9), subject="Other words")
    said = full(outlook, graph)
    assert (set(said.singles), set(said.masters), set(said.exceptions)) == ({single, day}, {series}, {changed})
    assert said.singles[single].span.start == datetime(2026, 5, 4, 7, tzinfo=UTC)
    assert said.singles[day].span == Span(date(2026, 5, 5), date(2026, 5, 7))
    assert len(said.stubs[series]) == 18
    assert (said.unreadable, said.tombstones) == ({}, frozenset())
    sent = len(graph.log)
    idle = full(outlook, graph, cursor=said.cursor)
    assert (idle.singles, idle.masters, idle.stubs, len(graph.log) - sent) == ({}, {}, {}, 1)


@pytest.mark.parametrize(
    "switches",
    [
        {"first_page_empty": True},
        {"duplicates": True},
        {"shuffle": True},
        {"next_link_path": "calendar"},
        {"next_link_path": "same"},
        {"round_order": "series"},
        {"consumer_ids": True},
        {"page_size_obeyed_for_series": True},
        {"endless_pages": True},
        {"twin_ids": True},
    ],
    ids=lambda switches: next(iter(switches)),
)
def test_however_pages_come_a_round_holds_everything(switches):
    graph = graph_with(**switches)
    singles = {graph.mailbox.create(timed(f"2026-05-{day:02}")) for day in range(1, 29)}
    series = graph.mailbox.create(timed("2026-02-01", **daily()))
    said = full(outlook_of(graph), graph)
    assert set(said.singles) >= singles
    assert len(said.stubs[series]) == 250
    assert said.cursor


@pytest.mark.parametrize("expired", ["410", "410-location", "400", "404"])
def test_a_cursor_that_the_service_threw_away_is_lost(expired):
    graph = graph_with(expired_cursor=expired)
    outlook = outlook_of(graph)
    cursor = full(outlook, graph).cursor
    graph.expire_cursors()
    with pytest.raises(CursorLostError):
        full(outlook, graph, cursor=cursor)


@pytest.mark.parametrize("malformed", ["400", "400-delta-token", "404", "410"])
def test_a_garbled_cursor_is_lost(malformed):
    graph = graph_with(malformed_cursor=malformed)
    outlook = outlook_of(graph)
    cursor = full(outlook, graph).cursor
    with pytest.raises(CursorLostError):
        full(outlook, graph, cursor=cursor[:-9])


def read_one(graph, series, **stubs):
    calendar = graph.mailbox.default_calendar
    return outlook_of(graph).read_series(calendar, [series], WINDOW, stubs)[series]


@pytest.mark.parametrize("nested_pascal_case", [False, True])
@pytest.mark.parametrize("batch_any_order", [False, True])
def test_a_series_is_read_with_what_was_changed_and_deleted_in_it(nested_pascal_case, batch_any_order):
    graph = graph_with(nested_pascal_case=nested_pascal_case, batch_any_order=batch_any_order)
    person = graph.mailbox
    series = person.create(timed("2026-03-02", **weekly()))
    changed = person.edit_occurrence(series, date(2026, 3, 9), subject="Other words", **_at("2026-03-10", 15))
    person.delete_occurrence(series, date(2026, 3, 16))
    read = read_one(graph, series)
    assert isinstance(read, Series)
    assert read.cancelled == (date(2026, 3, 16),)
    [exception] = read.exceptions
    assert (exception.id, exception.kind, exception.series_id) == (changed, Kind.EXCEPTION, series)
    assert (exception.subject, exception.original_date) == ("Other words", date(2026, 3, 9))
    assert exception.original_start == datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert exception.span.start == datetime(2026, 3, 10, 14, tzinfo=UTC)


def _at(day, hour):
    return {edge: value for edge, value in timed(day, hour).items() if edge in ("start", "end")}


@pytest.mark.parametrize("unknown_expand", ["400", "400-broker", "ignored"])
@pytest.mark.parametrize("national_select", ["ignored", "400"])
def test_a_national_cloud_is_read_through_its_instances(unknown_expand, national_select):
    graph = graph_with(national_cloud=True, unknown_expand=unknown_expand, national_select=national_select)
    series = graph.mailbox.create(timed("2026-03-02", **weekly()))
    changed = graph.mailbox.edit_occurrence(series, date(2026, 3, 9), subject="Other words")
    graph.mailbox.delete_occurrence(series, date(2026, 3, 16))
    read = read_one(graph, series)
    assert (read.cancelled, read.listed_complete, len(read.listed)) == (None, True, 17)
    [exception] = read.exceptions
    assert (exception.id, exception.original_date) == (changed, date(2026, 3, 9))
    assert exception.original_start == (datetime(2026, 3, 9, 8, tzinfo=UTC) if national_select == "ignored" else None)


@pytest.mark.parametrize("listing", ["absent", "empty"])
def test_a_series_without_its_list_of_holes_is_still_read(listing):
    graph = graph_with(cancelled_list=listing)
    series = graph.mailbox.create(timed("2026-03-02", **weekly()))
    graph.mailbox.delete_occurrence(series, date(2026, 3, 16))
    read = read_one(graph, series)
    assert (read.cancelled, read.listed_complete) == ((None, True) if listing == "absent" else ((), False))


@pytest.mark.parametrize("original_start", ["selected", "always", "null"])
def test_an_exception_has_its_day_whether_or_not_its_original_start_comes(original_start):
    graph = graph_with(original_start=original_start)
    series = graph.mailbox.create(timed("2026-03-02", **weekly()))
    changed = graph.mailbox.edit_occurrence(series, date(2026, 3, 9), subject="Other words", **_at("2026-03-10", 15))
    outlook = outlook_of(graph)
    _, instances = outlook.instances(graph.mailbox.default_calendar, series, WINDOW)
    for exception in (full(outlook, graph).exceptions[changed], *instances, *read_one(graph, series).exceptions):
        assert (exception.id, exception.original_date) == (changed, date(2026, 3, 9))


def test_a_deleted_event_is_gone_and_a_moved_one_is_only_out_of_sight():
    graph = graph_with()
    person, outlook = graph.mailbox, outlook_of(graph)
    home = person.default_calendar
    deleted, moved = person.create(timed("2026-05-04")), person.create(timed("2026-05-05"))
    cursor = full(outlook, graph).cursor
    person.delete(deleted)
    person.edit(moved, **_at("2028-05-05", 9))
    assert full(outlook, graph, cursor=cursor).tombstones == {deleted, moved}
    read = outlook.read(home, [deleted, moved])
    assert read[deleted] is Reading.GONE
    assert outlook.is_listed(home, read[moved])


@pytest.mark.parametrize(
    ("foreign_id", "reading", "error"),
    [
        ("404-mailbox", Reading.NO_ID, "calendar-not-found"),
        ("400", Reading.NO_ID, "calendar-not-found"),
        ("403", Reading.UNKNOWN, "microsoft-forbidden"),
        ("404", Reading.GONE, "calendar-not-found"),
    ],
)
def test_ids_from_before_a_mailbox_was_moved_say_nothing_of_their_events(foreign_id, reading, error):
    """But for a service that answers as for an event that was deleted."""
    graph = graph_with(foreign_id=foreign_id)
    person, outlook = graph.mailbox, outlook_of(graph)
    single, series = person.create(timed("2026-05-04")), person.create(timed("2026-03-02", **weekly()))
    before, cursor = person.default_calendar, full(outlook, graph).cursor
    person.move_mailbox()
    home = outlook.resolve("")
    assert home == person.default_calendar != before
    assert set(outlook.read(home, [single]).values()) == {reading}
    assert set(outlook.read_series(home, [series], WINDOW, {}).values()) == {reading}
    with pytest.raises(UserFixableError) as caught:
        outlook.round(before, window=WINDOW)
    assert caught.value.code == error
    with pytest.raises(UserFixableError if foreign_id == "403" else CursorLostError):
        outlook.round(before, window=WINDOW, cursor=cursor)
    assert len(full(outlook, graph).singles) == 1


def test_an_event_in_another_calendar_is_not_listed_in_this_one():
    graph = graph_with(ids_survive_moves=True)
    person, outlook = graph.mailbox, outlook_of(graph)
    other = person.add_calendar("Team")
    event_id = person.create(timed("2026-03-02"))
    found = outlook.read(person.default_calendar, [event_id])[event_id]
    assert outlook.is_listed(person.default_calendar, found)
    person.move_to_calendar(event_id, other)
    assert not outlook.is_listed(person.default_calendar, found)
    assert outlook.is_listed(other, found)


def test_a_series_in_another_calendar_is_gone_from_this_one():
    graph = graph_with()
    person, outlook = graph.mailbox, outlook_of(graph)
    series = person.create(timed("2026-03-02", **weekly()))
    cursor = full(outlook, graph).cursor
    moved = person.move_to_calendar(series, person.add_calendar("Team"))
    assert full(outlook, graph, cursor=cursor).tombstones == {series}
    read = outlook.read_series(person.default_calendar, [series, moved], WINDOW, {})
    assert set(read.values()) == {Reading.GONE}


def test_a_series_whose_first_occurrence_was_deleted_is_still_listed():
    graph = graph_with()
    series = graph.mailbox.create(timed("2026-03-02", **weekly()))
    graph.mailbox.delete_occurrence(series, date(2026, 3, 2))
    outlook, home = outlook_of(graph), graph.mailbox.default_calendar
    assert outlook.is_listed(home, outlook.read(home, [series])[series])


def test_throttling_inside_a_batch_is_waited_out():
    graph = graph_with()
    event_id = graph.mailbox.create(timed("2026-05-04"))
    throttled = graph_error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
    graph.faults.append(Fault(lambda request: "/events/" in request.url, answer=throttled, times=2, inside_batch=True))
    outlook = outlook_of(graph)
    assert outlook.read(graph.mailbox.default_calendar, [event_id])[event_id].id == event_id
    assert len(graph.log) == 3


def test_calendars_of_all_groups_are_found_by_name():
    graph = graph_with()
    team = graph.mailbox.add_calendar("Team", group="Other Calendars")
    for number in range(12):
        graph.mailbox.add_calendar(f"Filler {number}")
    outlook = outlook_of(graph)
    assert outlook.resolve("") == graph.mailbox.default_calendar
    assert outlook.resolve("team") == team
    assert len(outlook.calendars()) == 14


def test_the_view_gives_every_occurrence_of_the_window():
    graph = graph_with()
    graph.mailbox.create(timed("2026-02-01", **daily(count=400)))
    graph.mailbox.create(timed("2026-05-04"))
    listed = list(outlook_of(graph).occurrences(graph.mailbox.default_calendar, WINDOW))
    assert len(listed) == len(graph.mailbox.occurrences(None, WINDOW.start, WINDOW.end)) == 335
    assert {entry["subject"] for entry in listed} == {"Secret words"}


class Kept:
    """Staged pages in memory."""

    def __init__(self):
        self.next_link, self.pages = "", []

    def load(self):
        return self.next_link, list(self.pages)

    def add(self, next_link, page):
        self.next_link = next_link
        self.pages.append(page)

    def drop(self):
        self.__init__()


@pytest.mark.parametrize("expired", [False, True], ids=["the link lives", "the link died"])
def test_a_long_first_round_that_broke_off_goes_on_where_it_was(expired):
    graph, kept = graph_with(), Kept()
    for month in range(1, 13):
        graph.mailbox.create(timed(f"2026-{month:02}-01", **daily(f"2026-{month:02}-01", 190)))
    broken = Fault(lambda request: "skiptoken" in request.url and len(kept.pages) >= 4, reset_before=True, times=-1)
    graph.faults.append(broken)
    with pytest.raises(RetryableError):
        full(outlook_of(graph), graph, staged=kept)
    graph.faults.clear()
    assert len(kept.pages) == 4
    if expired:
        graph.expire_cursors()
    before = len(graph.log)
    said = full(outlook_of(graph), graph, staged=kept)
    assert len(said.masters) == 12
    assert {series: len(stubs) for series, stubs in said.stubs.items()} == {
        series: len(stubs) for series, stubs in full(outlook_of(graph), graph).stubs.items()
    }
    assert expired == any("startDateTime" in one.query for one in graph.log[before : before + 2])


@pytest.mark.parametrize("more", [{}, weekly()], ids=["single", "series"])
@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_what_was_moved_away_is_gone_though_an_older_entry_of_it_comes_too_and_it_can_be_read(order, more):
    graph = graph_with(ids_survive_moves=True, wrong_calendar_path="found", repeated_entries=order)
    person, outlook = graph.mailbox, outlook_of(graph)
    moved = person.create(timed("2026-03-02", **more))
    cursor = full(outlook, graph).cursor
    person.move_to_calendar(moved, person.add_calendar("Team"))
    said = full(outlook, graph, cursor=cursor)
    assert (said.tombstones, said.singles, said.masters) == ({moved}, {}, {})
