"""What each change produces in a delta round, how rounds are paged, and when links die."""

from datetime import date, timedelta

import pytest
from graph_bench import BERLIN, JANUARY, Bench, brief, daily, times, weekly

MONDAYS = ["2026-01-05T08:00", "2026-01-12T08:00", "2026-01-19T08:00", "2026-01-26T08:00"]
MASTER = f"seriesMaster {MONDAYS[0]}"


def bench_with_series(**switches):
    bench = Bench(**switches)
    series = bench.mailbox.create(weekly("2026-01-05T09:00", "monday", subject="weekly"))
    return bench, series


def occurrences(*starts):
    return [f"occurrence {start}" for start in starts]


def after(bench, change):
    """What the next round tells after a change."""
    _, link = bench.round()
    change()
    return bench.round(link)[0]


def test_a_full_round_has_singles_whole_masters_whole_and_occurrences_as_stubs():
    bench, series = bench_with_series()
    bench.mailbox.create(times("2026-01-08T09:00", subject="single"))
    bench.mailbox.create(times("2026-03-08T09:00", subject="outside"))
    entries, _ = bench.round()
    assert brief(entries) == [MASTER, "singleInstance 2026-01-08T08:00", *occurrences(*MONDAYS)]
    assert entries[0]["recurrence"]["range"]["startDate"] == "2026-01-05"
    assert sorted(entries[2]) == sorted(["@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"])
    assert {entry.get("seriesMasterId") for entry in entries[2:]} == {series}


def test_a_master_comes_with_its_first_occurrence_years_before_the_window():
    bench = Bench()
    bench.mailbox.create(weekly("2012-01-02T09:00", "monday"))
    assert brief(bench.round()[0])[0] == "seriesMaster 2012-01-02T08:00"


CHANGES_OF_A_SINGLE = {
    "created": (
        lambda box, _id: box.create(times("2026-01-09T09:00")),
        ["singleInstance 2026-01-09T08:00"],
    ),
    "edited": (lambda box, id_: box.edit(id_, subject="new"), ["singleInstance 2026-01-08T08:00"]),
    "touched": (lambda box, id_: box.touch(id_), ["singleInstance 2026-01-08T08:00"]),
    "cancelled by its organizer": (lambda box, id_: box.cancel(id_), ["singleInstance 2026-01-08T08:00"]),
    "deleted": (lambda box, id_: box.delete(id_), ["removed"]),
    "moved out of the window": (lambda box, id_: box.edit(id_, **times("2026-05-08T09:00")), ["removed"]),
    "created outside the window": (lambda box, _id: box.create(times("2026-05-08T09:00")), ["removed"]),
    "moved to another calendar": (
        lambda box, id_: box.move_to_calendar(id_, box.add_calendar("Other")),
        ["removed"],
    ),
    "nothing": (lambda _box, _id: None, []),
}


@pytest.mark.parametrize("change", CHANGES_OF_A_SINGLE)
def test_changes_of_a_single_event(change):
    bench = Bench()
    single = bench.mailbox.create(times("2026-01-08T09:00", subject="single"))
    do, expected = CHANGES_OF_A_SINGLE[change]
    assert brief(after(bench, lambda: do(bench.mailbox, single))) == expected


def test_a_single_that_moves_into_the_window_comes_whole():
    bench = Bench()
    single = bench.mailbox.create(times("2026-05-08T09:00", subject="single"))
    (entry,) = after(bench, lambda: bench.mailbox.edit(single, **times("2026-01-08T09:00")))
    assert (entry["id"], entry["subject"]) == (single, "single")


def test_a_tombstone_holds_an_id_and_nothing_else():
    bench = Bench()
    single = bench.mailbox.create(times("2026-01-08T09:00"))
    (entry,) = after(bench, lambda: bench.mailbox.delete(single))
    assert entry == {"@odata.type": "#microsoft.graph.event", "id": single, "@removed": {"reason": "deleted"}}


