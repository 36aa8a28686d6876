"""`calmirror plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calmirror.cli.each import each_mirror
from calmirror.cli.failures import told
from calmirror.cli.forgotten import name_forgotten
from calmirror.cli.left_out import left_out
from calmirror.cli.options import Asked, common_options, unpin_option
from calmirror.cli.screen import say, say_json
from calmirror.mirror.run import run

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.mirror.report import Report


@click.command()
@common_options
@click.option("--full", is_flag=True, help="Read the whole Outlook calendar, not only what changed.")
@unpin_option("Plan as if the events that are kept as an undo left them followed Outlook again.")
def plan(asked: Asked, *, full: bool, unpin: bool) -> int:
    """Show what a sync would do, and why. Writes nothing to either calendar.

    Times are those of each event's own time zone.
    """

    def show(wired: Wired, report: Report) -> int:
        from calmirror.cli import plan_lines  # noqa: PLC0415 - with the plan come its parts

        events = left_out(report, wired.mirror.store)
        refused = told(report.refused, asked, report.mirror) if report.refused else None
        if asked.as_json:
            say_json(plan_lines.as_json(report, events, refused))
        else:
            this_year = plan_lines.year_of(wired.mirror.clock.now())
            for line in plan_lines.lines(report, events, refused, this_year=this_year):
                say(line.text, style=line.style)
        return report.exit_code

    code = each_mirror(asked, lambda wired: run(wired.mirror, dry_run=True, full=full, unpin=unpin), show)
    name_forgotten(asked)
    return code
