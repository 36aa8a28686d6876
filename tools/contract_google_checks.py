"""What the contract suite checks at Google. Each function acts in a scratch calendar and returns which side it saw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contract_check import OURS, NotSettledError, Suite, accepted, code_of
from contract_google import OWN, Event, GoogleScratch, at, changed_by_person, instant, last_sunday

from calmirror.sandbox.google.switches import GoogleSwitches

ANY_TIME = "documented: it may be so at any time, so that no side may be relied upon"
GOOGLE = Suite(
    "Google",
    GoogleSwitches,
    {
        "batch_order": ANY_TIME,
        "empty_pages": ANY_TIME,
        "short_pages": ANY_TIME,
        "rate_limit_status": "the quota of the account would have to be used up",
        "quota_per_minute": "the quota of the account would have to be used up",
        "writes_per_calendar": "a calendar would have to be written to until Google refuses",
        "calendar_quota": "calendars would have to be made until Google refuses, for a day or more",
        "trash_days": "takes weeks",
        "new_calendar_seconds": "a number without sides; the seconds of each run stand beside new_calendar",
    },
)
BARE = {"kind", "etag", "id", "status"}
RENAMED = f"{OURS}renamed"
LONGEST_AGO = 400
"""Days; a list of changes that reaches back as far has no limit."""


@GOOGLE.settles()
def series_version(google: GoogleScratch) -> object:
    """A write to one instance moves the etags of its series and of other instances, or each row has its own."""
    series = google.series()
    google.own(series, 1)
    rows = [series, google.instance(series, 1)]
    before = [google.get(row)["etag"] for row in rows]
    google.own(series, 2)
    moved = [google.get(row)["etag"] != etag for row, etag in zip(rows, before, strict=True)]
    return {(True, True): "shared", (False, False): "rows"}.get((moved[0], moved[1]), "only one of both")


@GOOGLE.settles()
def changes_bring_family(google: GoogleScratch) -> object:
    """After a change of one instance an incremental read lists the series and its other changed instances, too."""
    series = google.series()
    google.own(series, 1)
    token = google.token()
    google.own(series, 2)
    return {series, google.instance(series, 1)} <= {row["id"] for row in google.changed(token)}


@GOOGLE.settles()
def spread(google: GoogleScratch) -> object:
    """Which fields of a series are written over those of an instance that was changed on its own (PATCH)."""
    changes = {"summary": RENAMED, "description": "new", "colorId": "3", "location": "new", "of": "new"}
    series = google.series(description="all", colorId="1", location="all", **private("all"))
    google.own(series, description="own", colorId="2", location="own", **private("own"))
    google.patch(series, **{name: changes[name] for name in changes if name != "of"}, **private("new"))
    row = google.get(google.instance(series, 1))
    row["of"] = row.get("extendedProperties", {}).get("private", {}).get("of")
    reached = {name for name, value in changes.items() if row.get(name) == value}
    texts = {"summary", "description"}
    sets = {"nothing": set(), "texts": texts, "look": texts | {"colorId", "location"}, "everything": set(changes)}
    return next((side for side, names in sets.items() if reached == names), f"only {', '.join(sorted(reached))}")


@GOOGLE.settles()
def put_spreads(google: GoogleScratch) -> object:
    """A PUT of a series writes its title over that of an instance that was changed on its own."""
    series = google.series()
    google.own(series)
    google.put(google.get(series), summary=RENAMED)
    return google.get(google.instance(series, 1))["summary"] == RENAMED


@GOOGLE.settles(given={"orphan_exceptions": "keep"})
def retimed_exceptions(google: GoogleScratch) -> object:
    """What becomes of changed instances when their series moves by an hour."""
    series = google.series()
    google.own(series)
    google.patch(series, start=at(google.day, "10:00"), end=at(google.day, "11:00"))
    return "keep" if google.own_title_is_left(series) else "drop"


@GOOGLE.settles()
def orphan_exceptions(google: GoogleScratch) -> object:
    """What becomes of a changed instance when the rule of its series no longer has its date."""
    series = google.series()
    google.own(series, 4)
    google.patch(series, recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    return "keep" if google.own_title_is_left(series) else "drop"


@GOOGLE.settles()
def rule_raises_sequence(google: GoogleScratch) -> object:
    """A changed rule raises the sequence of the series."""
    series = google.series()
    return bool(google.patch(series, recurrence=["RRULE:FREQ=DAILY;COUNT=5"])["sequence"])


@GOOGLE.settles()
def exdate_hides_override(google: GoogleScratch) -> object:
    """An EXDATE also removes an instance that was changed on its own."""
    series = google.series()
    google.own(series)
    exdate = google.instance(series, 1).removeprefix(f"{series}_")
    google.patch(series, recurrence=["RRULE:FREQ=DAILY;COUNT=6", f"EXDATE:{exdate}"])
    return OWN not in [row.get("summary") for row in google.instances(series)]


@GOOGLE.settles()
def revive_restores_exceptions(google: GoogleScratch) -> object:
    """A series that comes back from the trash brings its changed instances along."""
    series = google.series()
    google.own(series)
    google.delete(series)
    google.patch(series, status="confirmed")
    return google.own_title_is_left(series)


@GOOGLE.settles()
def zero_length(google: GoogleScratch) -> object:
    """Whether a timed event may end when it starts."""
    answer = google.send("POST", "", google.body("no length", end=at(google.day)))
    if answer.status == 400:
        return "reject"
    accepted(answer)
    return "accept"


def at_a_change(google: GoogleScratch, month: int, start: str, end: str, days: int = 0) -> Event:
    """The instance of a daily series that ends on the last Sunday of a month, `days` after it starts."""
    sunday = last_sunday(google.day.year, month)
    first = at(sunday - timedelta(2), start)
    series = google.series(count=5, start=first, end=at(sunday + timedelta(days - 2), end))
    return google.instances(series)[2 - days]


@GOOGLE.settles()
def gap(google: GoogleScratch) -> object:
    """Which offset reads a wall-clock start of a series that the clocks skip."""
    start = instant(at_a_change(google, 3, "02:30", "03:30")["start"])
    return {"01:30": "offset_before", "00:30": "offset_after"}.get(f"{start:%H:%M}", f"{start:%H:%M} UTC")


@GOOGLE.settles()
def fold(google: GoogleScratch) -> object:
    """Which of two moments a wall-clock start of a series means that comes twice."""
    start = instant(at_a_change(google, 10, "02:30", "03:30")["start"])
    return {"00:30": "first", "01:30": "second"}.get(f"{start:%H:%M}", f"{start:%H:%M} UTC")


@GOOGLE.settles()
def instance_end(google: GoogleScratch) -> object:
    """Whether an instance over a change of the clocks keeps its length or its end on the wall clock."""
    night = at_a_change(google, 3, "22:00", "06:00", days=1)
    hours = (instant(night["end"]) - instant(night["start"])).total_seconds() / 3600
    return {8.0: "exact", 7.0: "wall"}.get(hours, f"{hours} hours")


@GOOGLE.settles()
def reminder_edit_changes_etag(google: GoogleScratch) -> object:
    """An edit of reminders alone moves the etag."""
    event = google.insert()
    reminders = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]}
    return google.patch(event["id"], reminders=reminders)["etag"] != event["etag"]


@GOOGLE.settles()
def noop_changes_etag(google: GoogleScratch) -> object:
    """A write that changes nothing moves the etag (PUT and PATCH)."""
    event = google.get(google.insert()["id"])
    put = google.put(event)
    patched = google.patch(event["id"], summary=event["summary"])
    moved = (put["etag"] != event["etag"], patched["etag"] != put["etag"])
    return moved[0] if moved[0] == moved[1] else "only PUT" if moved[0] else "only PATCH"


@GOOGLE.settles()
def missing_sequence_is_zero(google: GoogleScratch) -> object:
    """A PUT without a sequence counts as one with sequence 0, and is refused once the sequence has risen."""
    event = google.insert()
    event = google.patch(event["id"], start=at(google.day, "11:00"), end=at(google.day, "12:00"))
    if event["sequence"] == 0:
        raise NotSettledError("a changed time did not raise the sequence")
    del event["sequence"]
    answer = google.send("PUT", event["id"], event)
    return answer.status == 400 or not accepted(answer)


@GOOGLE.settles()
def import_existing(google: GoogleScratch) -> object:
    """What an import of an iCalUID does that is there already."""
    event = google.insert()
    body = {"iCalUID": event["iCalUID"], "summary": RENAMED, "start": event["start"], "end": event["end"]}
    answer = google.send("POST", "import", body)
    return {409: "duplicate", 200: "update"}.get(answer.status, f"{answer.status} {code_of(answer)}")


@GOOGLE.settles(asks=True)
def purged_update(google: GoogleScratch) -> object:
    """How a PUT of an event is refused that has left the trash."""
    event = google.insert("in the bin")
    google.delete(event["id"])
    sentence = 'In Google Calendar\'s settings menu open "Bin", choose the calendar "calmirror contract", and empty it.'
    google.person.does(sentence, "empty_trash", calendar_id=google.made.calendar)
    answer = google.send("PUT", event["id"], {**event, "status": "confirmed"})
    if answer.status == 200:
        raise NotSettledError("the event was still in the bin")
    return answer.status


@GOOGLE.settles(sides=(30, None))
def updated_min_days(google: GoogleScratch) -> object:
    """How many days updatedMin may reach back."""
    now, reached = datetime.fromtimestamp(google.clock.now(), UTC), 0
    for days in (29, 31, 60, LONGEST_AGO):
        answer = google.send("GET", updatedMin=f"{now - timedelta(days):%Y-%m-%dT%H:%M:%SZ}")
        if answer.status == 410:
            return 30 if reached == 29 else f"{reached} days, not {days}"
        accepted(answer)
        reached = days
    return None


@GOOGLE.settles()
def bare_tombstones(google: GoogleScratch) -> object:
    """An incremental read tells of a deleted event its kind, etag, id and status alone."""
    event = google.insert()["id"]
    token = google.token()
    google.delete(event)
    return set(next(row for row in google.changed(token) if row["id"] == event)) == BARE


@GOOGLE.settles()
def deleted_series(google: GoogleScratch) -> object:
    """An incremental read lists a deleted series as one row, or its changed instances as well."""
    series = google.series()
    google.own(series)
    token = google.token()
    google.delete(series)
    ids = [row["id"] for row in google.changed(token) if row["id"].startswith(series)]
    return "one" if ids == [series] else "rows"


@GOOGLE.settles()
def second_delete(google: GoogleScratch) -> object:
    """How a second deletion is refused that names the version of before the first."""
    event = google.insert()
    accepted(google.send("DELETE", event["id"], version=event["etag"]))
    return google.send("DELETE", event["id"], version=event["etag"]).status


@GOOGLE.settles()
def batch_conflicts(google: GoogleScratch) -> object:
    """Members of one batch that write to one series get in each other's way: 409 for some."""
    series = google.series()
    members = [("PATCH", google.instance(series, number), {"summary": OWN}, "") for number in range(4)]
    return 409 in [answer.status for answer in google.batch(*members)]


