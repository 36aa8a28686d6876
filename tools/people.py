"""What two people may do at any time: one in Outlook, one to the copies in Google. Each act draws its own details."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from series_generator import Made, generate
from world import BERLIN, TODAY, moved, timed, whole_days

if TYPE_CHECKING:
    from story import Story

Act = Callable[["Story", Random], str]
"""Does one thing and says what; "" where there was nothing to do it to."""
ZONES = (BERLIN, BERLIN, "UTC", "Pacific Standard Time", "Lord Howe Standard Time", "Europe/Dublin")
PERSONAL: tuple[Mapping[str, Any], ...] = (
    {"colorId": "11"},
    {"colorId": "5"},
    {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 33}]}},
)


@cache
def series_to_choose_from() -> tuple[Made, ...]:
    """Series of every kind."""
    return tuple(generate(7, 200, TODAY))


def day_near(story: Story, random: Random) -> date:
    """Mostly within the window; sometimes far out of it."""
    far = random.random() < 0.06
    return story.today + timedelta(random.choice((-200, 200)) if far else random.randint(-15, story.future_days + 15))


def title(random: Random) -> str:
    """Some title."""
    return f"Title {random.randrange(10_000)}"


def times(story: Story, random: Random) -> dict[str, Any]:
    """Start and end somewhere."""
    return moved(day_near(story, random), random.randrange(23), random.choice(ZONES))


# In Outlook


def new_single(story: Story, random: Random) -> str:
    """An event with a time, or of whole days."""
    day = day_near(story, random)
    event = (
        whole_days(title(random), day, random.randint(1, 3))
        if random.random() < 0.25
        else timed(title(random), day, random.randrange(23)) | times(story, random)
    )
    return f"new {story.name(story.mailbox.create(event))}"


def new_series(story: Story, random: Random) -> str:
    """A series of any kind, perhaps with a changed and a cancelled occurrence right away."""
    made = random.choice(series_to_choose_from())
    event = made.event | {"subject": f"{title(random)} {made.event['subject']}"}
    created = story.mailbox.create(event, real_zone=made.real_zone)
    told = [f"new series {story.name(created)} ({event['subject']})"]
    told += [act(story, random, created) for act in (edit_occurrence, drop_occurrence) if random.random() < 0.3]
    return "; ".join(filter(None, told))


def retitle(story: Story, random: Random) -> str:
    """Another title, text, place or state for an event or a whole series."""
    one = story.pick(random)
    changes = random.choice(
        (
            {"subject": title(random)},
            {"location": {"displayName": title(random)}},
            {"showAs": random.choice(("free", "busy", "tentative", "oof"))},
            {"body": {"contentType": "html", "content": f"<p>{title(random)}</p>"}},
        )
    )
    return one and done(f"edit {story.name(one)}: {changes}", story.mailbox.edit(one, **changes))


def reschedule(story: Story, random: Random) -> str:
    """An event or a whole series at another time."""
    one = story.pick(random)
    changes = times(story, random) | {"isAllDay": False}
    return one and done(f"reschedule {story.name(one)}: {when(changes)}", story.mailbox.edit(one, **changes))


def another_rule(story: Story, random: Random) -> str:
    """A series recurs differently, a single event begins to, or a series becomes a single event."""
    one = story.pick(random)
    if not one:
        return ""
    posted = story.mailbox.item(one).schedule.posted
    start = date.fromisoformat(posted["start"]["dateTime"][:10])
    rule = {
        "pattern": random.choice(
            (
                {"type": "daily", "interval": random.randint(1, 3)},
                {"type": "weekly", "interval": 1, "daysOfWeek": random.sample(("monday", "tuesday", "friday"), 2)},
                {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": random.choice((1, 15, 31))},
            )
        ),
        "range": {"type": "numbered", "startDate": str(start), "numberOfOccurrences": random.randint(2, 20)},
    }
    if posted.get("recurrence") and random.random() < 0.25:
        rule = None
    return done(f"rule of {story.name(one)}: {rule}", story.mailbox.edit(one, recurrence=rule))


def edit_occurrence(story: Story, random: Random, series: str = "") -> str:
    """One occurrence gets another title or another time."""
    one, original = story.pick_occurrence(random, series)
    if not original:
        return ""
    changes: dict[str, Any] = {"subject": title(random)}
    if random.random() < 0.6:
        day = original + timedelta(random.choice((0, 0, 1, -1, 3, 100)))
        changes = moved(day, random.randrange(23), random.choice(ZONES)) | {"isAllDay": False}
    told = f"occurrence {original} of {story.name(one)}: {when(changes)}"
    return done(told, story.mailbox.edit_occurrence(one, original, **changes))


def drop_occurrence(story: Story, random: Random, series: str = "") -> str:
    """One occurrence is deleted, changed or not."""
    one, original = story.pick_occurrence(random, series)
    told = f"delete occurrence {original} of {story.name(one)}"
    return done(told, story.mailbox.delete_occurrence(one, original)) if original else ""


def split(story: Story, random: Random) -> str:
    """This and the following become a series of their own."""
    one, original = story.pick_occurrence(random)
    if not original:
        return ""
    changes = {"subject": title(random)} if random.random() < 0.5 else moved(original, random.randrange(23))
    new = story.mailbox.split(one, original, **changes)
    return f"split {story.name(one)} at {original}, into {story.name(new)}"


def delete(story: Story, random: Random) -> str:
    """An event or a whole series goes."""
    one = story.pick(random)
    return one and done(f"delete {story.name(one)}", story.mailbox.delete(one))


def delete_many(story: Story, random: Random) -> str:
    """Somebody tidies up."""
    count = random.randint(5, 15)
    for _ in range(count):
        delete(story, random)
    return f"delete {count}"


def secret(story: Story, random: Random) -> str:
    """An event or a whole series turns private, or is so no more."""
    one = story.pick(random)
    if not one:
        return ""
    wanted = "normal" if one in story.private else "private"
    return done(f"{wanted} {story.name(one)}", story.mailbox.edit(one, sensitivity=wanted))


def touch(story: Story, random: Random) -> str:
    """Something invisible happens."""
    one = story.pick(random)
    return one and done(f"touch {story.name(one)}", story.mailbox.touch(one))


def cancel(story: Story, random: Random) -> str:
    """The organizer cancels."""
    one = story.pick(random)
    return one and done(f"cancel {story.name(one)}", story.mailbox.cancel(one))


def move_away(story: Story, random: Random) -> str:
    """To another calendar."""
    one = story.pick(random)
    return one and f"move {story.name(one)} away as {story.name(story.mailbox.move_to_calendar(one, story.other))}"


def move_back(story: Story, random: Random) -> str:
    """From another calendar into the mirrored one."""
    one = story.pick(random, story.other)
    home = story.mailbox.default_calendar
    return one and f"move {story.name(one)} here as {story.name(story.mailbox.move_to_calendar(one, home))}"


# In Google


def personal(story: Story, random: Random) -> str:
    """A colour or a reminder for a copy, which every later run must leave alone."""
    row = story.pick_copy(random)
    changes = dict(random.choice(PERSONAL))
    unseen = story.process is not None or not story.google.switches.reminder_edit_changes_etag
    if row is None or ("reminders" in changes and unseen):
        return ""
    story.google.person_edit(story.destination, row["id"], **changes)
    story.personalised(row, changes)
    return f"in Google, {list(changes)} on {story.label(row)}"


def delete_copy(story: Story, random: Random) -> str:
    """A copy, a series or a changed occurrence is deleted in Google; perhaps the trash is emptied."""
    row = story.pick_copy(random)
    if row is None:
        return ""
    story.drifted(row)
    story.google.person_delete(story.destination, row["id"])
    emptied = random.random() < 0.3
    if emptied:
        story.google.empty_trash(story.destination)
    return f"in Google, delete {story.label(row)}{', empty the trash' if emptied else ''}"


def delete_instance(story: Story, random: Random) -> str:
    """One occurrence of a copied series is deleted in Google."""
    row = instance_soon(story, random)
    if row is None:
        return ""
    story.called_off(row)
    story.google.person_delete(story.destination, row["id"])
    return f"in Google, delete instance {row['id'][-16:]} of {story.label(row)}"


def instance_soon(story: Story, random: Random) -> dict[str, Any] | None:
    """Some occurrence of a copied series in the next days, as a person sees it."""
    midnight = datetime.combine(story.today, time(), UTC)
    shown = story.google.occurrences(story.destination, midnight, midnight + timedelta(20)) if story.copied else []
    rows = [row for row in shown if row.get("recurringEventId") and len(row["recurringEventId"]) == 40]
    return random.choice(rows) if rows else None


def colour_instance(story: Story, random: Random) -> str:
    """One occurrence of a copied series gets a colour: Google keeps it apart from its series from then on."""
    row = instance_soon(story, random)
    if row is None:
        return ""
    story.chosen_for_one(row)
    color = random.choice(("11", "5"))
    story.google.person_edit(story.destination, row["id"], colorId=color)
    return f"in Google, colour {color} on instance {row['id'][-16:]} of {story.label(row)}"


def drag_instance(story: Story, random: Random) -> str:
    """One occurrence of a copied series is moved to another time."""
    row = instance_soon(story, random)
    if row is None:
        return ""
    story.drifted(row)
    story.google.person_edit(story.destination, row["id"], **at_three(story.today + timedelta(random.randint(0, 9))))
    return f"in Google, drag instance {row['id'][-16:]} of {story.label(row)}"


def all_events(story: Story, random: Random) -> str:
    """ "All events" of a copied series get another title, or a colour."""
    row = instance_soon(story, random)
    if row is None:
        return ""
    changes = random.choice(({"summary": "My own words"}, {"colorId": "7"}, {"colorId": "9"}))
    story.google.person_edit(story.destination, row["id"], scope="all", **changes)
    if "summary" in changes:
        story.drifted(row)
    else:
        story.chosen_for_all(row, changes["colorId"])
    return f"in Google, all events of {story.label(row)}: {changes}"


def following_events(story: Story, random: Random) -> str:
    """ "This and following events" of a copied series are changed or deleted."""
    row = instance_soon(story, random)
    if row is None:
        return ""
    story.drifted(row)
    what = random.choice(("title", "time", "delete"))
    if what == "delete":
        story.called_off(row)
        story.google.person_delete(story.destination, row["id"], scope="following")
    elif what == "title":
        story.google.person_edit(story.destination, row["id"], scope="following", summary="My own words")
    else:
        day = date.fromisoformat(str(row["start"].get("date") or row["start"]["dateTime"])[:10])
        made = story.google.person_edit(story.destination, row["id"], scope="following", **at_three(day))
        if len(made["id"].partition("_")[0]) != len(row["recurringEventId"]):
            story.protect(story.destination, made["id"])
    return f"in Google, following events from {row['id'][-16:]} of {story.label(row)}: {what}"


def at_three(day: date) -> dict[str, Any]:
    """A time in the night."""
    return {
        edge: {"date": None, "dateTime": f"{day}T{hour:02}:00:00Z", "timeZone": "UTC"}
        for edge, hour in (("start", 3), ("end", 4))
    }


def rewrite_copy(story: Story, random: Random) -> str:
    """A copy gets the person's own title, or another time."""
    row = story.pick_copy(random)
    if row is None:
        return ""
    changes: dict[str, Any] = {"summary": "My own words"}
    if random.random() < 0.4:
        changes = at_three(day_near(story, random))
    story.drifted(row)
    story.google.person_edit(story.destination, row["id"], **changes)
    return f"in Google, rewrite {story.label(row)}: {changes}"


