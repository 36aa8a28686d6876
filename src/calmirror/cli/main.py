"""The command line's front door: `calmirror`, its global options, and how it ends."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from calmirror import __version__
from calmirror.cli.failures import TerminatedError, tell
from calmirror.cli.options import Asked
from calmirror.cli.registry import LazyCommands
from calmirror.cli.screen import unwritable


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The configuration; otherwise $CALMIRROR_CONFIG, ./calmirror.toml, or the one in your configuration folder.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Keep a Google calendar an exact mirror of an Outlook calendar.

    New, changed and deleted events go one way, from Outlook to Google. What you added to Google yourself is never
    touched, and nobody is ever sent an invitation.
    """
    ctx.obj = Asked(config=config)


def run() -> None:
    """Runs the command line and ends the process with its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        main(prog_name="calmirror")
    except OSError as error:  # of click's help, which it prints before any command begins
        sys.exit(tell(unwritable(sys.stdout, error), Asked()))


def _terminated(*_: object) -> None:
    raise TerminatedError
