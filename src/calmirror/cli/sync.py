"""`calmirror sync`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from calmirror.cli.each import each_mirror
from calmirror.cli.options import Asked, common_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.mirror.run import run

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.mirror.report import Report

VERBS = {"insert": "new", "update": "changed", "delete": "deleted"}


@click.command()
@common_options
@click.option(
    "--allow-mass-delete", is_flag=True, help="Carry out deletions beyond the safe number: you know they are meant."
)
@click.option("--full", is_flag=True, help="Read the whole Outlook calendar, not only what changed.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing unless something needs you.")
def sync(asked: Asked, *, allow_mass_delete: bool, full: bool, quiet: bool) -> int:
    """Make the Google calendar what the Outlook calendar is.

    Ends with 0 when it is exact, with 3 when single events had to be left out.
    """
    started = time.monotonic()

    def show(wired: Wired, report: Report) -> int:
        nonlocal started
        began, started = started, time.monotonic()
        if asked.as_json:
            say_json(as_json(report, wired.requests, started - began))
        elif report.skipped or not quiet:
            say(summary(report, wired.requests, started - began))
            for line in skipped_lines(report):
                say(line, style="yellow")
        return report.exit_code

    return each_mirror(
        asked, lambda wired: run(wired.mirror, allow_mass_delete=allow_mass_delete, full=full), show, silent=quiet
    )


def summary(report: Report, requests: Mapping[str, int], seconds: float) -> str:
    """One run in one line."""
    counts = report.counts
    written = {word: counts[verb] for verb, word in VERBS.items() if counts.get(verb)}
    details = ", ".join(f"{number} {word}" for word, number in written.items())
    parts = [f"{sum(written.values())} written ({details})" if written else "nothing to write"]
    if counts["keep"]:
        parts.append(f"{counts['keep']} unchanged")
    if report.skipped:
        parts.append(f"{len(report.skipped)} left out")
    asked = requests["microsoft"]
    parts.append(f"{asked} request{'s' * (asked != 1)} to Microsoft, {requests['google']} to Google")
    return clean(f"{report.mirror}: {report.outcome} — {', '.join(parts)}, {seconds:.1f} s")


def skipped_lines(report: Report) -> list[str]:
    """The events that were left out, by when they start and the end of their id: their titles are nobody else's."""
    actions = report.plan.actions if report.plan else ()
    starts = {action.source_id: action.when for action in actions if not action.part}
    return [
        clean(f"  left out: event …{source_id[-8:]}{_at(starts.get(source_id, ''))}: {reason}")
        for source_id, reason in sorted(report.skipped.items())
    ]


def as_json(report: Report, requests: Mapping[str, int], seconds: float) -> dict[str, object]:
    """One run as `--json` prints it."""
    counts = report.counts
    return {
        "mirror": report.mirror,
        "exit": report.exit_code,
        "outcome": report.outcome,
        "full": report.full,
        "written": {verb: counts.get(verb, 0) for verb in VERBS},
        "unchanged": counts["keep"],
        "skipped": [{"source_id": one, "reason": why} for one, why in sorted(report.skipped.items())],
        "requests": dict(requests),
        "seconds": round(seconds, 3),
    }


def _at(when: str) -> str:
    return f" of {when[:16].replace('T', ' ')} UTC" if when else ""
