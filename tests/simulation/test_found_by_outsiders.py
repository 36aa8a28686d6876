"""What people found who tried to make the mirror wrong: each once went wrong, and must not again."""

import json
from collections import Counter
from datetime import date, timedelta

import pytest
from world import (
    BERLIN,
    TODAY,
    WHOLE_CALENDAR,
    Answer,
    World,
    broken,
    calls,
    moved,
    numbered,
    timed,
    weekly,
)

from calmirror.microsoft import delta
from calmirror.sandbox.graph.errors import CATALOGUE, graph_error
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.service import Fault

COLOUR = {"colorId": "11"}
REMINDER = {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 33}]}}
UNAVAILABLE = Answer(503, {}, b"")
NEXT, CURSOR = "skiptoken", "deltatoken"
GONE = CATALOGUE["sync-state-not-found"]


def reads_since(world, marked):
    """How many requests without a write in them Google has seen since then."""
    return sum(1 for one in world.google.log[marked[1] :] if {call.method for call in calls([one])} == {"GET"})


# A first read that was interrupted


def interrupted_while_reading(world):
    """Microsoft stops answering after some pages."""
    pages = iter(range(1000))
    later = Fault(matches=lambda one: NEXT in one.url and next(pages) > 2, answer=UNAVAILABLE, times=-1)
    world.graph.faults.append(later)


def interrupted_before_writing(world):
    """Google does not answer at all, so what was read is never used."""
    broken(world.google, answer=UNAVAILABLE)


@pytest.fixture
def pages_of_seven(monkeypatch):
    """A small calendar takes many pages."""
    monkeypatch.setattr(delta, "USUAL_PAGE", 7)


def edit_more(world):
    """What becomes another kind of thing, leaves, or stops being changed."""
    box, ids = world.mailbox, world.ids
    box.delete(ids["changed"])
    box.edit(ids["single-3"], **moved(TODAY + timedelta(300), 9))
    pattern = weekly("", TODAY - timedelta(1), 9)["recurrence"]
    box.edit(ids["single-4"], recurrence=pattern)
    box.move_to_calendar(ids["single-5"], world.other)
    box.delete_occurrence(ids["west"], date(2026, 3, 19))


@pytest.mark.usefixtures("pages_of_seven")
@pytest.mark.parametrize("dead", [(), (NEXT,), (CURSOR,), (NEXT, CURSOR)], ids=["alive", "staged", "cursor", "both"])
@pytest.mark.parametrize("interrupted", [interrupted_while_reading, interrupted_before_writing])
@pytest.mark.parametrize("edits", [World.edit_of_every_kind, edit_more])
def test_a_first_read_that_is_resumed_later_misses_nothing(interrupted, edits, dead):
    world = World().fill(singles=12)
    world.other = world.mailbox.add_calendar("Other")
    interrupted(world)
    assert world.sync() == 5
    assert len(world.graph.log) > 4
    world.graph.faults.clear()
    world.google.faults.clear()
    edits(world)
    for link in dead:
        broken(world.graph, link, answer=GONE, times=1)
    first = len(world.graph.log)
    assert world.sync() == 0, (world.error, world.report)
    assert NEXT in next(one.request.url for one in world.graph.log[first:] if "delta" in one.path)
    world.assert_exact()


SERVICES = {
    "as usual": GraphSwitches(),
    "a changed series is sent without its occurrences": GraphSwitches(series_resend="master"),
    "holes cannot be listed": GraphSwitches(national_cloud=True),
}


@pytest.mark.usefixtures("pages_of_seven")
@pytest.mark.parametrize("service", SERVICES)
def test_a_first_read_that_is_resumed_later_misses_nothing_that_happened_to_series(service):
    world = World(graph=SERVICES[service]).fill(singles=12)
    interrupted_before_writing(world)
    assert world.sync() == 5
    world.google.faults.clear()
    world.mailbox.edit(world.ids["plain"], **moved(date(2026, 3, 2), 15))
    world.mailbox.edit_occurrence(world.ids["west"], date(2026, 3, 19), subject="West, once")
    world.mailbox.delete_occurrence(world.ids["daily"], TODAY + timedelta(2))
    world.mailbox.delete(world.ids["changed"])
    assert world.sync() == 0, world.report
    world.assert_exact()