CHANGES_OF_A_SERIES = {
    "one occurrence deleted": (
        lambda box, id_: box.delete_occurrence(id_, date(2026, 1, 12)),
        [MASTER, *occurrences(MONDAYS[0], *MONDAYS[2:])],
    ),
    "one occurrence renamed": (
        lambda box, id_: box.edit_occurrence(id_, date(2026, 1, 12), subject="special"),
        [MASTER, *occurrences(MONDAYS[0]), f"exception {MONDAYS[1]}", *occurrences(*MONDAYS[2:])],
    ),
    "one occurrence moved out of the window": (
        lambda box, id_: box.edit_occurrence(id_, date(2026, 1, 26), **times("2026-02-03T09:00")),
        [MASTER, *occurrences(*MONDAYS[:3])],
    ),
    "an occurrence outside the window changed": (
        lambda box, id_: box.edit_occurrence(id_, date(2026, 3, 2), subject="special"),
        [MASTER, *occurrences(*MONDAYS)],
    ),
    "renamed": (lambda box, id_: box.edit(id_, subject="new"), [MASTER, *occurrences(*MONDAYS)]),
    "moved by an hour": (
        lambda box, id_: box.edit(id_, start={"dateTime": "2026-01-05T10:00", "timeZone": BERLIN}),
        ["seriesMaster 2026-01-05T09:00", *occurrences(*(f"{monday[:11]}09:00" for monday in MONDAYS))],
    ),
    "deleted": (lambda box, id_: box.delete(id_), ["removed"]),
    "this and following from the first": (
        lambda box, id_: box.split(id_, date(2026, 1, 5), subject="new"),
        ["removed", MASTER, *occurrences(*MONDAYS)],
    ),
    "this and following from the third": (
        lambda box, id_: box.split(id_, date(2026, 1, 19), subject="new"),
        [MASTER, f"seriesMaster {MONDAYS[2]}", *occurrences(*MONDAYS)],
    ),
    "moved out of the window": (
        lambda box, id_: box.edit(id_, **weekly("2026-03-02T09:00", "monday")),
        ["removed"],
    ),
}


@pytest.mark.parametrize("change", CHANGES_OF_A_SERIES)
def test_changes_of_a_series(change):
    bench, series = bench_with_series()
    do, expected = CHANGES_OF_A_SERIES[change]
    assert brief(after(bench, lambda: do(bench.mailbox, series))) == expected


OTHER_VIEWS = {
    "a renamed series may come as its master alone": (
        {"series_resend": "master"},
        lambda box, id_: box.edit(id_, subject="new"),
        [MASTER],
    ),
    "a changed occurrence may come with the master alone": (
        {"series_resend": "master"},
        lambda box, id_: box.edit_occurrence(id_, date(2026, 1, 12), subject="special"),
        [MASTER, f"exception {MONDAYS[1]}"],
    ),
    "an exception that left the window may leave a tombstone": (
        {"exception_outside_window": "tombstone"},
        lambda box, id_: box.edit_occurrence(id_, date(2026, 1, 26), **times("2026-02-03T09:00")),
        [MASTER, "removed", *occurrences(*MONDAYS[:3])],
    ),
    "an exception that left the window may come whole": (
        {"exception_outside_window": "exception"},
        lambda box, id_: box.edit_occurrence(id_, date(2026, 1, 26), **times("2026-02-03T09:00")),
        [MASTER, *occurrences(*MONDAYS[:3]), "exception 2026-02-03T08:00"],
    ),
    "a changed occurrence may come without its master": (
        {"series_resend": "exception"},
        lambda box, id_: box.edit_occurrence(id_, date(2026, 1, 12), subject="special"),
        [f"exception {MONDAYS[1]}"],
    ),
    "but a deleted one cannot": (
        {"series_resend": "exception"},
        lambda box, id_: box.delete_occurrence(id_, date(2026, 1, 12)),
        [MASTER, *occurrences(MONDAYS[0], *MONDAYS[2:])],
    ),
    "a deleted series may leave a tombstone for each occurrence": (
        {"series_tombstones": "each"},
        lambda box, id_: box.delete(id_),
        ["removed"] * 5,
    ),
    "each series may come together with its occurrences": (
        {"round_order": "series"},
        lambda box, id_: box.split(id_, date(2026, 1, 19), subject="new"),
        [MASTER, *occurrences(*MONDAYS[:2]), f"seriesMaster {MONDAYS[2]}", *occurrences(*MONDAYS[2:])],
    ),
    "a change outside the window may be silent": (
        {"outside_occurrence_change": "nothing"},
        lambda box, id_: box.edit_occurrence(id_, date(2026, 3, 2), subject="special"),
        [],
    ),
    "a series that left the window may come as its master": (
        {"series_outside_window": "master"},
        lambda box, id_: box.edit(id_, **weekly("2026-03-02T09:00", "monday")),
        ["seriesMaster 2026-03-02T08:00"],
    ),
    "an event may keep its id in another calendar": (
        {"ids_survive_moves": True},
        lambda box, id_: box.move_to_calendar(id_, box.add_calendar("Other")),
        ["removed"],
    ),
}


