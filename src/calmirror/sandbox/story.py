"""A person with a calendar: Adele's year around today, and what she changes in it day by day."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import TYPE_CHECKING

from calmirror.sandbox import story_calendar
from calmirror.sandbox.story_calendar import MEETINGS, Event, Meeting, first_day, timed

if TYPE_CHECKING:
    from calmirror.sandbox.graph.mailbox import Mailbox

FORTNIGHT = timedelta(14)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A single meeting that is still to come."""

    event_id: str
    meeting: Meeting
    begins: datetime


class Story:
    """What happens next. Each change is made in the mailbox and told in one line.

    `series` holds the ids of the recurring events by short name, `ahead` the single meetings to come, in order.
    """

    def __init__(self, mailbox: Mailbox, today: date, series: dict[str, str], ahead: list[Appointment]) -> None:
        self.today = today
        self.series = series
        self.ahead = deque(ahead)
        self._mailbox = mailbox
        self._missed = {today + timedelta(day) for day in story_calendar.LEAVE}
        self._talked = last_date(story_calendar.series(today)["one-to-one"], today, 14)
        self._split = today
        self._names = cycle(("Review and demo", "Monthly review with the board", "Monthly review"))
        self._hours = cycle((time(14), time(13)))
        self._fresh = cycle(MEETINGS)
        self._days = cycle(
            (
                (self.move_meeting, self.add_meeting),
                (self.cancel_occurrence, self.delete_meeting),
                (self.move_occurrence, self.rename_series),
                (self.split_series,),
            )
        )

    def next_day(self) -> list[str]:
        """Lets one day pass; returns what the person did on it."""
        self.today += timedelta(1)
        while self.ahead and self.ahead[0].begins.date() <= self.today:
            self.ahead.popleft()
        return [change() for change in next(self._days)]

    def move_meeting(self) -> str:
        """The next meeting begins half an hour later."""
        old = self.ahead.popleft()
        new = Appointment(old.event_id, old.meeting, old.begins + timedelta(minutes=30))
        self.ahead.appendleft(new)
        self._mailbox.edit(new.event_id, **timed(new.begins, new.meeting.minutes, new.meeting.zone))
        return f"Adele moved {told(old)} to {new.begins:%H:%M}."

    def add_meeting(self) -> str:
        """A new meeting in six days' time."""
        meeting = next(self._fresh)
        day = self.today + timedelta(6)
        new = Appointment(self._mailbox.create(meeting.on(day)), meeting, datetime.combine(day, meeting.clock))
        self.ahead = deque(sorted([*self.ahead, new], key=lambda appointment: appointment.begins))
        return f"Adele added {told(new)}."

    def delete_meeting(self) -> str:
        """The next meeting does not take place; rather one that has its usual time, where there are enough."""
        unmoved = [one for one in self.ahead if one.begins.time() == one.meeting.clock]
        gone = unmoved[0] if len(unmoved) > 1 else self.ahead[0]
        self.ahead.remove(gone)
        self._mailbox.delete(gone.event_id)
        return f"Adele deleted {told(gone)}."

    def cancel_occurrence(self) -> str:
        """The next stand-up that is still on is dropped."""
        begin = self.today + timedelta(1)
        day = first_day(begin, lambda d: d.weekday() < 5 and d not in self._missed)
        self._missed.add(day)
        self._mailbox.delete_occurrence(self.series["stand-up"], day)
        return f"Adele cancelled the stand-up on {day:%a %d %b}."

    def move_occurrence(self) -> str:
        """The next one-to-one that still has its usual time takes place a day later, at four."""
        while self._talked <= self.today:
            self._talked += FORTNIGHT
        day, self._talked = self._talked, self._talked + FORTNIGHT
        begins = datetime.combine(day + timedelta(1), time(16))
        self._mailbox.edit_occurrence(self.series["one-to-one"], day, **timed(begins, 30))
        return f"Adele moved the one-to-one of {day:%a %d %b} to {begins:%a %d %b %H:%M}."

    def rename_series(self) -> str:
        """The monthly review gets another name."""
        name = next(self._names)
        self._mailbox.edit(self.series["review"], subject=name)
        return f'Adele renamed the monthly review series to "{name}".'

    def split_series(self) -> str:
        """From some Wednesday on, reading time is an hour later, or earlier again."""
        day = first_day(max(self.today, self._split) + timedelta(7), lambda d: d.weekday() == 2)
        self._split, hour = day, next(self._hours)
        times = timed(datetime.combine(day, hour), 60)
        self.series["reading"] = self._mailbox.split(self.series["reading"], day, **times)
        return f"Adele moved reading time to {hour:%H:%M} from {day:%a %d %b} on."


def fill(mailbox: Mailbox, *, today: date) -> Story:
    """Creates Adele's year around `today`, always the same one for the same day; returns what comes next."""
    events = story_calendar.series(today)
    ids = {name: mailbox.create(event) for name, event in events.items()}
    for event in story_calendar.singles(today):
        mailbox.create(event)
    appointments = [
        Appointment(mailbox.create(meeting.on(day)), meeting, datetime.combine(day, meeting.clock))
        for meeting, day in story_calendar.meetings(today)
    ]
    disturb(mailbox, ids, events, today)
    return Story(mailbox, today, ids, [one for one in appointments if one.begins.date() > today])


def disturb(mailbox: Mailbox, ids: dict[str, str], events: dict[str, Event], today: date) -> None:
    """What happened to single occurrences before today: dropped, moved to another day, renamed."""
    leave = (today + timedelta(day) for day in story_calendar.LEAVE)
    for day in [first_day(today - timedelta(25), is_working_day), *filter(is_working_day, leave)]:
        mailbox.delete_occurrence(ids["stand-up"], day)
    talk = last_date(events["one-to-one"], today, 14)
    at_noon = datetime.combine(talk + timedelta(2), time(12))
    mailbox.edit_occurrence(ids["one-to-one"], talk, **timed(at_noon, 45))
    mailbox.edit_occurrence(ids["one-to-one"], talk + 2 * FORTNIGHT, subject="1:1 Lee and Adele: the year ahead")
    mailbox.delete_occurrence(ids["shift"], last_date(events["shift"], today, 7) + FORTNIGHT)
    sync = last_date(events["west"], today, 7) + timedelta(7)
    an_hour_later = datetime.combine(sync, time(9, 30))
    mailbox.edit_occurrence(ids["west"], sync, **timed(an_hour_later, 45, story_calendar.PACIFIC))


def is_working_day(day: date) -> bool:
    """Whether Adele works on that day of the week."""
    return day.weekday() < 5


def last_date(event: Event, today: date, every: int) -> date:
    """The last date before tomorrow of a series that comes every so many days."""
    first = story_calendar.first_date(event)
    return first + timedelta((today - first).days // every * every)


def told(appointment: Appointment) -> str:
    """A meeting as one mentions it."""
    return f'"{appointment.meeting.subject}" on {appointment.begins:%a %d %b %H:%M}'
