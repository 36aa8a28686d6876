"""What a change of a series does to its exceptions and cancellations, entries that come twice, and a moved mailbox."""

from datetime import UTC, date, datetime

import pytest
from graph_bench import BERLIN, JANUARY, Bench, brief, daily, times, weekly

MONDAYS = ["2026-01-05T08:00", "2026-01-12T08:00", "2026-01-19T08:00", "2026-01-26T08:00"]
MASTER = f"seriesMaster {MONDAYS[0]}"
LISTS = "subject,cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences"


def marked_series(**switches):
    """A weekly series whose second occurrence was moved, whose third was renamed, and whose fourth was deleted."""
    bench = Bench(**switches)
    series = bench.mailbox.create(weekly("2026-01-05T09:00", "monday", subject="weekly"))
    bench.mailbox.edit_occurrence(series, date(2026, 1, 12), **times("2026-01-13T15:00"))
    bench.mailbox.edit_occurrence(series, date(2026, 1, 19), subject="special")
    bench.mailbox.delete_occurrence(series, date(2026, 1, 26))
    return bench, series


def marks(bench, series):
    """How many exceptions and cancellations a series has."""
    read = bench.read(f"/me/events/{series}?$select={LISTS}")
    return len(read["exceptionOccurrences"]), len(read["cancelledOccurrences"])


def test_a_series_has_an_entry_for_everything_but_the_deleted_occurrence():
    bench, series = marked_series()
    assert brief(bench.round()[0]) == [
        MASTER,
        "occurrence 2026-01-05T08:00",
        "exception 2026-01-13T14:00",
        "exception 2026-01-19T08:00",
    ]
    assert marks(bench, series) == (2, 1)


def test_the_id_of_a_removed_occurrence_is_not_found_and_no_tombstone_names_it():
    bench = Bench()
    series = bench.mailbox.create(weekly("2026-01-05T09:00", "monday"))
    entries, link = bench.round()
    removed = next(entry["id"] for entry in entries if entry["start"]["dateTime"][:16] == MONDAYS[1])
    bench.mailbox.delete_occurrence(series, date(2026, 1, 12))
    assert brief(bench.round(link)[0]) == [MASTER, *(f"occurrence {MONDAYS[number]}" for number in (0, 2, 3))]
    assert bench.refusal(f"/me/events/{removed}") == (404, "ErrorItemNotFound")


NEW_TIME = {"start": {"dateTime": "2026-01-05T10:00", "timeZone": BERLIN}}
NEW_PATTERN = {"recurrence": weekly("2026-01-05T09:00", "monday", "friday")["recurrence"]}
ENDS = {"type": "endDate", "endDate": "2026-03-30"}
NEW_RANGE = {"recurrence": weekly("2026-01-05T09:00", "monday", range_=ENDS)["recurrence"]}


@pytest.mark.parametrize("change", [NEW_TIME, NEW_PATTERN, NEW_RANGE], ids=["time", "pattern", "range"])
def test_a_new_time_pattern_or_range_takes_every_exception_and_cancellation_away(change):
    bench, series = marked_series()
    _, link = bench.round()
    bench.mailbox.edit(series, **change)
    entries, _ = bench.round(link)
    assert {entry["type"] for entry in entries} == {"seriesMaster", "occurrence"}
    assert marks(bench, series) == (0, 0)


@pytest.mark.parametrize(
    ("resets", "change", "kept"),
    [
        ("not for the range", NEW_RANGE, (2, 1)),
        ("not for the range", NEW_TIME, (0, 0)),
        ("not for the range", NEW_PATTERN, (0, 0)),
        ("never", NEW_RANGE, (2, 1)),
        ("never", NEW_TIME, (2, 1)),
        ("never", NEW_PATTERN, (2, 1)),
    ],
)
def test_what_a_rescheduled_series_keeps_follows_the_switch(resets, change, kept):
    bench, series = marked_series(reschedule_resets=resets)
    bench.mailbox.edit(series, **change)
    assert marks(bench, series) == kept


