"""`calmirror purge`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.assemble import Assembly, Wired, open_state, settings_of
from calmirror.cli.failures import quoted
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.progress import Watched
from calmirror.cli.question import agreed
from calmirror.cli.screen import clean, say, say_json
from calmirror.config.settings import MirrorSettings
from calmirror.errors import UserFixableError
from calmirror.moving.purge import look
from calmirror.moving.purge import purge as take_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.config import Settings
    from calmirror.moving.purge import Holding, Purge
    from calmirror.store import Store


@click.command()
@reporting_options
@click.option("--mirror", "name", metavar="NAME", help="Which one; needed where there are several, or none any more.")
@click.option("--calendar-id", metavar="ID", default="", help="The Google calendar, where it is not the mirror's.")
@click.option(
    "--calendar", "with_calendar", is_flag=True, help="Delete the calendar, too, if it was made by calmirror."
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def purge(asked: Asked, *, name: str | None, calendar_id: str, with_calendar: bool, yes: bool) -> int:
    """Delete from Google everything that a mirror made there, and nothing else.

    Shows first what would go, and asks. Outlook is not touched. The mirror may have left the configuration.
    """
    settings = settings_of(asked)
    with closing(open_state(settings)) as store:
        wanted = _meant(settings, store, name, calendar_id)
        with Watched(wanted.name, silent=asked.as_json) as watched:
            wired = Assembly(settings, only_google=True).wired(wanted, store, watched)
            holding = look(wired.mirror, calendar_id)
        if not asked.as_json:
            for line in preview(holding, with_calendar=with_calendar, configured=wanted in settings.mirrors):
                say(line)
        if holding.whole or with_calendar:
            agreed("Delete them?", yes=yes, as_json=asked.as_json, command=_in_advance(wanted.name, calendar_id))
        with Watched(wanted.name, silent=asked.as_json) as watched:
            wired.mirror.progress = watched
            done = take_back(wired.mirror, holding.calendar_id, with_calendar=with_calendar)
    _show(done, wired, asked)
    return done.exit_code


def _meant(settings: Settings, store: Store, name: str | None, calendar_id: str) -> MirrorSettings:
    """The mirror of that name, the only one for None; one that left the configuration is known by its state."""
    configured = {mirror.name: mirror for mirror in settings.mirrors}
    if name is None and len(configured) == 1:
        return settings.mirrors[0]
    if name in configured:
        return configured[name]
    former = {state.name: state for state in store.mirrors()}
    if name is not None and (name in former or calendar_id):
        destination = former[name].settings.partition("\n")[0] if name in former else ""
        return MirrorSettings(
            name=name, source="", destination=destination or calendar_id or "Outlook", past_days=40, future_days=365
        )
    known = ", ".join(map(repr, sorted({*configured, *former})))
    what = "There are several mirrors" if name is None else f"There is no mirror {name!r}"
    raise UserFixableError(
        f"{what}; say which one with --mirror: {known}.",
        code="unknown-mirror",
        command="calmirror purge --mirror NAME; for one that nothing remembers, with --calendar-id ID",
    )


def _in_advance(name: str, calendar_id: str) -> str:
    words = [*("--mirror", name), *(("--calendar-id", calendar_id) if calendar_id else ())]
    return f"calmirror purge {quoted(*words)} --yes"


def preview(holding: Holding, *, with_calendar: bool, configured: bool) -> Iterator[str]:
    """What would go, what stays, and what comes after; for a mirror that left the configuration, nothing does."""
    number, (first, last) = len(holding.whole), holding.days
    changed = f" and {_counted(len(holding.changed), 'changed occurrence')}" if holding.changed else ""
    where = f'in "{holding.calendar_name}"'
    if not number:
        yield clean(f"{holding.mirror}: there is nothing of calmirror's {where}")
    else:
        days = f"{first} to {last}" if first != last else first
        yield clean(f"{holding.mirror}: {_counted(number, 'event')}{changed} {where} would go, {days}")
    if holding.others:
        yield clean(f"{holding.mirror}: {_counted(holding.others, 'other event')} there would stay: not this mirror's")
    if with_calendar:
        yield clean(f'{holding.mirror}: then the calendar "{holding.calendar_name}" itself would go, for good')
    yield "Outlook is not touched."
    if configured:
        yield "The next sync would fill the calendar again. To keep it empty, stop your schedule or take the mirror"
        yield "out of calmirror.toml."


def _show(done: Purge, wired: Wired, asked: Asked) -> None:
    if asked.as_json:
        say_json(as_json(done, wired))
        return
    also = ", and the calendar" if done.calendar_deleted else ""
    say(clean(f"{done.mirror}: {_counted(done.deleted, 'event')} deleted{also}"))
    for source_id, reason in done.skipped.items():
        say(clean(f"  still there: the copy of the event with the id …{source_id[-8:]}: {reason}"), style="yellow")


def as_json(done: Purge, wired: Wired) -> dict[str, Any]:
    """A purge as `--json` prints it."""
    return {
        "mirror": done.mirror,
        "exit": done.exit_code,
        "deleted": done.deleted,
        "calendar_deleted": done.calendar_deleted,
        "skipped": [{"source_id": one, "reason": reason} for one, reason in done.skipped.items()],
        "requests": wired.requests,
    }


def _counted(number: int, what: str, plural: str = "s") -> str:
    return f"{number} {what}{plural if number != 1 else ''}"
