"""`calmirror sandbox`: stand-ins of both services on this machine, and a configuration that points at them."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
import tomllib
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmirror.cli.failures import quoted
from calmirror.cli.screen import complain, say
from calmirror.config.written import toml_value
from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from calmirror.sandbox.google.service import GoogleService
    from calmirror.sandbox.graph.service import GraphService
    from calmirror.sandbox.serve import Running, SignIn

HOW_TO = """\
The sandbox is running at {graph_url} and {google_url}. Nothing leaves this machine.
Save what was printed, and try it in another terminal:
{connect}  calmirror --config calmirror.toml plan
  calmirror --config calmirror.toml sync
Let the calendar's owner change a few things, and sync again:
  curl {trust}{control} --json '{{"do": "next_day"}}'
{init}Ctrl-C stops it, and it forgets everything.
"""

INIT = """\
Or set everything up as on the first day, in a file of its own:
  calmirror --config first.toml init {options}
"""

CONNECT = """\
  calmirror --config calmirror.toml connect microsoft
  calmirror --config calmirror.toml connect google
"""

CONFIG = """\
# A mirror between calmirror's own stand-ins, on this machine: no account, nothing sent anywhere.
# This file works as long as the sandbox that printed it is running.

[state]
# The sandbox forgets everything when it stops, so each one has a state file of its own.
url = {state}

[microsoft]
graph_url = {graph}
{microsoft}
[google]
api_url = {google}
{google_access}
[[mirror]]
name = "sandbox"
# The default calendar of the mailbox is the source; this calendar is made in Google.
destination = "Outlook"
past_days = 40
future_days = 365
"""
PUBLISHED = """\
# The same calendar, published: with it as the source, nobody has to sign in to Microsoft.
# source = {published}
"""

MICROSOFT_COMMAND = """\
# Prints an access token, as a command of your own would with a real account.
token_command = {command}
"""
GOOGLE_COMMAND = """\
token_command = {command}
"""
MICROSOFT_SIGN_IN = """\
client_id = {client_id}
tenant = "common"
authority_url = {url}
"""
GOOGLE_SIGN_IN = """\
# As Google's console hands it out, with the sandbox's addresses in it.
credentials = {credentials}

