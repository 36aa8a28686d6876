"""`calmirror import`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from calmirror.cli.failures import pasteable
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.sign_ins import SignIns
from calmirror.config import load
from calmirror.config.find import FILE
from calmirror.config.folders import data_folder
from calmirror.config.trust import agree
from calmirror.config.written import as_toml, write_new
from calmirror.errors import ConfigError
from calmirror.google import client_file
from calmirror.google.registration import SCOPES, Registration
from calmirror.moving.script import GoogleToken, ScriptSetup, read_script
from calmirror.tokens.model import SignIn

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
    --config says; one that exists is never touched. Secrets are not copied.
    """
    setup = read_script(folder)
    target = (asked.config or Path(FILE)).absolute()
    write_new(target, as_toml(setup.wanted()))
    agree(target, data_folder(os.environ))
    signed_in = setup.google is not None and keep_google(setup.google, target)
    if asked.as_json:
        say_json(as_json(setup, target, signed_in=signed_in))
    else:
        for line in lines(setup, target, signed_in=signed_in):
            say(pasteable(line, asked.config))
    return 0


def keep_google(token: GoogleToken, target: Path) -> bool:
    """Has the sign-in go on with the new configuration; not where that is incomplete, or has a sign-in already."""
    try:
        settings = load(target)
    except ConfigError:
        return False
    assert settings.google.credentials is not None, "the token was found to be of its client"
    registration = Registration(client_file.read(settings.google.credentials), SCOPES[token.scope])
    file = SignIns(settings).file
    with file.turn():
        if file.find("Google") is not None:
            return False
        kept = SignIn(
            made_for=registration.made_for,
            access_token="",
            expires_at=0,
            signed_in_at=token.file.stat().st_mtime,
            refreshed_at=0,
            refresh_token=token.refresh_token,
            scopes=(SCOPES[token.scope],),
        )
        file.save("Google", kept)
    return True


def lines(setup: ScriptSetup, target: Path, *, signed_in: bool) -> Iterator[str]:
    """What was taken, what was not and why, and what to do now."""
    yield clean(f"Read {setup.config}, without running it")
    for taken in setup.taken():
        yield f"  + {clean(taken)}"
    if signed_in and setup.google:
        yield f"  + the sign-in at Google in {clean(str(setup.google.file))}"
    for what, why in setup.left:
        yield f"  - not {clean(f'{what}: {why}')}"
    if setup.not_needed:
        yield f"  - of no use here: {clean(', '.join(setup.not_needed))}"
    yield clean(f"Wrote {target}")
    if setup.calendar_id:
        yield ""
        yield from STOP_THE_SCRIPT
    yield ""
    yield "Then:"
    for step in steps(setup, target, signed_in=signed_in):
        yield f"  {clean(step)}"


def steps(setup: ScriptSetup, target: Path, *, signed_in: bool) -> Iterator[str]:
    """What is left for the person to do, in its order."""
    if not setup.client_id:
        yield f"add client_id to [microsoft] in {target}"
    if setup.credentials is None:
        yield f"put Google's client file at {setup.credentials_wanted}"
    yield "calmirror connect microsoft"
    if not signed_in:
        yield "calmirror connect google"
    yield "calmirror plan: shows what would be written, and writes nothing"
    if setup.calendar_id:
        yield "calmirror adopt --unmarked: takes over what the script had written; it shows its list first, and asks"


def as_json(setup: ScriptSetup, target: Path, *, signed_in: bool) -> dict[str, Any]:
    """An import as `--json` prints it."""
    return {
        "exit": 0,
        "read": str(setup.config),
        "written": str(target),
        "taken": list(setup.taken()),
        "left": [{"what": what, "why": why} for what, why in setup.left],
        "signed_in": signed_in,
        "not_needed": list(setup.not_needed),
        "next": list(steps(setup, target, signed_in=signed_in)),
    }