@GOOGLE.settles()
def new_calendar(google: GoogleScratch) -> object:
    """How a calendar answers at once after it was made."""
    status = google.made.first.status
    return "ready" if status == 200 else status


@GOOGLE.fact()
def an_id_is_taken_once(google: GoogleScratch) -> object:
    """A second insert with the id of an event is refused with 409 "duplicate", also after the event was deleted."""
    body = google.body()
    accepted(google.send("POST", "", body))
    alive = google.send("POST", "", body)
    google.delete(body["id"])
    deleted = google.send("POST", "", body)
    return {(one.status, code_of(one)) for one in (alive, deleted)} == {(409, "duplicate")}


@GOOGLE.fact()
def a_stale_version_is_refused(google: GoogleScratch) -> object:
    """A PUT or DELETE with an old etag in If-Match is refused with 412, also inside a batch."""
    first, second = google.insert(), google.insert()
    google.patch(first["id"], summary=RENAMED)
    google.patch(second["id"], summary=RENAMED)
    alone = [google.send(method, first["id"], body, version=first["etag"]) for method, body in writes(first)]
    inside = google.batch(("PUT", first["id"], first, first["etag"]), ("DELETE", second["id"], None, second["etag"]))
    return {answer.status for answer in (*alone, *inside)} == {412}


