"""What a feed says of an event meets the same rules and settings."""

from __future__ import annotations

import re

from feed_world import FeedWorld, event
from world import TODAY

from calmirror.model.policy import Condition, Effect, Policy, Profile, Rule, Shown

EDGES = (f":{TODAY:%Y%m%d}T100000Z", f":{TODAY:%Y%m%d}T110000Z")


def mirrored(*lines: str, policy: Policy | None = None) -> list[dict]:
    world = FeedWorld()
    world.policy = policy or Policy()
    world.serve(event("one", *EDGES, *lines), event("other", *EDGES)).settle()
    return [row for row in world.ours() if "calmirrorUid" in str(row) and "'one'" in str(row)]


def ruled(when: Condition, then: Effect) -> Policy:
    return Policy(rules=(Rule(name="r", when=when, then=then),))


def test_people_categories_importance_and_the_link_are_told():
    [row] = mirrored(
        'ORGANIZER;CN="Weber, Anna":MAILTO:anna@example.org',
        "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Ben:MAILTO:ben@example.org",
        "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=DECLINED;CN=Cleo:invalid:nomail",
        "ATTENDEE;CUTYPE=ROOM;ROLE=NON-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Room 4:MAILTO:room4@example.org",
        "CATEGORIES:Red category,Work\\, hard",
        "X-MICROSOFT-CDO-IMPORTANCE:2",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/meetup-join/19%3ameeting",
        "X-ALT-DESC;FMTTYPE=text/html:<p>Some <b>bold</b> words\\, and more</p><script>alert(1)</script>",
        "DESCRIPTION:Some bold words",
    )
    for words in (
        *("Organizer: Weber, Anna (anna@example.org)", "Accepted (1): Ben", "Declined (1): Cleo (optional)"),
        *("Rooms (1): Room 4", "Categories: Red category, Work, hard", "Importance: high"),
        *('href="https://teams.microsoft.com/l/meetup-join/19%3ameeting"', "Some <b>bold</b> words, and more"),
    ):
        assert words in row["description"], words
    assert "alert" not in row["description"]
    assert "nomail" not in row["description"]
    assert "attendees" not in row


def test_an_alarm_is_the_reminder():
    [row] = mirrored("BEGIN:VALARM", "TRIGGER;RELATED=START:-PT45M", "ACTION:DISPLAY", "END:VALARM")
    assert row["reminders"]["overrides"] == [{"method": "popup", "minutes": 45}]
    [row] = mirrored()
    assert not row["reminders"].get("overrides")


def test_rules_hold_for_what_a_feed_says():
    skip = Effect(skip=True)
    assert mirrored("CATEGORIES:Private stuff", policy=ruled(Condition(categories=("private stuff",)), skip)) == []
    boss = Condition(organizer_domains=("example.org",))
    assert mirrored("ORGANIZER;CN=Boss:mailto:boss@mail.example.org", policy=ruled(boss, skip)) == []
    [row] = mirrored(policy=ruled(Condition(title=re.compile("one")), Effect(color="5", title="Deep work")))
    assert (row["summary"], row["colorId"]) == ("Deep work", "5")
    [row] = mirrored(
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF", policy=ruled(Condition(show_as=("oof",)), Effect(profile=Profile.BUSY))
    )
    assert (row["summary"], row.get("description", "")) == ("Busy", "")


def test_a_cancelled_event_is_shown_only_where_that_is_asked():
    assert mirrored("STATUS:CANCELLED") == []
    assert len(mirrored("STATUS:CANCELLED", policy=Policy(cancelled=Shown.SHOW))) == 1


def test_private_events_show_nothing():
    for word in ("PRIVATE", "CONFIDENTIAL", "PERSONAL", "X-WHATEVER"):
        [row] = mirrored(f"CLASS:{word}", "DESCRIPTION:canary", "LOCATION:canary")
        assert row["visibility"] == "private"
        assert row["summary"] == "Busy"
        assert "canary" not in str(row)
