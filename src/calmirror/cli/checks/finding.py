"""What a check found out, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from calmirror.cli.failures import BugError
from calmirror.errors import CalmirrorError, UserFixableError


class Verdict(StrEnum):
    """How it is."""

    FINE = "fine"
    NOTE = "note"
    """Worth knowing; nothing hinders a sync."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at, in a word or two.
        cure: what to type or do; "" where nothing is to be done.
        code: of the error, as in the documentation; "" where there was none.
        exit_code: what a sync would end with.
    """

    subject: str
    verdict: Verdict
    what: str
    cure: str = ""
    code: str = ""
    exit_code: int = 0


Check = Callable[[], Iterator[Finding]]


def fine(subject: str, what: str) -> Finding:
    """All is well."""
    return Finding(subject, Verdict.FINE, what)


def note(subject: str, what: str, cure: str = "") -> Finding:
    """Something to know."""
    return Finding(subject, Verdict.NOTE, what, cure)


def wrong(subject: str, what: str, cure: str, exit_code: int = UserFixableError.exit_code) -> Finding:
    """Something hinders a sync, or soon will."""
    return Finding(subject, Verdict.WRONG, what, cure, exit_code=exit_code)


def failed(subject: str, error: Exception) -> Finding:
    """What went wrong while looking, as a finding."""
    known = error if isinstance(error, CalmirrorError) else BugError(error)
    return Finding(subject, Verdict.WRONG, known.what, known.command, known.code, known.exit_code)


def looked_at(subject: str, check: Check) -> Iterator[Finding]:
    """What a check found; its failure is a finding too, and the next check has its turn."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - it is told, and nothing is hidden by going on
        yield failed(subject, error)
