"""The contract suite with real accounts: scratch calendars are made, acted in and removed; nothing else is written."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import contract_google
import contract_outlook
from contract_answers import Recording, Redaction, evidence
from contract_check import Check, Finding, NotSettledError, Suite, found
from contract_google import GoogleScratch
from contract_google_checks import GOOGLE
from contract_outlook import Outlook
from contract_outlook_checks import MICROSOFT

from calmirror.cli.connect import Terminal, usual
from calmirror.cli.sign_ins import SignIns
from calmirror.config import Settings
from calmirror.errors import UserFixableError
from calmirror.google.refusals import is_rate_limit
from calmirror.http.client import Client, TokenSource, never
from calmirror.http.clock import SystemClock
from calmirror.http.pacing import Meter
from calmirror.http.sockets import SocketTransport
from calmirror.http.tokens import TokenCommand
from calmirror.microsoft.addresses import calendar_path
from calmirror.microsoft.calendars import resolve_calendar
from calmirror.microsoft.registration import Registration
from calmirror.microsoft.sign_in import MicrosoftSignIn
from calmirror.tokens.endpoint import Endpoint
from calmirror.tokens.model import SignIn
from calmirror.tokens.person import Asking, Way

NOTE = "calmirror-contract.json"
"""Notes scratch calendars as long as they exist, beside the sign-ins."""
WRITE = "Calendars.ReadWrite"
Show = Callable[[Suite, Finding], None]


def typed_line(question: str) -> str | None:
    """A line that a person types; None where nobody is there."""
    click.echo(f"{question} ", nl=False)
    line = sys.stdin.readline()
    return line.strip() if line else None


def agreed(question: str) -> bool:
    """Whether a person types yes."""
    return (typed_line(f"{question} [y/N]:") or "").lower() in ("y", "yes")


class TerminalPerson:
    """The person at this terminal, with the service's own screen in a browser."""

    def does(self, sentence: str, act: str, **arguments: Any) -> None:
        """As Person.does: the act is the person's own."""
        del act, arguments
        click.echo(f"\n  Please: {sentence}")
        said = typed_line("  Press Enter when it is done, or type s to leave it out:")
        if said != "":
            raise NotSettledError("it was left out" if said else "nobody was there to do it")