@pytest.mark.parametrize("view", OTHER_VIEWS)
def test_unsettled_changes_follow_their_switch(view):
    switches, change, expected = OTHER_VIEWS[view]
    bench, series = bench_with_series(**switches)
    assert brief(after(bench, lambda: change(bench.mailbox, series))) == expected


def test_occurrence_ids_stay_per_original_date_and_go_with_it_silently():
    bench, series = bench_with_series()
    entries, link = bench.round()
    before = {entry["id"] for entry in entries[1:]}
    bench.mailbox.edit(series, start={"dateTime": "2026-01-05T11:00", "timeZone": BERLIN})
    entries, link = bench.round(link)
    assert {entry["id"] for entry in entries[1:]} == before
    bench.mailbox.edit(series, **weekly("2026-01-06T11:00", "tuesday"))
    entries, _ = bench.round(link)
    assert not {entry["id"] for entry in entries[1:]} & before
    assert not any("@removed" in entry for entry in entries)


def test_rescheduling_a_series_resets_exceptions_and_deletions_and_renaming_does_not():
    bench, series = bench_with_series()
    bench.mailbox.edit_occurrence(series, date(2026, 1, 12), subject="special")
    bench.mailbox.delete_occurrence(series, date(2026, 1, 19))
    bench.mailbox.edit(series, subject="renamed")
    kinds = [entry["type"] for entry in bench.round()[0]]
    assert kinds == ["seriesMaster", "occurrence", "exception", "occurrence"]
    bench.mailbox.edit(series, start={"dateTime": "2026-01-05T10:00", "timeZone": BERLIN})
    assert [entry["type"] for entry in bench.round()[0]] == ["seriesMaster", *["occurrence"] * 4]


def test_the_window_stays_that_of_the_first_request():
    bench = Bench()
    _, link = bench.round()
    bench.mailbox.create(times("2026-05-08T09:00"))
    later = link + "&startDateTime=2026-05-01&endDateTime=2026-06-01"
    assert brief(bench.round(later)[0]) == ["removed"]


def test_an_all_day_event_is_in_the_window_by_its_stored_instant():
    bench = Bench()
    # Midnight in Auckland on 1 February is 31 January, 11:00 UTC; midnight on 1 January in Honolulu is 10:00 UTC.
    bench.mailbox.create(times("2026-02-01", 24, "New Zealand Standard Time", isAllDay=True, subject="in"))
    bench.mailbox.create(times("2026-02-01", 24, "Hawaiian Standard Time", isAllDay=True, subject="out"))
    entries, _ = bench.round()
    assert [(e["subject"], e["start"]["dateTime"]) for e in entries] == [("in", "2026-02-01T00:00:00.0000000")]


