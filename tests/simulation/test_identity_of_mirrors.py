"""Who a mirror is: not its name, and not the account that happens to be signed in."""

import dataclasses

import pytest
from processes import TO_THE_END, Process
from world import DEAD, TODAY, WHOLE_CALENDAR, World, marks, timed

from calmirror.mirror.context import LEASE
from calmirror.mirror.names import follow_renames, forgotten
from calmirror.moving.purge import purge
from calmirror.store import Store, open_store
from calmirror.store.sqlite import open_memory


def opened(world):
    return open_store(f"sqlite:///{world.path}")


def renamed(world, name, **changes):
    """The configuration's mirror under another name, perhaps with other settings; which names were followed."""
    settings = dataclasses.replace(world.mirror().settings, name=name, **changes)
    with opened(world) as store:
        return follow_renames(store, [settings])


def another_install(world, folder):
    """A calmirror on another machine, of the same person at Google and at Microsoft."""
    folder.mkdir()
    other = World(folder, scope=WHOLE_CALENDAR)
    other.clock, other.graph, other.google, other.mailbox = world.clock, world.graph, world.google, world.mailbox
    other.ids, other.others_identities = world.ids, world.identities
    return other


def test_a_mirror_that_is_called_otherwise_goes_on(tmp_path):
    world = World(tmp_path).fill(singles=4).settle()
    before = {row["id"] for row in world.ours()}
    assert renamed(world, "job") == {"job": "work"}
    world.mirrors["job"] = world.mirrors["work"]
    marked = world.mark()
    assert world.sync(name="job", full=True) == 0
    assert world.writes_since(marked) == []
    assert {row["id"] for row in world.ours()} == before
    assert world.verify("job").differences == ()


def test_the_name_may_change_while_a_run_is_dead_or_stands_still(tmp_path):
    world = World(tmp_path).fill(singles=4).settle()
    for subject, owner in (("First", DEAD), ("Second", "another-host:1:1")):
        world.mailbox.edit(world.ids["single-1"], subject=subject)
        process = Process(world, owner)
        process.go_on(12)
        assert process.holds()
        assert renamed(world, "job") == {"job": "work"}
        world.mirrors["job"] = world.mirrors["work"]
        marked = world.mark()
        process.go_on(TO_THE_END)
        assert process.ending == "exit 7 lease-lost"
        assert len(world.writes_since(marked)) <= 1
        world.clock.advance(LEASE + 1)
        assert world.sync(name="job", full=True) == 0, world.error
        assert world.verify("job").differences == ()
        assert [row["summary"] for row in world.copies("single-1")] == [subject]
        assert renamed(world, "work") == {"work": "job"}


@pytest.mark.parametrize("changes", [{"destination": "Another"}, {"source": "Another"}, {"feed": "https://x/c.ics"}])
def test_a_mirror_between_other_calendars_is_a_new_one(tmp_path, changes):
    world = World(tmp_path).fill(singles=4).settle()
    assert renamed(world, "job", **changes) == {}
    with opened(world) as store:
        left = forgotten(store, [dataclasses.replace(world.mirror().settings, name="job")])
    assert [one.name for one in left] == ["work"]


def test_of_two_new_names_neither_is_guessed(tmp_path):
    world = World(tmp_path).fill(singles=4).settle()
    settings = world.mirror().settings
    with opened(world) as store:
        assert follow_renames(store, [dataclasses.replace(settings, name=name) for name in ("one", "two")]) == {}


def test_what_was_made_by_name_stays_and_its_calendar_is_known(tmp_path):
    """Version 0.1 computed ids from the mirror's name."""
    world = World(tmp_path)
    with opened(world) as store:
        epoch = store.take_lease("work", owner="x", now=0, ttl=1)
        store.save("work", epoch, identity="work")
        store.release_lease("work", owner="x", epoch=epoch)
    world.fill(singles=4).settle()
    assert {marks(row)["calmirror"] for row in world.ours()} == {"work"}
    world.path.unlink()
    before = {row["id"] for row in world.ours()}
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    assert {row["id"] for row in world.ours()} == before
    world.assert_exact()


