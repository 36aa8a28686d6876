"""The installed command as processes of their own: how long they take, how much memory, and what they import."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench_calendar import filled

from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import SandboxClock

COMMAND = Path(sys.executable).parent / "calmirror"
EMPTY = (sys.executable, "-c", "pass")
# A small process in between: what a process used at most begins with what its parent used.
LAUNCH = """
import json, os, sys, time
began = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, 1, 0)])
_, status, used = os.wait4(pid, 0)
took = time.perf_counter() - began
print(json.dumps([os.waitstatus_to_exitcode(status), took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True)
class Process:
    """One process. Seconds, seconds of the processor, and MiB at most."""

    seconds: float
    processor: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Of one run beside a calendar of so many events; `seconds` are those of the clock, the stand-ins' included."""

    events: int
    run: str
    seconds: float
    processor: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What one of several runs did of a first run that was killed; how much memory it took is not known of those."""

    run: str
    microsoft: int
    google: int
    units: int
    memory: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One command: how many times what an empty Python process takes, its memory, how many modules it imports."""

    command: str
    times: float
    memory: float
    modules: int
    slowest: tuple[tuple[str, float], ...]
    """The packages that take longest to import, in milliseconds."""


class Installed:
    """The command, configured for stand-ins that are served on loopback."""

    def __init__(self, folder: Path, events: int) -> None:
        clock = SandboxClock()
        self.graph, self.google = GraphService(clock), GoogleService(clock)
        self.graph.grant("m", ["Calendars.Read"])
        self.google.grant("g", ["https://www.googleapis.com/auth/calendar.app.created"])
        self.graph.switches.quota, self.google.switches.quota_per_minute = NO_LIMIT, None
        self.singles, _ = filled(self.graph.mailbox, events, datetime.now(UTC).date())
        self.config = folder / "calmirror.toml"

    def configure(self) -> None:
        """Writes the configuration, once the stand-ins are served."""
        self.config.write_text(
            f'[state]\nurl = "sqlite:///state.db"\n'
            f'[microsoft]\ngraph_url = "{self.graph.base_url}"\ntoken_command = ["echo", "m"]\n'
            f'[google]\napi_url = "{self.google.base_url}"\ntoken_command = ["echo", "g"]\n'
            "requests_per_minute = 10000\n"
            f'[[mirror]]\nname = "work"\ndestination = "Outlook"\n'
        )

    @property
    def command(self) -> tuple[str, ...]:
        """How every command begins."""
        return str(COMMAND), "--config", str(self.config)

    def sync(self) -> tuple[str, ...]:
        """The words of a run."""
        return (*self.command, "sync")

    def change(self) -> None:
        """A change in Outlook."""
        self.graph.mailbox.edit(self.singles[0], subject=f"Changed after {len(self.graph.log)} requests")


@contextmanager
def installed(events: int) -> Iterator[Installed]:
    """Stand-ins with so many events, served, and the command beside them."""
    with TemporaryDirectory() as folder:
        there = Installed(Path(folder), events)
        with serve(there.graph, there.google):
            there.configure()
            yield there


def launched(words: tuple[str, ...]) -> Process:
    """Runs a command to its end."""
    launcher = (sys.executable, "-I", "-S", "-c", LAUNCH)
    done = subprocess.run([*launcher, *words], capture_output=True, check=True)  # noqa: S603 -- the command itself
    code, seconds, processor, memory = json.loads(done.stdout)
    assert code == 0, done.stderr.decode()
    return Process(seconds, processor, memory)


def footprints(events: int) -> Iterator[Footprint]:
    """A first run, one with nothing new, and one with a change."""
    with installed(events) as there:
        for name in ("first run", "nothing new", "one change"):
            if name == "one change":
                there.change()
            used = launched(there.sync())
            yield Footprint(events=events, run=name, seconds=used.seconds, processor=used.processor, memory=used.memory)


def stretches(events: int) -> Iterator[Stretch]:
    """A first run killed amid reading, then amid writing, then run to its end, and once more; then all is proven."""
    with installed(events) as there:
        for name, killed_after in (
            ("killed amid reading", (there.graph.log, events // 400)),
            ("killed amid writing", (there.google.log, events // 200)),
            ("to its end", None),
            ("once more", None),
        ):
            for log in (there.graph.log, there.google.log):
                log.clear()
            memory = killed(there.sync(), *killed_after) if killed_after else launched(there.sync()).memory
            asked, written = len(there.graph.log), list(there.google.log)
            yield Stretch(
                run=name, microsoft=asked, google=len(written), units=sum(one.units for one in written), memory=memory
            )
        launched((*there.command, "verify"))


def killed(words: tuple[str, ...], log: Sized, requests: int) -> None:
    """Runs a command until there were so many requests."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 -- the command itself
        while len(log) < requests and process.poll() is None:
            time.sleep(0.001)
        assert process.poll() is None, "it ended before it could be killed"
        process.kill()


def starts(rounds: int = 7) -> list[Start]:
    """The commands by turns, so that each round compares like with like."""
    with installed(100) as there:
        launched(there.sync())
        commands = {
            "calmirror --version": (str(COMMAND), "--version"),
            "calmirror --help": (str(COMMAND), "--help"),
            "calmirror sync, nothing new": there.sync(),
            "calmirror sync, one change": there.sync(),
        }
        ratios: dict[str, list[float]] = {name: [] for name in commands}
        memory: dict[str, float] = {}
        for _ in range(rounds):
            empty = launched(EMPTY).processor
            for name, words in commands.items():
                if name.endswith("change"):
                    there.change()
                used = launched(words)
                ratios[name].append(used.processor / empty)
                memory[name] = used.memory
        found = []
        for name, words in commands.items():
            if name.endswith("change"):
                there.change()
            modules = imported(words)
            slowest = sorted(by_package(modules).items(), key=lambda one: -one[1])[:8]
            found.append(
                Start(
                    command=name,
                    times=round(median(ratios[name]), 1),
                    memory=round(memory[name], 1),
                    modules=len(modules),
                    slowest=tuple((package, round(spent, 1)) for package, spent in slowest),
                )
            )
        return found


def imported(words: tuple[str, ...]) -> dict[str, float]:
    """The modules that a command imports, and the milliseconds that each takes by itself."""
    timed = (sys.executable, "-X", "importtime", *words)
    told = subprocess.run(timed, capture_output=True, check=True)  # noqa: S603 -- the command itself
    lines = re.findall(r"import time:\s+(\d+) \|\s+\d+ \| +(\S+)", told.stderr.decode())
    return {name: int(spent) / 1000 for spent, name in lines}


def by_package(modules: dict[str, float]) -> dict[str, float]:
    """The same by package, calmirror's by its rooms."""
    packages: dict[str, float] = {}
    for name, spent in modules.items():
        parts = name.split(".")
        package = ".".join(parts[:2]) if parts[0] == "calmirror" else parts[0]
        packages[package] = packages.get(package, 0.0) + spent
    return packages
