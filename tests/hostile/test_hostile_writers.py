"""Another writer of the destination calendar, who computes our ids and forges our marks, and who shares calendars."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from world import TODAY, WHOLE_CALENDAR, World, marks

from calmirror.mirror.age import run_of
from calmirror.model.ids import SourceId
from calmirror.model.policy import Watch
from calmirror.plan import identity

COUNT = 30
"""More than the budget of deletions."""
ODD_IDS = ["x", "no-id-of-outlook", "AAMkAGI2TG93AAA=", "ics-forged", "\N{SNOWMAN}" * 20, "../../me", "A" * 900]


class Attacker:
    """Somebody who may write into the calendar of the mirror, and reads the marks that stand in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.identity = marks(world.ours()[0])["calmirror"]

    def forge(self, source: str, *, part: str = "", generation: int = 0, day: int = 1, **more: Any) -> str:
        """An event with the marks of a source event and the id computed for it; its id."""
        found = identity.event_id(self.identity, SourceId(source), part, generation)
        private = {
            identity.MIRROR: self.identity,
            identity.SOURCE: identity.source_key(SourceId(source)),
            identity.PART: part,
            identity.GENERATION: str(generation),
            identity.HASH: "0" * 16,
            **more.pop("marks", {}),
        }
        times = {
            edge: {"dateTime": f"{TODAY + timedelta(day)}T{hour:02}:00:00", "timeZone": "UTC"}
            for edge, hour in (("start", 20), ("end", 21))
        }
        body = {"summary": "Forged", "id": found, **times, **more, "extendedProperties": {"private": private}}
        return str(self.world.google.person_insert(self.world.destination, body)["id"])

    def copy(self, name: str, generation: int, **extra: str) -> str:
        """A second copy of an event that is mirrored, with all that its marks say, and `extra` ones."""
        row = self.world.copies(name)[0]
        kept = {key: row[key] for key in ("recurrence", "start", "end", "summary", "description") if key in row}
        source = marks(row)["calmirrorSource"]
        return self.forge(source, generation=generation, marks=mine(row, generation) | extra, **kept)


def mine(row: dict[str, Any], generation: int) -> dict[str, str]:
    """The marks of an event, of another generation."""
    return marks(row) | {identity.GENERATION: str(generation)}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).fill().settle()


def settled(world: World) -> None:
    """A day later everything is right, and nothing is left to do or to say."""
    world.clock.sleep(86401)
    world.sync()
    world.assert_exact()


@pytest.mark.parametrize("name", ["single-6", "days", "plain", "changed"])
@pytest.mark.parametrize("generation", [1, 7, 9_999_999_999])
def test_what_the_state_knows_wins_over_a_copy_of_a_higher_generation(world: World, name: str, generation: int) -> None:
    ours = [row["id"] for row in world.copies(name)]
    world.google.person_edit(world.destination, ours[0], colorId="3")
    Attacker(world).copy(name, generation)
    settled(world)
    assert [row["id"] for row in world.copies(name)] == ours
    assert world.copies(name)[0]["colorId"] == "3"


def test_a_copy_is_noticed_in_the_same_way_where_every_run_looks(tmp_path: Path) -> None:
    world = World(tmp_path, check_drift=Watch.EVERY_RUN).fill().settle()
    ours = [row["id"] for row in world.copies("plain")]
    world.sync()
    Attacker(world).copy("plain", 5)
    assert world.sync() == 0, world.error
    assert [row["id"] for row in world.copies("plain")] == ours
    assert world.verify().differences == ()


@pytest.mark.parametrize("source", ODD_IDS)
@pytest.mark.parametrize("day", [1, -90, 300])
def test_an_event_of_no_source_is_no_alarm(world: World, source: str, day: int) -> None:
    Attacker(world).forge(source, day=day)
    settled(world)


def test_many_forged_events_use_up_no_budget_and_make_nothing_wait(world: World) -> None:
    attacker = Attacker(world)
    for number in range(COUNT):
        attacker.forge(f"forged-{number}", day=number)
    world.mailbox.delete(world.ids["single-7"])
    settled(world)
    assert world.copies("single-7") == []


