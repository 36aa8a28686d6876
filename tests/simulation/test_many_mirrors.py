"""Several mirrors at a time: what is wrong with one is nothing to the others, and calendars may be shared."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from world import APP_CREATED, NOW, TODAY, WHOLE_CALENDAR, Bearer, marks, moved, refusal, timed, weekly

from calmirror.cli.each import side_by_side
from calmirror.config.settings import MirrorSettings
from calmirror.errors import CalmirrorError
from calmirror.google.calendar import GoogleCalendar
from calmirror.google.refusals import is_rate_limit
from calmirror.http.client import Client
from calmirror.http.message import Answer, Request
from calmirror.http.pacing import Meter
from calmirror.microsoft.calendar import OutlookCalendar
from calmirror.mirror.context import Mirror
from calmirror.mirror.remembered import Remembered
from calmirror.mirror.repair import repair
from calmirror.mirror.run import run
from calmirror.mirror.showing import Showing
from calmirror.mirror.verify import Verification, verify
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.errors import CATALOGUE, throttled
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.transport import SandboxTransport
from calmirror.store import open_store

NAMES = [f"mirror {number}" for number in range(10)]
SICK = NAMES[3]


class Waiting(SandboxClock):
    """A clock whose waits last until somebody says that they are over."""

    def __init__(self) -> None:
        super().__init__(NOW.timestamp())
        self.over = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Waits for that, a minute at most."""
        assert self.over.wait(60)
        self.advance(seconds)


class Wire:
    """One mirror's network: what goes wrong is only its own."""

    def __init__(self, inner: SandboxTransport) -> None:
        self._inner = inner
        self.microsoft: Callable[[Request], Answer | None] = lambda _request: None
        self.google = self.microsoft

    def send(self, request: Request) -> Answer:
        """As Transport.send."""
        own = self.microsoft if "graph" in request.url else self.google
        return own(request) or self._inner.send(request)


class Many:
    """Several mirrors of one person: a Google account, an Outlook mailbox, a state file; everything else is shared as
    one process shares it.

    `sources` are the names of the Outlook calendars by mirror, `destinations` those in Google.
    """

    def __init__(
        self, folder: Path, sources: dict[str, str], destinations: dict[str, str], *, scope: str = APP_CREATED
    ) -> None:
        self.clock = SandboxClock(NOW.timestamp())
        self.graph, self.google = GraphService(self.clock), GoogleService(self.clock)
        self.graph.grant("m", ["Calendars.Read"])
        self.google.grant("g", [scope])
        self.mailbox = self.graph.mailbox
        self.calendars = {name: self.mailbox.add_calendar(name) for name in dict.fromkeys(sources.values())}
        self.settings = [
            MirrorSettings(name=name, source=source, destination=destinations[name], past_days=20, future_days=60)
            for name, source in sources.items()
        ]
        self.url = f"sqlite:///{folder / 'state.db'}"
        self.remembered = Remembered(folder / "calendars.json")
        self.meter = Meter(self.clock)
        self.wires = {name: Wire(SandboxTransport([self.graph, self.google])) for name in sources}
        self.clocks: dict[str, SandboxClock] = {}
        self.requests: Counter[str] = Counter()
        self.ids: dict[str, list[str]] = {}

    def fill(self) -> Many:
        """Each source gets single events and a series with a moved occurrence."""
        for shift, (name, calendar) in enumerate(self.calendars.items()):
            singles = [timed(f"{name}, {day}", TODAY + timedelta(day), 8 + (shift + day) % 9) for day in range(12)]
            made = [self.mailbox.create(single, calendar) for single in singles]
            series = self.mailbox.create(weekly(f"{name}, weekly", TODAY, 9), calendar)
            self.mailbox.edit_occurrence(series, TODAY + timedelta(7), **moved(TODAY + timedelta(8), 11))
            self.ids[name] = [*made, series]
        return self

    def each(self, work: Callable[[Mirror], Any], names: list[str] | None = None) -> dict[str, Any]:
        """Does the work for these mirrors side by side; by mirror, what came of it."""
        chosen = [one for one in self.settings if names is None or one.name in names]
        done = side_by_side(lambda settings: self._one(work, settings), chosen)
        return dict(zip([one.name for one in chosen], done, strict=True))

    def sync(self, names: list[str] | None = None, **options: Any) -> dict[str, int]:
        """Exit codes by mirror."""
        ended = self.each(lambda mirror: run(mirror, **options).exit_code, names)
        codes = {}
        for name, one in ended.items():
            assert isinstance(one, int | CalmirrorError), one
            codes[name] = one.exit_code if isinstance(one, CalmirrorError) else one
        return codes

    def verify(self, names: list[str] | None = None) -> dict[str, Verification]:
        """What verify finds, by mirror."""
        return self.each(lambda mirror: verify(mirror, Showing(mirror)), names)

    def copies(self, name: str) -> list[dict[str, Any]]:
        """The events that a mirror keeps in Google, wherever."""
        with closing(open_store(self.url)) as store:
            own = store.mirror(name).identity
        live = [calendar.id for calendar in self.google.state.live()]
        return [e for calendar in live for e in self.google.events(calendar) if marks(e).get("calmirror") == own]

    def named(self, name: str) -> list[str]:
        """Ids of the Google calendars of that name."""
        return [calendar.id for calendar in self.google.state.live() if calendar.summary == name]

    def _one(self, work: Callable[[Mirror], Any], settings: MirrorSettings) -> Any:
        """One mirror in its thread, as the command wires it."""
        wire, clock = self.wires[settings.name], self.clocks.get(settings.name, self.clock)
        microsoft, google = (
            Client(wire, clock, base_url=base, service=name, tokens=Bearer(token), jitter=lambda: 0.5, **more)
            for base, name, token, more in (
                (self.graph.base_url, "Microsoft", "m", {}),
                (self.google.base_url, "Google", "g", {"throttled": is_rate_limit}),
            )
        )
        with open_store(self.url) as store:
            mirror = Mirror(
                settings=settings,
                source=OutlookCalendar(microsoft),
                connect=lambda: GoogleCalendar(google, self.meter),
                store=store,
                clock=clock,
                remembered=self.remembered,
            )
            try:
                return work(mirror)
            finally:
                self.requests[settings.name] = microsoft.requests + google.requests


