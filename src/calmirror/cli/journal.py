"""`calmirror journal`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.assemble import chosen, open_state_to_look, settings_of
from calmirror.cli.options import Asked, common_options
from calmirror.cli.plan_lines import SIGNS, Line, kind_of, short, start_of, year_of
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.status import run_json, run_line
from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.config import Settings
    from calmirror.model.mirror import JournalEntry, RunRecord
    from calmirror.store import Store

LAST_RUNS = 30
BY_HAND = ("!", None)
ID_SHOWN = 8
"""Characters of an event's id that are shown: enough to tell events apart, and to name one to `undo`."""

Body = Mapping[str, Any]


@click.command()
@common_options
@click.argument("run", type=int, required=False)
def journal(asked: Asked, *, run: int | None) -> int:
    """List the last runs, or what RUN wrote: each event before and after.

    Asks neither service. Times of runs are UTC, those of events are of each event's own time zone.
    """
    settings = settings_of(asked)
    with closing(open_state_to_look(settings)) as store:
        if run is None:
            _list_runs(asked, settings, store)
        else:
            _show_run(asked, run_of(settings, store, run, asked.mirrors), store)
    return 0


def run_of(settings: Settings, store: Store, number: int, mirrors: tuple[str, ...] = ()) -> RunRecord:
    """The run of that number, of one of the configured mirrors.

    Raises:
        UserFixableError: `run-not-found`.
    """
    names = [mirror.name for mirror in chosen(settings, mirrors)]
    found = store.run(number)
    if found is None or found.mirror not in names:
        raise UserFixableError(
            f"There is no run {number}{f' of mirror {names[0]}' if mirrors else ''}; runs are kept for 90 days.",
            code="run-not-found",
            command="To see which there are: calmirror journal",
        )
    return found


def _list_runs(asked: Asked, settings: Settings, store: Store) -> None:
    for mirror in chosen(settings, asked.mirrors):
        runs = store.runs(mirror.name, LAST_RUNS)
        if asked.as_json:
            listed = [{"run": run.id, **run_json(run)} for run in runs]
            say_json({"mirror": mirror.name, "exit": 0, "runs": listed})
            continue
        say(f"{mirror.name}:" if runs else f"{mirror.name}: never synchronised. To start: calmirror sync")
        for run in runs:
            say(f"  run {run.id}  {run_line(run)}")


def _show_run(asked: Asked, run: RunRecord, store: Store) -> None:
    entries = [entry for _, entry in store.journal(run.id)]
    if asked.as_json:
        listed = [entry_json(entry) for entry in entries]
        say_json({"mirror": run.mirror, "exit": 0, "run": run.id, **run_json(run), "writes": listed})
        return
    say(f"{clean(run.mirror)}: run {run.id}, {run_line(run)}")
    for line in lines(entries, this_year=year_of(run.started_at)):
        say(line.text, style=line.style)


def lines(entries: list[JournalEntry], *, this_year: int) -> Iterator[Line]:
    """Each write in order: what stood there, what stands there now, and why."""
    told = [_told(entry, this_year) for entry in entries]
    widths = [max((len(columns[number]) for columns in told), default=0) for number in range(2)]
    for entry, (when, title) in zip(entries, told, strict=True):
        sign, style = BY_HAND if entry.by_hand else SIGNS[entry.verb]
        reason = f"{entry.reason}  (id …{entry.source_id[-ID_SHOWN:]})"
        yield Line(f"{sign} {when:<{widths[0]}}  {title:<{widths[1]}}  {clean(reason)}", style)
    if not entries:
        yield Line("nothing was written")


def entry_json(entry: JournalEntry) -> dict[str, Any]:
    """One write as `--json` prints it, whole: `before` and `after` are events as Google takes them, or null."""
    return {
        "verb": entry.verb.value,
        "reason": entry.reason,
        "by_hand": entry.by_hand,
        "source_id": entry.source_id,
        "part": entry.part,
        "event_id": entry.event_id,
        "before": entry.before,
        "after": entry.after,
    }


def _told(entry: JournalEntry, this_year: int) -> tuple[str, str]:
    """When and what, before → after where they differ."""
    bodies = [body for body in (entry.before, entry.after) if body is not None]
    whens = [_when(body, this_year) for body in bodies] or ["gone already"]
    titles = [short(str(body.get("summary", ""))) for body in bodies] or [""]
    return " → ".join(dict.fromkeys(whens)), " → ".join(dict.fromkeys(titles)) + _kind(entry.part, bodies)


def _when(body: Body, this_year: int) -> str:
    return start_of(body, "", this_year).shown


def _kind(part: str, bodies: list[Body]) -> str:
    return kind_of(part, bodies[-1] if bodies else {})
