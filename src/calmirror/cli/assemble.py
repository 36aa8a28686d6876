"""Settings become mirrors that can run: clients, tokens, the store, time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from calmirror.cli import configuration
from calmirror.cli.screen import clean, complain
from calmirror.cli.sign_ins import SignIns
from calmirror.errors import UserFixableError
from calmirror.http.client import Client, never
from calmirror.http.clock import SystemClock
from calmirror.http.pacing import Meter
from calmirror.http.sockets import SocketTransport
from calmirror.microsoft.calendar import OutlookCalendar
from calmirror.mirror.context import Mirror, Progress
from calmirror.mirror.names import follow_renames
from calmirror.mirror.remembered import Remembered
from calmirror.store import open_store

if TYPE_CHECKING:
    from calmirror.cli.options import Asked
    from calmirror.config import MirrorSettings, Settings
    from calmirror.google.calendar import GoogleCalendar
    from calmirror.http.client import TokenSource
    from calmirror.http.message import Answer
    from calmirror.ics.fetch import FeedClient
    from calmirror.mirror.source import Source
    from calmirror.store import Store

SQLITE = "sqlite:///"
REMEMBERED = "calmirror-calendars.json"


def settings_of(asked: Asked) -> Settings:
    """As `configuration.settings_of`."""
    return configuration.settings_of(asked)


def chosen(settings: Settings, names: tuple[str, ...]) -> list[MirrorSettings]:
    """The mirrors of these names in the order of the configuration; all of them for none."""
    known = [mirror.name for mirror in settings.mirrors]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserFixableError(
            f"There is no mirror {', '.join(map(repr, unknown))}; there is {', '.join(map(repr, known))}.",
            code="unknown-mirror",
            command="calmirror status",
        )
    return [mirror for mirror in settings.mirrors if not names or mirror.name in names]


@dataclass(frozen=True, slots=True)
class Wired:
    """One mirror, ready to run, and the clients behind it."""

    mirror: Mirror
    source: Client | FeedClient
    google: Client

    @property
    def requests(self) -> dict[str, int]:
        """Requests sent so far, retries included; a batch is one."""
        return {"microsoft": self.source.requests, "google": self.google.requests}


class WhenNeeded:
    """Tokens that are looked for when the first one is needed: some commands ask nothing of a service."""

    def __init__(self, find: Callable[[], TokenSource]) -> None:
        self._find = find

    @property
    def cure(self) -> str:
        """As TokenSource.cure."""
        return self._find().cure

    def token(self) -> str:
        """As TokenSource.token."""
        return self._find().token()

    def renew(self) -> str:
        """As TokenSource.renew."""
        return self._find().renew()


class Clients:
    """Makes clients of one configuration. They share connections, tokens and Google's pace.

    Its methods and `tokens_of_` members raise UserFixableError `sign-in`, where nobody has signed in.
    """

    def __init__(self, settings: Settings) -> None:
        self.clock = SystemClock()
        self._settings = settings
        self._transport = SocketTransport(ca_file=settings.ca_file)
        self._sign_ins = SignIns(settings, self._transport, self.clock)
        self._meter = Meter(self.clock, limit=settings.google.requests_per_minute)

    @cached_property
    def tokens_of_microsoft(self) -> TokenSource:
        """Where Microsoft's tokens come from."""
        return self._sign_ins.tokens("Microsoft")

    @cached_property
    def tokens_of_google(self) -> TokenSource:
        """Where Google's tokens come from."""
        return self._sign_ins.tokens("Google")

    def microsoft(self) -> Client:
        """A new client of Microsoft Graph."""
        tokens = WhenNeeded(lambda: self.tokens_of_microsoft)
        return self._client("Microsoft", self._settings.microsoft.graph_url, tokens)

    def google(self) -> Client:
        """A new client of Google Calendar."""
        return self._client("Google", self._settings.google.api_url, self.tokens_of_google, throttled=_is_rate_limit)

    def outlook(self, mailbox: str = "") -> OutlookCalendar:
        """The source side, with a client of its own."""
        return OutlookCalendar(self.microsoft(), mailbox)

    def source(self, mirror: MirrorSettings) -> tuple[Client | FeedClient, Source]:
        """What a mirror reads from, and the client behind it, both its own."""
        if not mirror.feed:
            client = self.microsoft()
            return client, OutlookCalendar(client, mirror.mailbox)
        from calmirror.ics.calendar import FeedCalendar  # noqa: PLC0415 - most mirrors have no published calendar
        from calmirror.ics.fetch import FeedClient  # noqa: PLC0415 - as above

        feed_client = FeedClient(self._transport, self.clock, mirror.feed)
        return feed_client, FeedCalendar(feed_client, self.clock, mirror.feed)

    def google_calendar(self, client: Client | None = None) -> GoogleCalendar:
        """The destination side, with this client or one of its own."""
        from calmirror.google.calendar import GoogleCalendar  # noqa: PLC0415 - an idle run asks nothing of Google

        return GoogleCalendar(client or self.google(), self._meter)

    def _client(
        self, service: str, url: str, tokens: TokenSource, throttled: Callable[[Answer], bool] = never
    ) -> Client:
        return Client(self._transport, self.clock, base_url=url, service=service, tokens=tokens, throttled=throttled)


