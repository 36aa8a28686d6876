"""`calmirror import`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from calmirror.cli.failures import pasteable
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.config.find import FILE
from calmirror.config.written import as_toml, write_new
from calmirror.moving.script import ScriptSetup, SignIn, read_script

STOP_THE_SCRIPT = (
    "First of all, stop the script's schedule for good: each of its runs deletes all that is in that Google calendar,",
    "whoever made it.",
)


@click.command("import")
@reporting_options
@click.argument("folder", type=click.Path(path_type=Path))
def import_(asked: Asked, *, folder: Path) -> int:
    """Move in from the Python script that calmirror succeeds.

    FOLDER is the one of its config.py, which is read but never run. A new calmirror.toml is written, here or where
    --config says; one that exists is never touched. Secrets and tokens are not copied.
    """
    setup = read_script(folder)
    target = (asked.config or Path(FILE)).absolute()
    write_new(target, as_toml(setup.wanted()))
    if asked.as_json:
        say_json(as_json(setup, target))
    else:
        for line in lines(setup, target):
            say(pasteable(line, asked.config))
    return 0


def lines(setup: ScriptSetup, target: Path) -> Iterator[str]:
    """What was taken, what was not and why, and what to do now."""
    yield clean(f"Read {setup.config}, without running it")
    for taken in setup.taken():
        yield f"  + {clean(taken)}"
    for what, why in left(setup):
        yield f"  - not {clean(f'{what}: {why}')}"
    if setup.not_needed:
        yield f"  - of no use here: {clean(', '.join(setup.not_needed))}"
    yield clean(f"Wrote {target}")
    if setup.calendar_id:
        yield ""
        yield from STOP_THE_SCRIPT
    yield ""
    yield "Then:"
    for step in steps(setup, target):
        yield f"  {clean(step)}"


def left(setup: ScriptSetup) -> Iterator[tuple[str, str]]:
    """What was not taken, each with the reason."""
    yield from setup.left
    if isinstance(setup.microsoft, SignIn):
        why = "it was given to a program with a client secret and only serves that; sign in once more"
        yield f"the Microsoft sign-in in {setup.microsoft.file}", why
    if isinstance(setup.google, SignIn):
        yield f"the Google sign-in in {setup.google.file}", "it allows more than is asked for here; sign in once more"


def steps(setup: ScriptSetup, target: Path) -> Iterator[str]:
    """What is left for the person to do, in its order."""
    if not setup.client_id:
        yield f"add client_id to [microsoft] in {target}"
    if setup.credentials is None:
        yield f"put Google's client file at {setup.credentials_wanted}"
    yield "calmirror doctor: tells what is still missing, the sign-ins among it"
    yield "calmirror plan: shows what would be written, and writes nothing"


def as_json(setup: ScriptSetup, target: Path) -> dict[str, Any]:
    """An import as `--json` prints it."""
    return {
        "exit": 0,
        "read": str(setup.config),
        "written": str(target),
        "taken": list(setup.taken()),
        "left": [{"what": what, "why": why} for what, why in left(setup)],
        "not_needed": list(setup.not_needed),
        "next": list(steps(setup, target)),
    }