@GOOGLE.fact()
def a_deleted_event_is_gone(google: GoogleScratch) -> object:
    """A second deletion without a version is refused with 410, and an id that never was with 404."""
    event = google.insert()["id"]
    google.delete(event)
    return (google.send("DELETE", event).status, google.send("GET", google.body()["id"]).status) == (410, 404)


@GOOGLE.fact()
def properties_find_changed_instances(google: GoogleScratch) -> object:
    """A list by a private property has series and changed instances with that property."""
    mark = google.body()["id"]
    series = google.series(**private(mark))
    google.own(series)
    listed = {row["id"] for row in google.rows(privateExtendedProperty=f"of={mark}")}
    return {series, google.instance(series, 1)} <= listed


@GOOGLE.fact()
def a_write_is_listed_at_once(google: GoogleScratch) -> object:
    """Lists and incremental reads show a write at once: an insert, a change and a deletion."""
    token, event = google.token(), google.insert()["id"]
    inserted = {row["id"] for row in google.changed(token)}
    google.patch(event, summary=RENAMED)
    listed = [row.get("summary") for row in google.rows() if row["id"] == event]
    google.delete(event)
    rows = [row["status"] for row in google.changed(token) if row["id"] == event]
    return event in inserted and listed == [RENAMED] and rows == ["cancelled"]


