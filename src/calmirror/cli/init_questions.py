"""The few questions of `calmirror init`: what is not given as an option is asked for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmirror.cli.screen import clean, say
from calmirror.config.values import plain
from calmirror.config.written import Wanted, unwritable
from calmirror.errors import UserFixableError
from calmirror.google import client_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calmirror.microsoft.calendars import CalendarInfo

    Check = Callable[[str], str]

CLIENT_FILES = ("credentials/google_credentials.json", "google_credentials.json", "client_secret*.json")
KEPT = "credentials/google_credentials.json"
ADDRESSES = ("https://", "http://", "webcal://")
COMMON = "common"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the options of the command say; None for what is to be asked."""

    client_id: str | None = None
    tenant: str | None = None
    credentials: Path | None = None
    source: str | None = None
    destination: str = "Outlook"
    name: str = "work"
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
    """Asks what the options leave open; a default is taken without a question where `yes` was given."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def wanted(self, folder: Path) -> Wanted:
        """The first configuration; which Outlook calendar is chosen later, from a list.

        Args:
            folder: of the configuration; Google's client file is copied into it.
        """
        given = self._given
        client_id, source = self._origin()
        tenant = "" if not client_id else self._tenant()
        microsoft = {"tenant": tenant, "authority_url": given.authority_url, "graph_url": given.graph_url}
        return Wanted(
            client_id=client_id,
            credentials=kept_client_file(self._client_file(), folder),
            microsoft={key: value for key, value in microsoft.items() if value and client_id},
            google={"api_url": given.api_url} if given.api_url else {},
            network={"ca_file": given.ca_file} if given.ca_file else {},
            state={"url": given.state_url} if given.state_url else {},
            mirror={"name": given.name, "source": source, "destination": given.destination},
        )

    def source(self, calendars: Sequence[CalendarInfo]) -> str:
        """The name of the Outlook calendar to read, "" for the default one; its id where the name is not enough."""
        given = self._given.source
        if given is not None or len(calendars) < 2 or self._given.yes:
            return given or ""
        say("Your Outlook calendars:")
        for number, calendar in enumerate(calendars, start=1):
            owner = f", of {calendar.owner}" if calendar.owner else ""
            default = ", the default one" if calendar.is_default else ""
            say(f"{number:>3}  " + clean(f"{calendar.name}{owner}{default}"))
        first = next((n for n, one in enumerate(calendars, start=1) if one.is_default), 1)
        picked = asked("Which one is to be mirrored?", default=first, kind=click.IntRange(1, len(calendars)))
        chosen = calendars[int(picked) - 1]
        alone = sum(one.name.casefold() == chosen.name.casefold() for one in calendars) == 1
        return "" if chosen.is_default else chosen.name if alone else chosen.id

    def go(self, question: str) -> bool:
        """Whether to write."""
        return self._given.yes or confirmed(question)

    def _origin(self) -> tuple[str, str]:
        """The client id, and the source as far as it is known by now."""
        given = self._given
        if given.published:
            return "", given.source or ""
        client_id = given.client_id or self._needed(
            "--client-id",
            "Microsoft: the application (client) id of your app registration, or the address of a published calendar",
            id_or_address,
        )
        return ("", client_id) if is_address(client_id) else (client_id, given.source or "")

    def _tenant(self) -> str:
        if self._given.tenant is not None or self._given.yes:
            return self._given.tenant or ""
        question = 'Your directory (tenant) id; "common" if the app is for any organisation'
        said = asked(question, default=COMMON, check=plain)
        return "" if said == COMMON else said

    def _client_file(self) -> Path:
        if self._given.credentials is not None:
            return self._given.credentials
        found = found_client_file()
        if found is not None and self._given.yes:
            return found
        question = "Google: the client file of your desktop app"
        return Path(self._needed("--credentials", question, client_file_of_google, default=found))

    def _needed(self, option: str, question: str, check: Check, default: Path | None = None) -> str:
        if self._given.yes:
            raise unanswered(option)
        return asked(question, default=str(default) if default else None, check=check)


def asked(
    question: str, *, default: object = None, kind: click.IntRange | None = None, check: Check | None = None
) -> str:
    """A person's answer, asked for again as long as it cannot be right.

    Raises:
        UserFixableError: `init-unanswered` where there is nobody to give one.
    """
    try:
        return str(click.prompt(question, default=default, type=kind, value_proc=check and again(check), err=True))
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
    """A client id, or the address of a published calendar."""
    return answer if is_address(answer) else plain(answer)


def client_file_of_google(answer: str) -> str:
    """The path of a client file that can be used."""
    client_file.read(Path(answer).expanduser())
    return answer


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