@pytest.mark.usefixtures("pages_of_seven")
@pytest.mark.parametrize(
    "end",
    [
        lambda box, one: box.move_to_calendar(one, box.add_calendar("Other")),
        lambda box, one: box.edit(one, recurrence=None),
    ],
    ids=["moved away", "became a single event"],
)
def test_what_is_no_series_here_any_more_when_a_first_read_is_resumed_is_not_taken_for_one(end):
    """What was moved away keeps its id and can still be read through the calendar that it left."""
    world = World(graph=GraphSwitches(ids_survive_moves=True, wrong_calendar_path="found")).fill(singles=12)
    interrupted_before_writing(world)
    assert world.sync() == 5
    world.google.faults.clear()
    end(world.mailbox, world.ids["changed"])
    assert world.sync() == 0, world.report
    world.assert_exact()


@pytest.mark.parametrize("repeats", [{}, {"repeated_entries": "older first"}, {"repeated_entries": "newer first"}])
@pytest.mark.parametrize("series_tombstones", ["master", "each"])
def test_a_series_that_was_moved_away_goes_though_it_keeps_its_id_and_older_entries_of_it_come(
    series_tombstones, repeats
):
    services = {"series_tombstones": series_tombstones, "ids_survive_moves": True, "wrong_calendar_path": "found"}
    world = World(graph=GraphSwitches(**services, **repeats, replay=True)).fill()
    assert world.sync() == 0
    world.mailbox.move_to_calendar(world.ids["changed"], world.mailbox.add_calendar("Other"))
    for _ in range(2):  # the second round tells of it again
        assert world.sync() == 0
        world.assert_exact()


@pytest.mark.usefixtures("pages_of_seven")
def test_a_first_read_that_is_resumed_when_microsoft_has_forgotten_all_of_it_starts_over():
    world = World().fill(singles=12)
    interrupted_before_writing(world)
    assert world.sync() == 5
    world.google.faults.clear()
    world.edit_of_every_kind()
    world.graph.expire_cursors()
    assert world.sync() == 0
    world.assert_exact()


# A changed occurrence that a person calls off in Google


ANSWERS = {
    "whole": (),
    "without its sequence": ("sequence",),
    "bare": ("sequence", "etag", "updated", "recurringEventId", "originalStartTime"),
}
"""What Google may leave out of an occurrence that was called off."""


def strip_called_off(world, left_out):
    """From now on Google answers a read of what was called off with less."""
    faulty = world.google.faulty

    def stripped(request, respond, **where):
        answer = faulty(request, respond, **where)
        if request.method != "GET" or b'"cancelled"' not in answer.body or "/events/" not in request.url:
            return answer
        kept = {name: value for name, value in answer.json().items() if name not in left_out}
        return Answer(answer.status, answer.headers, json.dumps(kept).encode())

    world.google.faulty = stripped


def call_off(world, moves):
    """A person moves a changed occurrence to and fro in Google, which counts that, and calls it off."""
    instance = world.copies("changed")[1]
    for number in range(moves):
        day = TODAY + timedelta(number % 2)
        times = {edge: {"dateTime": f"{day}T{hour}:00:00Z"} for edge, hour in (("start", 18), ("end", 19))}
        instance = world.google.person_edit(world.destination, instance["id"], **times)
    assert instance["sequence"] >= moves
    world.google.person_delete(world.destination, instance["id"])


@pytest.fixture(params=ANSWERS)
def called_off(request):
    """A mirror whose changed occurrence the person can call off, in a service that says more or less of such."""
    world = World().fill(singles=3).settle()
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 3, 23), **moved(date(2026, 3, 24), 10))
    assert world.sync() == 0
    strip_called_off(world, ANSWERS[request.param])
    return world


@pytest.mark.parametrize("moves", [1, 6])
def test_a_changed_occurrence_that_a_person_called_off_comes_back_with_its_next_change(called_off, moves):
    call_off(called_off, moves)
    called_off.mailbox.edit_occurrence(called_off.ids["changed"], date(2026, 3, 23), subject="Back again")
    assert called_off.sync() == 0, called_off.report
    called_off.assert_exact()


