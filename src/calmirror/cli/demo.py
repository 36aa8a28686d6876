"""`calmirror demo`."""

from __future__ import annotations

import time

import click

from calmirror.cli.failures import TerminatedError
from calmirror.cli.screen import complain, say_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: each claim, and whether it is true.")
def demo(*, as_json: bool) -> int:
    """See calmirror at work on this machine, in half a minute, without any account.

    Mirrors a year of events between two stand-ins, is killed in the middle and recovers, refuses to empty a calendar,
    and proves in the end that both agree. Ends with 0 only if everything it says is true.
    """
    from calmirror.cli.demo_story import play  # noqa: PLC0415 - `--help` must not pay for the sandbox
    from calmirror.cli.demo_teller import FalseClaimError, Teller  # noqa: PLC0415
    from calmirror.cli.demo_world import world  # noqa: PLC0415

    started = time.monotonic()
    teller = Teller(silent=as_json)
    code = 0
    try:
        with world() as there:
            play(there, teller)
    except FalseClaimError:
        code = 1
    except KeyboardInterrupt as stopped:
        complain("The demo was stopped. Nothing is left of it.")
        return 143 if isinstance(stopped, TerminatedError) else 130
    seconds = time.monotonic() - started
    if as_json:
        claims = [{"claim": claim, "true": true} for claim, true in teller.claims]
        say_json({"exit": code, "seconds": round(seconds, 1), "claims": claims})
    else:
        teller.conclude(seconds)
    return code
