"""Odd feeds that were seen in the field: what is clear is shown, what is not is left out alone and named."""

from __future__ import annotations

import pytest
from feed_world import HEAD, TAIL, FeedWorld, event

AT, END = ":20260320T100000Z", ":20260320T110000Z"
FREE = ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY", "STATUS:CONFIRMED")


def titles(world: FeedWorld) -> list[str]:
    return [title for title, _, _ in world.shown()]


def starts(world: FeedWorld) -> list[str]:
    return [start for _, start, _ in world.shown()]


def settled(world: FeedWorld, code: int = 0) -> FeedWorld:
    """A second run writes nothing, and both sides show the same."""
    assert world.sync() == code
    marked = world.mark()
    world.clock.advance(86400)
    assert world.sync() == code
    assert world.writes_since(marked) == []
    assert world.verify().differences == ()
    return world


@pytest.mark.parametrize(
    "title",
    ["Canceled: Lunch", "CANCELLED: Lunch", "Abgesagt: Essen", "Annulé : Repas", "Отменено: Обед", "已取消\uff1a午餐"],
)
def test_a_meeting_that_outlook_publishes_as_cancelled_goes(title: str):
    whole = event("series", AT, END, "RRULE:FREQ=DAILY;COUNT=3", title="Test")
    world = FeedWorld().serve(whole, event("single", AT, END, title="Lunch")).settle()
    assert len(world.shown()) == 4
    changed = event(
        "series", ":20260321T100000Z", ":20260321T110000Z", "RECURRENCE-ID:20260321T100000Z", *FREE, title=title
    )
    world.serve(
        whole,
        changed,
        event("single", AT, END, *FREE, title=title),
        event("later", ":20260330T100000Z", ":20260330T110000Z"),
    )
    assert world.sync() == 0
    assert titles(world) == ["Test", "Test", "later"]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Lunch", FREE),
        ("Project: Lunch", FREE),
        ("Canceled: Lunch", ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY")),
        ("Canceled: Lunch", ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", "X-MICROSOFT-CDO-INTENDEDSTATUS:FREE")),
        ("Canceled: Lunch", ("TRANSP:TRANSPARENT",)),
    ],
)
def test_what_only_looks_alike_stays(title: str, lines: tuple[str, ...]):
    assert titles(settled(FeedWorld().serve(event("a", AT, END, *lines, title=title)))) == [title]


@pytest.mark.parametrize("uid", ["UID:None", "UID:", "UID:0", "X-NONE:1"])
def test_events_without_a_uid_of_their_own_are_all_shown(uid: str):
    lessons = [event("None", f":2026032{n}T090000Z", f":2026032{n}T100000Z", title=f"Lesson {n}") for n in range(6)]
    world = settled(FeedWorld().serve(*(lesson.replace("UID:None", uid) for lesson in lessons)))
    assert titles(world) == [f"Lesson {n}" for n in range(6)]


def test_series_of_one_uid_are_all_shown():
    events = [
        event("same", f":2026032{n}T090000Z", f":2026032{n}T100000Z", "RRULE:FREQ=WEEKLY;COUNT=2") for n in range(3)
    ]
    assert len(settled(FeedWorld().serve(*events)).shown()) == 6


def test_versions_of_one_event_are_one():
    old = event("a", AT, END, "SEQUENCE:1", title="old")
    new = event("a", ":20260321T100000Z", ":20260321T110000Z", "SEQUENCE:2", title="new")
    assert titles(settled(FeedWorld().serve(new, old))) == ["new"]


