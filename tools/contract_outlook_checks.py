"""What the contract suite checks at Microsoft. Each function acts in a calendar and returns which side it saw."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from contract_check import OURS, NotSettledError, Suite, UnexpectedAnswerError, accepted, code_of
from contract_google import last_sunday
from contract_outlook import OWN, Event, Outlook, daily, times, types

from calmirror.sandbox.graph.switches import GraphSwitches

ANY_TIME = "documented: it may be so at any time, so that no side may be relied upon"
MICROSOFT = Suite(
    "Microsoft",
    GraphSwitches,
    {
        "batch_any_order": ANY_TIME,
        "duplicates": ANY_TIME,
        "first_page_empty": ANY_TIME,
        "repeated_entries": ANY_TIME,
        "replay": ANY_TIME,
        "shuffle": ANY_TIME,
        "default_delta_page": "a number without sides; calmirror always names a page size",
        "delay": "a number without sides; checks wait until a change shows up",
        "quota": "thousands of requests would have to be sent",
        "retry_after": "the mailbox would have to be throttled",
        "foreign_id": "takes the id of an event in a second mailbox",
        "twin_ids": "chance: the few ids of one run show nothing",
    },
)
RENAMED = f"{OURS}renamed"
REST = f"{OURS}the rest"
ZONE, ZONE_NAMES = "Pacific/Auckland", ("New Zealand Standard Time", "Pacific/Auckland")
"""A zone in which hardly any event was written, with its name at Windows and as asked for."""
STUB = {"@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"}
LONGEST_CHAIN = 8
"""Rounds of one chain; cursors of which all live are said to live longer."""


@MICROSOFT.settles()
def series_resend(outlook: Outlook) -> object:
    """After a change of one occurrence delta lists the whole series, or what changed with or without its master."""
    series = outlook.series()
    _, link = outlook.full()
    entries, _ = outlook.news(link, lambda: outlook.patch(outlook.occurrences(series)[1]["id"], subject=OWN))
    seen = set(types(entries))
    return "all" if "occurrence" in seen else "master" if "seriesMaster" in seen else "exception"


@MICROSOFT.settles()
def series_outside_window(outlook: Outlook) -> object:
    """What delta tells of a changed series that has nothing in the window."""
    _, link = outlook.full()
    made: list[str] = []
    _, link = outlook.news(link, lambda: made.append(outlook.series(3, 40, shows=False)))
    entries, _ = outlook.news(link, lambda: outlook.patch(made[0], subject=RENAMED))
    return {"removed": "tombstone", "seriesMaster": "master", "": "nothing"}.get(" ".join(types(entries)), "more")


@MICROSOFT.settles()
def outside_occurrence_change(outlook: Outlook) -> object:
    """Whether delta tells of a series in the window of which an occurrence outside of it changed."""
    series = outlook.series(20)
    _, link = outlook.full()
    entries, _ = outlook.news(link, lambda: outlook.patch(outlook.occurrences(series)[17]["id"], subject=OWN))
    return "resend" if entries else "nothing"


@MICROSOFT.settles()
def exception_outside_window(outlook: Outlook) -> object:
    """What delta tells of an occurrence that was moved out of the window."""
    moved = outlook.occurrences(outlook.series())[4]["id"]
    _, link = outlook.full()
    entries, _ = outlook.news(link, lambda: outlook.patch(moved, **times(outlook.day + timedelta(30))))
    told = [entry for entry in entries if entry["id"] == moved]
    return {"": "nothing", "removed": "tombstone"}.get(" ".join(types(told)), "exception")


@MICROSOFT.settles()
def series_tombstones(outlook: Outlook) -> object:
    """A deleted series has one tombstone, or one for each occurrence as well."""
    series = outlook.series()
    outlook.occurrences(series)
    _, link = outlook.full()
    entries, _ = outlook.news(link, lambda: outlook.delete(series))
    return "master" if types(entries) == ["removed"] else "each"


@MICROSOFT.settles()
def edges_inclusive(outlook: Outlook) -> object:
    """A full round has an event that ends when the window begins."""
    edge = outlook.post("edge", shows=False, **times(outlook.day - timedelta(1), "23:00", zone="UTC"))
    outlook.post("inside")
    return edge in [entry["id"] for entry in outlook.entries()]


@MICROSOFT.settles(writes=False)
def delta_select(outlook: Outlook) -> object:
    """What delta does with $select, which it does not support."""
    answer = outlook.send("GET", outlook.first_link(), select="subject")
    return {200: "ignored", 400: "rejected"}.get(answer.status, answer.status)


@MICROSOFT.settles(writes=False)
def original_start(outlook: Outlook) -> object:
    """Where occurrences have originalStart: where it is selected, always, or never."""
    series = outlook.some_master()["id"]
    plain, selected = outlook.occurrences(series)[0], outlook.occurrences(series, select="originalStart,start")[0]
    if "originalStart" in plain:
        return "always"
    return "selected" if selected.get("originalStart") else "null"


@MICROSOFT.settles(writes=False)
def stub_zone(outlook: Outlook) -> object:
    """The zone of an occurrence's times in delta: as preferred, by Windows' name or as asked for, or the author's."""
    stubs = some_stubs(outlook, zone=ZONE)
    names = dict(zip(ZONE_NAMES, ("windows", "asked"), strict=True))
    return names.get(stubs[0]["start"]["timeZone"], "author")


