"""What the runs so far say: when each mirror was last right, what hindered it, whether a service slowed it down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from calmirror.cli.checks.finding import Finding, fine, note, wrong
from calmirror.cli.failures import quoted
from calmirror.cli.forgotten import cure, what
from calmirror.cli.schedule import looked_at
from calmirror.cli.status import amount
from calmirror.config import MirrorSettings
from calmirror.errors import RetryableError
from calmirror.model.mirror import MirrorState, RunRecord
from calmirror.schedule.times import told

STALE = 24 * 3600.0
"""Seconds without a good run, after which a mirror that is meant to run by itself does not."""
SLOWED = {"throttled", "google-calendar-quota"}


def last_success(mirror: MirrorSettings, state: MirrorState | None, now: float) -> Iterator[Finding]:
    """When one mirror was last right."""
    subject = f"mirror {mirror.name}"
    if state is None or not (state.succeeded_at or state.failures):
        yield note(subject, "never synchronised", "calmirror plan, then: calmirror sync")
        return
    ago = f"last right {amount(now - state.succeeded_at)} ago" if state.succeeded_at else "not right yet"
    sync = f"calmirror sync {quoted('--mirror', mirror.name)}"
    if state.last_error:
        times = f", {state.failures} times in a row" if state.failures > 1 else ""
        yield wrong(subject, f"{ago}; the last run ended with {state.last_error}{times}", sync)
    elif now - state.succeeded_at > STALE:
        yield wrong(subject, f"{ago}; nothing has run since", f"{sync}; to have it done: calmirror schedule install")
    else:
        yield fine(subject, ago)


def forgotten(left: Mapping[str, int]) -> Iterator[Finding]:
    """The mirrors that left the configuration while so many events of theirs are still in Google."""
    for name, events in left.items():
        yield note(f"mirror {name}", what(events), cure(name))


def schedule(config: Path) -> Iterator[Finding]:
    """Whether something runs a sync every so often, and how it went."""
    found = looked_at(config)
    if found.problems:
        yield wrong("schedule", f"{found.using}: {'; '.join(found.problems)}", "calmirror schedule install")
    elif not found.using:
        yield note("schedule", "nothing runs a sync by itself, as far as can be seen", "calmirror schedule install")
    else:
        yield fine("schedule", f"{told(found.job.every)}, by {found.using}" if found.job else found.using)


def quota(runs: Sequence[RunRecord], requests_per_minute: int) -> Iterator[Finding]:
    """Whether a service asked for less."""
    slowed = [run for run in runs if run.outcome in SLOWED]
    if slowed:
        what = f"{len(slowed)} of the last {len(runs)} runs were slowed down or stopped by a service's limits"
        cure = "Run less often, or lower requests_per_minute of [google]"
        yield wrong("quota", what, cure, RetryableError.exit_code)
        return
    yield fine("quota", f"no run was slowed down; at most {requests_per_minute} requests a minute go to Google")