def test_forged_events_make_no_deletion_plausible(tmp_path: Path) -> None:
    world = World(tmp_path).fill(40).settle()
    attacker = Attacker(world)
    for number in range(400):
        attacker.forge(f"forged-{number}", day=number % 50)
    for number in range(10, 40):
        world.mailbox.delete(world.ids[f"single-{number}"])
    before = world.mirrored()
    world.clock.sleep(86401)
    assert world.sync() == 6
    assert {world.ids[f"single-{number}"] for number in range(10, 40)} <= world.mirrored() & before


@pytest.mark.parametrize("own", [True, False])
def test_the_uid_of_an_event_moves_it_nowhere(world: World, own: bool) -> None:
    """A UID leads from an id that is lost to the one that took its place: not where somebody else wrote it."""
    row = world.copies("single-6")[0]
    uid = marks(row)["calmirrorUid"] if own else "forged@uid"
    Attacker(world).forge("AAMkAGI2forged", marks={identity.UID: uid})
    settled(world)
    assert [one["id"] for one in world.copies("single-6")] == [row["id"]]


@pytest.mark.parametrize("length", [8, 40, 60])
def test_marks_on_an_id_that_is_not_ours_are_nothing_to_us(world: World, length: int) -> None:
    row = world.copies("single-6")[0]
    body = {key: row[key] for key in ("summary", "start", "end", "extendedProperties")}
    other = world.google.person_insert(world.destination, body | {"id": "a" * length})
    world.protect(world.destination, other["id"])
    world.clock.sleep(86401)
    assert world.sync() == 0, world.error
    assert world.verify().differences == ()
    assert world.repair().exit_code == 0


@pytest.mark.parametrize("offset", [-5, 3600, 86400 * 400])
def test_the_mark_of_a_run_that_never_was_costs_one_whole_read_at_most(world: World, offset: int) -> None:
    began = int((world.clock.now() + offset) * 1000)
    Attacker(world).forge("forged", marks={identity.RUN: f"999999999999999.{began}"})
    settled(world)
    world.clock.sleep(86401)
    marked = world.mark()
    assert world.sync() == 0
    assert world.writes_since(marked) == []
    store = world.mirror().store
    assert store.runs("work")[0].id < 2**31
    store.close()


def test_a_run_that_never_was_does_not_put_a_copy_before_ours(world: World) -> None:
    ours = [row["id"] for row in world.copies("plain")]
    began = int(world.clock.now() * 1000) + 5000
    Attacker(world).copy("plain", 4, calmirrorRun=f"12345.{began}")
    settled(world)
    assert [row["id"] for row in world.copies("plain")] == ours
    assert run_of(world.copies("plain")[0])[0] < 12345


@pytest.mark.parametrize("source", ODD_IDS)
def test_where_the_state_was_lost_repair_ends_the_alarm(world: World, source: str) -> None:
    attacker = Attacker(world)
    attacker.forge(source)
    attacker.forge(f"{source}-2", day=2)
    assert world.path is not None
    world.path.unlink()
    world.sync()
    world.clock.sleep(86401)
    world.sync()
    assert world.repair().exit_code == 0
    settled(world)


def test_ids_that_somebody_else_took_do_not_keep_an_event_out(world: World) -> None:
    name = "single-6"
    attacker = Attacker(world)
    source = world.ids[name]
    for generation in range(1, 12):
        found = identity.event_id(attacker.identity, SourceId(source), "", generation)
        world.google.person_insert(world.destination, {"id": found, "summary": "Taken", **times()})
    world.google.person_delete(world.destination, world.copies(name)[0]["id"])
    settled(world)
    assert len(world.copies(name)) == 1


def times() -> dict[str, Any]:
    return {
        edge: {"dateTime": f"{TODAY}T{hour:02}:00:00", "timeZone": "UTC"} for edge, hour in (("start", 9), ("end", 10))
    }


def test_a_calendar_that_is_shared_and_full_of_forgeries_is_never_the_destination(tmp_path: Path) -> None:
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill()
    theirs = world.google.add_calendar("Outlook")
    world.google.state.calendar(theirs).description = 'Kept by calmirror, mirror "work".'
    world.google.take_away(theirs, "attacker@example.com")
    private = {identity.MIRROR: "work", identity.SOURCE: "x", identity.GENERATION: "0"}
    found = identity.event_id("work", SourceId("x"), "", 0)
    body = {"id": found, "summary": "Bait", **times(), "extendedProperties": {"private": private}}
    world.google.person_insert(theirs, body)
    for _ in range(2):
        assert world.sync() == 0, world.error
        assert len(world.google.events(theirs)) == 1
        world.path.unlink()
