"""Adele's year: always the same for the same day, true to its patterns, and full of what calendars are made of."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calmirror.sandbox.graph.mailbox import Mailbox, Occurrence
from calmirror.sandbox.graph.switches import GraphSwitches
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.story import Story, fill
from calmirror.sandbox.story_calendar import BERLIN

TODAY = date(2026, 11, 23)


def outlook(today: date = TODAY) -> tuple[Mailbox, Story]:
    now = datetime(today.year, today.month, today.day, 6, tzinfo=UTC).timestamp()
    clock = SandboxClock(frozen_at=now)
    mailbox = Mailbox("adele@contoso.example", clock=clock, switches=GraphSwitches(), time_zone=BERLIN)
    return mailbox, fill(mailbox, today=today)


def year(mailbox: Mailbox, today: date = TODAY) -> list[Occurrence]:
    middle = datetime(today.year, today.month, today.day, tzinfo=UTC)
    return mailbox.occurrences(mailbox.default_calendar, middle - timedelta(180), middle + timedelta(185))


def told_of(mailbox: Mailbox) -> list[tuple[str, datetime, datetime]]:
    return sorted((one.subject, one.start, one.end) for one in year(mailbox))


def test_the_year_is_the_same_every_time() -> None:
    assert told_of(outlook()[0]) == told_of(outlook()[0])


@pytest.mark.parametrize("offset", range(0, 366, 13))
def test_every_day_of_the_year_can_be_today(offset: int) -> None:
    """Each series starts on a day of its own pattern, and the days ahead can be told for a fortnight."""
    today = TODAY + timedelta(offset)
    mailbox, story = outlook(today)
    for master in story.series.values():
        item = mailbox.item(master)
        assert mailbox.expander.rule(item).first() == mailbox.expander.rule(item).start
    for _ in range(14):
        assert all(line.startswith("Adele ") for line in story.next_day())


@pytest.mark.parametrize("offset", range(7))
def test_what_was_moved_is_not_deleted_the_next_day_whatever_day_it_is(offset: int) -> None:
    _, story = outlook(TODAY + timedelta(offset))
    moved, deleted = story.next_day()[0], story.next_day()[1]
    before, _, at = moved.removeprefix("Adele moved ").partition(" to ")
    assert deleted.startswith("Adele deleted ")
    assert deleted != f"Adele deleted {before[: -len('10:00')]}{at}"


def test_there_is_something_to_tell_for_years() -> None:
    _, story = outlook()
    assert all(story.next_day() for _ in range(800))


def test_a_few_hundred_events_of_every_kind() -> None:
    mailbox, _story = outlook()
    items = [mailbox.item(one.id) for one in year(mailbox) if one.original is None]
    assert 200 < len(mailbox.events) < 400
    assert len(year(mailbox)) > 700
    shown = Counter(item.fields["showAs"] for item in items)
    assert shown.keys() == {"busy", "free", "tentative", "oof", "workingElsewhere"}
    assert {item.fields.get("sensitivity", "normal") for item in items} == {"normal", "private", "confidential"}
    assert any(one.start == one.end for one in year(mailbox))
    assert any((one.last_day - one.first_day).days == 12 for one in year(mailbox) if one.all_day)


def test_the_night_shift_keeps_its_hours_over_both_changes_of_the_clocks() -> None:
    mailbox, _ = outlook()
    nights = [one for one in year(mailbox) if one.subject == "Night shift"]
    assert Counter(one.end - one.start for one in nights).keys() == {timedelta(hours=hours) for hours in (7, 8, 9)}
    berlin = ZoneInfo("Europe/Berlin")
    assert {(one.start.astimezone(berlin).hour, one.end.astimezone(berlin).hour) for one in nights} == {(22, 6)}


def test_some_occurrences_are_missing_and_some_elsewhere() -> None:
    mailbox, _story = outlook()
    days = {one.original for one in year(mailbox) if one.subject == "Stand-up"}
    assert date(2027, 1, 7) not in days, "she is on leave"
    assert date(2026, 11, 24) in days
    talks = {one.original: one for one in year(mailbox) if one.subject.startswith("1:1")}
    assert len({one.subject for one in talks.values()}) == 2
    moved = [day for day, one in talks.items() if day and one.start.date() != day]
    assert len(moved) == 1
    assert 0 <= (TODAY - moved[0]).days < 14


def test_next_days_go_through_every_kind_of_change() -> None:
    """Each told line is true of the mailbox."""
    mailbox, story = outlook()
    series = dict(story.series)
    lines = [line for _ in range(4) for line in story.next_day()]
    assert lines == [
        'Adele moved "Offer for Fabrikam" on Wed 25 Nov 10:00 to 10:30.',
        'Adele added "Offer for Fabrikam" on Mon 30 Nov 10:00.',
        "Adele cancelled the stand-up on Thu 26 Nov.",
        'Adele deleted "Dentist" on Fri 27 Nov 08:00.',
        "Adele moved the one-to-one of Tue 01 Dec to Wed 02 Dec 16:00.",
        'Adele renamed the monthly review series to "Review and demo".',
        "Adele moved reading time to 14:00 from Wed 09 Dec on.",
    ]
    happens = {(one.subject, f"{one.start:%m-%dT%H:%M}") for one in year(mailbox)}
    assert ("Offer for Fabrikam", "11-25T09:30") in happens
    assert ("Offer for Fabrikam", "11-30T09:00") in happens
    assert ("Stand-up", "11-26T08:15") not in happens
    assert ("Stand-up", "11-27T08:15") in happens
    assert ("Dentist", "11-27T07:00") not in happens
    assert ("1:1 Lee and Adele", "12-02T15:00") in happens
    assert ("Review and demo", "11-27T14:00") in happens
    assert ("Reading time", "12-02T12:00") in happens
    assert ("Reading time", "12-09T13:00") in happens
    assert ("Reading time", "12-09T12:00") not in happens
    assert story.series["reading"] != series["reading"]


def test_the_story_goes_on_for_half_a_year() -> None:
    _mailbox, story = outlook()
    for _ in range(170):
        story.next_day()
    assert story.today == TODAY + timedelta(170)
    assert story.ahead
