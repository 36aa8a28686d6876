"""A new calmirror.toml, from what a person answered: commented, and never over one that exists.

Names of folders and calendars come from others, and a line of their own would be an order: `[notify]` runs commands.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WINDOW = (40, 365)
"""Days past and future, where nobody says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a new configuration is to say.

    Attributes:
        client_id: of the app registration; "" where the source is a published address.
        credentials: Google's client file; "" where `google` holds a token command.
        microsoft, google, network, state: further keys of those tables, values as TOML takes them.
        mirror: the mirror's keys, of which `name` is needed.
        origin: a line on where it comes from, for the top of the file; "" for none.
    """

    client_id: str = ""
    credentials: str = ""
    microsoft: Mapping[str, object] = field(default_factory=dict)
    google: Mapping[str, object] = field(default_factory=dict)
    network: Mapping[str, object] = field(default_factory=dict)
    state: Mapping[str, object] = field(default_factory=dict)
    mirror: Mapping[str, object] = field(default_factory=dict)
    origin: str = ""


def as_toml(wanted: Wanted) -> str:
    """The whole file, read back and compared.

    Raises:
        UserFixableError: `config-unwritable`, where a value is none that TOML can hold.
    """
    toml = "\n".join(_lines(wanted)) + "\n"
    try:
        same = tomllib.loads(toml) == _meant(wanted)
    except ValueError:
        same = False
    if not same:
        raise UserFixableError(
            "A configuration cannot hold one of the names or paths that were given: it is not Unicode text.",
            code="config-unwritable",
            command="Give that folder, file or calendar another name, and try again",
        )
    return toml


def read_back(toml: str) -> Wanted | None:
    """What a file of ours says; None for one that somebody has changed since, or that is not of ours."""
    try:
        tables = tomllib.loads(toml)
        [mirror] = tables.pop("mirror")
        microsoft, google = tables.pop("microsoft", {}), tables.pop("google")
        client_id, credentials = microsoft.pop("client_id", ""), google.pop("credentials", "")
        texts = {"client_id": client_id, "credentials": credentials}
        found = Wanted(**texts, microsoft=microsoft, google=google, mirror=mirror, **tables)
        return found if as_toml(found) == toml else None
    except (ValueError, TypeError, LookupError, AttributeError, UserFixableError):
        return None


def toml_value(value: object) -> str:
    """A text, number, truth value, or list of them as TOML, on one line on which all that is in it can be seen."""
    # JSON's are TOML's, too. What cannot be printed stands within strings alone.
    return "".join(one if one.isprintable() else _escaped(one) for one in json.dumps(value, ensure_ascii=False))


def write_new(path: Path, toml: str) -> None:
    """Writes a configuration for its owner alone, where there is none.

    Raises:
        UserFixableError: `config-exists`, or `config-unwritable`; nothing was written, and no half of a file is left.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UserFixableError(
            f"There is a configuration already: {path}. It was left as it is.",
            code="config-exists",
            command="Use it as it is: calmirror doctor. Or move it away first",
        ) from None
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(toml)
    except OSError as error:
        path.unlink()
        raise unwritable(path, error) from None


def rewrite(path: Path, before: str, toml: str) -> None:
    """Replaces a configuration that we wrote, unless somebody has changed it since. Errors as `write_new`."""
    try:
        if path.read_text(encoding="utf-8") == before:
            draft = path.with_name(f".{path.name}.new")
            draft.unlink(missing_ok=True)
            write_new(draft, toml)
            draft.replace(path)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> UserFixableError:
    """The error of a file of the configuration that cannot be written."""
    return UserFixableError(
        f"The configuration cannot be written to {path}: {error.strerror}.",
        code="config-unwritable",
        command="Free some space, or let this user write there; or name another place with --config",
    )


def _lines(wanted: Wanted) -> Iterator[str]:
    yield "# calmirror: an Outlook calendar, mirrored into Google. Every key: docs/reference/configuration.md"
    if wanted.origin:
        yield "# " + "".join(one if one.isprintable() else _escaped(one) for one in wanted.origin)
    if wanted.state:
        yield from ("", "[state]", *_keys(wanted.state))
    if wanted.client_id or wanted.microsoft:
        yield from ("", "[microsoft]", *_microsoft(wanted))
    yield from ("", "[google]")
    if wanted.credentials:
        yield "# The client file of your own desktop app at Google."
    yield from _keys(({"credentials": wanted.credentials} if wanted.credentials else {}) | dict(wanted.google))
    if wanted.network:
        yield from ("", "[network]", *_keys(wanted.network))
    yield from ("", "[[mirror]]", *_mirror(_window(wanted)))


def _microsoft(wanted: Wanted) -> Iterator[str]:
    if wanted.client_id:
        yield "# The application (client) id of your own app registration at Microsoft."
        yield from _keys({"client_id": wanted.client_id})
    yield from _keys(wanted.microsoft)


def _mirror(keys: dict[str, object]) -> Iterator[str]:
    yield from _keys({"name": keys.pop("name")})
    if "source" in keys:
        yield "# The Outlook calendar: its name or id; empty for the default one; or the address of a published one."
        yield from _keys({"source": keys.pop("source")})
    yield "# The Google calendar: a name, and it is made; or the id of one that exists."
    yield from _keys({"destination": keys.pop("destination")})
    yield "# How many days before and after today are mirrored."
    yield from _keys(keys)
    yield '# How much of each event is shown: "full", "no-details", or "busy".'
    yield '# profile = "full"'


def _keys(keys: Mapping[str, object]) -> Iterator[str]:
    for key, value in keys.items():
        yield f"{key} = {toml_value(value)}"


def _escaped(character: str) -> str:
    return f"\\U{ord(character):08x}"


def _meant(wanted: Wanted) -> dict[str, object]:
    """What the file has to say to whoever reads it."""
    microsoft = ({"client_id": wanted.client_id} if wanted.client_id else {}) | dict(wanted.microsoft)
    google = ({"credentials": wanted.credentials} if wanted.credentials else {}) | dict(wanted.google)
    tables = {"state": dict(wanted.state), "microsoft": microsoft, "network": dict(wanted.network)}
    return {name: table for name, table in tables.items() if table} | {"google": google, "mirror": [_window(wanted)]}


def _window(wanted: Wanted) -> dict[str, object]:
    """The mirror's keys, with what is written where nobody says otherwise."""
    return {"past_days": WINDOW[0], "future_days": WINDOW[1], "destination": "Outlook", **wanted.mirror}
