"""The few questions of `calmirror init`: what is not given as an option is asked for."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmirror.cli.question import RIGHT_THOUGH_EMPTY
from calmirror.cli.screen import clean, say
from calmirror.config.values import plain
from calmirror.config.written import Wanted, unwritable
from calmirror.errors import UserFixableError
from calmirror.google import client_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from calmirror.microsoft.calendars import CalendarInfo
    from calmirror.tokens.model import Service

    Check = Callable[[str], str]

CLIENT_FILES = ("credentials/google_credentials.json", "google_credentials.json", "client_secret*.json")
KEPT = "credentials/google_credentials.json"
ADDRESSES = ("https://", "http://", "webcal://")
COMMON = "common"
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NOTHING = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the options of the command say; None for what is to be asked, or has a default."""

    client_id: str | None = None
    tenant: str | None = None
    credentials: Path | None = None
    source: str | None = None
    destination: str | None = None
    name: str | None = None
    yes: bool = False
    graph_url: str = ""
    authority_url: str = ""
    api_url: str = ""
    ca_file: str = ""
    state_url: str = ""

    @property
    def published(self) -> bool:
        """Whether the source is the address of a published calendar."""
        return is_address(self.source or "")


class Questions:
    """Asks what the options leave open; a default is taken without a question where `yes` was given.

    Args:
        earlier: what was answered the last time.
        settled: the services that somebody has signed in to with those answers, which are not asked for again.
    """

    def __init__(self, given: Given, earlier: Wanted = NOTHING, settled: Collection[Service] = ()) -> None:
        self._given = given
        self._earlier = earlier
        self._settled = settled

    def wanted(self, folder: Path) -> Wanted:
        """The first configuration; which Outlook calendar is chosen later, from a list.

        Args:
            folder: of the configuration; Google's client file is copied into it.
        """
        given, earlier = self._given, self._earlier
        client_id, source = self._origin()
        tenant = "" if not client_id else self._tenant()
        microsoft = {"tenant": tenant, "authority_url": given.authority_url, "graph_url": given.graph_url}
        usual = {"name": "work", "destination": "Outlook", **earlier.mirror, "source": source}
        mirror = usual | changed({}, {"name": given.name or "", "destination": given.destination or ""})
        google = {"api_url": given.api_url, "scope": scope_for(str(mirror["destination"]))}
        if google["scope"]:
            say(
                "Google will be asked for the events of all calendars that you own: the destination is one that exists."
            )
        return Wanted(
            client_id=client_id,
            credentials=kept_client_file(self._client_file(folder), folder),
            microsoft=changed({**earlier.microsoft, "tenant": ""}, microsoft) if client_id else {},
            google=changed(earlier.google, google),
            network=changed(earlier.network, {"ca_file": given.ca_file}),
            state=changed(earlier.state, {"url": given.state_url}),
            mirror=mirror,
        )

    def source(self, calendars: Sequence[CalendarInfo]) -> str:
        """The name of the Outlook calendar to read, "" for the default one; its id where the name is not enough."""
        before = str(self._earlier.mirror.get("source", ""))
        given = before if self._given.yes and self._given.source is None else self._given.source
        if given is not None or len(calendars) < 2:
            return given or ""
        say("Your Outlook calendars:")
        for number, calendar in enumerate(calendars, start=1):
            owner = f", of {calendar.owner}" if calendar.owner else ""
            default = ", the default one" if calendar.is_default else ""
            say(f"{number:>3}  " + clean(f"{calendar.name}{owner}{default}"))
        usual = (n for n, one in enumerate(calendars, start=1) if before in (one.id, one.name))
        first = next(usual, next((n for n, one in enumerate(calendars, start=1) if one.is_default), 1))
        picked = asked("Which one is to be mirrored?", default=first, kind=click.IntRange(1, len(calendars)))
        chosen = calendars[int(picked) - 1]
        alone = sum(one.name.casefold() == chosen.name.casefold() for one in calendars) == 1
        return "" if chosen.is_default else chosen.name if alone else chosen.id

    def go(self, question: str) -> bool:
        """Whether to write."""
        return self._given.yes or confirmed(question)

    def is_right_though_empty(self, what: str) -> bool:
        """Whether the source, of which `what` says that it holds no event, is the right one; never a default."""
        if self._given.yes:
            return False
        say(clean(what))
        return confirmed(RIGHT_THOUGH_EMPTY)

    def _origin(self) -> tuple[str, str]:
        """The client id, and the source as far as it is known by now."""
        given, before = self._given, str(self._earlier.mirror.get("source", ""))
        if given.published:
            return "", given.source or ""
        source = before if given.source is None and not is_address(before) else given.source or ""
        client_id = given.client_id or self._before(self._earlier.client_id, "Microsoft") or self._asked_origin(before)
        return ("", client_id) if is_address(client_id) else (client_id, source)

    def _asked_origin(self, before: str) -> str:
        question = (
            "Microsoft: the application (client) id of your app registration, or the address of a published calendar"
        )
        if not is_address(before):
            return self._needed("--client-id", question, id_or_address, default=self._earlier.client_id or None)
        # An address is a secret: it is not shown.
        said = before if self._given.yes else asked(f"{question} (Enter: as before)", default="", shown=False)
        return again(id_or_address)(said) if said else before

    def _before(self, answer: str, service: Service) -> str:
        """The earlier answer where it is not asked for again, "" where it is."""
        return answer if self._given.yes or service in self._settled else ""

    def _tenant(self) -> str:
        before = str(self._earlier.microsoft.get("tenant", ""))
        if self._given.tenant is not None or self._given.yes or "Microsoft" in self._settled:
            return before if self._given.tenant is None else self._given.tenant
        question = 'Your directory (tenant) id; "common" if the app is for any organisation'
        said = asked(question, default=before or COMMON, check=plain)
        return "" if said == COMMON else said

    def _client_file(self, folder: Path) -> Path:
        if self._given.credentials is not None:
            return self._given.credentials
        before = self._earlier.credentials and folder / self._earlier.credentials
        if before and self._before(self._earlier.credentials, "Google"):
            return before
        found = before or found_client_file()
        if found is not None and self._given.yes:
            return found
        question = "Google: the client file of your desktop app"
        return Path(self._needed("--credentials", question, client_file_of_google, default=found))

    def _needed(self, option: str, question: str, check: Check, default: Path | str | None = None) -> str:
        if self._given.yes:
            raise unanswered(option)
        return asked(question, default=str(default) if default else None, check=check)