def test_a_series_that_is_never_reset_keeps_only_what_its_rule_still_has():
    bench, series = marked_series(reschedule_resets="never")
    bench.mailbox.edit(series, **weekly("2026-01-06T09:00", "tuesday"))
    assert marks(bench, series) == (0, 0)


@pytest.mark.parametrize(("members", "moved"), [("inherited", "renamed"), ("copied", "weekly")])
def test_a_rename_leaves_an_exception_its_own_title(members, moved):
    bench, series = marked_series(exception_members=members)
    bench.mailbox.edit(series, subject="renamed")
    entries, _ = bench.round()
    assert [entry["subject"] for entry in entries if "subject" in entry] == ["renamed", moved, "special"]


@pytest.mark.parametrize(("tail", "kept"), [("plain", (0, 0)), ("with exceptions", (1, 1))])
@pytest.mark.parametrize("uid", ["new", "same"])
def test_the_second_part_of_a_split_series_follows_the_switches(tail, kept, uid):
    bench, series = marked_series(split_tail=tail, split_uid=uid)
    before = bench.read(f"/me/events/{series}")["iCalUId"]
    second = bench.mailbox.split(series, date(2026, 1, 19), location={"displayName": "there"})
    assert marks(bench, second) == kept
    assert marks(bench, series) == (1, 0)
    assert (bench.read(f"/me/events/{second}")["iCalUId"] == before) is (uid == "same")


def test_a_second_part_at_another_time_has_no_exceptions():
    bench, series = marked_series(split_tail="with exceptions")
    assert marks(bench, bench.mailbox.split(series, date(2026, 1, 19), **times("2026-01-19T11:00"))) == (0, 0)


@pytest.mark.parametrize("uid", ["same", "new"])
@pytest.mark.parametrize("survives", [True, False])
def test_a_series_takes_its_exceptions_to_another_calendar_and_its_uid_by_the_switch(uid, survives):
    bench, series = marked_series(move_uid=uid, ids_survive_moves=survives)
    before = bench.read(f"/me/events/{series}")["iCalUId"]
    moved = bench.mailbox.move_to_calendar(series, bench.mailbox.add_calendar("Other"))
    assert marks(bench, moved) == (2, 1)
    assert (bench.read(f"/me/events/{moved}")["iCalUId"] == before) is (uid == "same")


@pytest.mark.parametrize(("listing", "held"), [("absent", None), ("empty", [])])
def test_the_list_of_cancelled_occurrences_may_be_missing_or_empty(listing, held):
    bench, series = marked_series(cancelled_list=listing)
    read = bench.read(f"/me/events/{series}?$select={LISTS}")
    assert read.get("cancelledOccurrences") == held
    assert len(read["exceptionOccurrences"]) == 2


# Two entries for one id


def twice(bench, change):
    """The versions in which each id comes in the round after a change, in their order."""
    _, link = bench.round()
    bench.clock.advance(60)
    change()
    seen = {}
    for entry in bench.round(link)[0]:
        version = "removed" if "@removed" in entry else entry.get("subject") or entry["@odata.etag"]
        seen.setdefault(entry["id"], []).append(version)
    return seen


@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_an_id_may_have_two_entries_in_either_order(order):
    bench = Bench(repeated_entries=order)
    old, gone = (bench.mailbox.create(times("2026-01-08T09:00", subject=subject)) for subject in ("old", "gone"))
    new = []

    def change():
        bench.mailbox.edit(old, subject="newer")
        bench.mailbox.delete(gone)
        new.append(bench.mailbox.create(times("2026-01-09T09:00", subject="new")))
        bench.mailbox.edit(new[0], subject="new, edited")

    wanted = {old: ["old", "newer"], gone: ["gone", "removed"]}
    seen = twice(bench, change)
    wanted[new[0]] = ["new", "new, edited"]
    assert seen == {one: two if order == "older first" else two[::-1] for one, two in wanted.items()}


