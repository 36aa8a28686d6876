"""The tables of calmirror.toml: each key, what it may be, and what it is when it is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calmirror.config import values

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


DAYS = values.whole_number(0, LONGEST_WINDOW - ROLLING)

TABLES: dict[str, tuple[Key, ...]] = {
    "state": (Key("url", values.state_url),),
    "microsoft": (
        Key("client_id", values.plain, ""),
        Key("tenant", values.plain, "common"),
        Key("graph_url", values.service_url, "https://graph.microsoft.com/v1.0"),
        Key("token_command", values.command, ()),
    ),
    "google": (
        Key("credentials", values.text),
        Key("api_url", values.service_url, "https://www.googleapis.com/calendar/v3"),
        Key("token_command", values.command, ()),
        Key("requests_per_minute", values.whole_number(1, 10_000), 600),
    ),
    "mirror": (
        Key("name", values.name, "", required=True),
        Key("source", values.source, ""),
        Key("destination", values.destination, "Outlook"),
        Key("past_days", DAYS, 40),
        Key("future_days", DAYS, 365),
    ),
}
SIGN_IN = {"microsoft": "client_id", "google": "credentials"}


def read_table(kind: str, raw: object, path: KeyPath, problems: Problems) -> dict[str, Any]:
    """The values of one table by key, defaults where they are missing or wrong; notes what is wrong."""
    keys = TABLES[kind]
    if not isinstance(raw, dict):
        header = f"[[{kind}]]" if len(path) > 1 else f"[{kind}]"
        problems.add(path, f"must be a table: a line {header}, its keys below it")
        return {key.name: key.default for key in keys}
    for name in raw.keys() - {key.name for key in keys}:
        problems.add_unknown((*path, name), [key.name for key in keys])
    return {key.name: read_key(key, raw, path, problems) for key in keys}


def read_key(key: Key, raw: dict[str, object], path: KeyPath, problems: Problems) -> Any:
    """One value of a table, or its default."""
    if key.name not in raw:
        if key.required:
            problems.add(path, f"needs a {key.name}")
        return key.default
    try:
        return key.read(raw[key.name])
    except ValueError as error:
        problems.add((*path, key.name), str(error))
        return key.default


def read_service(kind: str, raw: dict[str, object], problems: Problems) -> dict[str, Any]:
    """The table of one service, which says how to sign in."""
    table = raw.get(kind, {})
    read = read_table(kind, table, (kind,), problems)
    needed = SIGN_IN[kind]
    if isinstance(table, dict) and not table.keys() & {needed, "token_command"}:
        problems.add((kind,), f"needs {needed} for signing in, or a token_command; see: calmirror init")
    return read


def read_mirrors(raw: object, problems: Problems) -> list[dict[str, Any]]:
    """The tables of all mirrors; each has a name of its own and a window that can be."""
    if not isinstance(raw, list) or not raw:
        problems.add(("mirror",), "needs at least one [[mirror]], in double brackets")
        return []
    mirrors = [read_table("mirror", table, ("mirror", index), problems) for index, table in enumerate(raw)]
    first: dict[str, int] = {}
    for index, mirror in enumerate(mirrors):
        if mirror["name"] and first.setdefault(mirror["name"], index) != index:
            problems.add(("mirror", index, "name"), f"must not be the name of mirror[{first[mirror['name']]}], too")
        if not problems.within(("mirror", index)):
            check_window(mirror, ("mirror", index, "future_days"), problems)
    return mirrors


def check_window(mirror: dict[str, Any], path: KeyPath, problems: Problems) -> None:
    """Notes a window that is empty or too long."""
    days = mirror["past_days"] + mirror["future_days"]
    if days == 0:
        problems.add(path, "must be at least 1 where past_days is 0: the window would be empty")
    if days + ROLLING > LONGEST_WINDOW:
        most = LONGEST_WINDOW - ROLLING
        problems.add(path, f"must be smaller: with past_days the window has {days} days, at most {most} are possible")
