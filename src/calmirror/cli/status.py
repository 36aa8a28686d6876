"""`calmirror status`."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from calmirror.cli.assemble import chosen, open_state_to_look, settings_of
from calmirror.cli.failures import pasteable
from calmirror.cli.forgotten import name_forgotten
from calmirror.cli.options import Asked, common_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.sign_ins import SignIns
from calmirror.cli.sync import VERBS, held_line
from calmirror.mirror.rounds import DAY
from calmirror.model.mirror import WAITS, MirrorState, RunRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from calmirror.store import Store
    from calmirror.tokens.model import Service

LAST_RUNS = 5
UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
ENDINGS = {
    "": "not finished",
    "stock": "repair: looked at what Google holds",
    "renew": "repair: found what is to be written anew",
    "new-calendar": "repair: found the calendar gone",
    "not-confirmed": "declined when asked, nothing written",
}
"""How a run ended, in words, where what is recorded is not one itself."""
CURES = {
    "mass-delete": "to see what would go: calmirror plan",
}


@click.command()
@common_options
def status(asked: Asked) -> int:
    """Show when each mirror was last right, and what hinders it. Asks neither service."""
    settings = settings_of(asked)
    mirrors = chosen(settings, asked.mirrors)
    now, accounts = time.time(), SignIns(settings).accounts()
    with closing(open_state_to_look(settings)) as store:
        known = {state.name: state for state in store.mirrors()}
        for mirror in mirrors:
            state = known.get(mirror.name, MirrorState(name=mirror.name))
            if asked.as_json:
                say_json(as_json(state, store, accounts))
            else:
                for line in lines(state, store, now, accounts):
                    say(pasteable(line, asked.config, state.name))
    name_forgotten(asked)
    return 0


def lines(state: MirrorState, store: Store, now: float, accounts: Mapping[Service, str]) -> Iterator[str]:
    """What is known of one mirror."""
    runs = store.runs(state.name, LAST_RUNS)
    if not runs:
        yield f"{state.name}: never synchronised. To start: calmirror sync"
        return
    right = f"last right {amount(now - state.succeeded_at)} ago" if state.succeeded_at else "not right yet"
    if waits := len(store.memories(state.name, WAITS)):
        what = "1 deletion waits" if waits == 1 else f"{waits} deletions wait"
        right = f"{what} for your word, all else is followed; to see which: calmirror plan; {right}"
    yield f"{state.name}: {right}"
    if named := [f"{clean(account)} ({service})" for service, account in accounts.items() if account]:
        yield f"  accounts: {', '.join(named)}"
    if state.last_error:
        cure = CURES.get(state.last_error, "to see what happened and what to do: calmirror sync")
        times = f", {state.failures} times in a row" if state.failures > 1 else ""
        yield f"  last error: {state.last_error}{times}; {cure}"
    if state.lease_owner and state.lease_until > now:
        yield "  a run is at work, or was killed; then the next sync goes on from there"
    yield f"  events: {store.count_sources(state.name)} mirrored"
    if state.window_start:
        yield f"  window: {state.window_start[:10]} to {state.window_end[:10]}"
        due = state.full_at + DAY - now
        yield f"  whole calendar read again: {f'in {amount(due)}' if due > 0 else 'with the next run'}"
    changed, since = store.drifted(state.name)
    if changed:
        ago = amount(now - since)
        yield f"  changed or deleted by hand in Google, and kept so: {changed}, the first found {ago} ago"
        yield f"    to put them right: calmirror repair --mirror {state.name}"
    if held := len(store.held(state.name)):
        yield held_line(state.name, held)
    if unsettled := len(store.unsettled(state.name)):
        yield f"  to be looked into by the next run: {unsettled}"
    yield "  last runs:"
    for run in runs:
        yield f"    {run_line(run)}"


def run_line(run: RunRecord) -> str:
    """One run: when (UTC), how it ended, what it wrote."""
    started = f"{datetime.fromtimestamp(run.started_at, UTC):%Y-%m-%d %H:%M} UTC"
    written = [f"{run.counts[verb]} {word}" for verb, word in VERBS.items() if run.counts.get(verb)]
    said = [ENDINGS.get(run.outcome, run.outcome), *(["whole calendar"] if run.full else []), *written]
    return f"{started}  {', '.join(said)}"


def as_json(state: MirrorState, store: Store, accounts: Mapping[Service, str]) -> dict[str, Any]:
    """What is known of one mirror, as `--json` prints it."""
    return {
        "mirror": state.name,
        "exit": 0,
        "configured": True,
        "accounts": {service.lower(): account for service, account in accounts.items()},
        "succeeded_at": moment(state.succeeded_at),
        "last_error": state.last_error,
        "failures": state.failures,
        "events": store.count_sources(state.name),
        "window": {"start": state.window_start, "end": state.window_end} if state.window_start else None,
        "next_full_round": moment(state.full_at and state.full_at + DAY),
        "unsettled": len(store.unsettled(state.name)),
        "drifted": {"events": store.drifted(state.name)[0], "since": moment(store.drifted(state.name)[1])},
        "held": len(store.held(state.name)),
        "waiting_deletions": len(store.memories(state.name, WAITS)),
        "runs": [run_json(run) for run in store.runs(state.name, LAST_RUNS)],
    }


def run_json(run: RunRecord) -> dict[str, Any]:
    """One run; `outcome` is "" while it is at work or when it was interrupted."""
    return {
        "started_at": moment(run.started_at),
        "ended_at": moment(run.ended_at),
        "full": run.full,
        "outcome": run.outcome,
        "counts": dict(run.counts),
    }


def moment(at: float) -> str | None:
    """UNIX seconds as `--json` prints them; null for 0, which is never."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else None


def amount(seconds: float) -> str:
    """A length of time in its largest unit."""
    for size, unit in UNITS:
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {unit}{'s' * (number != 1)}"
    return "less than a minute"