def ten(folder: Path) -> Many:
    """Ten mirrors, each of a calendar of its own into one of its own."""
    folder.mkdir(exist_ok=True)
    return Many(folder, {name: name for name in NAMES}, {name: f"Outlook {name}" for name in NAMES}).fill()


def emptied(many: Many) -> None:
    """All events of the sick mirror's source are gone."""
    for event in many.ids[SICK]:
        many.mailbox.delete(event)


def microsoft(answer: Answer) -> Callable[[Many], None]:
    """Microsoft always gives the sick mirror this answer."""

    def fall_ill(many: Many) -> None:
        many.wires[SICK].microsoft = lambda _request: answer

    return fall_ill


def google(answer: Answer) -> Callable[[Many], None]:
    """Google always gives the sick mirror this answer, and there is something to write."""

    def fall_ill(many: Many) -> None:
        many.mailbox.edit(many.ids[SICK][0], subject="Changed")
        many.wires[SICK].google = lambda _request: answer

    return fall_ill


def reset(many: Many) -> None:
    """Every connection of the sick mirror breaks: there is no such host."""
    many.wires[SICK]._inner = SandboxTransport([])


def endless(many: Many) -> None:
    """Every page leads to another one, each time by another link."""
    numbers = iter(range(10**9))

    def page(request: Request) -> Answer | None:
        if "delta" not in request.url:
            return None
        link = f"{many.graph.base_url}/me/calendarView/delta?$skiptoken={next(numbers)}"
        return Answer(200, {}, json.dumps({"value": [], "@odata.nextLink": link}).encode())

    many.wires[SICK].microsoft = page


def no_calendar(many: Many) -> None:
    """The sick mirror's source was deleted."""
    many.mailbox.delete_calendar(many.calendars[SICK])


def no_destination(many: Many) -> None:
    """The sick mirror's calendar in Google was deleted, and there is something to write."""
    many.mailbox.edit(many.ids[SICK][0], subject="Changed")
    [calendar] = many.named(f"Outlook {SICK}")
    many.google.delete_calendar(calendar)


