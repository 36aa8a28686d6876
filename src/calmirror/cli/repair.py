"""`calmirror repair`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from calmirror.cli import left_out, verify
from calmirror.cli.each import each_mirror
from calmirror.cli.failures import pasteable
from calmirror.cli.options import Asked, common_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.sync import VERBS
from calmirror.mirror.repair import Repair
from calmirror.mirror.repair import repair as put_right

if TYPE_CHECKING:
    from calmirror.cli.assemble import Wired
    from calmirror.store import Store


@click.command()
@common_options
@click.option(
    "--new-calendar", is_flag=True, help="Where the Google calendar was deleted, have a new one made and filled."
)
@click.option(
    "--allow-mass-delete", is_flag=True, help="Carry out deletions beyond the safe number: you know they are meant."
)
def repair(asked: Asked, *, new_calendar: bool, allow_mass_delete: bool) -> int:
    """Put right what was changed or deleted by hand in the Google calendar, and prove it.

    Colours and reminders that you set there stay.
    """

    def work(wired: Wired) -> Repair:
        return put_right(wired.mirror, new_calendar=new_calendar, allow_mass_delete=allow_mass_delete)

    def show(wired: Wired, done: Repair) -> int:
        if asked.as_json:
            say_json(as_json(done, wired.mirror.store))
        else:
            for line in lines(done, wired.mirror.store):
                say(pasteable(line, asked.config))
        return done.exit_code

    return each_mirror(asked, work, show)


def lines(done: Repair, store: Store) -> list[str]:
    """What was found, what was written, and the proof."""
    written = written_by(done)
    found = f"{done.changed} changed and {done.deleted} deleted by hand in Google"
    wrote = ", ".join(f"{written[verb]} {word}" for verb, word in VERBS.items() if written[verb]) or "nothing to write"
    return [
        clean(f"{done.mirror}: {found}; {wrote}"),
        *left_out.lines(left_out.left_out(done.reports[-1], store)),
        *(verify.line(difference) for difference in done.verification.differences),
        verify.summary(done.verification),
    ]


def as_json(done: Repair, store: Store) -> dict[str, Any]:
    """The repair as `--json` prints it."""
    return {
        "mirror": done.mirror,
        "exit": done.exit_code,
        "found": {"changed": done.changed, "deleted": done.deleted},
        "written": written_by(done),
        "skipped": left_out.as_json(done.reports[-1], store),
        "verification": verify.as_json(done.verification),
    }


def written_by(done: Repair) -> dict[str, int]:
    """What all of its runs wrote."""
    return {verb: sum(report.written.get(verb, 0) for report in done.reports) for verb in VERBS}