@MICROSOFT.settles(writes=False)
def delta_extras(outlook: Outlook) -> object:
    """Entries of delta have undocumented members in PascalCase."""
    return any(name[0].isupper() for entry in some_entries(outlook) for name in entry)


@MICROSOFT.settles(writes=False)
def round_order(outlook: Outlook) -> object:
    """A full round has masters and singles first, or each series with its occurrences."""
    if outlook.writes:
        outlook.series()
        outlook.series()
    kinds = types(outlook.entries())
    if kinds.count("seriesMaster") < 2 or "occurrence" not in kinds:
        raise NotSettledError("there are no two series")
    last_head = max(place for place, kind in enumerate(kinds) if kind == "seriesMaster")
    return "kinds" if last_head < kinds.index("occurrence") else "series"


@MICROSOFT.settles()
def page_size_obeyed_for_series(outlook: Outlook) -> object:
    """A page's end may cut a series."""
    outlook.series(6)
    pages, _ = outlook.full(size=2)
    return max(map(len, pages)) <= 2


@MICROSOFT.settles()
def endless_pages(outlook: Outlook) -> object:
    """A series of more entries than a page holds comes back for ever."""
    outlook.series(12)
    outlook.full(size=200)
    link, seen = outlook.first_link(), Counter[str]()
    for _ in range(12):
        entries, link, over = outlook.page(link, size=3)
        seen.update(str([entry["id"] for entry in entries]) for _ in entries[:1])
        if over:
            return False
    return max(seen.values()) > 1


@MICROSOFT.settles(writes=False)
def next_link_path(outlook: Outlook) -> object:
    """The path of delta links: with calendars('id'), as requested, or with the default calendar named."""
    _, link = outlook.full()
    if "/calendars('" in link or "/calendars(%27" in link:
        return "function"
    day = outlook.day + timedelta(-3650)
    _, link, _ = outlook.page(
        f"{outlook.home}/calendarView/delta?startDateTime={day}T03:00:00Z&endDateTime={day}T03:01:00Z"
    )
    return "calendar" if "/calendar/" in link else "same"


@MICROSOFT.settles(sides=(3, 5), writes=False)
def generations_kept(outlook: Outlook) -> object:
    """How many pages of a chain of delta links live: the last three."""
    links = chain(outlook)
    alive = next((age for age, link in enumerate(links) if outlook.send("GET", link).status == 200), len(links))
    return len(links) - alive if alive else f"{len(links)} or more"


