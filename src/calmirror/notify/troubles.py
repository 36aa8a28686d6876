"""What of a run's end a person is told, and when. Pure: what was told before goes in, what to tell now comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

HOUR = 3600.0
REMIND_EVERY = 24 * HOUR
PATIENCE = {5: HOUR}
"""Seconds for which a failure may last before a person is told, by exit code: services come back by themselves."""
LEFT_OUT = 3
RUN_LOCKED = 7


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure that a run told: of one mirror, or of all (""). `what` is the error's first line."""

    mirror: str
    code: str
    exit_code: int
    what: str = ""

    @property
    def key(self) -> str:
        """What makes it the same trouble as before: services fail in changing ways."""
        return f"{self.exit_code if self.exit_code in PATIENCE else self.code}:{self.mirror}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure that lasts. UNIX seconds; `told` is 0 until a person was told."""

    mirror: str
    since: float
    told: float = 0.0


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell after a run."""

    troubles: Mapping[str, Trouble]
    """All that lasts, by key, as it is to be remembered."""
    failures: tuple[Failure, ...] = ()
    """All that a person is told of now; empty for nothing."""
    since: float = 0.0
    """When the oldest of what is told began."""
    recovered: bool = False
    """Whether all that a person was told of is over."""


def news(before: Mapping[str, Trouble], failures: Collection[Failure], covered: Collection[str], now: float) -> News:
    """What to tell after a run of the mirrors `covered`. Of others, what was known before still holds.

    A failure is told when it is new (or has lasted for its patience), and from then on once a day with all that lasts;
    left out events only once. A locked mirror is none: its other run tells how it is.
    """
    locked = {failure.mirror for failure in failures if failure.exit_code == RUN_LOCKED}
    current = {failure.key: failure for failure in failures if failure.exit_code != RUN_LOCKED}
    kept = {
        key: trouble
        for key, trouble in before.items()
        if key in current or trouble.mirror in locked or trouble.mirror not in {"", *covered}
    }
    lasting = {**{key: Trouble(failure.mirror, now) for key, failure in current.items()}, **kept}
    due = {key: failure for key, failure in current.items() if is_due(failure, lasting[key], now)}
    if not due:
        told_before = any(trouble.told for trouble in before.values())
        return News(lasting, recovered=told_before and not lasting)
    told = {key: failure for key, failure in current.items() if key in due or lasting[key].told}
    since = min(lasting[key].since for key in told)
    after = {key: replace(trouble, told=now) if key in told else trouble for key, trouble in lasting.items()}
    return News(after, tuple(told.values()), since)


def is_due(failure: Failure, trouble: Trouble, now: float) -> bool:
    """Whether it is time to tell a person."""
    if trouble.told:
        return failure.exit_code != LEFT_OUT and now - trouble.told >= REMIND_EVERY
    return now - trouble.since >= PATIENCE.get(failure.exit_code, 0.0)
