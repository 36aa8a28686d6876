"""A careful client that only follows delta links ends up with what the plain view shows, whatever happened before."""

from contextlib import suppress
from datetime import date, timedelta

from graph_bench import JANUARY, PACIFIC, Bench, daily, times, weekly
from hypothesis import given, settings
from hypothesis import strategies as st

WINDOW_DAY = st.integers(-20, 60).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "single",
                "daily",
                "weekly",
                "edit",
                "move",
                "reschedule",
                "delete",
                "change one",
                "delete one",
                "split",
                "away",
            ]
        ),
        st.integers(0, 50),
        WINDOW_DAY,
    ),
    max_size=12,
)


def change(bench, what, number, day):
    """One thing that a person does; what cannot be done is left undone."""
    box, start = bench.mailbox, f"{day}T09:00"
    if what == "single":
        box.create(times(start))
    elif what == "daily":
        box.create(daily(start, 5 + number))
    elif what == "weekly":
        box.create(weekly(start, "monday", "friday", zone=PACIFIC, interval=1 + number % 3))
    ids = [item.id for item in box.items(box.default_calendar)]
    if not ids or what in ("single", "daily", "weekly"):
        return
    chosen = ids[number % len(ids)]
    if what == "edit":
        box.edit(chosen, subject="new")
    elif what == "move":
        with suppress(ValueError):  # a series cannot begin after its own end
            box.edit(chosen, start={"dateTime": start})
    elif what == "reschedule":
        box.edit(chosen, **daily(start, 4))
    elif what == "delete":
        box.delete(chosen)
    elif what == "away":
        box.move_to_calendar(chosen, box.calendar_id("Other"))
    else:
        change_series(box, chosen, what, number)


def change_series(box, chosen, what, number):
    item = box.item(chosen)
    if not item.is_series:
        return
    rule = box.expander.rule(item)
    day = list(rule.dates(rule.start, rule.start + timedelta(days=60)))[number % 5 :][:1]
    if not day or day[0] in item.cancelled:
        return
    if what == "change one":
        moved = day[0] + timedelta(days=number)
        box.edit_occurrence(chosen, day[0], start={"dateTime": f"{moved}T17:00"})
    elif what == "delete one":
        box.delete_occurrence(chosen, day[0])
    else:
        box.split(chosen, day[0], subject="split")


class Follower:
    """Keeps singles by id and series whole: a master in a round replaces everything known of it."""

    def __init__(self):
        self.singles, self.series = {}, {}

    def take(self, entries):
        masters = {entry["id"] for entry in entries if entry.get("type") == "seriesMaster"}
        self.series |= {master: {} for master in masters}
        for entry in entries:
            if "@removed" in entry:
                self.singles.pop(entry["id"], None)
                self.series.pop(entry["id"], None)
            elif entry["type"] == "singleInstance":
                self.singles[entry["id"]] = entry
                self.series.pop(entry["id"], None)
            elif entry["type"] != "seriesMaster":
                self.series[entry["seriesMasterId"]][entry["id"]] = entry
            else:
                self.singles.pop(entry["id"], None)

    def seen(self):
        whole = [*self.singles.values(), *(one for series in self.series.values() for one in series.values())]
        return sorted((entry["id"], entry["type"], entry["start"]["dateTime"]) for entry in whole)


@settings(max_examples=60)
@given(
    rounds=st.lists(CHANGES, min_size=1, max_size=4),
    size=st.integers(1, 30),
    shuffle=st.booleans(),
    duplicates=st.booleans(),
    replay=st.booleans(),
    obeyed=st.booleans(),
    order=st.sampled_from(["kinds", "series"]),
)
def test_following_delta_links_ends_at_the_view(rounds, size, shuffle, duplicates, replay, obeyed, order):
    bench = Bench(
        round_order=order,
        shuffle=shuffle,
        duplicates=duplicates,
        replay=replay,
        page_size_obeyed_for_series=obeyed,
        generations_kept=10_000,
        quota=10**9,
    )
    bench.mailbox.add_calendar("Other")
    follower, link = Follower(), f"/me/calendarView/delta?{JANUARY}"
    for changes in rounds:
        for what, number, day in changes:
            change(bench, what, number, day)
        entries, link = bench.round(link, prefer=f"odata.maxpagesize={size}")
        follower.take(entries)
        rows = [row for page in bench.pages(f"/me/calendarView?{JANUARY}&$top=500") for row in page["value"]]
        assert follower.seen() == sorted((row["id"], row["type"], row["start"]["dateTime"]) for row in rows)