@MICROSOFT.settles(writes=False)
def expired_cursor(outlook: Outlook) -> object:
    """The answer to a dead delta link."""
    answer = outlook.send("GET", chain(outlook)[0])
    if answer.status == 200:
        raise NotSettledError("no link has died")
    return f"{answer.status}{'-location' if answer.headers.get('location') else ''}"


@MICROSOFT.settles(writes=False)
def malformed_cursor(outlook: Outlook) -> object:
    """The answer to a damaged delta token."""
    _, link = outlook.full()
    path, _, token = link.rpartition("=")
    answer = outlook.send("GET", f"{path}={token[: len(token) // 2]}")
    own_code = code_of(answer).casefold() == "errorinvaliddeltatoken"
    return f"{answer.status}{'-delta-token' if own_code else ''}"


@MICROSOFT.settles()
def clamp_month_end(outlook: Outlook) -> object:
    """Day 31 falls on the last day of a shorter month; otherwise that month is skipped."""
    first = date(outlook.day.year + 1, 1, 31)
    months = daily(first, 4, type="absoluteMonthly", dayOfMonth=31)
    series = outlook.post("31st", shows=False, **times(first), recurrence=months)
    return starts(outlook.occurrences(series))[1][5:7] == "02"


def at_a_change(outlook: Outlook, month: int) -> str:
    """The start in UTC, as HH:MM, of an occurrence at 02:30 on the last Sunday of a month."""
    sunday = last_sunday(outlook.day.year + 1, month)
    first = sunday - timedelta(2)
    series = outlook.post("night", shows=False, **times(first, "02:30"), recurrence=daily(first, 5))
    return starts(outlook.occurrences(series))[2][11:16]


@MICROSOFT.settles()
def gap(outlook: Outlook) -> object:
    """A start at a time that the clocks skip is later by the gap, or earlier."""
    start = at_a_change(outlook, 3)
    return {"01:30": "forward", "00:30": "back"}.get(start, f"{start} UTC")


@MICROSOFT.settles()
def repeated_hour(outlook: Outlook) -> object:
    """Which of two moments a start means that comes twice."""
    start = at_a_change(outlook, 10)
    return {"00:30": "first", "01:30": "second"}.get(start, f"{start} UTC")


@MICROSOFT.settles()
def range_start(outlook: Outlook) -> object:
    """The start date of a series whose posted one does not match its pattern."""
    posted = outlook.day + timedelta(1 - outlook.day.weekday() % 7)
    weeks = daily(posted, 3, type="weekly", daysOfWeek=["thursday"], firstDayOfWeek="sunday")
    series = outlook.post("weekly", shows=False, **times(posted), recurrence=weeks)
    return "posted" if outlook.event(series)["recurrence"]["range"]["startDate"] == str(posted) else "first"


@MICROSOFT.settles(writes=False)
def no_end_date(outlook: Outlook) -> object:
    """What stands for the end date of a series that has none."""
    limits = outlook.some_master()["recurrence"]["range"]
    if limits["type"] == "endDate":
        raise NotSettledError("the series that is there has an end date")
    return limits["endDate"]


@MICROSOFT.settles()
def occurrence_date(outlook: Outlook) -> object:
    """The date in occurrenceId: where the event was written, in the recurrence zone, or in UTC."""
    authored = outlook.day + timedelta(
        3
    )  # 1 o'clock in the east of the date line is 11 o'clock in UTC on the day before
    dates = {str(authored): "authored", str(authored - timedelta(1)): "utc", str(authored - timedelta(2)): "recurrence"}
    recurrence = daily(authored - timedelta(2), 3)
    recurrence["range"]["recurrenceTimeZone"] = "Dateline Standard Time"
    event = times(authored, "01:00", zone="Line Islands Standard Time")
    series = outlook.post("date line", shows=False, **event, recurrence=recurrence)
    day = outlook.occurrences(series)[0]["occurrenceId"][-10:]
    return dates.get(day, "another date")