@pytest.mark.parametrize(("inclusive", "count"), [(True, 2), (False, 0)])
def test_events_that_touch_the_window_follow_the_switch(inclusive, count):
    bench = Bench(edges_inclusive=inclusive)
    bench.mailbox.create(times("2025-12-31T23:00", zone="UTC"))
    bench.mailbox.create(times("2026-02-01T00:00", zone="UTC"))
    assert len(bench.round()[0]) == count


# Pages


def test_pages_hold_what_the_client_prefers_and_links_are_absolute():
    bench = Bench()
    for day in range(1, 8):
        bench.mailbox.create(times(f"2026-01-0{day}T09:00"))
    pages = bench.pages(f"/me/calendarView/delta?{JANUARY}", prefer="odata.maxpagesize=3")
    assert [len(page["value"]) for page in pages] == [3, 3, 1]
    assert all(("@odata.nextLink" in page) != ("@odata.deltaLink" in page) for page in pages)
    assert pages[0]["@odata.nextLink"].startswith(bench.service.base_url + "/me/calendarView/delta?$skiptoken=")


@pytest.mark.parametrize(("obeyed", "sizes"), [(False, [2, 10]), (True, [4, 4, 4])])
def test_a_series_stays_on_one_page_unless_the_switch_says_otherwise(obeyed, sizes):
    bench = Bench(page_size_obeyed_for_series=obeyed)
    bench.mailbox.create(times("2026-01-01T09:00"))
    bench.mailbox.create(daily("2026-01-05T09:00", 10))
    pages = bench.pages(f"/me/calendarView/delta?{JANUARY}", prefer="odata.maxpagesize=4")
    assert [len(page["value"]) for page in pages] == sizes


def test_the_first_page_may_be_empty():
    bench, _ = bench_with_series(first_page_empty=True)
    first = bench.read(f"/me/calendarView/delta?{JANUARY}")
    assert first["value"] == []
    assert len(bench.read(first["@odata.nextLink"])["value"]) == 5


def test_the_endless_fault_repeats_a_page_until_pages_are_large_enough():
    bench = Bench(endless_pages=True)
    bench.mailbox.create(daily("2026-01-05T09:00", 10))
    first = bench.read(f"/me/calendarView/delta?{JANUARY}", prefer="odata.maxpagesize=4")
    page = bench.read(first["@odata.nextLink"], prefer="odata.maxpagesize=4")
    again = bench.read(page["@odata.nextLink"], prefer="odata.maxpagesize=4")
    assert again["value"] == page["value"]
    assert again["@odata.nextLink"] != page["@odata.nextLink"]
    assert "@odata.deltaLink" in bench.read(f"/me/calendarView/delta?{JANUARY}", prefer="odata.maxpagesize=50")


def test_duplicates_and_shuffling_change_neither_ids_nor_their_set():
    plain, odd = Bench(), Bench(duplicates=True, shuffle=True)
    for bench in (plain, odd):
        bench.mailbox.create(daily("2026-01-05T09:00", 10))
    expected = [entry["id"] for entry in plain.round()[0]]
    got = [entry["id"] for entry in odd.round(prefer="odata.maxpagesize=4")[0]]
    assert set(got) == set(expected)
    assert len(got) == len(expected) + 2
    assert list(dict.fromkeys(got)) != expected


def test_a_replay_repeats_the_round_before():
    bench = Bench(replay=True)
    single = bench.mailbox.create(times("2026-01-08T09:00"))
    _, link = bench.round()
    bench.mailbox.edit(single, subject="new")
    for _ in range(2):
        entries, link = bench.round(link)
        assert [entry["id"] for entry in entries] == [single]
    assert bench.round(link)[0] == []


