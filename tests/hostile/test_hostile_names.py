"""Names of folders, files and calendars that try to write lines of their own into what calmirror writes."""

from __future__ import annotations

import plistlib
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from calmirror.cli.main import main
from calmirror.config import load
from calmirror.config.written import Wanted, as_toml, toml_value
from calmirror.errors import UserFixableError
from calmirror.schedule.cron import Cron
from calmirror.schedule.job import Job, check_paths
from calmirror.schedule.launchd import Launchd
from calmirror.schedule.systemd import Systemd
from calmirror.schedule.windows import TaskScheduler

ORDER = '[notify]\non_failure = ["touch", "owned"]'
BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\n\n#\n"]
SCRIPT = (
    'outlook_client_id = "1a2b3c4d-0000-1111-2222-333344445555"\ngoogle_calendar_id = "c_0@group.calendar.google.com"\n'
)


@pytest.mark.parametrize("br", BREAKS)
def test_an_imported_folder_writes_no_line_of_its_own(tmp_path, monkeypatch, br):
    folder = tmp_path / f"script{br}{ORDER.replace('/', '')}{br}#"
    folder.mkdir()
    (folder / "config.py").write_text(SCRIPT)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = CliRunner().invoke(main, ["import", str(folder)])
    assert done.exit_code == 0, done.output
    written = tmp_path / "here" / "calmirror.toml"
    assert "notify" not in tomllib.loads(written.read_text())
    assert all(line.isprintable() for line in written.read_text().split("\n"))


def test_a_folder_whose_name_is_no_text_is_told_and_nothing_is_left(tmp_path, monkeypatch):
    folder = tmp_path / "caf\udce9"
    try:
        folder.mkdir()
    except OSError:
        return  # a file system that knows UTF-8 alone
    (folder / "config.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["import", str(folder)])
    assert (done.exit_code, "code: config-unwritable" in done.output) == (4, True), done.output
    assert not (tmp_path / "calmirror.toml").exists()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(origin=TEXT, name=TEXT, words=st.lists(TEXT, max_size=3))
def test_whatever_is_written_is_read_back_and_shows_all_that_is_in_it(origin, name, words):
    toml = as_toml(Wanted(client_id="app", origin=origin, google={"token_command": words}, mirror={"name": name}))
    read = tomllib.loads(toml)
    assert read.keys() == {"microsoft", "google", "mirror"}
    assert (read["mirror"][0]["name"], read["google"]["token_command"]) == (name, words)
    assert all(line.isprintable() for line in toml.split("\n"))


@pytest.mark.parametrize("odd", ["\ud800", "caf\udce9"])
def test_what_toml_cannot_hold_is_refused(odd):
    with pytest.raises(UserFixableError) as refused:
        as_toml(Wanted(client_id="app", mirror={"name": odd}))
    assert refused.value.code == "config-unwritable"


@pytest.mark.parametrize("text", ["a\x7fb", "\u202eevil", "\U000e0041", "tab\there", "😀"])
def test_a_value_is_toml(text):
    written = toml_value(text)
    assert tomllib.loads(f"x = {written}") == {"x": text}
    assert written.isprintable()


def job(folder: Path, **more: object) -> Job:
    file = folder / "calmirror-0123abcd.json"
    made = Job(
        file=file,
        config=folder / "calmirror.toml",
        every=900,
        offset=0,
        using="systemd",
        environment={},
        log=file.with_suffix(".log"),
        python=sys.executable,
    )
    return replace(made, **more)


@pytest.mark.parametrize("odd", ["\n", "\r", "\x1b", "\x01", "\x7f", "\x85", "\u2028", "\udce9", "\t"])
@pytest.mark.parametrize("where", ["config", "file", "log", "python"])
def test_a_path_that_no_schedule_can_be_told_is_refused(tmp_path, odd, where):
    path = Path(f"/home/eva/a{odd}ExecStartPre=evil/x")
    with pytest.raises(UserFixableError) as refused:
        check_paths(job(tmp_path, **{where: str(path) if where == "python" else path}))
    assert refused.value.code == "schedule-path"
    assert odd not in refused.value.what


@pytest.mark.parametrize("using", ["systemd", "cron", "launchd", "windows"])
def test_the_command_refuses_such_a_path_before_anything_is_written(tmp_path, monkeypatch, using):
    folder = tmp_path / "a\rExecStartPre=evil"
    folder.mkdir()
    config = folder / "calmirror.toml"
    config.write_text(
        '[microsoft]\ntoken_command = ["x"]\n[google]\ntoken_command = ["x"]\n[[mirror]]\nname = "work"\n'
    )
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for more in ([], ["--print"]):
        done = CliRunner().invoke(main, ["--config", str(config), "schedule", "install", "--using", using, *more])
        assert (done.exit_code, "code: schedule-path" in done.output) == (4, True), done.output
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["x\\", "x %n $HOME", 'x"; evil', "x'", "日本", "x\\\\"])
def test_what_is_allowed_in_a_path_stays_in_its_place(tmp_path, name):
    """A backslash at the end of a line of a unit takes the next line along."""
    made = job(tmp_path, config=tmp_path / name)
    check_paths(made)
    for content in Systemd().files(made).values():
        assert not [line for line in content.splitlines() if line.endswith("\\")]
    (plist,) = Launchd().files(made).values()
    assert plistlib.loads(plist.encode())["ProgramArguments"] == list(made.command)
    assert TaskScheduler().files(made)
    assert Cron().files(made)


@pytest.mark.parametrize("name", ["Team: a://b", "C://", "://", "a://b c.d/e", "Ops://oncall", "x https://y.example/z"])
def test_a_calendars_name_may_look_a_little_like_an_address(tmp_path, name):
    settings = written(tmp_path, name)
    assert (settings.mirrors[0].source, settings.mirrors[0].feed) == (name, "")


@pytest.mark.parametrize("address", ["https://x.example/a.ics", " webcal://x.example/a.ics", "HTTPS://x.example/a"])
def test_an_address_is_still_one(tmp_path, address):
    assert written(tmp_path, address).mirrors[0].feed.startswith("https://x.example/a")


@pytest.mark.parametrize(
    "address", ["htps://x.example/secret/a.ics", "ftp://x.example/secret", "https://", "http://x.example/secret"]
)
def test_a_mistyped_address_is_told_without_what_is_secret_in_it(tmp_path, address):
    """Taken for a name, it would be shown as one that is not found."""
    with pytest.raises(UserFixableError) as refused:
        written(tmp_path, address)
    assert "secret" not in str(refused.value)


def written(folder, source):
    path = folder / "calmirror.toml"
    google, microsoft = '[google]\ntoken_command = ["x"]\n', '[microsoft]\ntoken_command = ["x"]\n'
    path.write_text(f'{microsoft}{google}[[mirror]]\nname = "work"\nsource = {toml_value(source)}\n')
    return load(path, {})
