"""What Google receives for each property that Microsoft Graph gives an event, on the stand-ins of both services."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from world import TODAY, World, daily, marks, timed, weekly

from calmirror.model.policy import Policy, Profile, Shown

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "fields.md").read_text()
ANA = {"emailAddress": {"name": "Ana Lopez", "address": "ana@contoso.example"}}
BO = {"emailAddress": {"name": "Bo Ek", "address": "bo@contoso.example"}, "status": {"response": "accepted"}}
ROOM = {"emailAddress": {"name": "Room 7", "address": "room7@contoso.example"}, "type": "resource"}
JOIN = "https://teams.microsoft.com/l/meetup-join/19%3ax"
LINK = "https://outlook.office365.com/owa/?itemid=A&exvsurl=1"
WHOLE_DAY = {
    "isAllDay": True,
    "start": {"dateTime": f"{TODAY}T00:00:00", "timeZone": "UTC"},
    "end": {"dateTime": f"{TODAY + timedelta(1)}T00:00:00", "timeZone": "UTC"},
}
DEFAULT = Policy()
TEXT = "description"
MONDAY = date(2026, 3, 16)


@dataclass(frozen=True)
class Case:
    """Properties of Graph's, what is posted of them, and what Google has then.

    `has` maps Google's fields to a part of their value, `lacks` holds words or fields that are nowhere.
    """

    names: str
    posted: dict[str, Any]
    has: dict[str, str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    policy: Policy = DEFAULT
    gone: bool = False


CASES = [
    Case("subject", {"subject": "Offer\r\nfor \x07Ana"}, {"summary": "'Offer for Ana'"}),
    Case("subject", {"subject": "Offer"}, {"summary": "'Busy'"}, ("Offer",), Policy(profile=Profile.BUSY)),
    Case("body", {"body": {"contentType": "html", "content": "<p>Bring <b>cake</b><script>x()</script></p>"}},
         {TEXT: "Bring <b>cake</b>"}, ("<script", "x()")),
    Case("body", {"body": {"contentType": "text", "content": "1 < 2"}}, {TEXT: "1 &lt; 2"}),
    Case("body", {"body": {"contentType": "text", "content": "cake"}}, {}, (TEXT, "cake"),
         Policy(profile=Profile.NO_DETAILS)),
    Case("location", {"location": {"displayName": "Lobby"}, "locations": []}, {"location": "'Lobby'"}),
    Case("location", {"location": {"displayName": "Lobby"}}, {}, ("location", "Lobby"), Policy(profile=Profile.BUSY)),
    Case("locations", {"locations": [{"displayName": "Lobby", "address": {"street": "Main 1", "city": "Ulm"}},
                                     {"displayName": "Room 7"}]},
         {"location": "Lobby (Main 1, Ulm); Room 7"}, policy=Policy(profile=Profile.NO_DETAILS)),
    Case("onlineMeeting isOnlineMeeting", {"isOnlineMeeting": True, "onlineMeeting": {"joinUrl": JOIN}},
         {TEXT: f'<a href="{JOIN}">Join Microsoft Teams', "location": f"'{JOIN}'"}, ("conferenceData", "hangoutLink")),
    Case("onlineMeetingUrl", {"onlineMeetingUrl": "https://zoom.us/j/123456789"},
         {TEXT: '<a href="https://zoom.us/j/123456789">Join', "location": "https://zoom.us/j/123456789"}),
    Case("organizer isOrganizer responseStatus",
         {"organizer": ANA, "isOrganizer": False, "responseStatus": {"response": "tentativelyAccepted"}},
         {TEXT: "Ana Lopez"}),
    Case("responseStatus", {"isOrganizer": False, "responseStatus": {"response": "accepted"}}, {TEXT: "My answer"}),
    Case("isOrganizer", {"isOrganizer": True, "responseStatus": {"response": "organizer"}}, {}, ("My answer",)),
    Case("responseStatus", {"isOrganizer": False, "responseStatus": {"response": "declined"}}, gone=True),
    Case("responseStatus", {"isOrganizer": False, "responseStatus": {"response": "declined"}}, {TEXT: "declined"},
         policy=Policy(declined=Shown.SHOW)),
    Case("responseStatus", {"isOrganizer": False, "responseStatus": {"response": "notResponded"}}, gone=True,
         policy=Policy(unanswered=Shown.SKIP)),
    Case("isCancelled", {"isCancelled": True}, gone=True),
    Case("isCancelled", {"isCancelled": True}, {"status": "confirmed"}, policy=Policy(cancelled=Shown.SHOW)),
    Case("attendees", {"attendees": [ANA, BO, ROOM]}, {TEXT: "Bo Ek"}, ("attendees",)),
    Case("attendees", {"attendees": [ANA, BO, ROOM]}, {TEXT: "Room 7"}, ("attendees",)),
    Case("attendees", {"attendees": [ANA, BO]}, {}, ("Ana Lopez", "Bo Ek"), Policy(most_attendees=0)),
    Case("attendees organizer", {"attendees": [ANA, BO], "organizer": ANA}, {}, (TEXT, "Ana", "Bo Ek"),
         Policy(profile=Profile.NO_DETAILS)),
    Case("hideAttendees", {"attendees": [BO], "hideAttendees": True}, {TEXT: "idden"}, ("Bo Ek",)),
    Case("importance", {"importance": "high"}, {TEXT: "Importance: high"}),
    Case("importance", {"importance": "normal"}, {}, ("mportance",)),
    Case("categories", {"categories": ["Travel"]}, {TEXT: "Categories: Travel", "colorId": "'7'"},
         policy=Policy(colors={"travel": "7"})),
    Case("categories", {"categories": ["Travel"]}, {}, ("Travel", "colorId"),
         Policy(colors={"travel": "7"}, profile=Profile.BUSY)),
    Case("hasAttachments", {"hasAttachments": True}, {TEXT: "Has attachments in Outlook"}, ("attachments':",)),
    Case("webLink", {"webLink": LINK}, {TEXT: "Open in Outlook</a>", "source": LINK}),
    Case("webLink", {"webLink": LINK}, {}, ("source", "itemid"), Policy(profile=Profile.NO_DETAILS)),
    *(Case("sensitivity", {"sensitivity": one}, {"visibility": "private", "summary": "'Busy'"}, ("Subject", TEXT))
      for one in ("personal", "private", "confidential")),
    Case("sensitivity", {"sensitivity": "private"}, {"visibility": "private", "summary": "'Subject'"},
         policy=Policy(private_details=True)),
    Case("sensitivity", {"sensitivity": "normal"}, {"summary": "'Subject'"}, ("'visibility': 'private'",)),
    Case("showAs", {"showAs": "free"}, {"transparency": "transparent"}),
    *(Case("showAs", {"showAs": one}, {TEXT: words}, ("transparent",))
      for one, words in (("tentative", "tentative"), ("oof", "out of office"), ("workingElsewhere", "working else"))),
    Case("isReminderOn reminderMinutesBeforeStart", {"isReminderOn": True, "reminderMinutesBeforeStart": 25},
         {"reminders": "'minutes': 25"}),
    Case("isReminderOn", {"isReminderOn": False, "reminderMinutesBeforeStart": 25}, {"reminders": "False"}, ("25}",)),
    Case("start end isAllDay", WHOLE_DAY, {"start": f"'date': '{TODAY}'", "end": f"'{TODAY + timedelta(1)}'"}),
    Case("start end originalStartTimeZone", timed("x", TODAY, 9), {"start": "Europe/Berlin", "end": "Europe/Berlin"}),
    Case("originalEndTimeZone recurrence", weekly("x", MONDAY, 9),
         {"recurrence": "FREQ=WEEKLY", "end": "Europe/Berlin"}),
    Case("iCalUId id type", {}, {"extendedProperties": "calmirrorUid"}, ("recurringEventId",)),
    Case("changeKey", {}, {"summary": "'Subject'"}, ("changeKey",)),
]  # fmt: skip
SERIES = {
    "seriesMasterId",
    "occurrenceId",
    "originalStart",
    "cancelledOccurrences",
    "exceptionOccurrences",
}
"""Shown by the tests about a series, below."""


@pytest.mark.parametrize("case", CASES, ids=[f"{one.names}-{number}" for number, one in enumerate(CASES)])
def test_what_google_receives(case: Case) -> None:
    world = World()
    world.policy = case.policy
    world.ids["a"] = world.mailbox.create(timed("Subject", TODAY, 9) | case.posted)
    assert world.sync() == 0, world.error
    copies = world.copies("a")
    assert [one for one in copies if case.gone] == []
    for copy in copies:
        assert {name: str(copy.get(name)) for name in case.has if case.has[name] not in repr(copy.get(name))} == {}
        assert [word for word in case.lacks if word in repr(copy)] == []
        assert copy.keys().isdisjoint({"attendees", "conferenceData", "guestsCanInviteOthers"})
        assert marks(copy)["calmirrorSource"] == world.ids["a"]
    assert copies or case.gone
    assert world.verify().differences == ()


def test_what_google_receives_of_a_series() -> None:
    """A hole for a cancelled occurrence, an instance of the same series for a changed one."""
    world = World()
    world.ids["s"] = world.mailbox.create(daily("Daily", MONDAY, 9, count=5))
    world.mailbox.delete_occurrence(world.ids["s"], MONDAY + timedelta(1))
    world.mailbox.edit_occurrence(world.ids["s"], MONDAY + timedelta(2), subject="Changed")
    assert world.sync() == 0
    whole, changed = world.copies("s")
    assert f"EXDATE;TZID=Europe/Berlin:{MONDAY + timedelta(1):%Y%m%d}T090000" in whole["recurrence"]
    assert changed["recurringEventId"] == whole["id"]
    assert changed["originalStartTime"]["dateTime"].startswith(f"{MONDAY + timedelta(2)}")
    assert (whole["summary"], changed["summary"]) == ("Daily", "Changed")


def test_each_property_that_is_read_is_tried() -> None:
    rows = [line.split("|")[1] for line in PAGE.split("## Not read")[0].splitlines() if line.startswith("| `")]
    read = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert read == {name for one in CASES for name in one.names.split()} | SERIES
