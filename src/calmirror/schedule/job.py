"""What is to be run, and with what: one small file of ours, to which whatever the system offers only points."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category

from calmirror.errors import UserFixableError
from calmirror.tokens import private_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

REMEMBERED = re.compile(
    r"PATH|HOME|LANG|LC_ALL|TZ|XDG_(CONFIG|DATA|STATE|CACHE)_HOME|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS"
    r"|(?i:https?|all|no)_(?i:proxy)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE"
    r"|AZURE_CONFIG_DIR|CLOUDSDK_\w+|GOOGLE_APPLICATION_CREDENTIALS|CALMIRROR_\w+"
)
"""Schedulers start programs with next to no environment; these are what calmirror and token commands may need."""
SECRET = re.compile(r"CALMIRROR_\w*(SECRET|PASS|TOKEN)\w*")
"""Kept only where a person says so: beside what it protects, a passphrase protects nothing."""
UNSPEAKABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, bytes that are no text, and Unicode's own line breaks."""
MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One configuration that is synchronised every so often."""

    file: Path
    """Where this is kept."""
    config: Path
    every: int
    """Seconds."""
    offset: int
    """Seconds after midnight, local time, of the day's first run."""
    using: str
    environment: Mapping[str, str]
    log: Path | None
    """Where the output goes; None where the system keeps it."""
    python: str

    @property
    def name(self) -> str:
        """What the system knows it by."""
        return self.file.stem

    @property
    def command(self) -> tuple[str, ...]:
        """What the system starts. `-P`: a module of that name in the folder where it starts is not ours."""
        return (self.python, "-P", "-m", "calmirror", "schedule", "run", str(self.file))


def name_of(config: Path) -> str:
    """A configuration's own name, by its absolute path."""
    return f"calmirror-{sha256(os.fsencode(config)).hexdigest()[:8]}"


def machine() -> str:
    """What tells this machine from others."""
    try:
        return MACHINE_ID.read_text(encoding="ascii").strip() or platform.node()
    except (OSError, ValueError):
        return platform.node()


def interpreter(windows: bool = os.name == "nt") -> str:
    """This Python; on Windows the one that opens no window."""
    windowless = Path(sys.executable).with_name("pythonw.exe")
    return str(windowless) if windows and windowless.exists() else sys.executable


def remembered(environ: Mapping[str, str], more: Iterable[str]) -> dict[str, str]:
    """The part of the environment that runs need, and the variables `more`."""
    wanted = {*more, *(name for name in environ if REMEMBERED.fullmatch(name) and not SECRET.fullmatch(name))}
    return {name: value for name, value in sorted(environ.items()) if name in wanted}


def withheld(environ: Mapping[str, str], kept: Collection[str]) -> list[str]:
    """The secrets of calmirror's that are set, and not kept."""
    return sorted(name for name in environ if SECRET.fullmatch(name) and name not in kept)


def check_paths(job: Job) -> None:
    """Refuses paths that no crontab, unit, property list or task can be told.

    Raises:
        UserFixableError: `schedule-path`: a path holds a line break or another control character, or is not Unicode.
    """
    for path in map(str, (job.config, job.file, job.log or "", job.python)):
        if any(category(one) in UNSPEAKABLE for one in path):
            shown = "".join("?" if category(one) in UNSPEAKABLE else one for one in path)
            raise UserFixableError(
                f"A schedule cannot be told the path {shown}: it has a line break or another control character in it, "
                "or is not Unicode text.",
                code="schedule-path",
                command="Give the folder another name, then: calmirror schedule install",
            )


def keep(job: Job) -> None:
    """Writes the job's file, for its owner only: the environment may hold a proxy's password."""
    content = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(job).items()}
    private_file.write(job.file, json.dumps(content, indent=1).encode())


def read(file: Path) -> Job:
    """The job that a file holds.

    Raises:
        UserFixableError: `schedule-file`, where it is missing or not ours.
    """
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Job(
            file=file,
            config=Path(kept["config"]),
            every=int(kept["every"]),
            offset=int(kept["offset"]),
            using=str(kept["using"]),
            environment={str(name): str(value) for name, value in kept["environment"].items()},
            log=Path(kept["log"]) if kept["log"] else None,
            python=str(kept["python"]),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        raise UserFixableError(
            f"The file of the schedule, {file}, is missing or damaged.",
            code="schedule-file",
            command="calmirror schedule install",
        ) from None