@pytest.mark.parametrize("moves", [1, 6, 40])
def test_repair_brings_back_a_changed_occurrence_that_a_person_called_off_and_says_so(called_off, moves):
    call_off(called_off, moves)
    assert called_off.repair().exit_code == 0
    called_off.assert_exact()


# Cursors that lead nowhere


@pytest.fixture
def edited():
    """A mirror that was exact, and changes that no run has seen."""
    world = World().fill(singles=10).settle()
    world.edit_of_every_kind()
    return world


def last_page(link):
    return Answer(200, {}, json.dumps({"value": [], "@odata.deltaLink": link}).encode())


UNUSABLE = {
    "another host": ("https://evil.example/v1.0/me/calendarView/delta?$deltatoken=x", 6),
    "no scheme": ("//evil.example/x", 6),
    "a path alone": ("/me/calendarView/delta?$deltatoken=x", 6),
    "no address": ("nonsense", 6),
    "nonsense on the right host": ("http://graph.sandbox/v1.0/me/nonsense", 0),
    "a token of nobody": ("http://graph.sandbox/v1.0/me/calendarView/delta?$deltatoken=nobody", 0),
}


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", UNUSABLE)
def test_a_cursor_that_leads_nowhere_is_made_good_by_the_next_run(edited, name, first):
    link, code = UNUSABLE[name]
    world = World().fill(singles=6) if first else edited
    marked = world.mark()
    broken(world.graph, "calendarView/delta", answer=last_page(link), times=1)
    # A first answer without any event is not believed.
    assert world.sync() == (6 if first else code), world.error
    assert [method for method, _ in world.writes_since(marked) if method == "DELETE"] == []
    assert world.sync() == 0, world.error
    world.assert_exact()


