"""Which configuration file is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calmirror.config.folders import config_folder
from calmirror.errors import UserFixableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "calmirror.toml"
VARIABLE = "CALMIRROR_CONFIG"


def find(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The configuration: what is asked for, then $CALMIRROR_CONFIG, `cwd`, the platform's folder.

    Raises:
        UserFixableError: `config-missing`; a file that was named but is not there is never replaced by another.
    """
    if explicit is not None:
        return existing([cwd / explicit.expanduser()], "--config")
    if environ.get(VARIABLE):
        return existing([(cwd / environ[VARIABLE])], f"${VARIABLE}")
    return existing([cwd / FILE, config_folder(environ) / FILE], "")


def existing(candidates: list[Path], named_by: str) -> Path:
    """The first of the candidates that is there."""
    for path in candidates:
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return path  # it is there, or may be; reading it says what is wrong
        return path
    looked = ", then ".join(str(path) for path in candidates)
    by = f" (from {named_by})" if named_by else ""
    raise UserFixableError(
        f"There is no configuration. Looked for {looked}{by}",
        code="config-missing",
        command="To set up a first mirror: calmirror init. Only to try things out: calmirror sandbox > calmirror.toml",
    )