[network]
# Vouches for the sandbox's address, and for nothing else.
ca_file = {ca_file}
"""


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65531),
    default=0,
    show_default="any free ones",
    help="Port of Microsoft's stand-in; the others have the next ones.",
)
@click.option("--empty", is_flag=True, help="Start with an empty calendar instead of a year full of events.")
@click.option("--sign-in", is_flag=True, help="Also run both sign-in services, to sign in there as a person.")
@click.option("--tls", is_flag=True, help="With --sign-in: serve all four by TLS, and not Microsoft's sign-in alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON: the URLs and the configuration.")
def sandbox(port: int, *, empty: bool, sign_in: bool, tls: bool, as_json: bool) -> None:
    """Run stand-ins of Outlook and Google Calendar on this machine.

    Prints a complete calmirror.toml that points at them, then waits for Ctrl-C:

    \b
        calmirror sandbox > calmirror.toml
    """
    from calmirror.sandbox.google.service import GoogleService  # noqa: PLC0415 - other commands must not pay for it
    from calmirror.sandbox.graph.service import GraphService  # noqa: PLC0415
    from calmirror.sandbox.ics.service import FeedService  # noqa: PLC0415
    from calmirror.sandbox.serve import serve  # noqa: PLC0415
    from calmirror.sandbox.service import SandboxClock  # noqa: PLC0415
    from calmirror.sandbox.story import fill  # noqa: PLC0415

    if tls and not sign_in:
        raise click.UsageError("--tls goes with --sign-in; without it, the token commands could not follow.")
    stop = stop_on_signals()
    clock = SandboxClock()
    graph, google = GraphService(clock), GoogleService(clock)
    orders = {} if empty else {"next_day": fill(graph.mailbox, today=datetime.now(UTC).date()).next_day}
    with ExitStack() as held:
        signing = None
        if sign_in:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="calmirror-sandbox-")))
            signing = both_sign_ins(graph, google, folder, tls=tls)
        ports = [port + n if port else 0 for n in range(5 if sign_in else 3)]
        feeds = FeedService(clock)
        try:
            running = held.enter_context(serve(graph, google, ports=ports, orders=orders, sign_in=signing, feeds=feeds))
        except (OSError, OverflowError) as error:
            raise UserFixableError(
                f"One of the ports {port} to {port + len(ports) - 1} is taken.",
                code="sandbox-port",
                command="calmirror sandbox",
            ) from error
        show(running, feeds.publish(graph.mailbox), signing, as_json=as_json)
        while not stop.wait(0.5):  # in steps, since Windows delivers no signal to an endless wait
            pass


def both_sign_ins(graph: GraphService, google: GoogleService, folder: Path, *, tls: bool) -> SignIn:
    """Both sign-in services, with their certificate in the folder."""
    from calmirror.sandbox.serve import SignIn  # noqa: PLC0415
    from calmirror.sandbox.signin.google.service import GoogleSignIn  # noqa: PLC0415
    from calmirror.sandbox.signin.microsoft.service import MicrosoftSignIn  # noqa: PLC0415
    from calmirror.sandbox.signin.tls import certify  # noqa: PLC0415

    return SignIn(MicrosoftSignIn(graph), GoogleSignIn(google), certify(folder), tls)


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and a polite kill set, so that both end the command in order."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def show(running: Running, published: str, sign_in: SignIn | None, *, as_json: bool) -> None:
    """The configuration (alone) on stdout, how to use it on stderr; both before the command waits."""
    started = datetime.now(UTC)
    urls = {"graph_url": running.graph_url, "google_url": running.google_url, "published_url": published}
    if sign_in:
        config = signing_in(running, sign_in, started)
        urls |= {
            "microsoft_sign_in_url": running.microsoft_sign_in_url,
            "google_sign_in_url": running.google_sign_in_url,
            "ca_file": str(sign_in.certified.ca_file),
        }
    else:
        config = configuration(running.graph_url, running.google_url, started)
    config += PUBLISHED.format(published=toml_value(published))
    say(json.dumps({**urls, "config": config}) if as_json else config)
    connect, init = (CONNECT, INIT.format(options=first_day(config))) if sign_in else ("", "")
    trust = f"{quoted('--cacert', str(sign_in.certified.ca_file))} " if sign_in and sign_in.tls else ""
    control = control_of(running.graph_url)
    complain(HOW_TO.format(**urls, connect=connect, init=init, trust=trust, control=control))


def first_day(config: str) -> str:
    """What a configuration with which one signs in says, as options of `calmirror init`."""
    said = tomllib.loads(config)
    microsoft, google = said["microsoft"], said["google"]
    options = {
        "--client-id": microsoft["client_id"],
        "--credentials": google["credentials"],
        "--graph-url": microsoft["graph_url"],
        "--authority-url": microsoft["authority_url"],
        "--api-url": google["api_url"],
        "--ca-file": said["network"]["ca_file"],
        "--state": "sqlite:///first.db",
    }
    return quoted(*(word for option in options.items() for word in option))


def configuration(graph: str, google: str, started: datetime) -> str:
    """A complete calmirror.toml whose tokens come from commands."""
    token = [sys.executable, "-m", "calmirror.sandbox.token"]
    microsoft = MICROSOFT_COMMAND.format(command=toml_value([*token, graph]))
    access = GOOGLE_COMMAND.format(command=toml_value([*token, google]))
    return filled(graph, google, microsoft, access, started)


def signing_in(running: Running, sign_in: SignIn, started: datetime) -> str:
    """A complete calmirror.toml with which one signs in. Writes Google's client file, too."""
    from calmirror.sandbox.signin.microsoft.service import DESKTOP_APP  # noqa: PLC0415

    ca_file = sign_in.certified.ca_file
    credentials = ca_file.with_name("google_credentials.json")
    credentials.write_text(json.dumps(sign_in.google.client_file()), encoding="utf-8")
    microsoft = MICROSOFT_SIGN_IN.format(
        client_id=toml_value(DESKTOP_APP), url=toml_value(running.microsoft_sign_in_url)
    )
    access = GOOGLE_SIGN_IN.format(
        credentials=toml_value(str(credentials)),
        ca_file=toml_value(str(ca_file)),
    )
    return filled(running.graph_url, running.google_url, microsoft, access, started)


def filled(graph: str, google: str, microsoft: str, google_access: str, started: datetime) -> str:
    """The file's text; JSON strings and lists are TOML too."""
    return CONFIG.format(
        state=toml_value(f"sqlite:///sandbox-{started:%Y%m%d-%H%M%S}.db"),
        graph=toml_value(graph),
        google=toml_value(google),
        microsoft=microsoft,
        google_access=google_access,
    )


def control_of(base_url: str) -> str:
    """Where the control interface of a stand-in listens."""
    scheme, _, rest = base_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/_control"
