"""A world for each test."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_world import World

from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.serve import serve
from calmirror.sandbox.service import SandboxClock


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = SandboxClock()
    graph, google = GraphService(clock), GoogleService(clock)
    graph.grant("m", ["Calendars.Read"])
    google.grant("g", ["https://www.googleapis.com/auth/calendar.app.created"])
    with serve(graph, google):
        there = World(graph, google, tmp_path / "calmirror.toml")
        there.configure("work")
        yield there
        gc.collect()  # a connection that is kept alive would hold up the end of the server for a second
