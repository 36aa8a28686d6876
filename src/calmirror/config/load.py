"""Reads calmirror.toml: a file becomes settings, or one error with everything that is wrong with it."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calmirror.config.folders import data_folder
from calmirror.config.mirrors import read_mirrors
from calmirror.config.problems import Problems
from calmirror.config.settings import (
    GoogleSettings,
    MicrosoftSettings,
    MirrorSettings,
    NotifySettings,
    Settings,
    TokensSettings,
)
from calmirror.config.sign_in import check_sign_in
from calmirror.config.tables import TABLES, read_service, read_table
from calmirror.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[os.stat_result, Path], None]

SQLITE = "sqlite:///"
TOO_DEEP = "the file is nested too deeply"
DOTTED = re.compile(r"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){40}")
"""A key within keys that no configuration has; tomllib takes minutes for some thousands of them."""
PATHS = (
    ("microsoft", "certificate"),
    ("microsoft", "secret_file"),
    ("google", "credentials"),
    ("network", "ca_file"),
    ("tokens", "file"),
)
"""Keys that name a file, relative to the configuration's folder."""


def load(path: Path, environ: Mapping[str, str] = os.environ, *, check: Check | None = None) -> Settings:
    """The settings that a file holds. `environ` tells where the platform keeps data.

    Args:
        check: judges the file that was opened, by its status and path; nothing is read where it raises.

    Raises:
        ConfigError: with all problems of the file, each with its line and key.
    """
    path = path.absolute()
    toml = read_text(path, check)
    raw = parse(toml, path)
    problems = Problems(toml)
    for key in raw.keys() - TABLES.keys():
        problems.add_unknown((key,), TABLES)
    state = read_table("state", raw.get("state", {}), ("state",), problems)
    mirrors = read_mirrors(raw.get("mirror"), problems)
    published = bool(mirrors) and all(mirror["feed"] for mirror in mirrors)
    microsoft = read_service("microsoft", raw, problems, needed=not published)
    google = read_service("google", raw, problems)
    notify = read_table("notify", raw.get("notify", {}), ("notify",), problems)
    network = read_table("network", raw.get("network", {}), ("network",), problems)
    tokens = read_table("tokens", raw.get("tokens", {}), ("tokens",), problems)
    check_sign_in(microsoft, mirrors, problems)
    if texts := problems.texts():
        raise refused(path, texts)
    for table, key in PATHS:
        place = {"microsoft": microsoft, "google": google, "network": network, "tokens": tokens}[table]
        if place[key] is not None:
            place[key] = path.parent / Path(place[key]).expanduser()
    state_url = resolved(state["url"], path.parent, environ)
    return Settings(
        path=path,
        state_url=state_url,
        microsoft=MicrosoftSettings(**microsoft),
        google=GoogleSettings(**google),
        mirrors=tuple(MirrorSettings(**mirror) for mirror in mirrors),
        notify=NotifySettings(**notify),
        tokens=TokensSettings(file=tokens["file"] or tokens_file(state_url, environ), keep=tokens["keep"]),
        ca_file=network["ca_file"],
        remarks=tuple(problems.remarks()),
    )


def read_text(path: Path, check: Check | None = None) -> str:
    """The file's text; editors on Windows put a mark of its encoding first."""
    try:
        with path.open("rb") as file:
            if check:
                check(os.fstat(file.fileno()), path)
            return file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused(path, ["the file is not UTF-8 text; save it as UTF-8"]) from None
    except OSError as error:
        raise refused(path, [f"the file cannot be read: {error.strerror}"]) from None


def parse(toml: str, path: Path) -> dict[str, Any]:
    """The text as TOML, which stops at the first thing that is none."""
    if DOTTED.search(toml):
        raise refused(path, [TOO_DEEP])
    try:
        return tomllib.loads(toml)
    except RecursionError:
        raise refused(path, [TOO_DEEP]) from None
    except ValueError as error:
        what = re.sub(r" \(at .*\)$", "", str(error))
        at = re.search(r"\(at line (\d+), column (\d+)\)$", str(error))
        line = int(at[1]) if at else toml.count("\n") + 1
        raise refused(path, [f"line {line}: this is not TOML: {what}"]) from None


def resolved(url: str | None, folder: Path, environ: Mapping[str, str]) -> str:
    """The state's URL with an absolute path in it."""
    if url is None:
        return f"{SQLITE}{(data_folder(environ) / 'calmirror.db').as_posix()}"
    if not url.startswith(SQLITE):
        return url
    return f"{SQLITE}{(folder / url.removeprefix(SQLITE)).as_posix()}"


def tokens_file(state_url: str, environ: Mapping[str, str]) -> Path:
    """Where sign-ins are kept: beside the state's file, called after it; else in the platform's data folder."""
    if not state_url.startswith(SQLITE):
        return data_folder(environ) / "calmirror-tokens.json"
    state = Path(state_url.removeprefix(SQLITE))
    return state.with_name(f"{state.stem}-tokens.json")


def refused(path: Path, problems: list[str]) -> ConfigError:
    """The error of a configuration that cannot be used."""
    return ConfigError(problems, command=f"Correct {path}, then: calmirror calendars")
