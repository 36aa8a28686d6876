"""What the demo plays on: both stand-ins on loopback, a temporary folder, and the command in child processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from calmirror.cli.sandbox import configuration
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import Exchange, Fault, SandboxClock
from calmirror.sandbox.story import Story, fill

if TYPE_CHECKING:
    from calmirror.http.message import Request

CALENDAR = "Outlook"
"""The Google calendar that the configuration names."""
PATIENCE = 120
"""Seconds for one command."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; negative codes are signals."""

    code: int
    out: str
    err: str


class World:
    """Both accounts, whose truth is read straight from the stand-ins, and the command as one would type it."""

    def __init__(self, graph: GraphService, google: GoogleService, story: Story, config: Path) -> None:
        self.graph = graph
        self.google = google
        self.outlook = graph.mailbox
        self.story = story
        self._config = config

    def run(self, *words: str) -> Ended:
        """`calmirror` with these words, as a process of its own."""
        with self._started(*words) as process:
            return ended(process)

    def run_killed(self, *words: str, batch: int, member: int) -> Ended:
        """The same, killed while Google carries out that batch, right after that member of it took effect.

        The rest of the batch does not take effect, and nobody reads the answer.
        """
        started, child = threading.Event(), list[subprocess.Popen[str]]()

        def kill(_request: Request) -> bool:
            batches = [one for one in self.google.log if is_batch(one)]
            if len(batches) < batch or len(batches[-1].parts) <= member:
                return False
            started.wait(PATIENCE)
            child[0].kill()
            child[0].wait()
            return True

        death = Fault(matches=kill, reset_before=True, inside_batch=True, times=-1)
        self.google.faults.append(death)
        with self._started(*words) as process:
            child.append(process)
            started.set()
            outcome = ended(process)
        with self.google.lock:  # the last batch has come to its end
            self.google.faults.remove(death)
        return outcome

    @contextmanager
    def _started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        environ = {**os.environ, "CALMIRROR_CONFIG": str(self._config), "PYTHONIOENCODING": "utf-8"}
        with subprocess.Popen(  # noqa: S603 - nothing but our own command
            [sys.executable, "-m", "calmirror", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environ,
            cwd=self._config.parent,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def mark(self) -> tuple[int, int]:
        """A place in both request logs."""
        return len(self.graph.log), len(self.google.log)

    def requests_since(self, mark: tuple[int, int]) -> tuple[int, int]:
        """Requests that reached Microsoft and Google since then."""
        graph, google = self.mark()
        return graph - mark[0], google - mark[1]

    def writes_since(self, mark: tuple[int, int]) -> int:
        """Writes that Google was asked for since then, each member of a batch counted."""
        calls = [call for one in self.google.log[mark[1] :] for call in one.parts or [one]]
        return sum(call.method != "GET" for call in calls)

    def mirror_id(self) -> str:
        """Google's id of the calendar that the mirror is in."""
        calendars = self.google.state.calendars.values()
        return next(one.id for one in calendars if one.summary == CALENDAR and not one.deleted)

    def mirror_events(self) -> list[dict[str, Any]]:
        """What Google has stored in that calendar, as the API would show it."""
        return [dict(event) for event in self.google.events(self.mirror_id())]


def ended(process: subprocess.Popen[str]) -> Ended:
    """Waits for the end of a command."""
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, out, err)


def is_batch(exchange: Exchange) -> bool:
    """Whether a request is a batch."""
    return urlsplit(exchange.request.url).path.startswith("/batch")


@contextmanager
def world() -> Iterator[World]:
    """A fresh world with Adele's year in Outlook and nothing in Google; nothing is left of it afterwards."""
    clock, now = SandboxClock(), datetime.now(UTC)
    graph, google = GraphService(clock), GoogleService(clock)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="calmirror-demo-")))
        story = fill(graph.mailbox, today=now.date())
        running = stack.enter_context(serve(graph, google))
        config = folder / "calmirror.toml"
        text = configuration(running.graph_url, running.google_url, now)
        config.write_text(text.replace('name = "sandbox"', 'name = "work"'), encoding="utf-8")
        yield World(graph, google, story, config)
