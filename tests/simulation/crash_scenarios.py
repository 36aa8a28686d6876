"""What a process may be at when it dies: worlds, what is done in them, and how it has to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from calendar_pictures import by_piece
from test_journal import runs_of
from test_undo import undone
from world import TODAY, WHOLE_CALENDAR, Death, GraphSwitches, KilledError, World, daily, moved, timed, weekly

from calmirror.moving.purge import purge
from calmirror.store import Store
from calmirror.store.sqlite import open_file

FIRST = date(2026, 3, 2)
DAY = 86_460


class Filed(World):
    """A world whose state is a file, and whose every statement its crashes count by themselves."""

    before: Mapping[tuple[str, str], Any] = {}
    """The calendar before a run that is undone, whose number is `taken_back`."""
    taken_back = 0

    def live_in(self, folder: Path) -> None:
        """Goes on with the files of this folder."""
        self.path, self._calendars = folder / "state.db", folder / "calendars.json"

    def _store(self, death: Death) -> Store:
        assert self.path is not None, "a world of files"
        return Store(open_file(self.path, create=True))


def _well(world: Filed, death: Death | None = None) -> None:
    code = world.sync(death)
    assert code == 0, f"exit {code}: {world.error!r}"


def _exact(world: Filed) -> None:
    world.assert_exact()


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a world comes about, what is done in it until the process dies, what is done next, and what must be so."""

    build: Callable[[Path], Filed]
    act: Callable[[Filed, Death], Any] = _well
    recover: Callable[[Filed], Any] = _well
    prove: Callable[[Filed], Any] = _exact


def _repair(world: Filed, death: Death | None = None) -> None:
    done = world.repair(death)
    assert done.exit_code == 0, done.verification.differences


def new(folder: Path, singles: int = 12, **more: Any) -> Filed:
    """A calendar that was never mirrored."""
    world = Filed(folder, **more)
    world.fill(singles=singles)
    return world


def settled(folder: Path, **more: Any) -> Filed:
    """A mirror that is exact."""
    world = new(folder, 10, **more)
    world.settle()
    return world


def edited(folder: Path) -> Filed:
    """Edits of every kind."""
    world = settled(folder)
    world.edit_of_every_kind()
    return world


def one_change(folder: Path) -> Filed:
    """One event at another time."""
    world = settled(folder)
    world.mailbox.edit(world.ids["single-3"], **moved(TODAY + timedelta(2), 18))
    return world


def renamed(folder: Path) -> Filed:
    """A single event, a series with exceptions and one occurrence get other titles."""
    world = settled(folder)
    for name in ("single-3", "changed"):
        world.mailbox.edit(world.ids[name], subject="Another title")
    world.mailbox.edit_occurrence(world.ids["west"], date(2026, 4, 9), subject="Once")
    return world


def exceptions(folder: Path) -> Filed:
    """Occurrences are moved, dropped and brought back by a change of the series."""
    world = settled(folder)
    world.mailbox.edit_occurrence(world.ids["plain"], date(2026, 3, 30), **moved(date(2026, 3, 31), 17))
    world.mailbox.delete_occurrence(world.ids["plain"], date(2026, 4, 6))
    world.mailbox.delete_occurrence(world.ids["changed"], date(2026, 3, 23))
    return world


def rescheduled(folder: Path) -> Filed:
    """A series with exceptions at another hour, which replaces it in Google."""
    world = settled(folder)
    world.mailbox.edit(world.ids["changed"], **moved(FIRST, 15))
    return world


def became_single(folder: Path) -> Filed:
    """A series becomes a single event, a single event a series."""
    world = settled(folder)
    world.mailbox.edit(world.ids["changed"], recurrence=None)
    rule = daily("", TODAY + timedelta(1), 9, count=5)["recurrence"]
    world.mailbox.edit(world.ids["single-6"], recurrence=rule)
    return world


def deleted(folder: Path) -> Filed:
    """Events and a series with exceptions are gone."""
    world = settled(folder)
    for name in ("single-1", "single-2", "changed", "daily"):
        world.mailbox.delete(world.ids[name])
    return world


def drifted(folder: Path) -> Filed:
    """A person changed and deleted copies; a day later both calendars are read whole."""
    world = settled(folder)
    home = world.destination
    world.google.person_edit(home, world.copies("single-2")[0]["id"], summary="My own words")
    world.google.person_edit(home, world.copies("single-3")[0]["id"], colorId="11")
    world.google.person_delete(home, world.copies("single-4")[0]["id"])
    world.google.person_delete(home, world.copies("changed")[0]["id"])
    world.clock.advance(DAY)
    return world


def state_lost(folder: Path) -> Filed:
    """The state file is gone; meanwhile something was edited and something deleted."""
    world = settled(folder)
    for file in folder.glob("state.db*"):
        file.unlink()
    world.mailbox.edit(world.ids["single-3"], subject="Another title")
    world.mailbox.delete(world.ids["single-4"])
    return world