class Leftovers:
    """The scratch calendars that exist, in a file, for the case that a run is killed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def known(self, service: str) -> list[str]:
        """The ids of a service's scratch calendars."""
        return [one for name, one in self._read() if name == service]

    def add(self, service: str, calendar: str) -> None:
        """Note a calendar."""
        self._write([*self._read(), [service, calendar]])

    def remove(self, service: str, calendar: str) -> None:
        """Forget a calendar."""
        self._write([one for one in self._read() if one != [service, calendar]])

    def _read(self) -> list[list[str]]:
        return json.loads(self._path.read_text()) if self._path.exists() else []

    def _write(self, entries: list[list[str]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if entries:
            self._path.write_text(json.dumps(entries))
        else:
            self._path.unlink(missing_ok=True)


class WritingRegistration(Registration):
    """The same app, asking for the right to write."""

    @property
    def scope(self) -> str:
        """Calendars.ReadWrite."""
        return f"{super().scope}Write"


class WritingSignIn(MicrosoftSignIn):
    """Tokens that may write, kept in memory alone."""

    def _checked(self, sign_in: SignIn) -> SignIn:
        if WRITE.lower() not in {scope.rpartition("/")[2].lower() for scope in sign_in.scopes}:
            raise UserFixableError(
                f"Microsoft did not grant {WRITE}",
                code="sign-in-scopes",
                command="Run this again without the right to write: fewer checks run then",
            )
        return sign_in


class MemoryTokens:
    """The tokens of a sign-in that ends with this program."""

    cure = "Run this again"

    def __init__(self, flow: WritingSignIn, sign_in: SignIn) -> None:
        self._flow = flow
        self._sign_in = sign_in

    def token(self) -> str:
        """The access token."""
        return self._sign_in.access_token

    def renew(self) -> str:
        """Another access token, after an hour."""
        self._sign_in = self._flow.refresh(self._sign_in)
        return self._sign_in.access_token


@dataclass(frozen=True, slots=True)
class Account:
    """One service of a live run. `read_only` has the reason, "" where a scratch calendar is made."""

    suite: Suite
    client: Client
    recording: Recording
    read_only: str = ""

    def checks(self, wanted: Callable[[Check], bool]) -> list[Check]:
        """The checks that can run; those that ask a person come last."""
        able = [check for check in self.suite.checks if wanted(check) and not (check.writes and self.read_only)]
        return sorted(able, key=lambda check: check.asks)


class Live:
    """A run with the accounts of one configuration.

    Args:
        writer: prints a token that may write at Microsoft; "" to be asked for a sign-in.
        way: how to sign in for that; None for what is usual.
    """

    def __init__(self, settings: Settings, *, writer: str = "", way: Way | None = None) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._transport = SocketTransport(ca_file=settings.ca_file)
        self._sign_ins = SignIns(settings, self._transport, self._clock)
        self._writer = writer
        self._way = way or usual("Microsoft")
        self._left = Leftovers(settings.tokens.file.with_name(NOTE))
        self.evidence: dict[str, list[dict[str, Any]]] = {}

    def accounts(self) -> Iterator[Account]:
        """The services of the configuration; asks for a sign-in to write with."""
        recording = Recording(self._transport)
        client = self._client(recording, "Google", self._settings.google.api_url, self._sign_ins.tokens("Google"))
        yield Account(GOOGLE, client, recording)
        if "Microsoft" not in self._sign_ins.services:
            return
        recording, tokens = Recording(self._transport), self._writing()
        reading = tokens or self._sign_ins.tokens("Microsoft")
        client = self._client(recording, "Microsoft", self._settings.microsoft.graph_url, reading)
        yield Account(MICROSOFT, client, recording, "" if tokens else "there is no token that may write")

    def offer_removal(self, account: Account) -> None:
        """Offer to remove what an earlier run left."""
        service = account.suite.service
        left = f"{service}: a scratch calendar of an earlier run is left."
        if account.read_only and self._left.known(service):
            click.echo(f"{left} Sign in to write to remove it.")
        for calendar in self._leftovers(account):
            if agreed(f"{left} Remove it?"):
                module(account).remove_calendar(account.client, calendar)
                self._left.remove(service, calendar)

    def run(self, account: Account, checks: Iterable[Check], show: Show) -> list[Finding]:
        """Run checks in a scratch calendar, or read what is there; whatever happens, scratch calendars go.

        Raises:
            CalmirrorError: the service cannot be reached any more.
        """
        findings: list[Finding] = []
        with ExitStack() as held:
            calendars: list[str] = []
            scratch = self._scratch(account, held, calendars)
            kept = self.evidence.setdefault(account.suite.service, [])
            kept.append({"check": "", "says": "How the calendar came.", "exchanges": self._taken(account, calendars)})
            for check in checks:
                findings.append(found(check, scratch))
                kept.append(evidence(findings[-1], account.suite.switches, self._taken(account, calendars)))
                show(account.suite, findings[-1])
                if isinstance(scratch, Outlook):
                    scratch.turn()
        return findings

    def _scratch(self, account: Account, held: ExitStack, calendars: list[str]) -> GoogleScratch | Outlook:
        def another() -> str:
            calendars.append(held.enter_context(self._calendar(account)))
            return calendars[-1]

        person = TerminalPerson()
        if account.suite is GOOGLE:
            made = contract_google.wait_for(account.client, self._clock, another())
            pace = Meter(self._clock, limit=self._settings.google.requests_per_minute)
            click.echo(f"  the scratch calendar could be used after {made.seconds:.0f} seconds")
            return GoogleScratch(account.client, made, person=person, pace=pace, clock=self._clock)
        if account.read_only:
            sources = [(one.source, one.mailbox) for one in self._settings.mirrors if not one.feed]
            path = calendar_path(resolve_calendar(account.client, *(sources or [("", "")])[0]))
        else:
            path = f"/me/calendars/{quote(another(), safe='')}"
        writes = not account.read_only
        return Outlook(account.client, path, writes=writes, person=person, clock=self._clock, another=another)

    @contextmanager
    def _calendar(self, account: Account) -> Iterator[str]:
        """A scratch calendar, noted as long as it exists."""
        service = account.suite.service
        made = module(account).make_calendar(account.client)
        self._left.add(service, made)
        try:
            yield made
        finally:
            click.echo(f"  removing the scratch calendar at {service} ...")
            module(account).remove_calendar(account.client, made)
            self._left.remove(service, made)

    def _leftovers(self, account: Account) -> Iterable[str]:
        """Scratch calendars that are there; those that are noted, but not there, are forgotten."""
        there = set() if account.read_only else set(module(account).scratch_calendars(account.client))
        for noted in self._left.known(account.suite.service):
            if account.suite is GOOGLE and contract_google.is_scratch(account.client, noted):
                there.add(noted)
            if noted not in there and not account.read_only:
                self._left.remove(account.suite.service, noted)
        return there

    def _taken(self, account: Account, calendars: list[str]) -> list[dict[str, Any]]:
        """The requests and answers since the last call, without what is personal."""
        redaction = Redaction(calendars)
        return [redaction.exchange(request, answer) for request, answer in account.recording.taken()]

    def _client(self, recording: Recording, service: str, url: str, tokens: TokenSource) -> Client:
        throttled = is_rate_limit if service == "Google" else never
        return Client(recording, self._clock, base_url=url, service=service, tokens=tokens, throttled=throttled)

    def _writing(self) -> TokenSource | None:
        """Tokens that may write at Microsoft; None where there are none."""
        microsoft = self._settings.microsoft
        if self._writer:
            return TokenCommand(shlex.split(self._writer), service="Microsoft", cwd=Path.cwd())
        if not microsoft.client_id or microsoft.app:
            return None
        click.echo(
            "Most checks at Microsoft write in a scratch calendar. That takes a second sign-in, for this run only,"
        )
        click.echo(f"with the permission {WRITE}. Its token stays in memory. Without it, checks only read.")
        if not agreed("Sign in to write?"):
            return None
        registration = WritingRegistration(
            client_id=microsoft.client_id,
            tenant=microsoft.tenant,
            graph_url=microsoft.graph_url,
            authority_url=microsoft.authority_url,
        )
        flow = WritingSignIn(registration, Endpoint(self._transport, self._clock, "Microsoft"))
        return MemoryTokens(flow, flow.connect(Asking(person=Terminal(), way=self._way)))


def module(account: Account) -> Any:
    """The module that makes and removes scratch calendars at a service."""
    return contract_google if account.suite is GOOGLE else contract_outlook


def listing(account: Account, checks: list[Check]) -> Iterator[str]:
    """What a run is going to do at one service."""
    service, asking = account.suite.service, sum(check.asks for check in checks)
    if account.read_only:
        yield f"{service}: read the calendar of the first mirror; write nothing, since {account.read_only}."
    else:
        yield f'{service}: act in scratch calendars "{contract_google.NAME}", made for this run and deleted at its end.'
    left_out = len(account.suite.checks) - len(checks)
    yield f"  {len(checks)} checks" + (f"; {left_out} others are left out" if left_out else "")
    if asking:
        yield f"  {asking} of them ask you to do something in {service}'s own screen; you may leave that out."
    yield click.wrap_text(", ".join(check.name for check in checks), 110, "  ", "  ")
