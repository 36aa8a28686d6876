"""`calmirror adopt`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli import plan_lines
from calmirror.cli.assemble import Assembly, chosen, open_state, settings_of
from calmirror.cli.failures import pasteable, quoted
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.plan_lines import Line
from calmirror.cli.progress import Watched
from calmirror.cli.question import agreed
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.sync import VERBS
from calmirror.errors import UserFixableError
from calmirror.moving.adopt import Adopted
from calmirror.moving.adopt import adopt as take_over
from calmirror.moving.prospect import Terms, look
from calmirror.plan.actions import Plan

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.config import MirrorSettings, Settings
    from calmirror.moving.pairing import Left
    from calmirror.moving.prospect import Prospect


@click.command()
@reporting_options
@click.option("--mirror", "name", metavar="NAME", help="Which one; needed where there are several.")
@click.option("--from", "calendar_id", metavar="ID", default="", help="The calendar with the copies, if another one.")
@click.option(
    "--unmarked", is_flag=True, help="The earlier script's copies, too: plain events of equal title and time."
)
@click.option("--by-time", is_flag=True, help="Also copies whose title was replaced: pair them by time alone.")
@click.option("--allow-mismatch", is_flag=True, help="Go on though most copies are not of this Outlook calendar.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def adopt(asked: Asked, *, name: str | None, yes: bool, **options: Any) -> int:
    """Take over what other tools copied into the Google calendar: no duplicate, and nothing lost.

    Shows first what would be done, and asks. Then the mirror is brought up to date, and each copy is deleted whose
    event is there. All other events stay.
    """
    settings = settings_of(asked)
    wanted, what = _meant(settings, name), Terms(**options)
    with closing(open_state(settings)) as store:
        with Watched(wanted.name, silent=asked.as_json) as watched:
            wired = Assembly(settings).wired(wanted, store, watched)
            prospect = look(wired.mirror, what)
        refused = None if what.allow_mismatch else prospect.mismatched()
        if not asked.as_json:
            for line in preview(prospect, plan_lines.year_of(wired.mirror.clock.now())):
                say(pasteable(line.text, asked.config), style=line.style)
        if refused is not None:
            raise refused
        pairs = prospect.pairing.pairs
        if pairs:
            agreed("Go on?", yes=yes, as_json=asked.as_json, command=_in_advance(wanted.name, what))
            with Watched(wanted.name, silent=asked.as_json) as watched:
                wired.mirror.progress = watched
                done = take_over(wired.mirror, what, {pair.copy.event_id for pair in pairs})
        else:
            done = Adopted(report=prospect.report, left=list(prospect.pairing.left))
    _show(done, wired, asked, acted=bool(pairs))
    return done.exit_code


def _meant(settings: Settings, name: str | None) -> MirrorSettings:
    mirrors = chosen(settings, (name,) if name is not None else ())
    if len(mirrors) > 1:
        known = ", ".join(repr(mirror.name) for mirror in mirrors)
        raise UserFixableError(
            f"There are several mirrors; say which one with --mirror: {known}.",
            code="unknown-mirror",
            command="calmirror adopt --mirror NAME",
        )
    return mirrors[0]


def _in_advance(name: str, what: Terms) -> str:
    words = ["--mirror", name, *(["--from", what.calendar_id] if what.calendar_id else [])]
    flags = ("unmarked", "by_time", "allow_mismatch")
    words += [f"--{flag.replace('_', '-')}" for flag in flags if getattr(what, flag)]
    return f"calmirror adopt {quoted(*words)} --yes"


def preview(prospect: Prospect, this_year: int) -> Iterator[Line]:
    """What would be done: the copies that would go, those that stay, and what is written first."""
    name, report = prospect.report.mirror, prospect.report
    yield from plan_lines.action_lines(prospect.plan(), this_year)
    yield from left_lines(prospect.pairing.left)
    found = ", ".join(f"{number} of {tool}" for tool, number in prospect.tools.items()) or "none"
    others = f"{prospect.others} other event{'s' * (prospect.others != 1)}"
    yield Line(clean(f"{name}: copies of other tools: {found}; {others}, not touched"))
    if any(left.by_time for left in prospect.pairing.left):
        yield Line("  where a tool replaced the titles, copies can be paired by time alone: --by-time")
    counts = (report.plan or Plan()).counts()
    first = (
        plan_lines.summary(report, report.plan or Plan())
        .removeprefix(f"{name}: ")
        .removesuffix(". Nothing was written.")
    )
    if prospect.pairing.pairs:
        todo = f"sync ({first}), then " if any(counts[verb] for verb in VERBS) else ""
        yield Line(
            clean(f"{name}: to do: {todo}delete {_copies(len(prospect.pairing.pairs))} that calmirror's own replace")
        )


def left_lines(left: Iterable[Left]) -> Iterator[Line]:
    """Copies that stay, by time."""
    for one in sorted(left, key=lambda one: one.copy.slots[0]):
        starts = one.copy.slots[0].starts
        when = starts.replace("T", " ")[:16] + (" UTC" if "T" in starts else "")
        text = f"! {when}  {plan_lines.short(one.copy.title)}: copy of {one.copy.tool.name}, stays: {one.reason}"
        yield Line(text, "yellow")


def _show(done: Adopted, wired: Wired, asked: Asked, *, acted: bool) -> None:
    if asked.as_json:
        say_json(as_json(done, wired))
        return
    name = done.report.mirror
    if not acted:
        say(clean(f"{name}: nothing to take over. Nothing was written."))
        return
    kept = f", {done.kept} of calmirror's own got a colour, reminder or note" if done.kept else ""
    say(clean(f"{name}: {done.report.outcome} — {_copies(done.deleted)} deleted{kept}, {len(done.left)} left"))


def as_json(done: Adopted, wired: Wired) -> dict[str, Any]:
    """An adoption as `--json` prints it."""
    return {
        "mirror": done.report.mirror,
        "exit": done.exit_code,
        "outcome": done.report.outcome,
        "deleted": done.deleted,
        "kept": done.kept,
        "left": [
            {
                "tool": one.copy.tool.name,
                "title": one.copy.title,
                "starts": one.copy.slots[0].starts,
                "reason": one.reason,
            }
            for one in done.left
        ],
        "requests": wired.requests,
    }


def _copies(number: int) -> str:
    return f"{number} {'copy' if number == 1 else 'copies'}"
