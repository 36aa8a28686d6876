"""Where a platform keeps a program's configuration and data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def config_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The folder of calmirror.toml."""
    if platform == "win32":
        return windows(environ, "APPDATA", "Roaming")
    if platform == "darwin":
        return home(environ) / "Library" / "Application Support" / "calmirror"
    return xdg(environ, "XDG_CONFIG_HOME", ".config")


def data_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The folder of the state."""
    if platform == "win32":
        return windows(environ, "LOCALAPPDATA", "Local")
    if platform == "darwin":
        return home(environ) / "Library" / "Application Support" / "calmirror"
    return xdg(environ, "XDG_DATA_HOME", ".local/share")


def home(environ: Mapping[str, str]) -> Path:
    """The person's home folder."""
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())


def windows(environ: Mapping[str, str], variable: str, folder: str) -> Path:
    """A folder below AppData."""
    return Path(environ.get(variable) or home(environ) / "AppData" / folder) / "calmirror"


def xdg(environ: Mapping[str, str], variable: str, folder: str) -> Path:
    """A folder of the XDG base directories, which must be absolute to count."""
    base = Path(environ.get(variable, ""))
    return (base if base.is_absolute() else home(environ) / folder) / "calmirror"
