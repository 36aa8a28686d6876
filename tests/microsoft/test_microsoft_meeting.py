"""People, places and the join link in Graph's JSON of events."""

import pytest
from canned_graph import single

from calmirror.microsoft import parse
from calmirror.model.source import Attendee, Person, Place


def mail(name, address):
    return {"emailAddress": {"name": name, "address": address}}


def test_a_meeting_is_read_member_by_member():
    event = parse.event(
        single(
            "s",
            importance="High",
            categories=["Blue category", "", 7],
            organizer=mail("Ana", "ana@contoso.example"),
            attendees=[
                {"type": "Optional", "status": {"response": "TentativelyAccepted"}, **mail("Bo", "bo@contoso.example")},
                {"type": "resource", "status": {"response": "accepted"}, **mail("Room 4", "")},
                {"type": "brandNew", "status": None, **mail("", "cy@contoso.example")},
                {"type": "required", "emailAddress": {}},
                "not an attendee",
            ],
            responseStatus={"response": "notResponded", "time": "0001-01-01T00:00:00Z"},
            isOrganizer=True,
            hideAttendees=True,
            hasAttachments=True,
            isOnlineMeeting=True,
            onlineMeeting={"joinUrl": "https://teams.microsoft.com/l/meetup-join/1"},
            onlineMeetingUrl="https://other.example",
        )
    )
    assert (event.importance, event.categories, event.organizer) == (
        "high", ("Blue category",), Person("Ana", "ana@contoso.example"),
    )  # fmt: skip
    assert event.attendees == (
        Attendee(Person("Bo", "bo@contoso.example"), "optional", "tentativelyaccepted"),
        Attendee(Person("Room 4", ""), "resource", "accepted"),
        Attendee(Person("", "cy@contoso.example"), "required", "none"),
    )
    assert (event.response, event.is_organizer, event.hide_attendees) == ("notresponded", True, True)
    assert (event.has_attachments, event.is_online) == (True, True)
    assert event.join_url == "https://teams.microsoft.com/l/meetup-join/1"


def test_members_of_a_meeting_that_are_null_read_as_nothing():
    names = [
        "importance",
        "categories",
        "organizer",
        "attendees",
        "responseStatus",
        "isOrganizer",
        "hideAttendees",
        "locations",
        "isOnlineMeeting",
        "onlineMeeting",
        "onlineMeetingUrl",
        "hasAttachments",
    ]
    assert parse.event(single("s", **dict.fromkeys(names))) == parse.event(single("s"))


def test_the_older_link_stands_in_for_a_missing_one_and_makes_a_meeting_an_online_one():
    event = parse.event(single("s", onlineMeeting={"joinUrl": None}, onlineMeetingUrl=" https://meet.example/1 "))
    assert (event.join_url, event.is_online) == ("https://meet.example/1", True)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {
                "locations": [
                    {"displayName": "Room 4", "address": {"street": "1 Main St", "city": "Springfield", "state": ""}},
                    {"displayName": "", "address": {"type": "unknown"}},
                    {"displayName": "Annex"},
                ],
                "location": {"displayName": "Room 4; Annex"},
            },
            (Place("Room 4", "1 Main St, Springfield"), Place("Annex")),
        ),
        ({"locations": [], "location": {"displayName": "Café"}}, (Place("Café"),)),
        ({"locations": [], "location": {"displayName": "", "address": {}}}, ()),
    ],
)
def test_places_have_their_addresses_on_one_line(members, expected):
    assert parse.event(single("s", **members)).places == expected
