"""The set-up of the script that came before calmirror: `config.py`, and the files that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calmirror.config.tables import DAYS
from calmirror.config.written import Wanted
from calmirror.errors import UserFixableError
from calmirror.google.registration import SCOPES
from calmirror.moving.assigned import LONGEST_FILE, NotPythonError, Unknown, assigned

CONFIG = "config.py"
SIGN_IN_AGAIN = "sign in once more"
MIRROR = "work"
"""What the mirror is called."""
USED = {
    *("outlook_client_id", "outlook_client_secret", "outlook_tenant_id", "tenant_id", "outlook_token_path"),
    *("outlook_token_filename", "previous_days", "future_days", "google_token_path", "google_calendar_id"),
}
"""Names of `config.py` that mean something here; the others are about how the script works."""
SAMPLE = "your-"
"""How the values of the script's example begin."""


@dataclass(frozen=True, slots=True)
class GoogleToken:
    """What a token file of Google's holds; the token itself is never shown. `scope` as in calmirror.toml."""

    file: Path
    scope: str
    refresh_token: str = field(repr=False)


@dataclass(kw_only=True)
class ScriptSetup:
    """What was found. `left` are the things that were not taken, each with the reason."""

    config: Path
    client_id: str = ""
    tenant: str = ""
    calendar_id: str = ""
    past_days: int | None = None
    future_days: int | None = None
    credentials: Path | None = None
    """Google's client file, absolute; None where there is none that can be used."""
    credentials_wanted: Path = Path("credentials/google_credentials.json")
    """Where it would be looked for."""
    google: GoogleToken | None = None
    """The sign-in at Google, where it can go on."""
    left: list[tuple[str, str]] = field(default_factory=list)
    not_needed: tuple[str, ...] = ()
    """Names of `config.py` that calmirror has no use for."""

    def wanted(self) -> Wanted:
        """The same set-up as calmirror's configuration."""
        days = {"past_days": self.past_days, "future_days": self.future_days}
        return Wanted(
            client_id=self.client_id,
            credentials=str(self.credentials or self.credentials_wanted),
            microsoft={"tenant": self.tenant} if self.tenant else {},
            google={"scope": self.scope} if self.calendar_id or self.google else {},
            mirror={
                "name": MIRROR,
                "destination": self.calendar_id or "Outlook",
                **{key: value for key, value in days.items() if value is not None},
            },
            origin=f"From the set-up in {self.config}, by: calmirror import",
        )

    @property
    def scope(self) -> str:
        """What the sign-in at Google has to reach: a calendar that the person made, or what they signed in for."""
        return self.google.scope if self.google else "owned"

    def taken(self) -> Iterator[str]:
        """What was taken, in words."""
        if self.client_id:
            yield "the id of the Microsoft app"
        if self.tenant:
            yield "the tenant at Microsoft"
        if self.calendar_id:
            yield f"the Google calendar {self.calendar_id}"
        if self.credentials:
            yield f"the Google client file {self.credentials}, which stays where it is"
        if self.past_days is not None:
            yield f"{self.past_days} days before today"
        if self.future_days is not None:
            yield f"{self.future_days} days after today"


def read_script(where: Path) -> ScriptSetup:
    """Reads the set-up in a folder, or around a `config.py`. Nothing in it is run, loaded or changed.

    Raises:
        UserFixableError: `script-not-found`, `script-unreadable`.
    """
    config = _config_of(where)
    try:
        values = assigned(_text(config), config)
    except (NotPythonError, OSError, ValueError) as error:
        why = str(error) if isinstance(error, NotPythonError) else "it cannot be read"
        raise UserFixableError(
            f"{config} was not understood: {why}.",
            code="script-unreadable",
            command="To set up a mirror by questions instead: calmirror init",
        ) from None
    return _Finder(config.resolve(), values).setup()


def _config_of(where: Path) -> Path:
    candidates = [where] if where.is_file() else [where / CONFIG, where / "src" / CONFIG]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise UserFixableError(
        f"There is no {CONFIG} in {where}, nor in a folder src below it.",
        code="script-not-found",
        command="calmirror import FOLDER, where FOLDER is the one of the script's config.py",
    )


def _text(file: Path) -> str:
    """The file's text; raises ValueError for one that is too long or not UTF-8."""
    with file.open("rb") as opened:
        content = opened.read(LONGEST_FILE + 1)
    if len(content) > LONGEST_FILE:
        raise ValueError("too long")
    return content.decode("utf-8-sig")


