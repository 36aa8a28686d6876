"""`calmirror sandbox`: stand-ins of both services on this machine, and a configuration that points at them."""

from __future__ import annotations

import json
import signal
import sys
import threading
from datetime import UTC, datetime

import click

from calmirror.cli.screen import complain, say
from calmirror.errors import UserFixableError

HOW_TO = """\
The sandbox is running at {graph} and {google}. Nothing leaves this machine.
Save what was printed, and try it in another terminal:
  calmirror --config calmirror.toml plan
  calmirror --config calmirror.toml sync
Let the calendar's owner change a few things, and sync again:
  curl {control} -d '{{"do": "next_day"}}'
Ctrl-C stops it, and it forgets everything.
"""

CONFIG = """\
# A mirror between calmirror's own stand-ins: two stand-ins on this machine, no account, nothing sent anywhere.
# This file works as long as the sandbox that printed it is running.

[state]
# The sandbox forgets everything when it stops, so each one has a state file of its own.
url = {state}

[microsoft]
graph_url = {graph}
# Prints an access token, as a command of your own would with a real account.
token_command = {graph_token}

[google]
api_url = {google}
token_command = {google_token}

[[mirror]]
name = "sandbox"
# The default calendar of the mailbox is the source; this calendar is made in Google.
destination = "Outlook"
past_days = 40
future_days = 365
"""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65534),
    default=0,
    show_default="any free ones",
    help="Port of Microsoft's stand-in; Google's has the next one.",
)
@click.option("--empty", is_flag=True, help="Start with an empty calendar instead of a year full of events.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON: the URLs and the configuration.")
def sandbox(port: int, *, empty: bool, as_json: bool) -> None:
    """Run stand-ins of Outlook and Google Calendar on this machine.

    Prints a complete calmirror.toml that points at them, then waits for Ctrl-C:

    \b
        calmirror sandbox > calmirror.toml
    """
    from calmirror.sandbox.google.service import GoogleService  # noqa: PLC0415 - other commands must not pay for it
    from calmirror.sandbox.graph.service import GraphService  # noqa: PLC0415
    from calmirror.sandbox.serve import serve  # noqa: PLC0415
    from calmirror.sandbox.service import SandboxClock  # noqa: PLC0415
    from calmirror.sandbox.story import fill  # noqa: PLC0415

    stop = stop_on_signals()
    clock = SandboxClock()
    graph = GraphService(clock)
    orders = {} if empty else {"next_day": fill(graph.mailbox, today=datetime.now(UTC).date()).next_day}
    try:
        running = serve(graph, GoogleService(clock), ports=(port, port + 1 if port else 0), orders=orders)
    except OSError as error:
        raise UserFixableError(
            f"Port {port} or {port + 1} is taken.", code="sandbox-port", command="calmirror sandbox"
        ) from error
    with running:
        show(running.graph_url, running.google_url, as_json=as_json)
        while not stop.wait(0.5):  # in steps, since Windows delivers no signal to an endless wait
            pass


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and a polite kill set, so that both end the command in order."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def show(graph: str, google: str, *, as_json: bool) -> None:
    """The configuration (alone) on stdout, how to use it on stderr; both before the command waits."""
    config = configuration(graph, google, datetime.now(UTC))
    urls = {"graph_url": graph, "google_url": google}
    say(json.dumps({**urls, "config": config}) if as_json else config)
    complain(HOW_TO.format(graph=graph, google=google, control=control_of(graph)))


def configuration(graph: str, google: str, started: datetime) -> str:
    """A complete calmirror.toml; JSON strings and lists are TOML too."""
    token = [sys.executable, "-m", "calmirror.sandbox.token"]
    return CONFIG.format(
        state=json.dumps(f"sqlite:///sandbox-{started:%Y%m%d-%H%M%S}.db"),
        graph=json.dumps(graph),
        google=json.dumps(google),
        graph_token=json.dumps([*token, graph], ensure_ascii=False),
        google_token=json.dumps([*token, google], ensure_ascii=False),
    )


def control_of(base_url: str) -> str:
    """Where the control interface of a stand-in listens."""
    scheme, _, rest = base_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/_control"
