"""`calmirror doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from calmirror.cli.assemble import Clients, open_state_to_look, settings_of
from calmirror.cli.checks import access, machine, network, runs
from calmirror.cli.checks.finding import Check, Finding, Verdict, failed, fine, looked_at, note
from calmirror.cli.checks.sign_in import sign_in
from calmirror.cli.failures import pasteable, worst
from calmirror.cli.forgotten import forgotten_events
from calmirror.cli.options import Asked, reporting_options
from calmirror.cli.screen import clean, say, say_json
from calmirror.cli.sign_ins import SignIns
from calmirror.errors import CalmirrorError
from calmirror.http.clock import SystemClock
from calmirror.http.sockets import SocketTransport

if TYPE_CHECKING:
    from calmirror.config import Settings
    from calmirror.model.mirror import MirrorState, RunRecord
    from calmirror.tokens.model import Service

SIGNS = {Verdict.FINE: ("ok  ", None), Verdict.NOTE: ("note", "yellow"), Verdict.WRONG: ("BAD ", "red")}
LAST_RUNS = 20


@click.command()
@reporting_options
def doctor(asked: Asked) -> int:
    """Check everything that can hinder a mirror, and say how to cure it. Changes nothing.

    Asks both services. Ends with 0 when nothing is wrong, else with what a sync would end with.
    """
    codes = []
    for finding in findings(asked):
        codes.append(finding.exit_code)
        if asked.as_json:
            say_json(asdict(finding) | {"cure": pasteable(finding.cure, asked.config)})
        else:
            _show(finding, asked)
    if not asked.as_json:
        bad = sum(code != 0 for code in codes)
        say(f"{len(codes)} things looked at, " + (f"{bad} wrong." if bad else "nothing is wrong."))
    return worst(codes)


def findings(asked: Asked) -> Iterator[Finding]:
    """Everything that was looked at, in an order in which one thing rests on another."""
    yield from looked_at("time zones", machine.zones)
    try:
        settings = settings_of(asked)
    except CalmirrorError as error:
        yield failed("configuration", error)
        return
    mirrors = len(settings.mirrors)
    yield fine("configuration", f"{settings.path}, {mirrors} mirror{'s' * (mirrors != 1)}")
    for remark in settings.remarks:
        yield note("configuration", remark)
    yield from looked_at("disk", lambda: machine.disk(settings))
    yield from looked_at("state", lambda: machine.state(settings))
    yield from looked_at("keys", lambda: machine.keys(settings))
    states, last = remembered(settings)
    clients = Clients(settings)
    for mirror in settings.mirrors:
        if mirror.feed:
            yield from looked_at(f"published calendar of {mirror.name}", partial(access.published, mirror, clients))
    yield from services(settings, states, clients)
    yield from looked_at("schedule", lambda: runs.schedule(settings.path))
    yield from looked_at("quota", lambda: runs.quota(last, settings.google.requests_per_minute))
    now = SystemClock().now()
    for mirror in settings.mirrors:
        yield from runs.last_success(mirror, states.get(mirror.name), now)
    if states:
        yield from looked_at("forgotten mirrors", lambda: runs.forgotten(forgotten_events(asked)))


def services(settings: Settings, states: dict[str, MirrorState], clients: Clients) -> Iterator[Finding]:
    """Both services: the way there, the sign-in as it is remembered, what it reaches. Each rests on the one before."""
    sign_ins = SignIns(settings)
    sides: tuple[tuple[Service, str, Check], ...] = (
        ("Microsoft", settings.microsoft.graph_url, lambda: access.outlook(settings, clients)),
        ("Google", settings.google.api_url, lambda: access.google(settings, clients, states)),
    )
    transport, clock = SocketTransport(ca_file=settings.ca_file), SystemClock()
    for service, url, reached in sides:
        if service not in sign_ins.services:
            continue
        way = network.Way(transport, clock, service=service, url=url)
        steps: tuple[tuple[str, Check], ...] = (
            (f"way to {service}", way.check),
            (f"sign-in to {service}", partial(sign_in, sign_ins, service)),
            (service, reached),
        )
        for subject, check in steps:
            found = list(looked_at(subject, check))
            yield from found
            if any(finding.exit_code for finding in found if finding.subject == subject):
                break


def remembered(settings: Settings) -> tuple[dict[str, MirrorState], list[RunRecord]]:
    """The mirrors' states and their last runs, as far as the state can be read; what hinders that is told elsewhere."""
    try:
        with closing(open_state_to_look(settings)) as store:
            states = {state.name: state for state in store.mirrors()}
            return states, [run for mirror in settings.mirrors for run in store.runs(mirror.name, LAST_RUNS)]
    except CalmirrorError:
        return {}, []


def _show(finding: Finding, asked: Asked) -> None:
    sign, style = SIGNS[finding.verdict]
    first, *more = finding.what.splitlines()
    say(clean(f"{sign} {finding.subject}: {first}"), style=style)
    for line in more:
        say("       " + clean(line), style=style)
    if finding.cure:
        say("     → " + clean(pasteable(finding.cure, asked.config)))
    if finding.code:
        say(f"     code: {finding.code}")
