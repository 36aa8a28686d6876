"""Which configuration a command uses, and whether it may be used."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmirror.config import find, load
from calmirror.config.find import FILE, VARIABLE
from calmirror.config.folders import data_folder
from calmirror.config.trust import UNUSED, agree, check_owner, is_agreed
from calmirror.errors import CalmirrorError, UserFixableError

if TYPE_CHECKING:
    from calmirror.cli.options import Asked
    from calmirror.config import Settings

SQLITE = "sqlite:///"
QUESTION = """\
The configuration {path} was not used before. It can run programs, and says where calendars are copied to.
Use it from now on?"""


def settings_of(asked: Asked) -> Settings:
    """The configuration that is meant, found, read and checked; where nobody named it, trustworthy and agreed to.

    Raises:
        UserFixableError: `config-missing`, `config-untrusted` or `config-unconfirmed`.
        ConfigError: what is wrong in it.
    """
    here = _here()
    path = find(asked.config, os.environ, here)
    if asked.config is None and not os.environ.get(VARIABLE):
        return found(path, as_json=asked.as_json) if path == here / FILE else load(path)
    settings = load(path)
    if settings.path == here / FILE:
        agree(settings.path, data_folder(os.environ))
    return settings


def found(path: Path, *, as_json: bool = False) -> Settings:
    """The settings of a file that only lies in the working directory. Errors as above."""
    settings, data = load(path, check=check_owner), data_folder(os.environ)
    if not is_agreed(settings.path, data):
        if not used_before(settings) and not _confirmed(settings.path, as_json=as_json):
            raise UserFixableError(
                f"The configuration in the working directory, {path}, was not used before",
                code="config-unconfirmed",
                meaning=UNUSED,
                command=f"If it is yours, name it once: calmirror --config {path} plan",
            )
        agree(settings.path, data)
    return settings


def used_before(settings: Settings) -> bool:
    """Whether there are traces of runs from before it was asked: a schedule, sign-ins, or a state beside the file."""
    from calmirror.cli.schedule import job_file  # noqa: PLC0415 - asked once for each file
    from calmirror.cli.sign_ins import SignIns  # noqa: PLC0415 - as above

    if job_file(settings.path).exists():
        return True
    try:
        sign_ins = SignIns(settings)
        if any(sign_ins.file.find(service) for service in sign_ins.services):
            return True
    except CalmirrorError:  # told by whatever needs them
        pass
    return settings.state_url.startswith(SQLITE) and _is_own_state(
        Path(settings.state_url.removeprefix(SQLITE)), settings.path.parent
    )


def _is_own_state(state: Path, folder: Path) -> bool:
    """Whether a state lies in or below the folder, for the user's eyes only, as we make it and no download has it.

    One elsewhere proves nothing: it may be of another configuration.
    """
    try:
        status = state.stat()
    except OSError:
        return False
    ours = sys.platform == "win32" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)
    return ours and stat.S_ISREG(status.st_mode) and state.resolve().is_relative_to(folder.resolve())


def _confirmed(path: Path, *, as_json: bool) -> bool:
    if as_json or sys.stdin is None or not sys.stdin.isatty():
        return False
    try:
        return click.confirm(QUESTION.format(path=path), err=True)
    except click.Abort:
        return False


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # the folder that we were started in was deleted
        return Path()