ILLS: dict[str, tuple[Callable[[Many], None], int]] = {
    "401": (microsoft(CATALOGUE["token-expired"]), 4),
    "403": (microsoft(CATALOGUE["access-denied"]), 4),
    "429 for a day": (microsoft(throttled("86400")), 5),
    "429 again and again": (microsoft(throttled("30")), 5),
    "500": (microsoft(CATALOGUE["internal"]), 5),
    "a web page": (microsoft(CATALOGUE["html-instead"]), 5),
    "reset": (reset, 5),
    "endless pages": (endless, 5),
    "an emptied source": (emptied, 6),
    "no source": (no_calendar, 4),
    "no destination": (no_destination, 4),
    "Google 401": (google(refusal(401)), 4),
    "Google 429": (google(refusal(429, {"retry-after": "86400"})), 5),
    "Google 503": (google(refusal(503)), 5),
}


@pytest.fixture(scope="module")
def without_the_tenth(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """What a round with changes costs nine mirrors."""
    many = ten(tmp_path_factory.mktemp("nine"))
    assert set(many.sync().values()) == {0}
    change(many)
    assert set(many.sync([name for name in NAMES if name != SICK]).values()) == {0}
    return Counter({name: many.requests[name] for name in NAMES if name != SICK})


def change(many: Many) -> None:
    """A change in each calendar but the sick mirror's."""
    for name in NAMES:
        if name != SICK:
            many.mailbox.edit(many.ids[name][1], subject=f"{name}, renamed")


@pytest.mark.parametrize("ill", ILLS)
def test_nine_mirrors_are_exact_at_no_more_cost_whatever_is_wrong_with_the_tenth(
    tmp_path: Path, without_the_tenth: Counter[str], ill: str
) -> None:
    many = ten(tmp_path)
    assert set(many.sync().values()) == {0}
    kept = len(many.copies(SICK))
    fall_ill, code = ILLS[ill]
    change(many)
    fall_ill(many)
    codes = many.sync()
    assert codes.pop(SICK) == code
    assert set(codes.values()) == {0}
    del many.requests[SICK]
    assert many.requests == without_the_tenth
    assert [found.differences for found in many.verify(list(codes)).values()] == [()] * 9
    assert len(many.copies(SICK)) == (0 if ill == "no destination" else kept)


@pytest.mark.parametrize("service", ["Microsoft", "Google"])
def test_a_mirror_that_waits_holds_nobody_up(tmp_path: Path, service: str) -> None:
    """It is the first of ten, and waits until all the others are done."""
    many = ten(tmp_path)
    first, others = NAMES[0], set(NAMES[1:])
    waiting = many.clocks[first] = Waiting()
    answers = iter([refusal(429, {"retry-after": "30"})])
    setattr(many.wires[first], service.lower(), lambda _request: next(answers, None))
    left = threading.Semaphore(0)

    def work(mirror: Mirror) -> int:
        code = run(mirror).exit_code
        left.release()
        return code

    def let_go() -> None:
        for _ in others:
            assert left.acquire(timeout=60)
        waiting.over.set()

    letting_go = threading.Thread(target=let_go)
    letting_go.start()
    assert set(many.each(work).values()) == {0}
    letting_go.join()


def test_who_waits_for_the_meter_lets_others_ask_it() -> None:
    waiting = Waiting()
    meter = Meter(waiting, limit=50)
    meter.take(50)
    full = threading.Thread(target=meter.take, args=(50,))
    full.start()
    meter.slower()
    assert meter.share() == pytest.approx(0.5)
    waiting.over.set()
    full.join(60)
    assert not full.is_alive()


def test_threads_never_take_more_than_the_meter_allows() -> None:
    clock = SandboxClock(NOW.timestamp())
    meter = Meter(clock, limit=1000)
    assert list(side_by_side(meter.take, [1] * 1000)) == [None] * 1000
    assert clock.now() == NOW.timestamp()
    meter.take(1)
    assert clock.now() > NOW.timestamp() + 59


# Two sources, one destination


@pytest.fixture(params=[APP_CREATED, WHOLE_CALENDAR])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Many:
    """Two calendars of Outlook that become one in Google."""
    both = {"work": "Calendar of work", "team": "Calendar of the team"}
    return Many(tmp_path, both, dict.fromkeys(both, "Outlook"), scope=request.param).fill()


def test_two_sources_share_one_calendar_from_the_first_run_on(two: Many) -> None:
    assert two.sync() == {"work": 0, "team": 0}
    assert len(two.named("Outlook")) == 1
    found = two.verify()
    assert [(one.differences, one.occurrences) for one in found.values()] == [((), 21), ((), 21)]
    assert two.sync(full=True) == {"work": 0, "team": 0}
    assert {name: len(two.copies(name)) for name in found} == {"work": 14, "team": 14}


class Turns(Remembered):
    """Tells when a second mirror has come to look for its calendar."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.first, self.second = threading.Event(), threading.Event()

    def turn(self, destination: str) -> threading.Lock:
        """As Remembered.turn."""
        (self.second if self.first.is_set() else self.first).set()
        return super().turn(destination)


def test_a_mirror_that_comes_while_another_makes_the_calendar_makes_none(two: Many, tmp_path: Path) -> None:
    two.remembered = turns = Turns(tmp_path / "calendars.json")

    def making(request: Request) -> Answer | None:
        assert request.method != "POST" or not request.url.endswith("/calendars") or turns.second.wait(20)
        return None

    for wire in two.wires.values():
        wire.google = making
    assert two.sync() == {"work": 0, "team": 0}
    assert len(two.named("Outlook")) == 1


def test_each_mirror_of_a_shared_calendar_sees_its_own_drift_alone(two: Many) -> None:
    two.sync()
    [calendar] = two.named("Outlook")
    moved_by_hand = next(event for event in two.copies("team") if "recurrence" not in event)
    two.google.person_edit(calendar, moved_by_hand["id"], summary="By hand")
    found = two.verify()
    assert (len(found["work"].differences), len(found["team"].differences)) == (0, 1)
    assert two.each(repair, ["work"])["work"].changed == 0
    assert two.each(repair, ["team"])["team"].changed == 1
    assert [one.differences for one in two.verify().values()] == [(), ()]


def test_what_goes_from_one_source_touches_nothing_of_the_other(two: Many) -> None:
    two.sync()
    before = sorted(map(json.dumps, two.copies("work")))
    for event in two.ids["Calendar of the team"]:
        two.mailbox.delete(event)
    assert two.sync() == {"work": 0, "team": 6}
    assert two.sync(["team"], allow_mass_delete=True) == {"team": 0}
    assert two.copies("team") == []
    assert sorted(map(json.dumps, two.copies("work"))) == before
    assert two.verify(["work"])["work"].differences == ()


def test_a_shared_calendar_that_was_deleted_is_made_again_once(two: Many) -> None:
    two.sync()
    [calendar] = two.named("Outlook")
    two.google.delete_calendar(calendar)
    assert two.sync() == {"work": 0, "team": 0}  # neither has anything to write
    for done in two.each(lambda mirror: repair(mirror, new_calendar=True)).values():
        assert done.exit_code == 0
    assert len(two.named("Outlook")) == 1
    assert [one.differences for one in two.verify().values()] == [(), ()]


def test_a_lost_state_leads_both_mirrors_back_to_the_shared_calendar(two: Many, tmp_path: Path) -> None:
    two.sync()
    for file in tmp_path.glob("state.db*"):
        file.unlink()
    assert two.sync() == {"work": 0, "team": 0}
    assert len(two.named("Outlook")) == 1
    assert [one.differences for one in two.verify().values()] == [(), ()]


def test_a_colleagues_shared_calendar_of_that_name_is_not_taken(tmp_path: Path) -> None:
    """Another person's mirror keeps it, and gave this one the right to write."""
    many = Many(tmp_path, {"work": "Work"}, {"work": "Outlook"}, scope=WHOLE_CALENDAR).fill()
    theirs = many.google.add_calendar("Outlook")
    many.google.state.calendar(theirs).description = 'Kept by calmirror, mirror "home".'

    def as_writer(request: Request) -> Answer | None:
        if "calendarList" not in request.url:
            return None
        answer = many.google.answer(request)
        return Answer(answer.status, answer.headers, answer.body.replace(b'"owner"', b'"writer"'))

    many.wires["work"].google = as_writer
    assert many.sync() == {"work": 0}
    assert many.google.events(theirs) == []


# One source, two destinations


def test_one_source_is_mirrored_into_two_calendars(tmp_path: Path) -> None:
    many = Many(tmp_path, {"work": "Work", "copy": "Work"}, {"work": "Outlook", "copy": "For the family"}).fill()
    assert many.sync() == {"work": 0, "copy": 0}
    many.mailbox.delete(many.ids["Work"][0])
    many.mailbox.edit(many.ids["Work"][1], subject="Changed")
    assert many.sync() == {"work": 0, "copy": 0}
    assert [(one.differences, one.occurrences) for one in many.verify().values()] == [((), 20), ((), 20)]
    assert [len(many.google.events(*many.named(name))) for name in ("Outlook", "For the family")] == [13, 13]
