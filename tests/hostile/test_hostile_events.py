"""Events as an attacker would send them, up to the terminal: nothing dangerous comes out of calmirror."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from cli_world import TOMORROW, World, served
from parsers import harmless

from calmirror.http.message import Answer
from calmirror.sandbox.service import Fault

MIDNIGHT = datetime.combine(TOMORROW, time(), UTC)

RTL, ESCAPE, HALF = "\u202e", "\x1b[31m", "\ud800"
TITLES = {
    "markup": "<img src=x onerror=alert(1)>",
    "template": "{{7*7}}${7*7}%s{0.__class__}",
    "formula": "=cmd|' /C calc'!A0",
    "ansi": f"{ESCAPE}red\x1b]0;owned\x07\x9b31m",
    "forged line": "x\r\nFAKE: everything was deleted\u2028FAKE: again\x85FAKE: and again",
    "huge": "Z" * 1_000_000,
    "half a character": f"half {HALF} of one",
    "direction": f"safe{RTL}gpj.exe\u2066\u200f",
    "nul": "before\0after",
    "blank": " \u200b\t",
    "option": "--config /etc/passwd; rm -rf ~ `id` $(id)",
}
BODY = (
    "<html><head><meta http-equiv=refresh content='0;url=https://evil.example'><style>@import 'https://evil.example'</style>"
    "<title>head</title></head><body onload=alert(1)><script>alert('evil')</script><iframe src=https://evil.example></iframe>"
    "<form action=https://evil.example><input name=password></form><a href='javascript:alert(1)'>click</a>"
    "<a href='data:text/html,evil'>data</a><a href=' java\tscript:x'>tab</a><img src='https://evil.example/pixel.gif'>"
    "<img src='cid:1'><svg onload=alert(1)><a href='vbscript:x'>vb</a><b style='x' onclick=y>bold</b>"
    '<a href="https://ok.example/?a=1&b=\'><script>">good</a>'
)
ODD_EVENTS: dict[str, dict[str, Any]] = {
    "no body at all": {"body": None},
    "5 MB of markup": {"body": {"contentType": "html", "content": BODY * (5_000_000 // len(BODY))}},
    "text that is markup": {"body": {"contentType": "text", "content": BODY + HALF + ESCAPE}},
    "deep": {"body": {"contentType": "html", "content": "<div>" * 200_000}},
    "5,000 attendees": {
        "attendees": [
            {"type": "evil", "emailAddress": {"name": f"{ESCAPE}<b>N{n}", "address": f"a{n}@x\r\nBcc: y"}}
            for n in range(5000)
        ]
    },
    "unknown words": {
        "showAs": "evil",
        "sensitivity": "top secret",
        "importance": "x",
        "responseStatus": {"response": "x"},
    },
    "a place with markup": {
        "location": {"displayName": "javascript:alert(1)<script>\r\n" + RTL, "address": {"street": "\0"}}
    },
    "a link that lies": {
        "webLink": "javascript:alert(1)",
        "onlineMeeting": {"joinUrl": "https://teams.microsoft.com@evil.example/x"},
    },
    "categories": {"categories": ["<b>", RTL, "x" * 5000, "\0"]},
    "an organizer": {
        "organizer": {"emailAddress": {"name": f'"><script>{RTL}', "address": "<x>@y"}},
        "isOrganizer": False,
    },
    "a reminder": {"isReminderOn": True, "reminderMinutesBeforeStart": 10**12},
}
UNREADABLE: dict[str, dict[str, Any]] = {
    "end before start": {"end": {"dateTime": "2020-01-01T00:00:00", "timeZone": "UTC"}},
    "1601": {"start": {"dateTime": "1601-01-01T00:00:00", "timeZone": "UTC"}},
    "9999": {"end": {"dateTime": "9999-12-31T23:59:59", "timeZone": "UTC"}},
    "no time": {"start": {"dateTime": f"never {ESCAPE}", "timeZone": "UTC"}},
    "another zone": {"start": {"dateTime": "2026-03-17T09:00:00", "timeZone": f"Mars{RTL}"}},
    "no start": {"start": None},
    "no id of its series": {"type": "exception"},
}
ZONES = (
    "tzone://Microsoft/Custom",
    "Customized Time Zone",
    "",
    "Nowhere/Nothing",
    "Europe/Kyiv",
    "../../etc/passwd",
    f"x{ESCAPE}",
)


@pytest.fixture
def world(tmp_path):
    with served(tmp_path) as there:
        yield there


def altered(world: World, changes: dict[str, dict[str, Any]]) -> None:
    """From now on Microsoft says this of those events, wherever it speaks of them."""

    def said(value: Any) -> Any:
        if isinstance(value, list):
            return [said(one) for one in value]
        if not isinstance(value, dict):
            return value
        known = {name: said(one) for name, one in value.items()}
        return known | changes.get(str(value.get("id")), {})

    def alter(_request: Any, answer: Answer) -> Answer:
        return Answer(answer.status, answer.headers, json.dumps(said(json.loads(answer.body))).encode())

    world.graph.faults.append(Fault(alter=alter, times=-1))


def shown(world: World) -> list[dict[str, Any]]:
    return world.google.events(world.calendar())


def assert_quiet(text: str) -> None:
    """Nothing that a terminal obeys, nothing that turns a line round, no line but ours."""
    # Joiners and direction marks are part of how words are spelled.
    odd = {
        c
        for c in text
        if c not in "\n\u200c\u200d\u200e\u200f" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }
    assert not odd, odd
    assert not any(line.strip().startswith("FAKE") for line in text.splitlines())


def assert_harmless(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        harmless(row.get("description", ""))
        assert len(row.get("description", "")) <= 8192
        assert "attendees" not in row
        assert row.get("source", {}).get("url", "https://").startswith("https://")
        for line in (row.get("summary", ""), row.get("location", "")):
            assert_quiet(line)
            assert "\n" not in line
            assert len(line) <= 2000


def every_screen(world: World, *events: str) -> str:
    """All that is printed about the events."""
    commands = [
        ("plan", "--full"),
        ("sync",),
        ("plan",),
        ("status",),
        ("calendars",),
        ("verify",),
        ("journal",),
        ("repair", "--yes"),
    ]
    said = []
    for words in [*commands, *(("explain", one) for one in events)]:
        ended = world.run(*words)
        assert ended.exit_code != 1, ended.output
        said.append(ended.output)
    return "".join(said)


def test_titles_are_mirrored_as_one_harmless_line(world):
    """The command line's own words too: each is asked for by its title, and its mirror is called by one."""
    ids = {name: world.meet("x", 9 + n % 9, n // 9) for n, name in enumerate(TITLES)}
    innocent = world.meet("Innocent", 8)
    altered(world, {ids[name]: {"subject": title} for name, title in TITLES.items()})
    said = every_screen(world, *ids.values(), innocent, "<img")
    assert_quiet(said)
    rows = shown(world)
    assert_harmless(rows)
    assert len(rows) == len(TITLES) + 1
    assert {"Innocent", TITLES["markup"], TITLES["template"], TITLES["formula"]} <= {row.get("summary") for row in rows}


def test_odd_events_are_mirrored_and_nothing_of_them_is_dangerous(world):
    ids = {name: world.meet(f"Odd {n}", 9 + n % 9, n // 9) for n, name in enumerate(ODD_EVENTS)}
    world.meet("Innocent", 8)
    altered(world, {ids[name]: odd for name, odd in ODD_EVENTS.items()})
    assert_quiet(every_screen(world, ids["an organizer"]))
    rows = shown(world)
    assert_harmless(rows)
    assert len(rows) == len(ODD_EVENTS) + 1
    text = json.dumps(rows).lower()
    for word in ('javascript:alert(1)\\"', "vbscript", "pixel.gif", "cid:1", "onload", "iframe", "@import", "password"):
        markup = [row for row in rows if row["summary"] != "Odd 2"]  # where it is text, it is shown as text
        assert word not in json.dumps(markup).lower(), word
    assert "teams.microsoft.com@evil" not in text
    assert '"private"' in text, "what is top secret is private"


def test_events_that_cannot_be_understood_are_named_and_all_others_are_mirrored(world):
    ids = {name: world.meet(f"Odd {n}", 9 + n, 1) for n, name in enumerate(UNREADABLE)}
    innocent = [world.meet(f"Innocent {n}", 9 + n) for n in range(3)]
    altered(world, {ids[name]: odd for name, odd in UNREADABLE.items()})
    ended = world.run("sync")
    assert ended.exit_code == 3, ended.output
    assert_quiet(ended.output)
    assert sum("Innocent" in row["summary"] for row in shown(world)) == len(innocent)
    assert all(f"…{one[-8:]}" in ended.output for one in ids.values())
    assert_quiet(every_screen(world, *innocent))


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_that_nobody_knows_moves_nothing(world, zone):
    """Instants come in UTC, so that a name can be wrong without harm; a series falls back to what Outlook lists."""
    single = world.meet("Single", 9)
    pattern = {"type": "daily", "interval": 1}
    limits = {"type": "numbered", "startDate": str(TOMORROW), "numberOfOccurrences": 3, "recurrenceTimeZone": "UTC"}
    series = world.meet("Series", 11, recurrence={"pattern": pattern, "range": limits})
    odd = {"originalStartTimeZone": zone, "originalEndTimeZone": zone}
    altered(world, dict.fromkeys((single, series), odd))
    said = every_screen(world, single, series)
    assert_quiet(said)
    found = world.google.occurrences(world.calendar(), *(MIDNIGHT + timedelta(days=n) for n in (0, 5)))
    starts = sorted(datetime.fromisoformat(row["start"]["dateTime"]).astimezone(UTC).hour for row in found)
    assert starts == [9, 11, 11, 11]


def test_calendars_with_hostile_names_are_told_on_lines_of_our_own(world):
    for title in TITLES.values():
        world.graph.mailbox.add_calendar(title)
        world.google.state.live()
    world.configure("work", work="No such calendar")
    for words in (("calendars",), ("sync",), ("plan",)):
        ended = world.run(*words)
        assert ended.exit_code == 4, ended.output
        assert_quiet(ended.output)
        assert len(ended.output) < 20_000


def test_two_events_with_one_uid_and_an_id_in_other_capitals_are_two(world):
    one, other = world.meet("One", 9), world.meet("Other", 10)
    altered(world, {one: {"iCalUId": "same"}, other: {"iCalUId": "same"}})
    every_screen(world, one, other)
    assert sorted(row["summary"] for row in shown(world)) == ["One", "Other"]


def test_a_person_s_copy_that_carries_our_marks_stays_the_person_s(world):
    event = world.meet("Board", 9)
    assert world.run("sync").exit_code == 0
    copy = world.google.person_duplicate(world.calendar(), shown(world)[0]["id"])
    mine = dict(copy["extendedProperties"]["private"], calmirrorGeneration="9" * 1000, calmirrorSource=event + RTL)
    forged = world.google.person_insert(
        world.calendar(),
        {
            "summary": f"{ESCAPE}Forged",
            "start": copy["start"],
            "end": copy["end"],
            "extendedProperties": {"private": mine},
        },
    )
    before = {row["id"]: row for row in shown(world)}
    world.graph.mailbox.edit(event, subject="Board, moved")
    assert_quiet(every_screen(world, event))
    after = {row["id"]: row for row in shown(world)}
    assert all(after[one] == before[one] for one in (copy["id"], forged["id"]))


@pytest.mark.parametrize(
    "line",
    [
        f'name = "a\\u001b[31m{RTL}"',
        'name = "x\\nFAKE: line"',
        'destination = "../../x\\u0000"',
        'source = "https://user:password@evil.example/x.ics"',
        'source = "https://169.254.169.254/x.ics"',
        "past_days = 99999999999999999999999999",
        "past_days = nan",
        'title_prefix = "{0.__class__}"',
        f'"{RTL}key" = 1',
        '"x\\nFAKE: key" = 1',
        "[[[",
        "a = " + "[" * 5000,
        'x = "\\uD800"',
    ],
)
def test_a_hostile_configuration_is_refused_on_lines_of_our_own(world, line):
    world.config.write_text(world.config.read_text() + line + "\n", encoding="utf-8")
    for words in (("status",), ("calendars",), ("plan",)):
        ended = world.run(*words)
        assert ended.exit_code in (0, 4, 5, 6), ended.output
        assert_quiet(ended.output)