@MICROSOFT.settles()
def cancelled_list(outlook: Outlook) -> object:
    """A series lists its deleted occurrences in cancelledOccurrences, or has an empty list, or none."""
    series = outlook.series()
    outlook.delete(outlook.occurrences(series)[1]["id"])
    listed = outlook.event(series, select="subject,cancelledOccurrences").get("cancelledOccurrences")
    return "absent" if listed is None else "listed" if listed else "empty"


@MICROSOFT.settles()
def reschedule_resets(outlook: Outlook) -> object:
    """Whether a series loses its changed occurrences with a new time, or with a new range alone."""
    series = outlook.series(5)
    outlook.patch(outlook.occurrences(series)[1]["id"], subject=OWN)
    outlook.patch(series, recurrence=daily(outlook.day + timedelta(1), 6))
    if OWN not in titles(outlook.occurrences(series)):
        return "always"
    outlook.patch(series, **times(outlook.day + timedelta(1), "10:00"))
    return "never" if OWN in titles(outlook.occurrences(series)) else "not for the range"


@MICROSOFT.settles()
def exception_members(outlook: Outlook) -> object:
    """A member that nobody changed on an exception follows its series, or stays as it was."""
    series = outlook.series(location={"displayName": f"{OURS}here"})
    changed = outlook.patch(outlook.occurrences(series)[1]["id"], subject=OWN)
    outlook.patch(series, location={"displayName": RENAMED})
    place = outlook.event(changed["id"])["location"].get("displayName")
    return "inherited" if place == RENAMED else "copied"


def split(outlook: Outlook) -> tuple[Event, Event]:
    """A series that a person split with "this and following", and its second part."""

    def splitting() -> tuple[Event, Event]:
        series, at = outlook.series(8, title="split me"), outlook.day + timedelta(4)
        outlook.patch(outlook.occurrences(series)[5]["id"], subject=OWN)
        sentence = f'In Outlook open "{OURS}split me" on {at:%d %B %Y}, edit "This and all following events", change '
        sentence += f'the title to "{REST}", and save.'
        outlook.person.does(sentence, "split", master_id=series, at=at, subject=REST)
        return outlook.event(series), of_title(outlook, outlook.path, REST)

    return outlook.once(splitting)


@MICROSOFT.settles(asks=True)
def split_tail(outlook: Outlook) -> object:
    """Whether the second part of a split series keeps its changed occurrences."""
    _, rest = split(outlook)
    return "with exceptions" if OWN in titles(outlook.occurrences(rest["id"])) else "plain"


@MICROSOFT.settles(asks=True)
def split_uid(outlook: Outlook) -> object:
    """Whether the second part of a split series has a UID of its own."""
    first, rest = split(outlook)
    return "same" if first["iCalUId"] == rest["iCalUId"] else "new"


def moved(outlook: Outlook) -> tuple[Event, Event]:
    """An event before and after a person moved it to another calendar."""

    def moving() -> tuple[Event, Event]:
        before, other = outlook.event(outlook.post("move me")), outlook.another()
        path, at = f"{outlook.home}/calendars/{other}", outlook.day + timedelta(1)
        sentence = f'In Outlook open "{OURS}move me" on {at:%d %B %Y}, choose the calendar '
        sentence += f'"{outlook.read(path)["name"]}" for it, and save.'
        outlook.person.does(sentence, "move_to_calendar", event_id=before["id"], calendar=other)
        return before, of_title(outlook, path, f"{OURS}move me")

    return outlook.once(moving)


@MICROSOFT.settles(asks=True)
def ids_survive_moves(outlook: Outlook) -> object:
    """An event keeps its id in another calendar."""
    before, after = moved(outlook)
    return before["id"] == after["id"]


