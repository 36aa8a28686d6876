"""One run at a time: a living one is waited for, a dead one replaced, one that wakes too late writes nothing more."""

from contextlib import contextmanager, suppress
from datetime import date

import pytest
from world import APP_CREATED, WHOLE_CALENDAR, Death, KilledError, World, moved

from calmirror.errors import RunLockedError
from calmirror.mirror.context import LEASE, leased, this_process
from calmirror.mirror.run import run

ELSEWHERE = "another-host:1:1"


class Freeze(Death):
    """A process that stands still before (or after) its n-th request or single statement, while things happen."""

    def __init__(self, at, meanwhile, *, after):
        super().__init__()
        self.freeze_at, self.meanwhile, self.late = at, meanwhile, after
        self.thawed = False

    @contextmanager
    def step(self):
        with super().step():
            now = self.steps == self.freeze_at
            if now and not self.late:
                self._freeze()
            yield
            if now and self.late:
                self._freeze()

    def _freeze(self):
        self.meanwhile()
        self.thawed = True


@pytest.fixture
def changed_world():
    """A mirror that was exact, and edits of every kind."""
    world = World().fill(singles=10).settle()
    world.edit_of_every_kind()
    return world


@pytest.mark.parametrize("owner", [this_process(), ELSEWHERE], ids=["here", "elsewhere"])
def test_while_a_living_run_is_at_work_another_one_is_refused(changed_world, owner):
    world = changed_world
    marked = world.mark()
    with leased(world.mirror(owner=owner)):
        assert world.sync() == 7
    assert world.since(marked) == (0, 0)
    assert world.sync() == 0
    world.assert_exact()


def test_the_lease_of_a_dead_process_is_taken_over_at_once(changed_world):
    with pytest.raises(KilledError):
        changed_world.sync(Death(9))
    assert changed_world.sync(owner=this_process()) == 0
    changed_world.assert_exact()


def test_the_lease_of_another_machine_is_taken_over_when_it_is_over(changed_world):
    with pytest.raises(KilledError):
        changed_world.sync(Death(9), owner=ELSEWHERE)
    assert changed_world.sync() == 7
    changed_world.clock.advance(LEASE + 1)
    assert changed_world.sync() == 0
    changed_world.assert_exact()


def frozen_run(at, *, after):
    """A world and a run of it that stood still at a step until its lease had gone to another run."""
    world = World().fill(singles=10).settle()
    world.edit_of_every_kind()
    woken = []

    def meanwhile():
        world.clock.advance(LEASE + 1)
        world.mailbox.edit(world.ids["single-7"], subject="Newer title")
        world.mailbox.delete(world.ids["single-8"])
        world.mailbox.edit(world.ids["changed"], **moved(date(2026, 3, 2), 16))
        world.mailbox.edit_occurrence(world.ids["weekly"], date(2026, 4, 1), subject="Only this one")
        assert world.sync() == 0, world.error
        woken.append(world.mark())

    freeze = Freeze(at, meanwhile, after=after)
    code = world.sync(freeze, owner=ELSEWHERE)
    return world, code, freeze.thawed, woken


@pytest.mark.parametrize("after", [False, True])
def test_a_frozen_run_that_wakes_without_its_lease_writes_nothing_more(after):
    """But for the one request it was about to send, which no newer write can be undone by."""
    froze = 0
    for step in range(1, 26):
        world, code, thawed, woken = frozen_run(step, after=after)
        if not thawed:
            continue
        froze += 1
        log = world.google.log[woken[0][1] :]
        sent = [one for one in log if any(part.method != "GET" for part in one.parts or [one])]
        assert len(sent) <= 1
        assert code == 7 or sent == []
        world.clock.advance(90_000)
        assert world.sync() == 0, world.error
        world.assert_exact()
    assert froze > 8


@pytest.mark.parametrize("scope", [APP_CREATED, WHOLE_CALENDAR])
@pytest.mark.parametrize("after", [False, True])
def test_a_calendar_that_a_frozen_run_makes_too_late_is_not_taken_for_the_mirrors(tmp_path, scope, after):
    """Not even once the state is lost: one calendar holds the mirror, the late one stays empty."""
    late = 0
    for step in range(1, 30):
        folder = tmp_path / f"{step}-{after}"
        folder.mkdir()
        world = World(folder, scope=scope).fill(singles=3)

        def meanwhile(world=world):
            world.clock.advance(LEASE + 1)
            assert run(world.mirror()).exit_code == 0

        freeze = Freeze(step, meanwhile, after=after)
        with suppress(RunLockedError):
            run(world.mirror(freeze, ELSEWHERE))
        if not freeze.thawed:  # that step was part of a transaction, or there is none
            continue
        for file in world.path.parent.glob(f"{world.path.name}*"):
            file.unlink()
        assert run(world.mirror()).exit_code == 0
        made = [one for one in world.google.state.live() if one.summary == "Outlook"]
        late += len(made) > 1
        assert len([one for one in made if one.events]) == 1
    assert late
