"""Both services served on loopback, a configuration that points at them, and the command line to try on it."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from calmirror.cli.main import main
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import SandboxClock

TOMORROW = datetime.now(UTC).date() + timedelta(1)


@dataclass
class World:
    """What a test has at hand."""

    graph: GraphService
    google: GoogleService
    config: Path

    def run(self, *words: str) -> Result:
        """The command line in this process, with the configuration given in front."""
        return CliRunner().invoke(main, ["--config", str(self.config), *words])

    def requests(self) -> tuple[int, int]:
        """How many requests reached Microsoft and Google."""
        return len(self.graph.log), len(self.google.log)

    def meet(self, subject: str = "Board meeting", hour: int = 9, days: int = 0, **more: object) -> str:
        """A new event in Outlook, tomorrow or later; its id."""
        return self.graph.mailbox.create({"subject": subject, **times(hour, days), **more})

    def configure(self, *names: str, more: str = "", **sources: str) -> None:
        """Writes a configuration with these mirrors, each into a calendar called as itself; `more` goes into each."""
        mirrors = [
            f"[[mirror]]\nname = {json.dumps(name)}\nsource = {json.dumps(sources.get(name, ''))}\n"
            f"destination = {json.dumps(f'Outlook {name}')}\n{more}\n"
            for name in names
        ]
        self.config.write_text(
            f'[state]\nurl = "sqlite:///state.db"\n'
            f'[microsoft]\ngraph_url = "{self.graph.base_url}"\ntoken_command = ["echo", "m"]\n'
            f'[google]\napi_url = "{self.google.base_url}"\ntoken_command = ["echo", "g"]\n' + "\n".join(mirrors)
        )

    def calendar(self, name: str = "work") -> str:
        """Google's id of the calendar that the mirror keeps."""
        return next(
            calendar.id for calendar in self.google.state.calendars.values() if calendar.summary == f"Outlook {name}"
        )


@contextmanager
def served(folder: Path) -> Iterator[World]:
    """A world with one mirror, "work", whose configuration lies in the folder."""
    clock = SandboxClock()
    graph, google = GraphService(clock), GoogleService(clock)
    graph.grant("m", ["Calendars.Read"])
    google.grant("g", ["https://www.googleapis.com/auth/calendar.app.created"])
    with serve(graph, google):
        there = World(graph, google, folder / "calmirror.toml")
        there.configure("work")
        yield there
        gc.collect()  # a connection that is kept alive would hold up the end of the server for a second


def times(hour: int, days: int = 0) -> dict[str, dict[str, str]]:
    """One hour in UTC, as Graph takes it."""
    day = TOMORROW + timedelta(days)
    return {
        edge: {"dateTime": f"{day}T{at:02}:00:00", "timeZone": "UTC"}
        for edge, at in (("start", hour), ("end", hour + 1))
    }
