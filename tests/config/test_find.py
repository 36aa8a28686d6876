"""Which configuration file is taken, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from calmirror.config import find
from calmirror.config.folders import config_folder, data_folder
from calmirror.errors import UserFixableError


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """A file in each place that is looked at; `environ` and `cwd` below point there."""
    found = {
        "explicit": tmp_path / "explicit.toml",
        "variable": tmp_path / "variable.toml",
        "cwd": tmp_path / "cwd" / "calmirror.toml",
        "platform": tmp_path / "config" / "calmirror" / "calmirror.toml",
    }
    for path in found.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return found


def test_the_order_is_option_variable_working_directory_platform(places: dict[str, Path], tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "CALMIRROR_CONFIG": str(places["variable"])}
    cwd = tmp_path / "cwd"
    assert find(places["explicit"], environ, cwd) == places["explicit"]
    assert find(None, environ, cwd) == places["variable"]
    del environ["CALMIRROR_CONFIG"]
    assert find(None, environ, cwd) == places["cwd"]
    places["cwd"].unlink()
    assert find(None, environ, cwd) == places["platform"]


def test_a_relative_path_is_meant_from_the_working_directory(places: dict[str, Path], tmp_path: Path) -> None:
    assert find(Path("../explicit.toml"), {}, tmp_path / "cwd").samefile(places["explicit"])
    assert find(None, {"CALMIRROR_CONFIG": "calmirror.toml"}, tmp_path / "cwd") == places["cwd"]


@pytest.mark.parametrize("named", ["--config", "$CALMIRROR_CONFIG"])
def test_a_file_that_was_named_is_never_replaced_by_another(
    places: dict[str, Path], tmp_path: Path, named: str
) -> None:
    option = named == "--config"
    missing = tmp_path / "missing.toml"
    with pytest.raises(UserFixableError) as caught:
        find(
            missing if option else None,
            {} if option else {"CALMIRROR_CONFIG": str(missing)},
            places["cwd"].parent,
        )
    assert str(missing) in str(caught.value)
    assert named in str(caught.value)


def test_nothing_found_says_where_it_looked_and_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(UserFixableError) as caught:
        find(None, {"HOME": str(tmp_path / "home")}, tmp_path)
    assert (caught.value.exit_code, caught.value.code) == (4, "config-missing")
    assert "calmirror init" in caught.value.command
    assert caught.value.command.endswith(": calmirror sandbox > calmirror.toml")
    assert str(tmp_path / "calmirror.toml") in str(caught.value)
    assert str(config_folder({"HOME": str(tmp_path / "home")}) / "calmirror.toml") in str(caught.value)


def test_a_file_that_is_there_but_cannot_be_looked_at_is_not_passed_over(tmp_path: Path) -> None:
    endless = tmp_path / "calmirror.toml"
    endless.symlink_to(endless)
    assert find(None, {}, tmp_path) == endless


@pytest.mark.parametrize(
    ("platform", "environ", "config", "data"),
    [
        ("linux", {"HOME": "/h"}, "/h/.config/calmirror", "/h/.local/share/calmirror"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "rel"}, "/c/calmirror", None),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support/calmirror", None),
        ("win32", {"APPDATA": "/r", "LOCALAPPDATA": "/l"}, "/r/calmirror", "/l/calmirror"),
        ("win32", {"USERPROFILE": "/u"}, "/u/AppData/Roaming/calmirror", "/u/AppData/Local/calmirror"),
    ],
)
def test_each_platform_has_its_folders(platform: str, environ: dict[str, str], config: str, data: str | None) -> None:
    assert config_folder(environ, platform) == Path(config)
    other = "/h/.local/share/calmirror" if platform == "linux" else config
    assert data_folder(environ, platform) == Path(data or other)