def test_a_replay_of_a_full_round_repeats_what_that_listed():
    bench = Bench(replay=True, series_outside_window="master")
    single = bench.mailbox.create(times("2026-01-08T09:00"))
    bench.mailbox.create(weekly("2026-05-04T09:00", "monday"))
    bench.mailbox.delete(bench.mailbox.create(times("2026-01-09T09:00")))
    _, link = bench.round()
    assert [entry["id"] for entry in bench.round(link)[0]] == [single]


def test_changes_show_up_late_when_delayed():
    bench = Bench(delay=60.0)
    _, link = bench.round()
    bench.mailbox.create(times("2026-01-08T09:00"))
    entries, link = bench.round(link)
    assert entries == []
    bench.clock.advance(61)
    assert len(bench.round(link)[0]) == 1


def test_links_may_repeat_the_path_of_the_request():
    bench = Bench(next_link_path="same")
    path = f"/me/calendars/{bench.mailbox.default_calendar}/calendarView/delta"
    _, link = bench.round(f"{path}?{JANUARY}")
    assert link.startswith(f"{bench.service.base_url}{path}?$deltatoken=")


def test_links_may_name_the_default_calendar():
    bench = Bench(next_link_path="calendar")
    _, link = bench.round()
    assert "/me/calendar/calendarView/delta?$deltatoken=" in link
    assert bench.round(link)[0] == []


def test_each_calendar_is_tracked_for_itself():
    bench = Bench()
    other = bench.mailbox.add_calendar("Other")
    _, link = bench.round(f"/me/calendars/{other}/calendarView/delta?{JANUARY}")
    bench.mailbox.create(times("2026-01-08T09:00"))
    assert bench.round(link)[0] == []
    bench.mailbox.create(times("2026-01-08T09:00"), other)
    assert len(bench.round(link)[0]) == 1


# The life of links


def test_a_link_is_dead_after_three_more_pages_of_its_chain():
    bench = Bench()
    _, link = bench.round()
    for _ in range(3):
        bench.round(link)
    answer = bench.send(link)
    assert answer.status == 410
    assert answer.json()["error"]["code"] == "SyncStateNotFound"
    assert "generation=1;[highest=4][4][3][2]." in answer.json()["error"]["message"]


def test_another_round_of_the_same_view_does_not_age_a_link():
    bench = Bench()
    _, link = bench.round()
    for _ in range(5):
        bench.round()
    assert bench.round(link)[0] == []


def test_next_links_die_too():
    bench = Bench()
    for day in range(1, 9):
        bench.mailbox.create(times(f"2026-01-0{day}T09:00"))
    first = bench.read(f"/me/calendarView/delta?{JANUARY}", prefer="odata.maxpagesize=1")
    bench.pages(first["@odata.nextLink"], prefer="odata.maxpagesize=1")
    assert bench.refusal(first["@odata.nextLink"])[0] == 410


@pytest.mark.parametrize(
    ("switch", "status", "code"),
    [
        ("410", 410, "SyncStateNotFound"),
        ("410-location", 410, "SyncStateNotFound"),
        ("400", 400, "resyncRequired"),
        ("404", 404, "resyncRequired"),
    ],
)
def test_evicted_links_are_refused_as_the_switch_says(switch, status, code):
    bench = Bench(expired_cursor=switch)
    _, link = bench.round()
    bench.service.expire_cursors()
    assert bench.refusal(link) == (status, code)
    location = bench.send(link).headers.get("location", "")
    assert location.endswith("$deltatoken=") is (switch == "410-location")
    if location:
        assert bench.round(location)[0] == []


def test_a_token_of_another_calendar_and_a_damaged_one_are_malformed():
    bench = Bench()
    other = bench.mailbox.add_calendar("Other")
    _, link = bench.round()
    foreign = link.replace("/me/calendarView", f"/me/calendars/{other}/calendarView")
    assert bench.refusal(foreign) == bench.refusal(link[:-4]) == (400, "BadRequest")