REFUSED = {
    "ErrorInvalidSyncStateData": 400,
    "ErrorInvalidRequest": 400,
    "ErrorItemNotFound": 404,
    "ErrorSyncFolderNotFound": 404,
    "UnknownError": 410,
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_cursor_that_is_refused_in_any_words_is_made_good_within_the_run(edited, code):
    broken(edited.graph, CURSOR, answer=graph_error(REFUSED[code], code, "No."), times=1)
    assert edited.sync() == 0, edited.error
    assert edited.report.full
    edited.assert_exact()


@pytest.mark.parametrize("code", REFUSED)
def test_a_calendar_that_is_refused_with_its_cursor_deletes_nothing(edited, code):
    marked = edited.mark()
    broken(edited.graph, "calendarView/delta", answer=graph_error(REFUSED[code], code, "No."))
    assert edited.sync() in (1, 4, 5)
    assert edited.writes_since(marked) == []
    edited.graph.faults.clear()
    assert edited.sync() == 0
    edited.assert_exact()


# Half a character


def garble(service, text):
    """From now on the service spells this text with half a character in it, which JSON can."""
    respond = service.respond

    def garbled(request, exchange):
        answer = respond(request, exchange)
        return Answer(answer.status, answer.headers, answer.body.replace(text.encode(), b"half \\ud800"))

    service.respond = garbled


def besides(shown):
    """What is shown, less the event that has half a character."""
    return Counter({key: count for key, count in shown.items() if not key[0].lower().startswith("half")})


@pytest.mark.parametrize("make", [timed, weekly])
@pytest.mark.parametrize("place", ["id", "subject", "iCalUId"])
@pytest.mark.parametrize("late", [False, True])
def test_half_a_character_hinders_nothing_else(make, place, late):
    """No file and no request can hold one."""
    world = World().fill(singles=3)
    if late:
        world.settle()
    one = world.mailbox.create(make("Halfway", TODAY + timedelta(3), 6))
    raw = {"id": one, "subject": "Halfway", "iCalUId": world.mailbox.item(one).ical_seed.hex().upper()}
    garble(world.graph, raw[place])
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    world.ids["late"] = world.mailbox.create(timed("Late", TODAY, 19))
    assert world.sync() in (0, 3), world.error
    assert besides(world.shown_in_google()) == besides(world.shown_in_outlook())
    world.mailbox.delete(one)
    assert world.sync() in (0, 3), world.error
    assert besides(world.shown_in_google()) == besides(world.shown_in_outlook())
    if place != "id":
        world.assert_exact()


# Series


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize(("day", "to"), [(26, 19), (19, 26)], ids=["earlier", "later"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_an_occurrence_moved_to_the_very_time_of_another_is_shown_beside_it(settled, day, to, shuffle):
    world = World(graph=GraphSwitches(shuffle=shuffle)).fill(singles=3)
    if settled:
        world.settle()
    world.mailbox.edit_occurrence(world.ids["west"], date(2026, 3, day), **moved(date(2026, 3, to), 17))
    assert world.sync() == 0
    world.assert_exact()
    assert max(count for key, count in world.shown_in_google().items() if key[0] == "West") == 2


@pytest.mark.parametrize("resend", ["all", "master"])
@pytest.mark.parametrize("real_zone", [None, "America/New_York"], ids=["zone named", "zone not named"])
@pytest.mark.parametrize(
    "edit",
    [
        lambda box, one, day: box.edit(one, subject="Birthday party"),
        lambda box, one, day: box.edit_occurrence(one, day, subject="Birthday party"),
        lambda box, one, day: box.edit_occurrence(one, day, **moved(day, 12)),
        lambda box, one, day: box.delete_occurrence(one, day),
        lambda box, one, day: box.edit(one, **moved(date(2024, day.month, day.day), 12)),
    ],
    ids=["renamed", "one renamed", "one moved", "one deleted", "rescheduled"],
)
def test_a_yearly_series_of_which_one_day_is_in_sight_stays_right(resend, real_zone, edit):
    world = World(graph=GraphSwitches(series_resend=resend)).fill(singles=3)
    day = TODAY + timedelta(10)
    first = date(2024, day.month, day.day)
    zone = "Customized Time Zone" if real_zone else BERLIN
    pattern = {"type": "absoluteYearly", "interval": 1, "dayOfMonth": day.day, "month": day.month}
    rule = {"pattern": pattern, "range": numbered(first, 9) | {"recurrenceTimeZone": zone}}
    event = {"subject": "Birthday", **moved(first, 9, zone), "recurrence": rule}
    world.ids["year"] = world.mailbox.create(event, real_zone=real_zone)
    world.settle()
    edit(world.mailbox, world.ids["year"], day)
    assert world.sync() == 0
    world.assert_exact()


@pytest.mark.parametrize("stub_zone", ["windows", "author"])
@pytest.mark.parametrize("again", [False, True])
def test_a_series_to_come_in_a_zone_of_its_own_is_right_though_its_occurrences_in_a_round_cannot_be_understood(
    stub_zone, again
):
    world = World(graph=GraphSwitches(stub_zone=stub_zone, range_start="posted")).fill(singles=3)
    first = TODAY + timedelta(5)
    pattern = {"type": "absoluteMonthly", "interval": 2, "dayOfMonth": (first + timedelta(3)).day}
    rule = {"pattern": pattern, "range": numbered(first, 9) | {"recurrenceTimeZone": "Customized Time Zone"}}
    event = {"subject": "Late", **moved(first, 22, "Customized Time Zone"), "recurrence": rule}
    world.ids["late"] = world.mailbox.create(event, real_zone="America/New_York")
    world.settle()
    world.assert_exact()
    if again:
        world.mailbox.edit(world.ids["late"], subject="Later")
        assert world.sync() == 0
        world.assert_exact()


def test_an_occurrence_that_reached_into_the_window_and_was_moved_out_of_it_does_not_show():
    """The series is mirrored for the first time when only the end of the night would be in the window."""
    world = World()
    evening, window = date(2026, 2, 9), date(2026, 2, 24)
    nights = weekly("Night", evening, 20)
    nights["end"] = {"dateTime": f"{evening + timedelta(1)}T04:00:00", "timeZone": BERLIN}
    world.ids["night"] = world.mailbox.create(nights)
    world.mailbox.edit_occurrence(world.ids["night"], window - timedelta(1), **moved(window - timedelta(3), 14))
    world.settle()
    world.assert_exact()


# What a person set in Google


@pytest.mark.parametrize("touch", [COLOUR, REMINDER, COLOUR | REMINDER], ids=["colour", "reminder", "both"])
@pytest.mark.parametrize("count", [1, 30, 60])
def test_what_a_person_set_alone_outlives_the_next_edits_at_the_price_of_one_read(touch, count):
    """By default a new reminder does not move the etag, so nothing but reading tells of it."""
    world = World().fill(singles=61).settle()
    assert not world.google.switches.reminder_edit_changes_etag
    names = [f"single-{number}" for number in range(count)]
    for name in names:
        world.google.person_edit(world.destination, world.copies(name)[0]["id"], **touch)
        world.mailbox.edit(world.ids[name], subject="Another title")
    marked = world.mark()
    assert world.sync() == 0
    assert reads_since(world, marked) == 1
    for name in names:
        copy = world.copies(name)[0]
        assert {key: copy.get(key) for key in touch} == touch
        assert copy["summary"] == "Another title"
    world.assert_exact()


def test_a_reminder_set_on_a_series_and_on_one_changed_occurrence_outlives_their_edits():
    world = World().fill(singles=3).settle()
    for row in world.copies("changed"):
        world.google.person_edit(world.destination, row["id"], **REMINDER)
    world.mailbox.edit(world.ids["changed"], subject="Another title")
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 3, 23), subject="Only this one")
    world.mailbox.edit_occurrence(world.ids["changed"], date(2026, 4, 6), subject="And this one")
    assert world.sync() == 0
    assert {json.dumps(row.get("reminders")) for row in world.copies("changed")} == {json.dumps(REMINDER["reminders"])}
    world.assert_exact()


# The calendar whose making was never heard of


@pytest.mark.parametrize("lost", ["reset_after", "503", "cut off"])
def test_a_calendar_whose_making_was_not_heard_of_is_asked_for_once_and_found_by_the_next_run(lost):
    world = World(scope=WHOLE_CALENDAR).fill(singles=3)
    what = {"reset_after": {"reset_after": True}, "503": {"answer_after": UNAVAILABLE}, "cut off": {"truncate": 9}}
    broken(world.google, "/calendars", method="POST", times=1, **what[lost])
    assert world.sync() == 5
    assert [path.rpartition("/")[2] for _, path in world.writes_since((0, 0))] == ["calendars"]
    assert world.sync() == 0
    assert len([one for one in world.google.state.live() if one.summary == "Outlook"]) == 1
    world.assert_exact()


def test_a_calendar_that_cannot_be_made_is_asked_for_once_a_run():
    world = World(scope=WHOLE_CALENDAR).fill(singles=3)
    fault = broken(world.google, "/calendars", method="POST", answer=UNAVAILABLE)
    for runs in (1, 2):
        assert world.sync() == 5
        assert fault.seen == runs
    world.google.faults.clear()
    assert world.sync() == 0
    world.assert_exact()


# A batch that is refused as a whole


@pytest.mark.parametrize("status", [404, 410])
def test_a_batch_that_is_refused_as_a_whole_ends_the_run_and_nothing_was_touched(edited, status):
    marked = edited.mark()
    broken(edited.graph, "/$batch", answer=graph_error(status, "Gone", "No."))
    assert edited.sync() == (5 if status == 410 else 4)
    assert edited.writes_since(marked) == []
    edited.graph.faults.clear()
    assert edited.sync() == 0
    edited.assert_exact()


# What a person moves while it is looked for


def test_an_event_that_is_moved_back_between_being_read_and_being_looked_for_is_not_deleted():
    """It is looked for where it was when it was read, and is not there any more; and yet it is in the calendar."""
    world = World().fill(singles=6).settle()
    box, one = world.mailbox, world.ids["single-3"]
    [copy] = world.copies("single-3")
    box.edit(one, **moved(TODAY + timedelta(300), 9))

    def moves_back(request):
        if "calendarView?" in request.url:
            box.edit(one, **moved(TODAY + timedelta(3), 9))
        return False

    world.graph.faults.append(Fault(matches=moves_back, answer=UNAVAILABLE))
    assert world.sync() == 0, world.report
    assert [row["id"] for row in world.copies("single-3")] == [copy["id"]]
    world.graph.faults.clear()
    assert world.sync() == 0
    world.assert_exact()
