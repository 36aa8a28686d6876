"""`calmirror sandbox` as a process: what it prints, and how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest

from calmirror.config import load

COMMAND = [sys.executable, "-c", "from calmirror.cli.sandbox import sandbox; sandbox()"]


@contextmanager
def started(*options: str, stdout: int | IO[str] = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """The running command; it is ended in any case."""
    with subprocess.Popen([*COMMAND, *options], stdout=stdout, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str]) -> str:
    """What it says on stderr until it waits."""
    assert process.stderr
    lines: list[str] = []
    while not lines or (lines[-1] and not lines[-1].startswith("Ctrl-C")):
        lines.append(process.stderr.readline())
    return "".join(lines)


def fetched(url: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(
        urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}), timeout=10
    ) as answer:
        return json.load(answer)


def bearer(token_command: Sequence[str]) -> dict[str, str]:
    token = subprocess.run(token_command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def free_ports() -> int:
    """A free port whose next two are free, too."""
    for _ in range(20):
        with ExitStack() as held, suppress(OSError, OverflowError):
            port = int(held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1])
            for following in (port + 1, port + 2):
                held.enter_context(socket.create_server(("127.0.0.1", following)))
            return port
    raise AssertionError("no three free ports beside each other")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_redirected_output_is_a_working_configuration(tmp_path: Path, number: signal.Signals) -> None:
    """Its URLs answer, its token commands print tokens that are taken, and a signal ends the sandbox in order."""
    path = tmp_path / "calmirror.toml"
    with path.open("w") as file, started("--empty", stdout=file) as process:
        told(process)
        settings = load(path, {})
        microsoft, google = settings.microsoft, settings.google
        calendars = fetched(f"{microsoft.graph_url}/me/calendars", bearer(microsoft.token_command))
        assert [calendar["name"] for calendar in calendars["value"]] == ["Calendar"]
        made = fetched(f"{google.api_url}/calendars", bearer(google.token_command), {"summary": "Outlook"})
        assert made["summary"] == "Outlook"
        assert [mirror.destination for mirror in settings.mirrors] == ["Outlook"]
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_json_is_one_line_and_the_story_goes_on_by_order() -> None:
    with started("--json") as process:
        advice = told(process)
        assert process.stdout
        printed = json.loads(process.stdout.readline())
        assert tomllib.loads(printed["config"])["microsoft"]["graph_url"] == printed["graph_url"]
        control = f"http://{urlsplit(printed['graph_url']).netloc}/_control"
        assert control in advice
        assert len(fetched(control, {}, {"do": "next_day"})["result"]) == 2
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == ""


def test_a_chosen_port_is_microsofts_and_the_next_one_googles() -> None:
    port = free_ports()
    with started("--empty", "--json", "--port", str(port)) as process:
        assert process.stdout
        printed = json.loads(process.stdout.readline())
        assert urlsplit(printed["graph_url"]).port == port
        assert urlsplit(printed["google_url"]).port == port + 1
        with urllib.request.urlopen(printed["published_url"], timeout=10) as answer:
            assert answer.read().startswith(b"BEGIN:VCALENDAR")
        socket.create_connection(("127.0.0.1", port + 1), timeout=5).close()


def test_a_taken_port_is_the_users_to_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, started("--port", str(taken.getsockname()[1])) as process:
        _, complaint = process.communicate(timeout=20)
        assert process.returncode != 0
        assert "UserFixableError" in complaint