def test_another_account_stops_the_mirror_and_is_named(tmp_path):
    world = World(tmp_path).fill(singles=6).settle()
    calendar = world.mailbox.default_calendar
    elsewhere = world.mailbox.add_calendar("Elsewhere")
    world.mailbox.create(timed("Of somebody else", TODAY, 9), elsewhere)
    world.mirrors["work"] = ("Elsewhere", "Outlook")
    before = {row["id"] for row in world.ours()}
    for _ in range(2):
        assert world.sync() == 6
        assert world.error.code == "another-source"
        assert '"Calendar" of' in world.error.what
        assert '"Elsewhere"' in world.error.what
        assert "--allow-mass-delete" not in world.error.command
    assert {row["id"] for row in world.ours()} == before
    world.mirrors["work"] = ("", "Outlook")
    assert world.sync() == 0
    assert world.state.source_calendar == calendar
    world.assert_exact()


def test_a_second_install_on_the_same_calendars_takes_over_and_the_first_one_stops(tmp_path):
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=6).settle()
    before = {row["id"] for row in world.ours()}
    world.clock.advance(60)
    second = another_install(world, tmp_path / "second")
    assert second.sync() == 0
    assert {row["id"] for row in world.ours()} == before
    second.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert second.sync() == 0
    world.clock.advance(60)
    assert world.sync(full=True) == 4
    assert world.error.code == "taken-over"
    assert second.sync() == 0
    second.assert_exact()
    assert world.sync(full=True, take_over=True) == 0
    world.assert_exact()


def test_who_moved_with_the_small_file_of_calendars_stops_too_when_the_first_one_takes_over_again(tmp_path):
    world = World(tmp_path).fill(singles=6).settle()
    world.clock.advance(60)
    second = another_install(world, tmp_path / "second")
    (tmp_path / "second" / "calendars.json").write_bytes((tmp_path / "calendars.json").read_bytes())
    assert second.sync() == 0
    world.clock.advance(60)
    assert world.sync(full=True) == 4
    assert world.sync(full=True, take_over=True) == 0
    world.mailbox.edit(world.ids["single-1"], subject="Another title")
    assert world.sync() == 0
    second.clock.advance(60)
    assert second.sync(full=True) == 4
    assert second.error.code == "taken-over"


def test_whoever_takes_a_calendar_over_again_knows_what_the_other_one_made_anew(tmp_path):
    """An event that a person deleted in Google; and all of them, under another identity, after a purge."""
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=6).settle()
    world.clock.advance(60)
    world.google.person_delete(world.destination, world.copies("single-1")[0]["id"])
    second = another_install(world, tmp_path / "second")
    for remove in (lambda: None, lambda: purge(second.mirror())):
        remove()
        assert second.sync(full=True, take_over=True) == 0, second.error
        second.assert_exact()
        world.clock.advance(60)
        world.others_identities = second.identities
        assert world.sync(full=True) == 4
        assert world.sync(full=True, take_over=True) == 0, world.error
        world.assert_exact()
        world.clock.advance(60)


def test_a_second_install_of_another_source_does_not_join_by_the_calendars_name(tmp_path):
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=6).settle()
    before = {row["id"]: row for row in world.ours()}
    second = another_install(world, tmp_path / "second")
    elsewhere = world.mailbox.add_calendar("Elsewhere")
    world.mailbox.create(timed("Of somebody else", TODAY, 9), elsewhere)
    second.mirrors["work"] = ("Elsewhere", "Outlook")
    assert second.sync() == 6
    assert second.error.code == "another-mirror"
    assert "--allow-mass-delete" not in second.error.command
    assert {row["id"]: row for row in world.ours()} == before
    second.mirrors["work"] = ("Elsewhere", world.destination)
    assert second.sync() == 0
    assert len(world.ours()) == len(before) + 1
    world.others_identities = second.identities
    assert world.sync(full=True) == 0


def test_a_lost_state_is_found_again_under_another_name(tmp_path):
    world = World(tmp_path, scope=WHOLE_CALENDAR).fill(singles=6).settle()
    before = {row["id"] for row in world.ours()}
    for file in tmp_path.iterdir():
        file.unlink()
    world.mirrors["job"] = world.mirrors["work"]
    assert world.sync(name="job") == 0
    assert {row["id"] for row in world.ours()} == before


def test_each_install_and_each_mirror_has_an_id_of_its_own():
    first, second = Store(open_memory("a")), Store(open_memory("b"))
    identities = [first.mirror("work").identity, first.mirror("home").identity, second.mirror("work").identity]
    assert identities == ["a-1", "a-2", "b-1"]
