"""What a configuration says, checked: every value is usable as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calmirror.model.policy import DeletedInGoogle, OnDrift, Past, Policy, Watch
from calmirror.tokens.sealing import Keep

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrosoftSettings:
    """The source side. Either `client_id` or `token_command` is there."""

    client_id: str
    tenant: str
    graph_url: str
    """Without a slash at its end."""
    token_command: tuple[str, ...]
    """The command and its arguments; empty for signing in."""
    authority_url: str = ""
    """Where people sign in, without a slash at its end; "" for that of the cloud of `graph_url`."""
    app: bool = False
    """Whether the app signs in by itself, not a person."""
    certificate: Path | None = None
    """The app's private key and certificate, absolute."""
    secret_file: Path | None = None
    """Holds the app's secret, absolute."""
    mailbox: str = ""
    """Whose calendars are read, where a mirror does not say; "" for those of who signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleSettings:
    """The destination side. Either `credentials` or `token_command` is there."""

    credentials: Path | None
    """The client file, absolute; whether it exists is found out when it is needed."""
    api_url: str
    """Without a slash at its end."""
    token_command: tuple[str, ...]
    requests_per_minute: int = 600
    subject: str = ""
    """Whom a service account acts for."""
    scope: str = "app-created"
    """What is asked for at Google, by a short name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorSettings:
    """One mirror. Its window reaches from `past_days` before today to `future_days` after it."""

    name: str
    source: str
    """Name or id of the calendar; "" is the default calendar."""
    feed: str = field(default="", repr=False)
    """The address of a published calendar, "" for none. Whoever knows it can read the calendar: never show it."""
    destination: str
    """A calendar's name, or its id: "primary" or anything with an @."""
    past_days: int
    future_days: int
    mailbox: str = ""
    """Whose calendar it is; "" for that of who signed in."""
    policy: Policy = field(default_factory=Policy)
    check_drift: Watch = Watch.DAILY
    on_drift: OnDrift = OnDrift.RESTORE
    deleted_in_google: DeletedInGoogle = DeletedInGoogle.RESTORE
    past: Past = Past.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Who is told how runs go; each is empty for nobody."""

    heartbeat: str = ""
    """An address, which is a secret: never show it."""
    on_failure: tuple[str, ...] = ()
    on_recovery: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensSettings:
    """Where sign-ins are kept, and how."""

    file: Path
    keep: Keep = Keep.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A whole configuration; relative paths in it are already resolved against the folder of `path`."""

    path: Path
    state_url: str
    """`sqlite:///` and an absolute path, or `postgresql://…`, which may hold a password: never show it."""
    microsoft: MicrosoftSettings
    google: GoogleSettings
    mirrors: tuple[MirrorSettings, ...]
    tokens: TokensSettings
    ca_file: Path | None = None
    """Certificates to trust besides the system's, absolute."""
    notify: NotifySettings = field(default_factory=NotifySettings)
    remarks: tuple[str, ...] = ()
    """What the file says in a former way: "line 12, mirror[0].watch: is called check_drift now"."""
