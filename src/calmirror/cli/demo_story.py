"""What happens in the demo. Whatever it claims is read from the stand-ins, never from calmirror's own words."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calmirror.cli.demo_teller import Teller
    from calmirror.cli.demo_world import World

RED = "11"
ACTION = re.compile(r"^[+~-] ", re.MULTILINE)
"""A line of a plan that stands for one write."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def play(world: World, teller: Teller) -> None:
    """The whole story; raises FalseClaimError at the first claim that is not true."""
    planned = plan_first(world, teller)
    die_in_the_middle(world, teller, planned)
    recover(world, teller, planned)
    do_nothing(world, teller)
    move_a_meeting(world, teller)
    own = add_a_hand(world, teller)
    live_on(world, teller)
    refuse_to_empty(world, teller)
    agree(world, teller, own)


def plan_first(world: World, teller: Teller) -> int:
    """Shows the first plan; returns how many events it would write."""
    teller.step(
        "Adele's Outlook is full, her Google calendar is empty.",
        f"Both are stand-ins on this machine: no account, no network. Her mailbox holds {len(world.outlook.events)} "
        "single events and series; the mirror keeps those from 40 days ago to 365 days ahead.",
    )
    mark = world.mark()
    ended = world.run("plan")
    teller.command("plan", ended, first=4, last=2)
    teller.claim("Google was asked to write nothing.", true=world.writes_since(mark) == 0)
    return len(ACTION.findall(ended.out))


def die_in_the_middle(world: World, teller: Teller, planned: int) -> None:
    """Kills the first sync."""
    teller.step(
        "The first sync is killed in the middle.",
        "Right after Google has carried out the 20th write of the second batch of 50, the process is killed (SIGKILL). "
        "Nobody reads the answer.",
    )
    ended = world.run_killed("sync", batch=2, member=20)
    teller.command("sync", ended, expected=None)
    there = len(world.mirror_events())
    teller.claim(
        f"It died, and Google's stand-in holds {there} of the {planned} events.",
        true=ended.code != 0 and 0 < there < planned,
    )
    teller.command("status", world.run("status"))


def recover(world: World, teller: Teller, planned: int) -> None:
    """The next sync ends at the exact mirror."""
    teller.step("The next sync goes on from there, without being told to.")
    teller.command("sync", world.run("sync"))
    events = world.mirror_events()
    distinct = {(source_of(one), str(one["start"]), str(one.get("originalStartTime"))) for one in events}
    teller.claim(
        f"Counted in the stand-in's own records: {len(events)} events, {len(distinct)} different ones. No duplicate.",
        true=len(events) == len(distinct) == planned,
    )
    teller.command("verify", world.run("verify"))


def do_nothing(world: World, teller: Teller) -> None:
    """An idle run."""
    teller.step("With nothing new in Outlook, a sync costs one request.")
    mark = world.mark()
    teller.command("sync", world.run("sync"))
    teller.claim(
        "Microsoft received 1 request, Google none (their request logs).", true=world.requests_since(mark) == (1, 0)
    )


def move_a_meeting(world: World, teller: Teller) -> None:
    """One change in Outlook is one write."""
    teller.step("A moved meeting costs one write.", world.story.move_meeting())
    mark = world.mark()
    teller.command("sync", world.run("sync"))
    teller.claim("Google received 1 write.", true=world.writes_since(mark) == 1)


def add_a_hand(world: World, teller: Teller) -> dict[str, Any]:
    """What a person does in Google stays; returns the event that she entered there."""
    meeting, calendar = world.story.ahead[0], world.mirror_id()
    copy = next(one for one in world.mirror_events() if source_of(one) == meeting.event_id)
    world.google.person_edit(calendar, copy["id"], colorId=RED)
    own = dict(world.google.person_insert(calendar, own_event(meeting.begins)))
    teller.step(
        "What a person does in Google stays.",
        f'Adele paints the copy of that meeting red, and enters "{own["summary"]}" in Google.',
        world.story.move_meeting(),
    )
    teller.command("sync", world.run("sync"))
    events = {one["id"]: one for one in world.mirror_events()}
    moved = begins(events[copy["id"]]) == f"{world.story.ahead[0].begins:%H:%M}"
    teller.claim(
        "The copy has moved, and it is still red.",
        true=moved and events[copy["id"]]["colorId"] == RED,
    )
    return own


