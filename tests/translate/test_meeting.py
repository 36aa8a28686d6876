"""The text of a meeting: the link to join by, people, and what else Outlook knows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmirror.model.policy import EVERYTHING, Profile
from calmirror.model.source import Attendee, Kind, Person, Place, SourceEvent
from calmirror.model.times import Span
from calmirror.translate.decide import decide
from calmirror.translate.event import fields
from calmirror.translate.meeting import description, join_link, place

TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_a%40thread.v2/0?context=%7b%7d"
ZOOM = "https://zoom.us/j/5551112222"
BACK = '<a href="https://outlook.office365.com/owa/?itemid=1&amp;path=/calendar/item">Open in Outlook</a>'
EVENT = SourceEvent(
    id="s",
    kind=Kind.SINGLE,
    span=Span(datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)),
    web_link="https://outlook.office365.com/owa/?itemid=1&path=/calendar/item",
)
ANA = Person("Ana Diaz", "ana@contoso.example")


def someone(name: str, response: str = "none", kind: str = "required", address: str = "") -> Attendee:
    return Attendee(Person(name, address), kind, response)


def text(event: SourceEvent, **more: object) -> str:
    return description(event, profile=Profile.FULL, **more)


def lines(event: SourceEvent, **more: object) -> list[str]:
    """What is below the body and above the way back, unescaped."""
    return unescape(text(event, **more).removesuffix(BACK).removesuffix("<br><br>")).split("<br>")


def test_the_whole_text_in_its_order() -> None:
    event = replace(
        EVENT,
        join_url=TEAMS,
        body="<p>Agenda</p>",
        organizer=ANA,
        response="tentativelyaccepted",
        attendees=(
            someone("Bo", "declined"),
            someone("Cy", "accepted", "optional"),
            someone("Room 4", "accepted", "resource"),
            someone("", "notresponded", address="di@contoso.example"),
            someone("Ana Diaz", "organizer"),
        ),
        importance="high",
        show_as="workingElsewhere",
        categories=("Blue & green",),
        has_attachments=True,
    )
    assert text(event, attachments=["plan.pdf", "<b>.doc"]) == (
        f'<a href="{TEAMS}">Join Microsoft Teams</a><br><br>Agenda<br><br>'
        "Organizer: Ana Diaz (ana@contoso.example)<br>My answer: tentative<br>Rooms (1): Room 4<br>"
        "Accepted (1): Cy (optional)<br>No answer (1): di@contoso.example<br>Declined (1): Bo<br><br>"
        "Importance: high<br>Shown as: working elsewhere<br>Categories: Blue &amp; green<br>"
        f"Attachments in Outlook: plan.pdf, &lt;b&gt;.doc<br><br>{BACK}"
    )


def test_an_appointment_of_ones_own_says_nothing_about_people() -> None:
    event = replace(EVENT, body="note", organizer=ANA, is_organizer=True, response="organizer")
    assert text(event) == f"note<br><br>{BACK}"


@pytest.mark.parametrize("profile", [Profile.NO_DETAILS, Profile.BUSY])
def test_lesser_profiles_have_no_description(profile: Profile) -> None:
    event = replace(EVENT, body="secret", join_url=TEAMS, organizer=ANA, categories=("secret",))
    assert description(event, profile=profile, attachments=["secret.pdf"]) == ""


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("accepted", "My answer: accepted"),
        ("declined", "My answer: declined"),
        ("notresponded", "My answer: none yet"),
        ("none", ""),
        ("brandnew", ""),
    ],
)
def test_my_own_answer_is_told_where_one_was_asked_for(response: str, expected: str) -> None:
    assert lines(replace(EVENT, response=response)) == [expected]


def test_hidden_attendees_stay_hidden_from_everybody() -> None:
    invited = (someone("Bo", "accepted"), someone("Room 4", kind="resource"))
    event = replace(EVENT, organizer=ANA, attendees=invited, hide_attendees=True)
    for own in (True, False):
        described = text(replace(event, is_organizer=own))
        assert "hidden by the organizer" in described
        assert "Bo" not in described
        assert "Room" not in described
        assert "1" not in described.removesuffix(BACK)


def test_a_large_meeting_is_counted_and_not_listed() -> None:
    crowd = tuple(someone(f"P{n}", ("accepted", "none")[n % 2]) for n in range(400))
    told = lines(replace(EVENT, attendees=crowd), most_attendees=3)
    assert told == ["Accepted (200): P0, P2, P4 and 197 more", "No answer: 200"]


def test_internal_addresses_are_no_names() -> None:
    hidden = "/O=EXCHANGELABS/OU=GROUP/CN=RECIPIENTS/CN=0A1B"
    event = replace(EVENT, organizer=Person("Ana", hidden), attendees=(someone("", address=hidden), someone("Bo")))
    assert lines(event) == ["Organizer: Ana", "No answer (1): Bo"]


def test_names_cannot_pretend_to_be_markup_or_lines_of_their_own() -> None:
    described = text(replace(EVENT, organizer=Person("<a href=x>\n\u202eAna", ""), categories=("-::~:~::~:~:~::-",)))
    assert "Organizer: &lt;a href=x&gt; Ana<br>" in described
    assert "::~" not in described


@given(
    st.lists(st.text(max_size=400), max_size=60),
    st.text(max_size=400),
    st.integers(100, 3000),
    st.booleans(),
    st.lists(st.text(max_size=400), max_size=40),
)
def test_the_limit_holds_whatever_people_are_called(
    names: list[str], body: str, limit: int, online: bool, attachments: list[str]
) -> None:
    crowd = tuple(someone(name, "accepted") for name in names)
    event = replace(EVENT, body=body, body_type="text", attendees=crowd, join_url=TEAMS if online else "")
    described = text(replace(event, categories=tuple(names)), limit=limit, attachments=attachments)
    assert len(described) <= limit
    assert described.endswith(BACK)


ANYTHING = st.text(st.characters(exclude_categories=()) | st.sampled_from("<>&%/:.?[]@"), max_size=30)


@given(
    ANYTHING,
    ANYTHING,
    ANYTHING,
    st.sampled_from(["", "https://", "https://zoom.us/j/", "https://www.google.com/url?q="]),
)
def test_no_text_makes_a_meeting_unreadable_or_unsendable(one: str, two: str, three: str, start: str) -> None:
    person = Person(one, two)
    event = replace(
        EVENT, body=start + one, body_type="text", location=start + two, organizer=person, join_url=start + three
    )
    event = replace(event, attendees=(Attendee(person, two, three),), places=(Place(start + three, one),), show_as=two)
    for written in (text(event, attachments=[one, two]), place(event), join_link(event)):
        assert written.encode().decode() == written
        assert not {"\n", "\r", "\0"} & set(written)


def test_a_long_body_leaves_room_for_people() -> None:
    described = text(replace(EVENT, body="word " * 5000, organizer=ANA, response="accepted"))
    assert len(described) <= 8192
    assert "word…<br><br>Organizer: Ana Diaz" in described


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (replace(EVENT, join_url=TEAMS, body=ZOOM, location=ZOOM), TEAMS),
        (replace(EVENT, body=TEAMS, location=f"Zoom ({ZOOM})"), ZOOM),
        (replace(EVENT, body=TEAMS, places=(Place(ZOOM),)), ZOOM),
        (replace(EVENT, body=f"<p>x</p><a href='{ZOOM}'>y</a>"), ZOOM),
        (replace(EVENT, body=f"Call {ZOOM}.", body_type="text"), ZOOM),
        (replace(EVENT, join_url="https://video.contoso.example/ana"), "https://video.contoso.example/ana"),
        (replace(EVENT, join_url="conf:sip:ana@contoso.example"), ""),
        (replace(EVENT, join_url="javascript:alert(1)", body=ZOOM), ZOOM),
        (replace(EVENT, join_url="https://zoom.us@evil.example/j/1"), ""),
        (replace(EVENT, join_url='https://teams.microsoft.com/meet/1?c={"T":1}'),
         "https://teams.microsoft.com/meet/1?c=%7B%22T%22:1%7D"),
        (replace(EVENT, join_url="https://[broken/j/1", body="https://[broken/zoom.us/j/1"), ""),
        (EVENT, ""),
    ],
)  # fmt: skip
def test_the_join_link_is_graphs_then_the_places_then_the_bodys(event: SourceEvent, expected: str) -> None:
    assert join_link(event) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (replace(EVENT, location="Room 4"), "Room 4"),
        (replace(EVENT, location="Room 4", places=(Place("Room 4", "1 Main St, Springfield"), Place("", "Annex"))),
         "Room 4 (1 Main St, Springfield); Annex"),
        (replace(EVENT, places=(Place("1 Main St, Springfield", "1 Main St, Springfield"),)), "1 Main St, Springfield"),
        (replace(EVENT, location="Room\r\n4", join_url=TEAMS), "Room 4"),
        (replace(EVENT, join_url=TEAMS), TEAMS),
        (EVENT, ""),
    ],
)  # fmt: skip
def test_the_place_is_where_people_meet_and_else_the_join_link(event: SourceEvent, expected: str) -> None:
    assert place(event) == expected


def test_a_persons_lines_between_rules_are_kept() -> None:
    rule = "_" * 40
    body = f"<p>{rule}</p><p>Agenda</p><p>Numbers: <a href='{TEAMS}'>here, as every month</a></p><p>{rule}</p>"
    described = text(replace(EVENT, body=body))
    assert "Agenda<br>Numbers: " in described
    assert "here, as every month" in described


def test_a_bare_repetition_of_the_link_goes_and_empty_lines_stay() -> None:
    body = f"<p>one</p><p>Join Zoom Meeting</p><p><a href='{ZOOM}'>{ZOOM}</a></p><p>&nbsp;</p><p>two</p>"
    expected = f'<a href="{ZOOM}">Join Zoom</a><br><br>one<br><br>two<br><br>{BACK}'
    assert text(replace(EVENT, body=body)) == expected


def test_nobody_is_ever_invited() -> None:
    event = replace(EVENT, organizer=ANA, attendees=(someone("Bo", address="bo@contoso.example"),))
    assert not {"attendees", "organizer", "conferenceData", "guestsCanInviteOthers"} & set(
        fields(event, decide(event, EVERYTHING))
    )
