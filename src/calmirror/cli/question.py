"""Asking a person before something is done that they may not want."""

from __future__ import annotations

import sys

import click

from calmirror.errors import UserFixableError

EMPTY_SOURCE = "empty-source"
"""The code of a first run that found no event to mirror."""
RIGHT_THOUGH_EMPTY = "Is this the right calendar, and meant to be empty?"


def is_terminal() -> bool:
    """Whether somebody can be asked here."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirmed(question: str) -> bool:
    """A person's yes or no; Ctrl-C raises KeyboardInterrupt."""
    try:
        return click.confirm(question, default=False, err=True)
    except click.Abort:
        raise KeyboardInterrupt from None


def agreed(question: str, *, yes: bool, as_json: bool, command: str) -> None:
    """Returns where the person agrees, in advance by `yes` or now.

    Raises:
        UserFixableError: `not-confirmed`: they do not, or there is nobody to ask. `command` is how to agree in advance.
    """
    if yes:
        return
    try:
        said = not as_json and click.confirm(question, err=True)
    except click.Abort:
        # Nobody is there: a schedule, a pipe that is empty.
        said = False
    if not said:
        raise UserFixableError(
            "Nothing was done: it was not confirmed.",
            code="not-confirmed",
            command=f"To go on without being asked: {command}",
        )
