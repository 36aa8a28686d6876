"""Asking a person before something is done that they may not want."""

from __future__ import annotations

import click

from calmirror.errors import UserFixableError


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
