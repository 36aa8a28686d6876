"""Each kind of run of each strategy on the stand-ins, with a clock that stands still, and what it costs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.append(str(Path(__file__).parents[1] / "tests" / "simulation"))

from bench_calendar import filled, times
from bench_rivals import RIVALS, Rival
from world import TODAY, Answer, Bearer, Request, Service, World, calls, run

from calmirror.http.client import Client
from calmirror.http.pacing import Meter
from calmirror.sandbox.service import Exchange, SandboxClock
from calmirror.sandbox.transport import SandboxTransport
from calmirror.store import Store
from calmirror.store.database import Row
from calmirror.store.sqlite import SqliteDatabase, open_file

CALMIRROR = "calmirror"
STRATEGIES = (CALMIRROR, *RIVALS)
LATENCIES = (0, 50, 150)
"""Milliseconds that each request takes."""
QUARTER, DAY = 900, 86_460
NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run. `microsoft`, `google`: HTTP requests; `units`: of Google's quota; bytes are those of answers' bodies.

    `wall`: seconds at each of the latencies, with what the quota made it wait; `processor`: seconds of the client
    alone; `statements`: sent to the database; `rows` that Microsoft listed; `state`: bytes of the state file.
    """

    strategy: str
    events: int
    run: str
    microsoft: int
    google: int
    writes: int
    units: int
    received: int
    sent: int
    wall: tuple[float, ...]
    processor: float
    statements: int = 0
    rows: int = 0
    state: int = 0
    changed: int = 0


class CountingDatabase:
    """A database that counts its statements; one that is run for many rows counts once for each."""

    def __init__(self, inner: SqliteDatabase) -> None:
        self._inner, self.statements = inner, 0
        self.transaction, self.close = inner.transaction, inner.close

    def rows(self, query: str, **values: object) -> Iterator[Row]:
        """As Database.rows."""
        self.statements += 1
        return self._inner.rows(query, **values)

    def change(self, query: str, **values: object) -> int:
        """As Database.change."""
        self.statements += 1
        return self._inner.change(query, **values)

    def change_all(self, query: str, rows: Iterable[Mapping[str, object]]) -> None:
        """As Database.change_all."""
        many = list(rows)
        self.statements += len(many)
        self._inner.change_all(query, many)

    def run(self, statement: str) -> None:
        """As Database.run."""
        self._inner.run(statement)


@dataclass
class Bench:
    """One strategy beside one calendar of so many events. Its runs follow each other."""

    strategy: str
    events: int
    folder: Path
    statements: int = 0
    rows: int = 0
    elsewhere: float = 0.0
    changed: int = 0

    def __post_init__(self) -> None:
        self.world = World(self.folder, future_days=365)
        self.world.graph.switches.quota = NO_LIMIT
        self.world.google.switches.quota_per_minute = None
        self.singles, self.series = filled(self.world.mailbox, self.events, TODAY)
        for service in (self.world.graph, self.world.google):
            self._weigh(service)

    def cost(self, name: str) -> Cost:
        """One run, weighed. Its waiting is worked out afterwards, for each latency."""
        logs = (self.world.graph.log, self.world.google.log)
        for log in logs:
            log.clear()
        self.statements, self.rows, self.elsewhere = 0, 0, 0.0
        began = time.process_time()
        self._run()
        processor = time.process_time() - began - self.elsewhere
        microsoft, google = logs
        asked = sorted([*microsoft, *google], key=lambda one: one.at)
        state = [path.stat().st_size for path in self.folder.iterdir()]
        return Cost(
            strategy=self.strategy,
            events=self.events,
            run=name,
            microsoft=len(microsoft),
            google=len(google),
            writes=sum(one.method != "GET" for one in calls(google)),
            units=sum(one.units for one in google),
            received=sum(one.sent_bytes for one in asked),
            sent=sum(len(one.request.body) for one in asked),
            wall=tuple(round(waited(asked, latency / 1000), 2) for latency in LATENCIES),
            processor=round(processor, 4),
            statements=self.statements,
            rows=self.rows,
            state=sum(state),
            changed=self.changed,
        )

    def _run(self) -> None:
        if self.strategy != CALMIRROR:
            clients = (
                self._client(self.world.graph, "microsoft-token"),
                self._client(self.world.google, "google-token"),
            )
            RIVALS[self.strategy](Rival(*clients, self.world.clock, self.folder / "rival.json"))
            return
        mirror = self.world.mirror()
        mirror.store.close()
        database = CountingDatabase(open_file(self.folder / "state.db", create=False))
        with Store(database) as mirror.store:
            report = run(mirror)
        assert report.exit_code == 0, report.skipped
        self.statements = database.statements

    def _client(self, service: Service, token: str) -> Client:
        transport = SandboxTransport([service])
        return Client(
            transport, self.world.clock, base_url=service.base_url, service=service.name, tokens=Bearer(token)
        )

    def _weigh(self, service: Service) -> None:
        """What the stand-ins need of the processor is not the client's."""
        answer = service.answer

        def weighed(request: Request) -> Answer:
            began = time.process_time()
            try:
                found = answer(request)
                if "/calendarView" in request.url:
                    self.rows += len(json.loads(found.body)["value"])
                return found
            finally:
                self.world.clock.advance(0.001)  # so that the logs have one order
                self.elsewhere += time.process_time() - began

        service.answer = weighed  # type: ignore[method-assign] # it is the one way in

    def nothing(self) -> None:
        """A quarter of an hour passes."""
        self.changed = 0

    def one_changes(self) -> None:
        """One event gets another title."""
        self.changed = 1
        self.world.mailbox.edit(self.singles[0], subject="Another title")

    def some_change(self) -> None:
        """One event in a hundred gets another time."""
        self.changed = max(1, self.events // 100)
        for one in self.singles[: self.changed]:
            self.world.mailbox.edit(one, **times(TODAY, 19))

    def series_moves(self) -> None:
        """A series with a changed occurrence is at another hour."""
        self.changed = 1
        item = self.world.mailbox.item(self.series[0])
        self.world.mailbox.edit(self.series[0], **times(item.schedule.start.date(), 18))

    def day_passes(self) -> None:
        """The window rolls on over a calendar in which nothing changed."""
        self.changed = 0
        self.world.clock.advance(DAY)


RUNS: dict[str, Callable[[Bench], None]] = {
    "first run": Bench.nothing,
    "nothing new": Bench.nothing,
    "one change": Bench.one_changes,
    "1 % changed": Bench.some_change,
    "a series moved": Bench.series_moves,
    "next day": Bench.day_passes,
}


def costs(strategy: str, events: int) -> Iterator[Cost]:
    """Every kind of run, one after the other."""
    with TemporaryDirectory() as folder:
        bench = Bench(strategy, events, Path(folder))
        for name, change in RUNS.items():
            change(bench)
            bench.world.clock.advance(QUARTER)
            yield bench.cost(name)


def waited(asked: list[Exchange], latency: float) -> float:
    """How long the same requests take, one after the other, with Google's quota kept to."""
    clock = SandboxClock(frozen_at=0.0)
    meter = Meter(clock)
    clock.advance(1000.0)
    for one in asked:
        if "/calendar/v3" in one.path:
            meter.take(one.units)
        clock.advance(latency)
    return clock.now() - 1000.0