class Assembly:
    """Makes mirrors of one configuration, in any thread. They share connections, tokens and Google's pace.

    Args:
        settings: the configuration.
        only_google: the mirrors are not going to ask anything of Microsoft.

    Raises:
        UserFixableError: `sign-in`, where nobody has signed in to a service.
    """

    def __init__(self, settings: Settings, *, only_google: bool = False) -> None:
        self._clients = Clients(settings)
        self._remembered = Remembered(remembered_path(settings.state_url))
        # Said once for all mirrors, before the first one starts.
        if not only_google and any(not mirror.feed for mirror in settings.mirrors):
            _ = self._clients.tokens_of_microsoft
        _ = self._clients.tokens_of_google

    def wired(self, settings: MirrorSettings, store: Store, progress: Progress) -> Wired:
        """One mirror, for the thread of `store`. Its clients are its own: no other's troubles use up its patience."""
        google = self._clients.google()
        reader, source = self._clients.source(settings)
        mirror = Mirror(
            settings=settings,
            source=source,
            connect=lambda: self._clients.google_calendar(google),
            store=store,
            clock=self._clients.clock,
            remembered=self._remembered,
            progress=progress,
        )
        return Wired(mirror, reader, google)


def open_state(settings: Settings, *, create: bool = True) -> Store:
    """The store, in which the mirrors go by their present names; prints which mirror was renamed."""
    store = open_store(settings.state_url, create=create)
    try:
        for name, former in follow_renames(store, settings.mirrors).items():
            complain(clean(f'{name}: this is the mirror that was called "{former}", and goes on as such'))
    except BaseException:
        store.close()
        raise
    return store


def open_state_to_look(settings: Settings) -> Store:
    """The same as it is; an empty one in memory where there is none yet."""
    try:
        return open_state(settings, create=False)
    except UserFixableError as error:
        if error.code != "state-missing":
            raise
        return open_store("sqlite://")


def sqlite_path(state_url: str) -> Path | None:
    """The state's file, None on a server."""
    return Path(state_url.removeprefix(SQLITE)) if state_url.startswith(SQLITE) else None


def remembered_path(state_url: str) -> Path | None:
    """Where the ids of calendars that we made are kept: beside the state's file."""
    path = sqlite_path(state_url)
    return path and path.parent / REMEMBERED


def _is_rate_limit(answer: Answer) -> bool:
    from calmirror.google.refusals import is_rate_limit  # noqa: PLC0415 - an idle run asks nothing of Google

    return is_rate_limit(answer)
