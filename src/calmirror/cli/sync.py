"""`calmirror sync`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import click

from calmirror.cli import left_out
from calmirror.cli.each import each_mirror
from calmirror.cli.failures import pasteable
from calmirror.cli.notified import notified
from calmirror.cli.options import Asked, common_options, unpin_option
from calmirror.cli.question import EMPTY_SOURCE, RIGHT_THOUGH_EMPTY, confirmed, is_terminal
from calmirror.cli.screen import clean, say, say_json
from calmirror.errors import SafetyStopError
from calmirror.mirror.run import run
from calmirror.notify.troubles import Failure

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.mirror.report import Report

VERBS = {"insert": "new", "update": "changed", "delete": "deleted"}


@click.command()
@common_options
@click.option(
    "--allow-mass-delete", is_flag=True, help="Carry out deletions beyond the safe number: you know they are meant."
)
@click.option("--keep-deleted", is_flag=True, help="Keep in Google, as they are, the events whose deletion waits.")
@click.option(
    "--accept-empty", is_flag=True, help="Mirror a calendar that has no event yet: you know it is the right one."
)
@click.option("--full", is_flag=True, help="Read the whole Outlook calendar, not only what changed.")
@unpin_option("Let events that are kept as an undo left them, or as you kept them, follow Outlook again.")
@click.option("--take-over", is_flag=True, help="Go on here, where another installation has taken the calendar over.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing unless something needs you.")
def sync(
    asked: Asked,
    *,
    allow_mass_delete: bool,
    keep_deleted: bool,
    accept_empty: bool,
    full: bool,
    unpin: bool,
    take_over: bool,
    quiet: bool,
) -> int:
    """Make the Google calendar what the Outlook calendar is.

    Ends with 0 when it is exact, with 3 when single events had to be left out or are held, with 6 when deletions wait
    for your word.
    """
    if keep_deleted and (allow_mass_delete or unpin):
        raise click.UsageError("--keep-deleted is the opposite of --allow-mass-delete and --unpin: name one of them.")
    seconds: dict[str, float] = {}

    def work(wired: Wired, *, empty: bool = accept_empty) -> Report:
        started = time.monotonic()
        word = {"allow_mass_delete": allow_mass_delete, "keep_deleted": keep_deleted, "accept_empty": empty}
        report = run(wired.mirror, full=full, unpin=unpin, take_over=take_over, **word)
        seconds[report.mirror] = time.monotonic() - started
        return report

    def show(wired: Wired, report: Report) -> int:
        if report.skipped:
            what = f"events left out: {len(report.skipped)}"
            asked.failures.append(Failure(report.mirror, report.outcome, report.exit_code, what))
        if asked.as_json:
            say_json(as_json(report, wired, seconds[report.mirror]))
        elif report.skipped or not quiet:
            say(summary(report, wired.requests, seconds[report.mirror]))
            for line in left_out.lines(left_out.left_out(report, wired.mirror.store)):
                say(pasteable(line, asked.config, report.mirror), style="yellow")
            if report.behind:
                say(behind_line(report.mirror, *report.behind), style="yellow")
            if report.held:
                say(pasteable(held_line(report.mirror, len(report.held)), asked.config, report.mirror), style="yellow")
        return report.exit_code

    def again(error: Exception) -> Callable[[Wired], Report] | None:
        """The work for a mirror that ended so, where the person at this terminal agrees to it."""
        asks = not (asked.as_json or quiet) and is_terminal()
        return partial(work, empty=True) if asks and is_right_though_empty(error) else None

    return notified(asked, lambda: each_mirror(asked, work, show, silent=quiet, again=again))


def is_right_though_empty(error: Exception) -> bool:
    """Whether a person says that the source without an event, because of which a run stopped, is the right one."""
    if not isinstance(error, SafetyStopError) or error.code != EMPTY_SOURCE:
        return False
    say(clean(error.what))
    return confirmed(RIGHT_THOUGH_EMPTY)


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
    if report.held:
        parts.append(f"{len(report.held)} held")
    asked = requests["microsoft"]
    parts.append(f"{asked} request{'s' * (asked != 1)} to Microsoft, {requests['google']} to Google")
    return clean(f"{report.mirror}: {report.outcome} — {', '.join(parts)}, {seconds:.1f} s")


def behind_line(mirror: str, destination: str, events: int) -> str:
    """What stays in the calendar that was the destination before."""
    what = "1 event stays" if events == 1 else f"{events} events stay"
    cure = "name it again and type calmirror purge to remove them"
    return clean(f'{mirror}: {what} in "{destination}", its destination before; {cure}')


def held_line(mirror: str, held: int) -> str:
    """What an undo put back or a person kept, and how it is released."""
    what = "event stays as you put or kept it" if held == 1 else "events stay as you put or kept them"
    return "  " + clean(f"{held} {what}; to follow Outlook again: calmirror sync --mirror {mirror} --unpin")


def as_json(report: Report, wired: Wired, seconds: float) -> dict[str, object]:
    """One run as `--json` prints it."""
    counts = report.counts
    return {
        "mirror": report.mirror,
        "exit": report.exit_code,
        "outcome": report.outcome,
        "full": report.full,
        "written": {verb: counts.get(verb, 0) for verb in VERBS},
        "unchanged": counts["keep"],
        "skipped": left_out.as_json(report, wired.mirror.store),
        "held": len(report.held),
        "requests": wired.requests,
        "seconds": round(seconds, 3),
    }