ODD = {
    "ends before it starts": (":20260322T190000Z", ":20260321T190000Z", "RECURRENCE-ID:20260321T100000Z"),
    "in a zone nobody knows": (
        ";TZID=Atlantis:20260322T190000",
        ";TZID=Atlantis:20260322T200000",
        "RECURRENCE-ID:20260321T100000Z",
    ),
    "of a start in a zone nobody knows": (
        ":20260322T190000Z",
        ":20260322T200000Z",
        "RECURRENCE-ID;TZID=Atlantis:20260321T100000",
    ),
    "no time at all": (":soon", ":later", "RECURRENCE-ID:20260321T100000Z"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_exception_is_left_out_alone(odd: tuple[str, str, str]):
    whole = event("a", AT, END, "RRULE:FREQ=DAILY;COUNT=4")
    world = settled(FeedWorld().serve(whole, event("a", *odd)), 3)
    assert starts(world) == [f"2026-03-{day} 10:00:00" for day in (20, 22, 23)]
    assert list(world.report.skipped) == ["ics:a/20260321T100000Z"]


def test_the_zone_of_the_day_that_an_exception_changes_does_not_matter():
    whole = event("b", ";VALUE=DATE:20260320", ";VALUE=DATE:20260321", "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = event("b", ";VALUE=DATE:20260326", ";VALUE=DATE:20260327", "RECURRENCE-ID;TZID=UTC+01:20260327T000000")
    assert starts(settled(FeedWorld().serve(whole, moved))) == ["2026-03-20", "2026-03-26", "2026-04-03"]


@pytest.mark.parametrize(("sequence", "expected"), [("2", 2), ("1", 3), ("0", 3)])
def test_a_newer_master_that_excludes_a_date_wins(sequence: str, expected: int):
    own = (
        "RRULE:FREQ=DAILY;COUNT=3",
        "EXDATE:20260321T100000Z",
        f"SEQUENCE:{sequence}",
        "LAST-MODIFIED:20260101T000000Z",
    )
    changed = event(
        "a",
        ":20260321T150000Z",
        ":20260321T160000Z",
        "RECURRENCE-ID:20260321T100000Z",
        "SEQUENCE:1",
        "LAST-MODIFIED:20260101T000000Z",
    )
    assert len(settled(FeedWorld().serve(event("a", AT, END, *own), changed)).shown()) == expected


def test_a_count_below_none_and_an_empty_rule_are_none():
    team = event(
        "d", ";VALUE=DATE:20260316", ";VALUE=DATE:20260321", "RRULE:FREQ=WEEKLY;UNTIL=20260511;COUNT=-1;INTERVAL=4"
    )
    world = settled(FeedWorld().serve(team, event("e", ";VALUE=DATE:20260325", ";VALUE=DATE:20260326", "RRULE:")))
    assert starts(world) == ["2026-03-16", "2026-04-13", "2026-05-11", "2026-03-25"]


RAW = {
    "a programme in a description": "Doors\r\nBegin: 19:30\r\nEnd: 21:00",
    "words after begin and end": "Doors\r\nbegin:doors\r\nend:late\r\nEND: VEVENT of the year",
    "a line without a colon": "Doors\r\n= = =\r\n;;;:::",
}


@pytest.mark.parametrize("text", RAW.values(), ids=RAW)
def test_a_raw_line_break_in_a_text_spoils_nothing(text: str):
    world = FeedWorld().serve(event("a", AT, END, f"DESCRIPTION:{text}"), event("b", AT, END))
    assert titles(settled(world)) == ["a", "b"]


@pytest.mark.parametrize("junk", ["<!-- cached page -->", "\r\n\x1a", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "END"])
def test_what_follows_a_whole_calendar_is_of_no_account(junk: str):
    world = FeedWorld()
    world.reading(world.feeds.put(HEAD + event("a", AT, END) + TAIL + junk))
    assert titles(settled(world)) == ["a"]


@pytest.mark.parametrize(
    ("inside", "after", "told"),
    [
        ("", "", []),
        ("", "<!-- cached page -->", ["1 line of it is none of a calendar's; passed over"]),
        (
            "DESCRIPTION:Doors\r\nEnd: 21:00\r\nBring a coat",
            "",
            ["2 lines of it are none of a calendar's; passed over"],
        ),
    ],
)
def test_a_plan_tells_that_a_feed_is_odd(inside: str, after: str, told: list[str]):
    world = FeedWorld()
    world.reading(world.feeds.put(HEAD + event("a", AT, END, *filter(None, [inside])) + TAIL + after))
    assert world.sync(dry_run=True) == 0
    assert [note.text for note in world.report.plan.notes] == told
    assert {(note.source_id, note.title) for note in world.report.plan.notes} <= {("", "the published calendar")}


def test_letters_of_windows_are_read_line_by_line():
    world = FeedWorld()
    text = HEAD + event("a", AT, END, title="M\u00fcller \u2013 B\u00fcro") + event("b", AT, END, title="Zo\u00eb")
    mixed = b"\n".join(
        line.decode().encode("cp1252") if b"ller" in line else line for line in (text + TAIL).encode().splitlines()
    )
    world.reading(world.feeds.put(mixed))
    assert titles(settled(world)) == ["M\u00fcller \u2013 B\u00fcro", "Zo\u00eb"]


def test_html_in_a_description_is_markup():
    text = '<b>Agenda</b><br>1. <a href="https://example.org/doc">doc</a>&nbsp\\;<br>Tom &amp\\; Jerry'
    [row] = settled(FeedWorld().serve(event("a", AT, END, f"DESCRIPTION:{text}"))).ours()
    assert "&lt;" not in row["description"]
    assert "https://example.org/doc" in row["description"]


@pytest.mark.parametrize("text", ["a < b and c > d", "<https://example.org/x>", "if (a<b) <br"])
def test_a_text_with_angles_is_text(text: str):
    [row] = settled(FeedWorld().serve(event("a", AT, END, f"DESCRIPTION:{text}"))).ours()
    assert "&lt;" in row["description"] or "https://example.org/x" in row["description"]


LINKS = {
    "url": ("URL:https://us02web.zoom.us/j/81234567890?pwd=abc",),
    "second conference": (
        "CONFERENCE;VALUE=URI;FEATURE=PHONE,MODERATOR;LABEL=Dial:tel:+1-412-555-0123,,,654321",
        'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Attendee":https://us02web.zoom.us/j/81234567890?pwd=abc',
    ),
    "url and telephone": ("CONFERENCE:tel:+1", "URL:https://us02web.zoom.us/j/81234567890?pwd=abc"),
}


@pytest.mark.parametrize("lines", LINKS.values(), ids=LINKS)
def test_the_link_to_join_by_is_found(lines: tuple[str, ...]):
    [row] = settled(FeedWorld().serve(event("a", AT, END, *lines))).ours()
    assert "https://us02web.zoom.us/j/81234567890?pwd=abc" in str(row)


def test_an_address_that_is_no_meeting_is_no_link_to_join_by():
    [row] = settled(FeedWorld().serve(event("a", AT, END, "URL:https://example.org/programme"))).ours()
    assert "https://example.org/programme" not in str(row.get("location"))


def test_periods_keep_their_ends():
    rdate = "RDATE;VALUE=PERIOD:20260324T090000Z/20260324T120000Z,20260325T090000Z/PT30M,20260326T100000Z/PT1H"
    ends = [end for _, _, end in settled(FeedWorld().serve(event("a", AT, END, rdate))).shown()]
    assert ends == [f"2026-03-{end}:00" for end in ("20 11:00", "24 12:00", "25 09:30", "26 11:00")]


ZONES = {
    "GMT": (";TZID=GMT:20260415T102000", "BST", "2026-04-15 09:20:00"),
    "UTC by its display name": (";TZID=(UTC) Coordinated Universal Time:20260415T102000", "", "2026-04-15 10:20:00"),
    "GMT+05:30": (";TZID=GMT+05:30:20260415T102000", "IST", "2026-04-15 04:50:00"),
    "quoted": (';TZID="GMT+05:30":20260415T102000', "IST", "2026-04-15 04:50:00"),
    "with commas": (";TZID=(UTC+05:30) Chennai, Mumbai:20260415T102000", "COMMAS", "2026-04-15 04:50:00"),
}  # fmt: skip
BST = """BEGIN:VTIMEZONE
TZID:GMT
BEGIN:STANDARD
DTSTART:20001029T030000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20000326T020000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
IST = """BEGIN:VTIMEZONE
TZID:GMT+05:30
BEGIN:STANDARD
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
DTSTART:19700101T000000
END:STANDARD
END:VTIMEZONE
"""


@pytest.mark.parametrize(("start", "zone", "expected"), ZONES.values(), ids=ZONES)
def test_the_hour_is_that_of_the_zone(start: str, zone: str, expected: str):
    commas = IST.replace("TZID:GMT+05:30", "TZID:(UTC+05:30) Chennai, Mumbai")
    zones = {"": "", "BST": BST, "IST": IST, "COMMAS": commas}[zone]
    world = settled(FeedWorld().serve(event("a", start, start.replace("T1020", "T1050")), zones=zones))
    assert starts(world) == [expected]