@GOOGLE.fact()
def a_wrong_sync_token_is_refused(google: GoogleScratch) -> object:
    """A sync token that makes no sense is refused with 400 or 410, and one beside a property filter with 400."""
    wrong = google.send("GET", syncToken="contract").status
    filtered = google.send("GET", syncToken=google.token(), privateExtendedProperty="of=all").status
    return wrong in (400, 410) and filtered == 400


@GOOGLE.fact()
def a_moved_instance_has_its_own_sequence(google: GoogleScratch) -> object:
    """An instance that moves in time has the next sequence; its series keeps its own."""
    series = google.series()
    moved = google.own(series, start=at(google.day + timedelta(1), "15:00"), end=at(google.day + timedelta(1), "16:00"))
    return (moved["sequence"], google.get(series)["sequence"]) == (1, 0)


@GOOGLE.fact()
def a_cancelled_instance_is_listed(google: GoogleScratch) -> object:
    """A cancelled instance is listed with its original start, also where deleted events are not asked for."""
    series = google.series()
    google.delete(google.instance(series, 1))
    rows = [row for row in google.rows() if row["id"] == google.instance(series, 1)]
    return [(row["status"], "originalStartTime" in row) for row in rows] == [("cancelled", True)]


@GOOGLE.fact()
def instance_ids_can_be_computed(google: GoogleScratch) -> object:
    """The id of an instance is that of its series, and its original start in UTC, also where the clocks change."""
    shifted = [at_a_change(google, month, "02:30", "03:30") for month in (3, 10)]
    rows = [*google.instances(google.series()), *shifted]
    computed = [f"{row['recurringEventId']}_{instant(row['originalStartTime']):%Y%m%dT%H%M%SZ}" for row in rows]
    return [row["id"] for row in rows] == computed


@GOOGLE.fact()
def a_rule_is_cleared_by_null_and_by_nothing(google: GoogleScratch) -> object:
    """A series becomes one event when its recurrence is written as null or as an empty list."""
    cleared = [google.patch(google.series(), recurrence=nothing) for nothing in (None, list[str]())]
    return not any(event.get("recurrence") for event in cleared)


@GOOGLE.fact()
def rules_are_kept_as_written(google: GoogleScratch) -> object:
    """An UNTIL at the end of a local day and an EXDATE with a zone come back as sent, and mean these days."""
    sunday = last_sunday(google.day.year, 3)
    first, last = sunday - timedelta(2), sunday + timedelta(2)
    lines = [f"EXDATE;TZID=Europe/Berlin:{sunday:%Y%m%d}T090000", f"RRULE:FREQ=DAILY;UNTIL={last:%Y%m%d}T215959Z"]
    event = google.insert("series", start=at(first), end=at(first, "10:00"), recurrence=lines)
    days = [instant(row["start"]).date() for row in google.instances(event["id"])]
    wanted = [first, sunday - timedelta(1), sunday + timedelta(1), last]
    return sorted(event["recurrence"]) == sorted(lines) and days == wanted


@GOOGLE.fact(asks=True)
def what_the_screen_cuts_off_is_family(google: GoogleScratch) -> object:
    """What "this and following events" cuts off has the id of its series, "_R" and the start, and its versions."""
    series, rest = google.series(title="split me"), f"{OURS}the rest"
    token, at = google.token(), google.day + timedelta(3)
    google.person.does(
        f'In Google Calendar open "{OURS}split me" on {at:%d %B %Y}, change its title to "{rest}", save, and choose '
        '"This and following events".',
        "person_edit",
        calendar_id=google.made.calendar,
        event_id=google.instance(series, 3),
        scope="following",
        summary=rest,
    )
    part = changed_by_person(google.changed(token), rest)
    google.own(series)
    return part["id"] == f"{series}_R{at:%Y%m%d}T080000" and google.get(part["id"])["etag"] != part["etag"]


def private(of: str) -> dict[str, Any]:
    """Extended properties with one private property."""
    return {"extendedProperties": {"private": {"of": of}}}


def writes(event: Event) -> list[tuple[str, Event | None]]:
    """A PUT and a DELETE, each with its body."""
    return [("PUT", event), ("DELETE", None)]
