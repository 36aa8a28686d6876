"""What every store promises, whatever the database under it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from calmirror.errors import RunLockedError
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Intent, JournalEntry, Link, MirrorState, RunRecord, Verb

if TYPE_CHECKING:
    from collections.abc import Callable

    from calmirror.store import Store

BODY = {"summary": "a \ud800 ü 日", "reminders": {"overrides": [{"minutes": 10}]}, "location": None}


def link(number: int = 1, **fields: object) -> Link:
    plain = Link(
        source_id=SourceId(f"source{number}"),
        part="",
        event_id=EventId(f"event{number}"),
        generation=0,
        fingerprint="f",
    )
    return replace(plain, **fields)


def intent(number: int = 1) -> Intent:
    return Intent(
        source_id=SourceId(f"source{number}"),
        part="",
        event_id=EventId(f"event{number}"),
        generation=2,
        verb=Verb.INSERT,
        run=3,
    )


def entry(number: int = 1, **fields: object) -> JournalEntry:
    plain = JournalEntry(
        source_id=SourceId(f"source{number}"),
        part="override:1",
        event_id=EventId(f"event{number}"),
        verb=Verb.DELETE,
        reason="gone",
        before=BODY,
        after=None,
    )
    return replace(plain, **fields)


def lease(store: Store, name: str = "work") -> int:
    return store.take_lease(name, owner="me", now=0, ttl=100)


def by_event(links: list[Link]) -> dict[str, Link]:
    return {one.event_id: one for one in links}


# Mirrors and their leases


def test_a_mirror_never_seen_begins_empty(store: Store) -> None:
    assert store.mirrors() == []
    assert store.mirror("work") == MirrorState(name="work", identity=f"{store.install}-1")
    assert store.mirror("home") == MirrorState(name="home", identity=f"{store.install}-2")
    assert [state.name for state in store.mirrors()] == ["home", "work"]


def test_a_mirror_keeps_all_it_has_under_another_name(store: Store) -> None:
    epoch = store.take_lease("work", owner="a", now=1000, ttl=60)
    run = store.begin_run("work", at=1000)
    link = Link(
        source_id=SourceId("s"),
        part="",
        event_id=EventId("e"),
        generation=0,
        fingerprint="f",
        children=(SourceId("c"),),
    )
    entry = JournalEntry(
        source_id=SourceId("s"), part="", event_id=EventId("e"), verb=Verb.INSERT, reason="new", before=None, after={}
    )
    intent = Intent(source_id=SourceId("t"), part="", event_id=EventId("i"), generation=0, verb=Verb.UPDATE, run=run)
    store.settle("work", epoch, run, links=[link], journal=[entry])
    store.intend("work", epoch, [intent])
    store.hold("work", epoch, run, [SourceId("h")])
    store.remember("work", epoch, {("kind", SourceId("m")): 1})
    store.stage("work", epoch, key="k", next_link="l", page=b"p")
    before = store.mirror("work")
    store.mirror("job")  # as of a first run that failed
    store.rename("work", "job")
    assert store.mirrors() == [replace(before, name="job")]
    assert store.links("job") == store.links_of("job", [SourceId("c")]) == [link]
    assert store.unsettled("job") == [intent]
    assert store.held("job") == {"h"}
    assert store.recall("job", "kind", [SourceId("m")]) == {"m": 1}
    assert store.staged("job", "k")[0] == "l"
    assert [one.id for one in store.runs("job")] == [run]
    assert store.links("work") == store.runs("work") == []


def test_each_lease_raises_the_epoch(store: Store) -> None:
    assert store.take_lease("work", owner="a", now=1000, ttl=60) == 1
    assert store.take_lease("work", owner="a", now=1010, ttl=60) == 2
    store.release_lease("work", owner="a", epoch=2)
    assert store.take_lease("work", owner="b", now=1020, ttl=60.5) == 3
    state = store.mirror("work")
    assert (state.epoch, state.lease_owner, state.lease_until) == (3, "b", 1080.5)


def test_a_lease_that_is_not_over_keeps_others_out_and_says_whose_it_is(store: Store) -> None:
    store.take_lease("work", owner="host:12", now=86400, ttl=60)
    with pytest.raises(RunLockedError, match=r"host:12 .* 1970-01-02 00:00 UTC") as refused:
        store.take_lease("work", owner="b", now=86459, ttl=60)
    assert refused.value.code == "locked"
    assert store.mirror("work").epoch == 1
    assert store.take_lease("work", owner="b", now=86460, ttl=60) == 2


def test_a_renewed_lease_lasts_longer(store: Store) -> None:
    epoch = store.take_lease("work", owner="a", now=0, ttl=60)
    store.renew_lease("work", owner="a", epoch=epoch, now=50, ttl=60)
    with pytest.raises(RunLockedError):
        store.take_lease("work", owner="b", now=100, ttl=60)


def test_a_lease_that_was_taken_over_is_neither_renewed_nor_released(store: Store) -> None:
    late = store.take_lease("work", owner="a", now=0, ttl=60)
    for owner in ("a", "b"):  # by the same owner's next run, and by another one
        store.take_lease("work", owner=owner, now=61, ttl=0)
        before = store.mirror("work")
        with pytest.raises(RunLockedError) as refused:
            store.renew_lease("work", owner="a", epoch=late, now=62, ttl=60)
        assert refused.value.code == "lease-lost"
        store.release_lease("work", owner="a", epoch=late)
        assert store.mirror("work") == before


WRITES: dict[str, Callable[[Store, int], None]] = {
    "intend": lambda store, epoch: store.intend("work", epoch, [intent(2)]),
    "settle": lambda store, epoch: store.settle(
        "work", epoch, 1, links=[link(2)], gone=[EventId("event1")], journal=[entry()], settled=[EventId("event1")]
    ),
    "save": lambda store, epoch: store.save("work", epoch, failures=3),
    "commit_round": lambda store, epoch: store.commit_round(
        "work", epoch, cursor="c", window_start="s", window_end="e", settings="x", full_at=1
    ),
    "adopt": lambda store, epoch: store.adopt("work", epoch, [link(2)]),
    "stage": lambda store, epoch: store.stage("work", epoch, key="k", next_link="m", page=b"{}"),
    "drop_staged": lambda store, epoch: store.drop_staged("work", epoch),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_run_that_lost_its_lease_writes_nothing(store: Store, write: Callable[[Store, int], None]) -> None:
    late = lease(store)
    run = store.begin_run("work", at=0)
    store.intend("work", late, [intent()])
    store.settle("work", late, run, links=[link()])
    store.stage("work", late, key="k", next_link="n", page=b"[]")
    store.take_lease("work", owner="other", now=101, ttl=60)

    def everything() -> object:
        staged = pages_of(store, "k")
        return store.mirror("work"), store.links("work"), store.unsettled("work"), store.journal(run), staged

    before = everything()
    with pytest.raises(RunLockedError) as refused:
        write(store, late)
    assert refused.value.code == "lease-lost"
    assert everything() == before


def test_saving_keeps_the_fields_that_are_not_named(store: Store) -> None:
    epoch = lease(store)
    store.save("work", epoch, destination_calendar="g", failures=2)
    store.save("work", epoch, source_calendar="m", succeeded_at=1.25, last_error="throttled", due_at=9.5)
    state = store.mirror("work")
    assert (state.destination_calendar, state.failures, state.source_calendar) == ("g", 2, "m")
    assert (state.succeeded_at, state.last_error, state.due_at, state.epoch) == (1.25, "throttled", 9.5, epoch)


def test_a_field_that_does_not_exist_is_an_error(store: Store) -> None:
    with pytest.raises(TypeError):
        store.save("work", lease(store), colour="red")  # type: ignore[call-arg]  # the mistake under test


def test_the_time_of_the_last_full_round_survives_incremental_ones(store: Store) -> None:
    epoch = lease(store)
    window = {"window_start": "2026-01-01", "window_end": "2027-01-01", "settings": "x"}
    store.commit_round("work", epoch, cursor="one", full_at=5.5, **window)
    store.commit_round("work", epoch, cursor="two", full_at=None, **window)
    state = store.mirror("work")
    assert (state.cursor, state.full_at) == ("two", 5.5)
    assert (state.window_start, state.window_end, state.settings) == ("2026-01-01", "2027-01-01", "x")


# What we own at Google


def test_a_link_comes_back_as_it_was_stored(store: Store) -> None:
    whole = link(
        part="copy:2026-01-01",
        generation=3,
        etag='"1"',
        sequence=4,
        starts="2026-01-01T10:00:00Z",
        ends="2026-01-01T11:00:00Z",
        since="2025-12-01",
        children=("z", "a"),
        sent=BODY,
    )
    store.settle("work", lease(store), store.begin_run("work", at=0), links=[whole, link(2)])
    assert by_event(store.links("work")) == {"event1": whole, "event2": link(2)}


def test_settling_replaces_and_removes_links_by_event(store: Store) -> None:
    epoch, run = lease(store), store.begin_run("work", at=0)
    store.settle("work", epoch, run, links=[link(1), link(2), link(3)])
    store.settle("work", epoch, run, links=[link(1, fingerprint="new")], gone=[EventId("event2"), EventId("none")])
    assert by_event(store.links("work")) == {"event1": link(1, fingerprint="new"), "event3": link(3)}


def test_links_are_found_by_source_event_and_by_child(store: Store) -> None:
    series = link(1, children=("exception1", "exception2"))
    override = link(2, source_id=SourceId("source1"), part="override:1")
    store.settle("work", lease(store), store.begin_run("work", at=0), links=[series, override, link(3)])

    def found(*ids: str) -> dict[str, Link]:
        return by_event(store.links_of("work", [SourceId(one) for one in ids]))

    assert found("source1") == {"event1": series, "event2": override}
    assert found("exception2") == {"event1": series}
    assert found("SOURCE1", "unknown") == {}
    assert len(store.links_of("work", [SourceId("source1"), SourceId("exception1"), SourceId("source3")])) == 3


def test_a_child_that_a_series_no_longer_has_leads_nowhere(store: Store) -> None:
    epoch, run = lease(store), store.begin_run("work", at=0)
    store.settle("work", epoch, run, links=[link(1, children=("old", "kept")), link(2, children=("gone",))])
    store.settle("work", epoch, run, links=[link(1, children=("kept", "new"))], gone=[EventId("event2")])
    found = {child: len(store.links_of("work", [SourceId(child)])) for child in ("old", "kept", "new", "gone")}
    assert found == {"old": 0, "kept": 1, "new": 1, "gone": 0}


def test_source_events_are_counted_once(store: Store) -> None:
    pieces = [link(number, source_id=SourceId("series")) for number in range(5)]
    store.settle("work", lease(store), store.begin_run("work", at=0), links=[*pieces, link(9)])
    assert store.count_sources("work") == 2
    assert store.count_sources("home") == 0


def test_mirrors_do_not_see_each_other(store: Store) -> None:
    for name, fingerprint in (("work", "w"), ("home", "h")):
        epoch, run = lease(store, name), store.begin_run(name, at=0)
        store.settle(name, epoch, run, links=[link(fingerprint=fingerprint, children=("child",))])
    store.settle("work", lease(store), 1, gone=[EventId("event1")])
    assert store.links("work") == []
    assert store.links_of("work", [SourceId("child")]) == []
    assert [one.fingerprint for one in store.links_of("home", [SourceId("child")])] == ["h"]


def test_adopting_replaces_every_link_of_the_mirror(store: Store) -> None:
    epoch, other = lease(store), lease(store, "home")
    store.adopt("work", epoch, [link(1, children=("child",)), link(2)])
    store.adopt("home", other, [link(7)])
    store.adopt("work", epoch, [link(2, fingerprint="found"), link(3)])
    assert by_event(store.links("work")) == {"event2": link(2, fingerprint="found"), "event3": link(3)}
    assert store.links_of("work", [SourceId("child")]) == []
    assert store.links("home") == [link(7)]


def test_an_intent_stays_until_it_is_settled(store: Store) -> None:
    epoch, run = lease(store), store.begin_run("work", at=0)
    store.intend("work", epoch, [intent(1), intent(2)])
    store.intend("work", epoch, [replace(intent(2), verb=Verb.UPDATE)])
    store.settle("work", epoch, run, settled=[EventId("event1")])
    assert store.unsettled("work") == [replace(intent(2), verb=Verb.UPDATE)]


def test_a_batch_is_settled_whole_or_not_at_all(store: Store) -> None:
    epoch, run = lease(store), store.begin_run("work", at=0)
    store.intend("work", epoch, [intent()])
    unstorable = entry(2, after={"x": object()})
    with pytest.raises(TypeError):
        store.settle("work", epoch, run, links=[link()], journal=[entry(), unstorable], settled=[EventId("event1")])
    assert (store.links("work"), store.journal(run), store.unsettled("work")) == ([], [], [intent()])


# Staging of a long round


def pages_of(store: Store, key: str) -> tuple[str, list[bytes]]:
    link, pages = store.staged("work", key)
    return link, list(pages)


def test_staged_pages_come_back_in_order_with_the_link_that_follows(store: Store) -> None:
    epoch = lease(store)
    pages = [b'{"page": %d}' % number for number in range(12)]
    for number, page in enumerate(pages):
        store.stage("work", epoch, key="k", next_link=f"after {number}", page=page)
    assert pages_of(store, "k") == ("after 11", pages)
    assert pages_of(store, "another round") == ("", [])


def test_pages_of_another_round_make_way(store: Store) -> None:
    epoch = lease(store)
    store.stage("work", epoch, key="old", next_link="n", page=b"old")
    store.stage("work", epoch, key="new", next_link="m", page=b"new")
    assert pages_of(store, "old") == ("", [])
    assert pages_of(store, "new") == ("m", [b"new"])


def test_the_end_of_a_round_drops_its_pages(store: Store) -> None:
    epoch = lease(store)
    store.stage("work", epoch, key="k", next_link="n", page=b"page")
    store.commit_round("work", epoch, cursor="c", window_start="", window_end="", settings="", full_at=1)
    assert pages_of(store, "k") == ("", [])
    store.stage("work", epoch, key="k", next_link="n", page=b"page")
    store.drop_staged("work", epoch)
    assert pages_of(store, "k") == ("", [])


def test_pages_that_another_run_drops_while_they_are_read_are_not_left_out_in_silence(store: Store) -> None:
    epoch = lease(store)
    for number in range(2):
        store.stage("work", epoch, key="k", next_link="n", page=b"%d" % number)
    _, pages = store.staged("work", "k")
    assert next(iter(pages)) == b"0"
    store.drop_staged("work", epoch)
    with pytest.raises(RunLockedError):
        list(pages)


# Runs and their journal


def test_runs_are_listed_newest_first(store: Store) -> None:
    first, second = store.begin_run("work", at=1.5), store.begin_run("work", at=2, full=True)
    store.begin_run("home", at=3)
    store.end_run(first, at=1.75, outcome="exact", counts={"insert": 2}, full=True)
    done = RunRecord(
        id=first, mirror="work", started_at=1.5, ended_at=1.75, full=True, outcome="exact", counts={"insert": 2}
    )
    assert store.runs("work") == [RunRecord(id=second, mirror="work", started_at=2, full=True), done]
    assert [run.id for run in store.runs("work", limit=1)] == [second]


def test_the_journal_keeps_the_order_over_several_batches(store: Store) -> None:
    epoch, run, other = lease(store), store.begin_run("work", at=0), store.begin_run("work", at=0)
    entries = [entry(1), entry(2, verb=Verb.INSERT, before=None, after=BODY), entry(3, proven_deletion=True)]
    store.settle("work", epoch, run, journal=entries[:2])
    store.settle("work", epoch, run, journal=entries[2:])
    assert store.journal(run) == [(1, entries[0]), (2, entries[1]), (3, entries[2])]
    assert store.journal(other) == []


def test_what_a_run_and_all_later_ones_of_its_mirror_wrote_is_told_in_order(store: Store) -> None:
    epoch = lease(store)
    first, other, last = store.begin_run("work", at=0), store.begin_run("home", at=0), store.begin_run("work", at=1)
    for run, number in ((last, 3), (other, 2), (first, 1)):
        store.settle("work", epoch, run, journal=[entry(number), entry(number, verb=Verb.DELETE)])
    since = store.journal_since("work", first)
    assert since == [entry(1), entry(1, verb=Verb.DELETE), entry(3), entry(3, verb=Verb.DELETE)]
    assert store.journal_since("work", last) == since[2:]


def test_a_run_is_found_by_its_number(store: Store) -> None:
    run = store.begin_run("work", at=1.5)
    assert store.run(run) == RunRecord(id=run, mirror="work", started_at=1.5)
    assert store.run(run + 1) is None


def test_proven_deletions_are_counted_by_source_event_and_by_the_end_of_their_run(store: Store) -> None:
    epoch = lease(store)
    ended, died = store.begin_run("work", at=100), store.begin_run("work", at=150)
    proven = [entry(number, proven_deletion=True) for number in (1, 1, 2)]
    store.settle("work", epoch, ended, journal=[*proven, entry(3)])
    store.settle("work", epoch, died, journal=[entry(2, proven_deletion=True), entry(4, proven_deletion=True)])
    store.end_run(ended, at=200, outcome="exact", counts={}, full=False)
    counts = [store.proven_deletions_since("work", since) for since in (0, 150, 151, 200, 201)]
    assert counts == [3, 3, 2, 2, 0]
    assert store.proven_deletions_since("home", 0) == 0


def test_old_runs_are_forgotten_with_their_journal_and_their_numbers_stay_used(store: Store) -> None:
    epoch = lease(store)
    other = store.begin_run("home", at=1)
    old, new = store.begin_run("work", at=1), store.begin_run("work", at=2)
    for run in (old, new):
        store.settle("work", epoch, run, journal=[entry()])
    store.prune("work", before=2)
    assert [run.id for run in store.runs("work")] == [new]
    assert (store.journal(old), len(store.journal(new)), len(store.runs("home"))) == ([], 1, 1)
    store.prune("work", before=3)
    assert store.begin_run("work", at=4) not in {old, new, other}


def test_what_is_remembered_is_found_by_kind_and_event_and_can_be_forgotten(store: Store) -> None:
    epoch, one, other = lease(store), SourceId("one"), SourceId("other")
    store.remember("work", epoch, {("series", one): "1", ("series", other): "2", ("files", one): "3"})
    store.remember("work", epoch, {("series", one): "4"}, forgotten=[("series", other), ("files", other)])
    assert store.recall("work", "series", [one, other]) == {one: "4"}
    assert store.memories("work", "series") == store.memories("work", "files") == [one]


def test_nothing_is_remembered_by_a_run_that_lost_its_lease(store: Store) -> None:
    epoch, one = lease(store), SourceId("one")
    with pytest.raises(RunLockedError):
        store.remember("work", epoch - 1, {("series", one): "1"})
    assert store.memories("work", "series") == []