def many_pages(folder: Path) -> Filed:
    """A first run over many short pages."""
    return new(folder, 20, graph=GraphSwitches(default_delta_page=5, first_page_empty=True))


def half_read(folder: Path) -> Filed:
    """A first run that died between two pages, and edits since then."""
    world = many_pages(folder)
    with suppress(KilledError):
        world.sync(Death(4))  # the fourth request: here nothing else is a step
    world.mailbox.edit(world.ids["single-3"], subject="Another title")
    world.mailbox.delete(world.ids["single-4"])
    return world


def rolled(folder: Path) -> Filed:
    """Three weeks later: the window has rolled on over what it held and what it will hold."""
    world = settled(folder)
    world.mailbox.create(timed("Later", TODAY + timedelta(70), 9))
    world.mailbox.create(weekly("Later, weekly", TODAY + timedelta(65), 9))
    world.clock.advance(21 * DAY)
    return world


def ended_cursor(folder: Path) -> Filed:
    """The cursor died, and events were deleted before anybody noticed."""
    world = edited(folder)
    world.graph.expire_cursors()
    return world


def calendar_gone(folder: Path) -> Filed:
    """The destination was deleted in Google; a person wants a new one."""
    world = settled(folder)
    world.watch.foreign = {key: one for key, one in world.foreign.items() if one[0] != world.destination}
    world.google.delete_calendar(world.destination)
    return world


def _new_calendar(world: Filed, death: Death | None = None) -> None:
    done = world.repair(death, new_calendar=True)
    assert done.exit_code == 0, done.verification.differences


def _undo(world: Filed, death: Death | None = None) -> None:
    undone(world, world.taken_back, death)
    assert by_piece(world) == world.before, "not the calendar of before the run"


def _follows_again(world: Filed) -> None:
    code = world.sync(unpin=True)
    assert code == 0, f"exit {code}: {world.error!r}"
    world.assert_exact()


def mirrored_edits(folder: Path, build: Callable[[Path], Filed] = edited) -> Filed:
    """Edits of every kind, mirrored: what may be taken back."""
    world = build(folder)
    world.before, world.taken_back = by_piece(world), runs_of(world)[-1] + 1
    _well(world)
    return world


def _purge(world: Filed, death: Death | None = None) -> None:
    mirror = world.mirror(death)
    try:
        done = purge(mirror)
    finally:
        mirror.store.close()
        world.check()
    assert done.exit_code == 0, done.skipped
    assert world.ours() == [], "something is left"


def _made_anew(world: Filed) -> None:
    _well(world)
    world.assert_exact()


SECOND = "second"


def two(folder: Path) -> Filed:
    """Two mirrors of one mailbox in one state, both with changes."""
    world = Filed(folder, scope=WHOLE_CALENDAR)
    world.fill(singles=10)
    other = world.mailbox.add_calendar("Other")
    for day in range(5):
        world.mailbox.create(timed(f"Other {day}", TODAY + timedelta(day), 9), other)
    world.mailbox.create(weekly("Other, weekly", TODAY, 9), other)
    world.mirrors[SECOND] = ("Other", "Outlook two")
    _both(world)
    world.edit_of_every_kind()
    for item in world.mailbox.items(other)[1:4]:
        world.mailbox.edit(item.id, subject="Another title")
    return world


def _both(world: Filed, death: Death | None = None) -> None:
    for name in world.mirrors:
        code = world.sync(death, name=name)
        assert code == 0, f"exit {code}: {world.error!r}"


def _both_exact(world: Filed) -> None:
    marked = world.mark()
    _both(world)
    assert world.writes_since(marked) == []
    assert world.verify(name=SECOND).differences == ()
    world.assert_exact()


SCENARIOS: dict[str, Scenario] = {
    "first run": Scenario(new),
    "first run over many pages": Scenario(many_pages),
    "first run, half read before": Scenario(half_read),
    "nothing changed": Scenario(settled),
    "one change": Scenario(one_change),
    "edits of every kind": Scenario(edited),
    "other titles": Scenario(renamed),
    "changed occurrences": Scenario(exceptions),
    "a series at another hour": Scenario(rescheduled),
    "a series becomes single": Scenario(became_single),
    "deletions": Scenario(deleted),
    "a day later, with drift": Scenario(drifted),
    "three weeks later": Scenario(rolled),
    "a dead cursor": Scenario(ended_cursor),
    "the state lost": Scenario(state_lost),
    "repair": Scenario(drifted, _repair, _repair),
    "a new calendar": Scenario(calendar_gone, _new_calendar, _new_calendar),
    "undo": Scenario(mirrored_edits, _undo, _undo, _follows_again),
    "undo of a day with drift": Scenario(partial(mirrored_edits, build=drifted), _undo, _undo, _follows_again),
    "purge": Scenario(settled, _purge, _purge, _made_anew),
    "two mirrors": Scenario(two, _both, _both, _both_exact),
}