@MICROSOFT.settles(asks=True)
def move_uid(outlook: Outlook) -> object:
    """Whether an event keeps its UID in another calendar."""
    before, after = moved(outlook)
    return "same" if before["iCalUId"] == after["iCalUId"] else "new"


@MICROSOFT.settles(writes=False)
def consumer_ids(outlook: Outlook) -> object:
    """Ids are those of a personal account; otherwise those of a work account."""
    return str(outlook.read(outlook.path)["id"]).startswith("AQ")


@MICROSOFT.settles(writes=False)
def wrong_calendar_path(outlook: Outlook) -> object:
    """An event that is read by its id below another calendar of the same mailbox is found, or not."""
    event = outlook.event_path(outlook.some_master()["id"]).removeprefix(outlook.path)
    answer = outlook.send("GET", outlook.another_calendar() + event)
    return "found" if answer.status == 200 else str(answer.status)


@MICROSOFT.settles(writes=False)
def dotted_ids(outlook: Outlook) -> object:
    """Ids of events have a dot."""
    return any("." in entry["id"] for entry in some_entries(outlook))


@MICROSOFT.settles(writes=False)
def national_cloud(outlook: Outlook) -> object:
    """The cloud does not know cancelledOccurrences and exceptionOccurrences."""
    path = outlook.event_path(outlook.some_master()["id"])
    both = "cancelledOccurrences,exceptionOccurrences"
    answer = outlook.send("GET", path, select=both, expand="exceptionOccurrences")
    return answer.status == 400 or "exceptionOccurrences" not in accepted(answer)


@MICROSOFT.settles(writes=False, given={"national_cloud": True})
def national_select(outlook: Outlook) -> object:
    """What a national cloud does with $select of a member that it does not know."""
    if not national_cloud(outlook):
        raise NotSettledError("the account is not in a national cloud")
    path = outlook.event_path(outlook.some_master()["id"])
    return "400" if outlook.send("GET", path, select="cancelledOccurrences").status == 400 else "ignored"


@MICROSOFT.settles(writes=False)
def unknown_expand(outlook: Outlook) -> object:
    """What becomes of an unknown name in $expand."""
    answer = outlook.send("GET", f"{outlook.path}/events", expand="calmirrorContract", top="1")
    if answer.status == 200:
        return "ignored"
    return f"{answer.status}{'-broker' if code_of(answer).startswith('RequestBroker') else ''}"


@MICROSOFT.settles(writes=False)
def calendar_class(outlook: Outlook) -> object:
    """Calendars have the member groupClassId."""
    return "groupClassId" in outlook.read(outlook.path)


@MICROSOFT.settles()
def nested_pascal_case(outlook: Outlook) -> object:
    """Members of exceptions that come with their series are written in PascalCase."""
    series = outlook.series()
    outlook.patch(outlook.occurrences(series)[1]["id"], subject=OWN)
    event = outlook.event(series, select="subject,exceptionOccurrences", expand="exceptionOccurrences")
    return "Subject" in event["exceptionOccurrences"][0]


@MICROSOFT.fact(writes=False)
def occurrences_come_with_times_alone(outlook: Outlook) -> object:
    """In delta an occurrence has seven members: type, etag, id, series, kind, start and end."""
    return all(set(stub) == STUB for stub in some_stubs(outlook))


@MICROSOFT.fact(writes=False)
def occurrences_are_named_by_series_and_date(outlook: Outlook) -> object:
    """occurrenceId is OID, the id of the series and a date, with dots between."""
    series = outlook.some_master()["id"]
    names = [row["occurrenceId"] for row in outlook.occurrences(series)]
    heads = {name[: -len("2026-01-01")] for name in names}
    return heads == {f"OID.{series}."} and all(date.fromisoformat(name[-10:]) for name in names)


