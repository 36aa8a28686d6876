"""`calmirror undo`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli import left_out, plan_lines
from calmirror.cli.assemble import Assembly, chosen, open_state, settings_of
from calmirror.cli.failures import pasteable, quoted
from calmirror.cli.journal import run_of
from calmirror.cli.options import Asked, common_options
from calmirror.cli.progress import Watched
from calmirror.cli.question import agreed
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.sync import VERBS, held_line
from calmirror.mirror.undo import undo as take_back

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.mirror.report import Report


@click.command()
@common_options
@click.argument("run", type=int)
@click.option("--event", metavar="ID", default="", help="Only this event: its id, or the end of it as `journal` tells.")
@click.option("--allow-mass-delete", is_flag=True, help="Also delete more than the safe number: you know it is meant.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def undo(asked: Asked, *, run: int, event: str, allow_mass_delete: bool, yes: bool) -> int:
    """Give the Google calendar back as it was before RUN, a number that `calmirror journal` lists.

    Later runs are undone with it. Shows first what it would write, and asks. What it wrote then stays so until
    `calmirror sync --unpin`; your own events, and colours, reminders and notes that you set, stay as they are.
    """
    settings = settings_of(asked)
    with closing(open_state(settings)) as store:
        name = run_of(settings, store, run, asked.mirrors).mirror
        with Watched(name, silent=asked.as_json) as watched:
            [mirror] = chosen(settings, (name,))
            wired = Assembly(settings, only_google=True).wired(mirror, store, watched)

            def agree(report: Report) -> None:
                watched.clear()
                if not asked.as_json:
                    _show_plan(report, wired)
                if report.refused is None and report.plan and report.plan.actions:
                    agreed("Write this to Google?", yes=yes, as_json=asked.as_json, command=_in_advance(run, event))

            report = take_back(wired.mirror, run, event=event, allow_mass_delete=allow_mass_delete, agree=agree)
        _show(report, run, wired, asked)
    return report.exit_code


def _in_advance(run: int, event: str) -> str:
    words = [str(run), *(("--event", event) if event else ())]
    return f"calmirror undo {quoted(*words)} --yes"


def _show_plan(report: Report, wired: Wired) -> None:
    this_year = plan_lines.year_of(wired.mirror.clock.now())
    for line in plan_lines.lines(report, [], None, this_year=this_year, so_far="Nothing is written yet."):
        say(line.text, style=line.style)


def _show(report: Report, run: int, wired: Wired, asked: Asked) -> None:
    if asked.as_json:
        say_json(as_json(report, run, wired))
        return
    written = [f"{report.written[verb]} {word}" for verb, word in VERBS.items() if report.written.get(verb)]
    if written:
        say(clean(f"{report.mirror}: as before run {run}: {', '.join(written)}"))
    for line in left_out.lines(left_out.left_out(report, wired.mirror.store)):
        say(pasteable(line, asked.config), style="yellow")
    if held := len(wired.mirror.store.held(report.mirror)):
        say(pasteable(held_line(report.mirror, held), asked.config, report.mirror), style="yellow")


def as_json(report: Report, run: int, wired: Wired) -> dict[str, Any]:
    """An undo as `--json` prints it: the plan, and what was written of it."""
    return {
        **plan_lines.as_json(report, left_out.left_out(report, wired.mirror.store), None),
        "undone": run,
        "written": {verb: report.written.get(verb, 0) for verb in VERBS},
        "held": len(wired.mirror.store.held(report.mirror)),
        "requests": wired.requests,
    }
