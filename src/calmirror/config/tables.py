"""The tables of calmirror.toml: each key, what it may be, and what it is when it is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calmirror.config import choices, values
from calmirror.model.policy import DeletedInGoogle, OnDrift, Past, Policy, Shown, Watch
from calmirror.tokens.sealing import Keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from calmirror.config.lines import KeyPath
    from calmirror.config.problems import Problems

LONGEST_WINDOW = 1825
"""Days that Microsoft lists at once."""
ROLLING = 2
"""Days that a window is wider than configured, so that it holds for every time zone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `read` returns the value or raises ValueError; left out, it is `default` or a problem."""

    name: str
    read: Callable[[object], Any]
    default: Any = None
    required: bool = False
    former: str = ""
    """What it was called before: read all the same, and named in a remark."""


def as_it_is(value: object) -> object:
    """A table or tables within a table, which are read on their own."""
    return value


DAYS = values.whole_number(0, LONGEST_WINDOW - ROLLING)

MOST_ATTENDEES = 500
"""People that an Outlook meeting can have."""
POLICY = Policy()

TABLES: dict[str, tuple[Key, ...]] = {
    "state": (Key("url", values.state_url),),
    "microsoft": (
        Key("client_id", values.plain, ""),
        Key("tenant", values.plain, "common"),
        Key("graph_url", values.service_url, "https://graph.microsoft.com/v1.0"),
        Key("token_command", values.command, ()),
        Key("authority_url", values.https_url, ""),
        Key("sign_in", choices.sign_in, "person"),
        Key("certificate", values.text),
        Key("secret_file", values.text),
        Key("mailbox", values.mailbox, ""),
    ),
    "google": (
        Key("credentials", values.text),
        Key("api_url", values.service_url, "https://www.googleapis.com/calendar/v3"),
        Key("token_command", values.command, ()),
        Key("requests_per_minute", values.whole_number(1, 10_000), 600),
        Key("subject", values.mailbox, ""),
        Key("scope", choices.google_scope, "app-created"),
    ),
    "network": (Key("ca_file", values.text),),
    "tokens": (
        Key("file", values.text),
        Key("keep", choices.one_of(Keep), Keep.AUTO),
    ),
    "notify": (
        Key("heartbeat", values.secret_url, ""),
        Key("on_failure", values.command, ()),
        Key("on_recovery", values.command, ()),
    ),
    "mirror": (
        Key("name", values.name, "", required=True),
        Key("source", values.source, ""),
        Key("mailbox", values.mailbox, ""),
        Key("destination", values.destination, "Outlook"),
        Key("past_days", DAYS, 40),
        Key("future_days", DAYS, 365),
        Key("profile", choices.profile, POLICY.profile),
        Key("busy_title", values.name, POLICY.busy_title),
        Key("private_details", choices.yes_or_no, POLICY.private_details),
        Key("cancelled", choices.one_of(Shown), POLICY.cancelled),
        Key("declined", choices.one_of(Shown), POLICY.declined),
        Key("unanswered", choices.one_of(Shown), POLICY.unanswered),
        Key("reminder", choices.reminder, POLICY.reminder),
        Key("most_attendees", values.whole_number(0, MOST_ATTENDEES), POLICY.most_attendees),
        Key("check_drift", choices.one_of(Watch), Watch.DAILY, former="watch"),
        Key("on_drift", choices.one_of(OnDrift), OnDrift.RESTORE),
        Key("deleted_in_google", choices.one_of(DeletedInGoogle), DeletedInGoogle.RESTORE),
        Key("past", choices.one_of(Past), Past.KEEP),
        Key("colors", as_it_is),
        Key("rule", as_it_is),
    ),
}
SIGN_IN = {"microsoft": "client_id", "google": "credentials"}


def read_table(kind: str, raw: object, path: KeyPath, problems: Problems) -> dict[str, Any]:
    """The values of one of the tables by key, as `read_keys`."""
    header = f"[[{kind}]]" if len(path) > 1 else f"[{kind}]"
    return read_keys(TABLES[kind], header, raw, path, problems)


def read_keys(keys: tuple[Key, ...], header: str, raw: object, path: KeyPath, problems: Problems) -> dict[str, Any]:
    """The values of a table by key, defaults where they are missing or wrong; notes what is wrong."""
    if not isinstance(raw, dict):
        problems.add(path, f"must be a table: a line {header}, its keys below it")
        return {key.name: key.default for key in keys}
    for name in raw.keys() - {name for key in keys for name in (key.name, key.former) if name}:
        problems.add_unknown((*path, name), [key.name for key in keys])
    return {key.name: read_key(key, raw, path, problems) for key in keys}


def read_key(key: Key, raw: dict[str, object], path: KeyPath, problems: Problems) -> Any:
    """One value of a table, or its default."""
    name = key.name
    if key.former and key.former in raw:
        if name in raw:
            problems.add((*path, key.former), f"is the former name of {name}, which is there, too; remove this line")
        problems.remark((*path, key.former), f"is called {name} now")
        name = key.former
    if name not in raw:
        if key.required:
            problems.add(path, f"needs a {key.name}")
        return key.default
    try:
        return key.read(raw[name])
    except ValueError as error:
        problems.add((*path, name), str(error))
        return key.default


def read_service(kind: str, raw: dict[str, object], problems: Problems, *, needed: bool = True) -> dict[str, Any]:
    """The table of one service, which says how to sign in where that is `needed`."""
    table = raw.get(kind, {})
    read = read_table(kind, table, (kind,), problems)
    sign_in = SIGN_IN[kind]
    if needed and isinstance(table, dict) and not table.keys() & {sign_in, "token_command"}:
        app = f"needs the {sign_in} of your app at {kind.title()}"
        problems.add((kind,), f"{app} (or a token_command); to try things out: calmirror sandbox")
    return read