@pytest.mark.parametrize("order", ["older first", "newer first"])
def test_the_entries_of_a_series_come_twice_and_what_was_deleted_does_not_come_again(order):
    bench, series = marked_series(repeated_entries=order)
    seen = twice(bench, lambda: bench.mailbox.delete_occurrence(series, date(2026, 1, 5)))
    assert [len(versions) for versions in seen.values()] == [2, 2, 2]
    assert [len(set(versions)) for versions in seen.values()] == [1, 1, 1]  # only the change keys differ
    first, last = (entries[:3] for entries in (bench.round()[0], bench.round()[0][::-1]))
    newer = last if order == "older first" else first
    assert {entry.get("changeKey") for entry in newer} == {bench.read(f"/me/events/{series}")["changeKey"]}


# A mailbox that was moved


@pytest.mark.parametrize(
    ("switch", "refusal"),
    [
        ("404-mailbox", (404, "ErrorInvalidMailboxItemId")),
        ("404", (404, "ErrorItemNotFound")),
        ("403", (403, "ErrorAccessDenied")),
        ("400", (400, "ErrorInvalidId")),
    ],
)
def test_a_moved_mailbox_has_the_same_events_under_other_ids(switch, refusal):
    bench, series = marked_series(foreign_id=switch)
    other = bench.mailbox.add_calendar("Other", group="Other Calendars")
    _, link = bench.round()
    before = bench.read(f"/me/calendarView?{JANUARY}")["value"]
    immutable = bench.read(f"/me/events/{series}", prefer='IdType="ImmutableId"')["id"]
    bench.mailbox.move_mailbox()
    after = bench.read(f"/me/calendarView?{JANUARY}")["value"]
    assert [(row["iCalUId"], row["start"]) for row in after] == [(row["iCalUId"], row["start"]) for row in before]
    assert not {row["id"] for row in after} & {row["id"] for row in before}
    for old in (series, immutable, *(row["id"] for row in before)):
        assert bench.refusal(f"/me/events/{old}") == refusal
    assert bench.refusal(f"/me/calendars/{other}") == refusal
    assert bench.send(link).status == 400
    assert [row["name"] for row in bench.read("/me/calendars")["value"]] == ["Calendar"]
    new = bench.mailbox.calendar_id("Other")
    assert new != other
    assert bench.read(f"/me/calendars/{new}")["name"] == "Other"


def test_a_foreign_id_is_named_with_the_mailbox_that_was_asked():
    bench, series = marked_series()
    bench.mailbox.move_mailbox()
    message = bench.send(f"/me/events/{series}").json()["error"]["message"]
    assert message == f"Item '{series}' doesn't belong to the targeted mailbox '{bench.mailbox.address}'."


def test_who_reads_a_shared_calendar_still_does_when_either_mailbox_has_moved():
    bench = Bench()
    boss = bench.service.add_mailbox("boss@contoso.example")
    boss.share(boss.default_calendar, bench.mailbox)
    boss.create(times("2026-01-05T09:00", subject="open"))
    for moving in (boss, bench.mailbox):
        moving.move_mailbox()
        (shared,) = bench.mailbox.shared
        rows = bench.read(f"/me/calendars/{shared}/calendarView?{JANUARY}")["value"]
        assert [row["subject"] for row in rows] == ["open"]
        assert bench.read(f"/me/calendars/{shared}/events/{rows[0]['id']}")["subject"] == "open"


def test_events_of_a_moved_mailbox_can_be_changed_as_before():
    bench, _ = marked_series()
    bench.mailbox.move_mailbox()
    (series,) = bench.mailbox.events
    bench.mailbox.edit_occurrence(series, date(2026, 1, 5), subject="first")
    assert marks(bench, series) == (3, 1)
    whole = bench.mailbox.occurrences(None, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert [one.subject for one in whole] == ["first", "weekly", "special"]
    bench.mailbox.create(daily("2026-01-05T09:00", 2))