def duplicate(story: Story, random: Random) -> str:
    """A copy of a copy, marks and all, which is the person's."""
    row = story.pick_copy(random)
    if row is None or "recurringEventId" in row:
        return ""
    made = story.google.person_duplicate(story.destination, row["id"])
    story.protect(story.destination, made["id"])
    return f"in Google, duplicate {story.label(row)}"


def own_event(story: Story, random: Random) -> str:  # noqa: ARG001 -- every act draws, this one nothing
    """The person's own event in the mirrored calendar."""
    if not story.copied:
        return ""
    story.add_foreign(story.destination)
    return "in Google, an event of one's own"


def done(told: str, _result: object) -> str:
    """What was told, after it was done."""
    return told


def when(changes: Mapping[str, Any]) -> Any:
    """Changes in short."""
    start = changes.get("start")
    return f"to {start['dateTime']} {start['timeZone']}" if start else dict(changes)


OUTLOOK: Mapping[Act, int] = {
    new_single: 6,
    new_series: 5,
    retitle: 5,
    secret: 3,
    reschedule: 6,
    another_rule: 2,
    edit_occurrence: 7,
    drop_occurrence: 5,
    split: 2,
    delete: 4,
    delete_many: 1,
    touch: 1,
    cancel: 1,
    move_away: 2,
    move_back: 2,
}
GOOGLE: Mapping[Act, int] = {
    personal: 4,
    delete_copy: 2,
    delete_instance: 2,
    rewrite_copy: 2,
    colour_instance: 3,
    drag_instance: 2,
    all_events: 2,
    following_events: 2,
    duplicate: 1,
    own_event: 1,
}
"""How often each is drawn, against the others."""