class _Finder:
    """Looks through what `config.py` assigns."""

    def __init__(self, config: Path, values: Mapping[str, Any]) -> None:
        self._values = values
        self._setup = ScriptSetup(config=config)

    def setup(self) -> ScriptSetup:
        setup = self._setup
        setup.client_id = self._text("outlook_client_id", "the id of the Microsoft app")
        setup.tenant = self._text("outlook_tenant_id", "") or self._text("tenant_id", "")
        setup.calendar_id = self._text("google_calendar_id", "the Google calendar")
        setup.past_days, setup.future_days = self._days("previous_days"), self._days("future_days")
        if "outlook_client_secret" in self._values:
            self._leave("the client secret of the Microsoft app", "none is needed to sign in, and none is kept")
        self._google_client()
        self._microsoft_sign_in()
        setup.google = self._google_sign_in()
        plain = (name for name, value in self._values.items() if name not in USED and not isinstance(value, Unknown))
        setup.not_needed = tuple(sorted(name for name in plain if not name.startswith("_")))
        return setup

    def _leave(self, what: str, why: str) -> None:
        self._setup.left.append((what, why))

    def _text(self, name: str, what: str) -> str:
        """A text; where there is none that can be used and `what` is given, it is noted as left."""
        value = self._values.get(name)
        if isinstance(value, str) and value.strip() and value.isprintable() and not value.startswith(SAMPLE):
            return value.strip()
        if what:
            self._leave(f"{what} ({name})", _why_not(value))
        return ""

    def _days(self, name: str) -> int | None:
        value = self._values.get(name)
        try:
            return None if value is None else int(DAYS(value))
        except ValueError as error:
            self._leave(name, value.reason if isinstance(value, Unknown) else str(error))
            return None

    def _google_client(self) -> None:
        setup, token = self._setup, self._file("google_token_path")
        folders = [*([token.parent] if token else []), *(base / "credentials" for base in self._bases())]
        wanted = [folder / "google_credentials.json" for folder in folders]
        found = next((one for one in wanted if one.is_file()), None)
        setup.credentials_wanted = found or wanted[0]
        what = "the Google client file google_credentials.json"
        if found is None:
            self._leave(what, f"it is not there; download it again from the Google Cloud console to {wanted[0]}")
            return
        kind = next(iter(_json(found) or {}), "")
        if kind == "installed":
            setup.credentials = found
        else:
            why = "it is of a web application" if kind == "web" else "it is not what Google hands out"
            self._leave(what, f"{why}; make a client of the type Desktop app, and put its file there")

    def _microsoft_sign_in(self) -> None:
        folder, name = self._file("outlook_token_path"), self._values.get("outlook_token_filename", "o365_token.txt")
        file = folder / name if folder and isinstance(name, str) else None
        if file is not None and file.is_file():
            why = f"it only serves a program that has the client secret; {SIGN_IN_AGAIN}"
            self._leave(f"the Microsoft sign-in in {file}", why)

    def _google_sign_in(self) -> GoogleToken | None:
        named = self._file("google_token_path")
        candidates = [*([named] if named else []), *(base / "credentials" / "token.json" for base in self._bases())]
        for file in (one for one in candidates if one.is_file()):
            content = _json(file)
            if content is None:
                pickled = file.suffix in (".pickle", ".pkl")
                why = "loading a pickle can run code, so it was not" if pickled else "it is not readable as JSON"
            elif token := self._of_this_client(file, content):
                return token
            else:
                why = "it is of another client, or for another purpose"
            self._leave(f"the Google sign-in in {file}", f"{why}; {SIGN_IN_AGAIN}")
        return None

    def _of_this_client(self, file: Path, content: Mapping[str, Any]) -> GoogleToken | None:
        """The sign-in, if the client file is that of the app that it was given to, and it reaches a calendar."""
        client = (_json(self._setup.credentials) or {}) if self._setup.credentials else {}
        client_id, token = str(content.get("client_id", "")), content.get("refresh_token")
        granted = content.get("scopes")
        words = [word for word, scope in SCOPES.items() if isinstance(granted, list) and scope in granted]
        same = client_id == (client.get("installed") or {}).get("client_id")
        return GoogleToken(file, words[0], token) if same and words and isinstance(token, str) else None

    def _file(self, name: str) -> Path | None:
        """A path of the configuration; relative ones count from where the script may have been started."""
        value = self._values.get(name)
        if not isinstance(value, str | Path) or "\0" in str(value):
            return None
        found = [base / value for base in self._bases()]
        return next((one for one in found if one.exists()), found[0])

    def _bases(self) -> list[Path]:
        """The folder of `config.py`, and the one above: newer versions of the script lie in `src`."""
        return [self._setup.config.parent, self._setup.config.parent.parent]


def _why_not(value: object) -> str:
    if isinstance(value, Unknown):
        return value.reason
    if value is None:
        return "config.py does not say"
    return "it is still the example's" if str(value).startswith(SAMPLE) else "it is not a text that can be used"


def _json(file: Path) -> dict[str, Any] | None:
    """A JSON object; None for anything else."""
    try:
        content = json.loads(_text(file))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
