"""Errors, sorted by what happens next.

    CalmirrorError                 exit 1   a bug, until a subclass says better
    ├── UserFixableError           exit 4   stop; a person has to do something first
    ├── RetryableError             exit 5   come back later; state is untouched
    ├── SkippedEventError          exit 3   one event only; the run goes on and ends "partial"
    ├── SafetyStopError            exit 6   we could, but refuse
    └── RunLockedError             exit 7   another run holds the lease

Each is shown as four lines: what happened, what it means for the calendars, the command to type, its code.
Titles, bodies, tokens and links that carry state never go into an error.
"""

from __future__ import annotations

from typing import ClassVar

UNTOUCHED = "Nothing was changed in either calendar."


class CalmirrorError(Exception):
    """Something went wrong; `what` says it in one line.

    Args:
        what: what happened, one line, no title, body or token in it.
        code: short, stable, kebab-case; documented in `docs/reference/errors.md`.
        meaning: what it means for the calendars.
        command: what the person can type or do next.
    """

    exit_code: ClassVar[int] = 1
    default_command: ClassVar[str] = "Report this at the project's issue tracker, with the code below."

    def __init__(self, what: str, *, code: str, meaning: str = UNTOUCHED, command: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.meaning = meaning
        self.command = command or self.default_command


class UserFixableError(CalmirrorError):
    """Configuration, sign-in, consent, a calendar that is not there: a person has to act first."""

    exit_code = 4
    default_command = "calmirror --help"


class ConfigError(UserFixableError):
    """The configuration has problems; all of them are in `problems`, each with its line and key."""

    def __init__(self, problems: list[str], *, command: str) -> None:
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        super().__init__(
            f"The configuration has {count}:\n" + "\n".join(f"  {problem}" for problem in problems),
            code="config",
            meaning="Nothing was started. " + UNTOUCHED,
            command=command,
        )
        self.problems = problems


class RetryableError(CalmirrorError):
    """Throttled, unavailable, unreachable or nonsensical: the next run tries again from where we were."""

    exit_code = 5
    default_command = "Nothing to do: the next run tries again. To try now: calmirror sync"


class SkippedEventError(CalmirrorError):
    """One event cannot be mirrored; the others are."""

    exit_code = 3


class SafetyStopError(CalmirrorError):
    """We could go on, but it would risk a calendar, so a person decides."""

    exit_code = 6


class RunLockedError(CalmirrorError):
    """Another run works on this mirror."""

    exit_code = 7
    default_command = "Nothing to do: the other run is at work. To see it: calmirror status"
