"""`calmirror sync` started twice at once, over and over: one runs and ends with 0, the other one with 7, never both.

With `--stops`, so many runs more are told to stop by SIGTERM and SIGINT in turn, while they wait for an answer.

Real processes of the real command, against both stand-ins on real sockets, with one state file. The one that runs is
held at its first request until the other has ended, so that each pair overlaps; nobody waits for time to pass.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import click

from calmirror.http.message import Request
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import Fault, SandboxClock

PATIENCE = 30
"""Seconds after which a request that is held goes on, should both processes run."""
CONFIG = """
[state]
url = "sqlite:///state.db"
[microsoft]
graph_url = "{graph}"
token_command = ["echo", "m"]
[google]
api_url = "{google}"
token_command = ["echo", "g"]
[[mirror]]
name = "work"
destination = "Outlook"
"""
STARTER = """
import os, sys
from calmirror.cli import main, sync
import calmirror.google.calendar, calmirror.mirror.pipeline, calmirror.mirror.run, calmirror.store.sqlite

for line in sys.stdin:
    for _ in range(2):
        if os.fork() == 0:
            sys.argv[1:] = ["--config", line.strip(), "sync", "--quiet"]
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 1), os.dup2(devnull, 2)
            main.run()
    for _ in range(2):
        print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
"""Has imported everything already, so that its children are at the state file a moment after they were started."""


class Gate:
    """Holds every request until somebody opens it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.asked = threading.Event()

    def holds(self, _request: Request) -> bool:
        """As Fault.matches; never strikes."""
        self.asked.set()
        self._open.wait(PATIENCE)
        return False

    def open(self) -> None:
        """Lets everything through."""
        self._open.set()

    def close(self) -> None:
        """Holds what comes from now on."""
        self._open.clear()
        self.asked.clear()


class Pairs(AbstractContextManager["Pairs"]):
    """Starts pairs of processes."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        self._gate = Gate()
        clock = SandboxClock()
        graph, google = GraphService(clock), GoogleService(clock)
        graph.grant("m", ["Calendars.Read"])
        google.grant("g", ["https://www.googleapis.com/auth/calendar.app.created"])
        day = datetime.now(UTC).date() + timedelta(1)
        for hour in range(9, 12):
            at = {"dateTime": f"{day}T{hour:02}:00:00", "timeZone": "UTC"}
            graph.mailbox.create({"subject": f"At {hour}", "start": at, "end": at})
        for service in (graph, google):
            service.faults.append(Fault(matches=self._gate.holds, times=-1, answer=None))
        self._served = serve(graph, google)
        self._services = (graph, google)

    def __enter__(self) -> Self:
        running = self._served.__enter__()
        self._config = Path(self._folder.name) / "calmirror.toml"
        self._config.write_text(CONFIG.format(graph=running.graph_url, google=running.google_url))
        self._starter = subprocess.Popen(  # noqa: S603 -- the text above
            [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.open()
        self._starter.communicate()
        self._served.__exit__(kind, error, trace)
        self._folder.cleanup()

    def start(self) -> tuple[int, int]:
        """The exit codes of one pair, in the order in which its processes ended."""
        self._gate.close()
        told, ended = self._starter.stdin, self._starter.stdout
        assert told is not None, "it is a pipe"
        assert ended is not None, "it is a pipe"
        told.write(f"{self._config}\n")
        told.flush()
        first = int(ended.readline())
        self._gate.open()
        return first, int(ended.readline())

    def stop(self, number: signal.Signals) -> float:
        """Stops a run while it waits for an answer; how many seconds it takes to be gone."""
        self._gate.close()
        command = [sys.executable, "-m", "calmirror", "--config", str(self._config), "sync", "--quiet"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603 -- words of our own
            if not self._gate.asked.wait(PATIENCE):
                raise AssertionError("it never asked for anything")
            began = time.perf_counter()
            process.send_signal(number)
            if process.wait(PATIENCE) != 128 + number:
                raise AssertionError(f"ended with {process.returncode}")
            took = time.perf_counter() - began
        self._gate.open()
        return took


def main() -> int:
    """Exit code 1 where a pair ended otherwise."""
    parser = argparse.ArgumentParser(prog="./dev starts", description=__doc__)
    parser.add_argument("--pairs", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--stops", type=int, default=0, help="runs to stop by a signal (default: 0)")
    given = parser.parse_args()
    began = time.monotonic()
    with Pairs() as pairs:
        ended = Counter(pairs.start() for _ in range(given.pairs))
        numbers = [(signal.SIGTERM, signal.SIGINT)[turn % 2] for turn in range(given.stops)]
        stopped = sorted(pairs.stop(number) for number in numbers)
    for (first, second), count in ended.items():
        click.echo(f"{count:6} pairs: one ended with {first}, then the other with {second}")
    if stopped:
        middle, last = stopped[len(stopped) // 2], stopped[-1]
        click.echo(f"{len(stopped):6} stops: gone within {last:.3f} s, half of them within {middle:.3f} s")
    click.echo(f"{given.pairs} pairs and {given.stops} stops in {time.monotonic() - began:.0f} s")
    return 0 if set(ended) <= {(7, 0)} else 1


if __name__ == "__main__":
    sys.exit(main())