@MICROSOFT.fact()
def a_deleted_occurrence_has_no_tombstone(outlook: Outlook) -> object:
    """Delta has no tombstone of a deleted occurrence; its id is answered with 404."""
    gone = outlook.occurrences(outlook.series())[1]["id"]
    _, link = outlook.full()
    entries, _ = outlook.news(link, lambda: outlook.delete(gone))
    return "removed" not in types(entries) and outlook.send("GET", outlook.event_path(gone)).status == 404


@MICROSOFT.fact()
def a_deleted_event_has_a_tombstone(outlook: Outlook) -> object:
    """Delta has a tombstone of a deleted event; its id is answered with 404 ErrorItemNotFound."""
    single = outlook.post()
    _, link = outlook.full()
    entries, _ = outlook.news(link, lambda: outlook.delete(single))
    answer = outlook.send("GET", outlook.event_path(single))
    code = code_of(answer).casefold()
    return types(entries) == ["removed"] and (answer.status, code) in {
        (404, "erroritemnotfound"),
        (404, "itemnotfound"),
    }


@MICROSOFT.fact()
def an_event_moved_out_of_the_window_has_a_tombstone(outlook: Outlook) -> object:
    """Delta has a tombstone of a single event that left the window; the event itself can be read."""
    single = outlook.post()
    _, link = outlook.full()
    entries, _ = outlook.news(link, lambda: outlook.patch(single, **times(outlook.day + timedelta(40))))
    return types(entries) == ["removed"] and outlook.event(single)["id"] == single


@MICROSOFT.fact()
def an_exception_keeps_its_title_and_has_the_version_of_its_series(outlook: Outlook) -> object:
    """After a change of the title of a series an exception has its own title, and the series' change key."""
    series = outlook.series()
    changed = outlook.patch(outlook.occurrences(series)[1]["id"], subject=OWN)["id"]
    key = outlook.patch(series, subject=RENAMED)["changeKey"]
    exception = outlook.event(changed)
    return (exception["subject"], exception["type"], exception["changeKey"]) == (OWN, "exception", key)


@MICROSOFT.fact()
def whole_days_are_midnights_in_every_zone(outlook: Outlook) -> object:
    """An all-day event begins and ends at midnight in whatever zone is preferred."""
    day = times(outlook.day + timedelta(1), "00:00", 24)
    event = outlook.event(outlook.post("all day", isAllDay=True, **day), prefer=f'outlook.timezone="{ZONE}"')
    return {event[name]["dateTime"][10:19] for name in ("start", "end")} == {"T00:00:00"}


def some_entries(outlook: Outlook) -> list[Event]:
    """Entries of a full round: a made series and a made event, or what is there."""
    if outlook.writes:
        outlook.post()
    outlook.some_master()
    return outlook.entries()


def some_stubs(outlook: Outlook, **more: str) -> list[Event]:
    """The entries of occurrences in a full round."""
    outlook.some_master()
    stubs = [entry for entry in outlook.entries(**more) if entry.get("type") == "occurrence"]
    if not stubs:
        raise NotSettledError("every occurrence that is there was changed on its own")
    return stubs


def chain(outlook: Outlook) -> list[str]:
    """The delta links of so many rounds in a row, the oldest first."""
    _, link = outlook.full()
    links = [link]
    while len(links) < LONGEST_CHAIN:
        links.append(outlook.pages(links[-1])[1])
    return links


def of_title(outlook: Outlook, path: str, title: str) -> Event:
    """The event of a title in a calendar; NotSettledError where a person did not do what was asked for."""
    rows: list[Event] = outlook.read(f"{path}/events", filter=f"subject eq '{title}'")["value"]
    if not rows:
        raise NotSettledError("what was asked for has not been done")
    return rows[0]


def starts(rows: list[Event]) -> list[str]:
    """When events start, in UTC."""
    if not rows:
        raise UnexpectedAnswerError("a series has no occurrence")
    return [row["start"]["dateTime"] for row in rows]


def titles(rows: list[Event]) -> list[str]:
    """The titles of events."""
    return [row["subject"] for row in rows]