def source_of(event: Mapping[str, Any]) -> str:
    """The Outlook id that a Google event is marked with; "" for an event that is not of the mirror."""
    return str(event.get("extendedProperties", {}).get("private", {}).get("calmirrorSource", ""))


def begins(event: Mapping[str, Any]) -> str:
    """The time of day at which a Google event begins, on the clock of its zone."""
    return f"{datetime.fromisoformat(event['start']['dateTime']):%H:%M}"


def own_event(begins: datetime) -> dict[str, Any]:
    """Something that Adele enters into the Google calendar herself."""
    edges = {"start": begins, "end": begins + timedelta(hours=1)}
    times = {edge: {"dateTime": at.isoformat(), "timeZone": "Europe/Berlin"} for edge, at in edges.items()}
    return {"summary": "Water the plants", **times}


def live_on(world: World, teller: Teller) -> None:
    """Some days' changes: the plan says why, then it is carried out."""
    teller.step("Four days pass. The plan gives a reason for every write.")
    for line in (line for _ in range(4) for line in world.story.next_day()):
        teller.say(line)
    planned = world.run("plan")
    teller.command("plan", planned)
    mark = world.mark()
    teller.command("sync", world.run("sync"))
    writes = world.writes_since(mark)
    teller.claim(
        f"Google received {writes} writes, as planned: one for each line.",
        true=writes == len(ACTION.findall(planned.out)),
    )


def refuse_to_empty(world: World, teller: Teller) -> None:
    """An emptied source is not believed; then everything is put back."""
    teller.step(
        "A script goes wrong and deletes everything in Outlook. The mirror refuses to follow.",
        "A person can say that it is meant. Nothing else can.",
    )
    kept, before, mark = dict(world.outlook.events), world.mirror_events(), world.mark()
    for event_id in kept:
        world.outlook.delete(event_id)
    teller.command("sync", world.run("sync"), expected=6)
    teller.claim(
        f"Exit code 6. Google received no write; its {len(before)} events are as they were.",
        true=world.writes_since(mark) == 0 and world.mirror_events() == before,
    )
    teller.say("Adele puts everything back.")
    world.outlook.events.update(kept)
    for event_id in kept:
        world.outlook.touch(event_id)
    teller.command("sync", world.run("sync"))
    teller.claim("Google still received no write.", true=world.writes_since(mark) == 0)


def agree(world: World, teller: Teller, own: dict[str, Any]) -> None:
    """The end: what both services show is the same, and nothing else was touched."""
    teller.step(
        "Proof: both services show the same.",
        "`verify` has each service expand its own calendar, and compares. It uses none of the code that translates and "
        "plans.",
    )
    ended = world.run("verify")
    teller.command("verify", ended)
    outlook, google = beginnings(world, ended.out, besides=own["id"])
    teller.claim(
        f"By the stand-ins' own account, {len(outlook)} occurrences begin at the same moments in both.",
        true=outlook == google,
    )
    private = [one for one in world.mirror_events() if is_private_in_outlook(world, source_of(one))]
    teller.claim(
        f"Her {len(private)} private events are private in Google, too, and only busy times.",
        true=private != []
        and all((one.get("visibility"), one.get("summary")) == ("private", "Busy") for one in private)
        and not any("description" in one or "location" in one for one in private),
    )
    teller.claim(f'"{own["summary"]}" is untouched, down to its etag.', true=own in world.mirror_events())
    teller.claim("Nobody was sent anything: Google's outbox is empty.", true=not world.google.mails)


def is_private_in_outlook(world: World, source_id: str) -> bool:
    """Whether that Outlook event is private, or confidential."""
    item = world.outlook.events.get(source_id)
    return item is not None and item.fields.get("sensitivity", "normal") != "normal"


def beginnings(world: World, verified: str, *, besides: str) -> tuple[list[str], list[str]]:
    """When the occurrences of both sides begin, in the days between the two dates that `verify` named."""
    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in DAY.findall(verified))
    outlook = [one.first_day if one.all_day else one.start for one in world.outlook.occurrences(None, start, end)]
    shown = world.google.occurrences(world.mirror_id(), start, end)
    google = [one["start"] for one in shown if one["id"] != besides]
    return sorted(map(str, outlook)), sorted(
        str(datetime.fromisoformat(at["dateTime"]).astimezone(UTC)) if "dateTime" in at else at["date"] for at in google
    )