def asked(
    question: str,
    *,
    default: object = None,
    kind: click.IntRange | None = None,
    check: Check | None = None,
    shown: bool = True,
) -> str:
    """A person's answer, asked for again as long as it cannot be right.

    Raises:
        UserFixableError: `init-unanswered` where there is nobody to give one.
    """
    try:
        proc = check and again(check)
        return str(click.prompt(question, default=default, show_default=shown, type=kind, value_proc=proc, err=True))
    except click.Abort:
        raise _interrupted() from None


def again(check: Check) -> Check:
    """The check as click takes it, of an answer without what pasting or dragging put around it."""

    def checked(answer: str) -> str:
        try:
            return check(answer.strip().strip("'\""))
        except ValueError as error:
            raise click.UsageError(f"it {error}") from None
        except UserFixableError as error:
            raise click.UsageError(error.what) from None

    return checked


def id_or_address(answer: str) -> str:
    """A client id, which is always a GUID, or the address of a published calendar."""
    if is_address(answer) or GUID.fullmatch(plain(answer)):
        return answer
    raise ValueError(
        "must look like 5a4db0ca-1b2c-4d3e-8f90-a1b2c3d4e5f6: it stands on the registration's overview page"
    )


def client_file_of_google(answer: str) -> str:
    """The path of a client file that can be used."""
    client_file.read(Path(answer).expanduser())
    return answer


def changed(before: Mapping[str, object], answers: Mapping[str, str]) -> dict[str, object]:
    """A table of the configuration with the answers that were given; the others stay as they were."""
    given = {key: value for key, value in answers.items() if value}
    return {key: value for key, value in {**before, **given}.items() if value != ""}


def scope_for(destination: str) -> str:
    """The scope that a destination needs; "" for the default one, which only reaches what calmirror made."""
    return "owned" if destination == "primary" or "@" in destination else ""


def confirmed(question: str) -> bool:
    """A person's yes or no; errors as `asked`."""
    try:
        return click.confirm(question, default=False, err=True)
    except click.Abort:
        raise _interrupted() from None


def _interrupted() -> BaseException:
    """Ctrl-C where a person sits; the end of the input where none does."""
    return KeyboardInterrupt() if sys.stdin.isatty() else unanswered("--yes, and what is asked as an option")


def unanswered(option: str) -> UserFixableError:
    """The error of a script that leaves a question open."""
    return UserFixableError(
        "A question was not answered, and there is no default for it.",
        code="init-unanswered",
        command=f"Give it as an option ({option}); all of them: calmirror init --help",
    )


def is_address(text: str) -> bool:
    """Whether a source is the address of a published calendar."""
    return text.lower().startswith(ADDRESSES)


def found_client_file() -> Path | None:
    """A client file of Google's that lies where it would have been downloaded to: the newest one."""
    folders = (Path(), Path.home() / "Downloads")
    files = [file for folder in folders for pattern in CLIENT_FILES for file in folder.glob(pattern)]
    return max(files, key=lambda file: file.stat().st_mtime, default=None)


def kept_client_file(file: Path, folder: Path) -> str:
    """Copies the client file beside the configuration, for its owner alone; its path as the configuration takes it.

    Raises:
        UserFixableError: `google-client-file`: it is not there, or not what is needed; `config-unwritable`: it cannot
            be kept, and no half of it is left.
    """
    file = file.expanduser()
    client_file.read(file)
    place = folder / KEPT
    content = file.read_bytes()
    if not place.exists():
        keep(content, place)
    return KEPT if place.read_bytes() == content else str(file.absolute())


def keep(content: bytes, place: Path) -> None:
    """Writes a new file for its owner alone; errors as `kept_client_file`."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as kept:
                kept.write(content)
        except OSError:
            place.unlink()
            raise
    except OSError as error:
        raise unwritable(place, error) from None