def test_the_code_of_a_malformed_token_follows_the_switch():
    for switch, refusal in {
        "400-delta-token": (400, "ErrorInvalidDeltaToken"),
        "404": (404, "BadRequest"),
        "410": (410, "BadRequest"),
    }.items():
        bench = Bench(malformed_cursor=switch)
        assert bench.refusal(f"/me/calendarView/delta?{JANUARY}&$deltatoken=bogus") == refusal


def test_following_the_same_link_twice_gives_the_same_changes():
    bench = Bench()
    _, link = bench.round()
    bench.mailbox.create(times("2026-01-08T09:00"))
    assert bench.round(link)[0] == bench.round(link)[0] != []


# Requests


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "ErrorInvalidParameter"),
        ("startDateTime=2026-01-01", "ErrorInvalidParameter"),
        ("startDateTime=x&endDateTime=2026-02-01", "ErrorInvalidParameter"),
        ("startDateTime=2026-01-01T00:00:00+00:00&endDateTime=2026-02-01", "ErrorInvalidParameter"),
        ("startDateTime=2026-01-01&endDateTime=2031-01-01", "ErrorInvalidRequest"),
    ],
)
def test_a_bad_window_is_refused(query, code):
    assert Bench().refusal(f"/me/calendarView/delta?{query}") == (400, code)


@pytest.mark.parametrize(
    "path",
    [
        "/me/calendarView/delta?STARTDATETIME=2026-01-01&enddatetime=2026-02-01",
        f"/me/calendarView/delta()?{JANUARY}",
        f"/me/calendarView/microsoft.graph.delta()?{JANUARY}",
        f"/users/adele@contoso.example/calendarView/delta?{JANUARY}",
        f"/users('adele%40contoso.example')/calendar/calendarView/delta?{JANUARY}",
        f"/me/calendarView/delta?{JANUARY}&$deltatoken=latest",
    ],
)
def test_every_form_of_the_address_works(path):
    bench, _ = bench_with_series()
    assert len(bench.round(path)[0]) == 5


def test_change_tracking_is_not_offered_for_events():
    assert Bench().refusal("/me/events/delta") == (400, "BadRequest")


def test_preferences_are_not_kept_in_a_link():
    bench = Bench()
    bench.mailbox.create(times("2026-01-08T09:00"))
    zone = f'outlook.timezone="{BERLIN}"'
    answer = bench.send(f"/me/calendarView/delta?{JANUARY}", prefer=zone)
    assert answer.headers["preference-applied"] == f"odata.track-changes, {zone}"
    assert answer.json()["value"][0]["start"]["timeZone"] == BERLIN
    bench.mailbox.touch(answer.json()["value"][0]["id"])
    assert bench.read(answer.json()["@odata.deltaLink"])["value"][0]["start"]["timeZone"] == "UTC"


def test_immutable_ids_survive_a_move_and_occurrences_have_them_too():
    bench, series = bench_with_series()
    other = bench.mailbox.add_calendar("Other")
    immutable = 'IdType="ImmutableId"'
    before = [entry["id"] for entry in bench.round(prefer=immutable)[0]]
    moved = bench.mailbox.move_to_calendar(series, other)
    entries, _ = bench.round(f"/me/calendars/{other}/calendarView/delta?{JANUARY}", prefer=immutable)
    assert [entry["id"] for entry in entries] == before
    assert moved != series
    assert bench.read(f"/me/events/{before[1]}")["type"] == "occurrence"


def test_a_delta_link_works_inside_a_batch():
    bench, _ = bench_with_series()
    _, link = bench.round()
    bench.clock.advance(timedelta(minutes=1).total_seconds())
    url = link.removeprefix(bench.service.base_url)
    body = f'{{"requests":[{{"id":"1","method":"GET","url":"{url}"}}]}}'.encode()
    answer = bench.send("/$batch", method="POST", body=body)
    assert "@odata.deltaLink" in answer.json()["responses"][0]["body"]
