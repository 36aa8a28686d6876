"""The contract suite on the sandbox: whether each check reports exactly the side that was set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract_check import Check, Finding, Suite, found
from contract_google import GoogleScratch, make_calendar, wait_for
from contract_outlook import Outlook

from calmirror.google.refusals import is_rate_limit
from calmirror.google.registration import SCOPES
from calmirror.http.client import Client
from calmirror.http.pacing import Meter
from calmirror.microsoft.addresses import calendar_path
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.transport import SandboxTransport

NOW = 1_795_000_000.0
"""When it is in the sandbox: 18 November 2026."""


class FixedToken:
    """A token that the sandbox takes for ever."""

    cure = ""

    def token(self) -> str:
        """The token."""
        return "contract"

    def renew(self) -> str:
        """The same token."""
        return "contract"


class SandboxPerson:
    """A person whose acts are methods of the sandbox."""

    def __init__(self, acts: object) -> None:
        self._acts = acts

    def does(self, sentence: str, act: str, **arguments: Any) -> None:
        """As Person.does; the sentence is for people."""
        del sentence
        getattr(self._acts, act)(**arguments)


def stand_in(suite: Suite, **switches: Any) -> GoogleService | GraphService:
    """A suite's service in the sandbox, with these switches set."""
    service = GoogleService if suite.service == "Google" else GraphService
    return service(SandboxClock(frozen_at=NOW), switches=suite.switches(**switches))


def scratch_at(service: GoogleService | GraphService, *, writes: bool = True) -> GoogleScratch | Outlook:
    """A scratch calendar at a stand-in; at Microsoft without `writes` the person's own calendar, only to be read."""
    scope = SCOPES["app-created"] if isinstance(service, GoogleService) else f"Calendars.Read{'Write' * writes}"
    service.grant("contract", [scope])
    clock, transport, tokens = service.clock, SandboxTransport([service]), FixedToken()
    if isinstance(service, GoogleService):
        url, person = service.base_url, SandboxPerson(service)
        client = Client(transport, clock, base_url=url, service="Google", tokens=tokens, throttled=is_rate_limit)
        made = wait_for(client, clock, make_calendar(client))
        return GoogleScratch(client, made, person=person, pace=Meter(clock), clock=clock)
    client = Client(transport, clock, base_url=service.base_url, service="Microsoft", tokens=tokens)
    mailbox = service.mailbox
    path = calendar_path(mailbox.add_calendar("Scratch") if writes else mailbox.default_calendar)
    person = SandboxPerson(mailbox)
    return Outlook(
        client, path, writes=writes, person=person, clock=clock, another=lambda: mailbox.add_calendar("Scratch too")
    )


def reports(suite: Suite, check: Check) -> Iterator[tuple[object, Finding]]:
    """What is set, a side of a switch or True for a fact, and what the check reports then."""
    for side in check.sides:
        switches = {**check.given, **({check.switch: side} if check.switch else {})}
        yield side, found(check, scratch_at(stand_in(suite, **switches)))
