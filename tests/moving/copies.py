"""Copies of Outlook's events as other tools leave them in a Google calendar."""

from world import NOW, World, marks

from calmirror.model.times import Window


def occurrences(world: World):
    """What Outlook shows in the middle of the window, less what is not to be shown."""
    window = Window.around(NOW, past_days=17, future_days=57)
    there = world.meant_to_show()
    return [one for one in world.mailbox.occurrences(None, window.start, window.end) if one.id in there]


def body_of(one, **more):
    """A single event at the time of an occurrence."""
    if one.all_day:
        times = {"start": {"date": str(one.first_day)}, "end": {"date": str(one.last_day)}}
    else:
        times = {edge: {"dateTime": f"{getattr(one, edge):%FT%TZ}"} for edge in ("start", "end")}
    return {"summary": one.subject, **times, **more}


def private(**keys):
    return {"extendedProperties": {"private": keys}}


def keeper(number, one):
    return {"iCalUID": f"{number:032x}@keeper.sh"}


def older_inovex(number, one):
    return private(EventID=str(number), OriginalEventUri="https://outlook.example/", SourceID="0a1b")


def inovex(number, one):
    keys = {"EventID": str(number), "OriginalEventUri": "https://outlook.example/", "SourceID": "0a1b"}
    return private(**{f"inovex.calendarsync.{key}": value for key, value in keys.items()})


def script(number, one):
    """The earlier script: no mark, and words taken out of the title."""
    title = one.subject
    for word in ("Fwd: ", "Invitation: "):
        title = title.replace(word, "")
    return {"summary": title, "description": "text", "location": ""}


FLATTENING = {
    "keeper.sh": keeper,
    "CalendarSync": inovex,
    "CalendarSync, older": older_inovex,
    "the earlier script": script,
}


def flattened(world: World, calendar: str, marked) -> list[str]:
    """Each occurrence as an event of its own; their ids."""
    bodies = [body_of(one) | marked(number, one) for number, one in enumerate(occurrences(world))]
    return [world.google.person_insert(calendar, body)["id"] for body in bodies]


def as_series(world: World, calendar: str, marked) -> list[str]:
    """Each single event and series as one event, in the way that our own copies are; their ids."""
    ids = []
    for number, row in enumerate(world.ours()):
        if "recurringEventId" not in row:
            kept = {name: row[name] for name in ("summary", "start", "end", "recurrence") if name in row}
            ids.append(world.google.person_insert(calendar, kept | marked(number, marks(row)))["id"])
    return ids


def ogcs(number, ours):
    return private(
        outlook_EntryID=f"{number:064X}", outlook_GlobalApptID=ours["calmirrorUid"].upper(), outlook_CalendarID="00FF"
    )


def ogcs_numbered(number, ours):
    """The second Outlook calendar that OGCS syncs an event with."""
    return private(**{f"{key}-01": value for key, value in ogcs(number, ours)["extendedProperties"]["private"].items()})


def ogcs_without_uid(number, ours):
    return private(outlook_EntryID=f"{number:064X}", outlook_CalendarID="00FF")


def gas(number, ours):
    return private(fromGAS="true", MD5="0a1b", id=ours["calmirrorUid"])


KEEPING_SERIES = {"OGCS": ogcs, "OGCS, numbered": ogcs_numbered, "OGCS, no id": ogcs_without_uid, "GAS-ICS-Sync": gas}
