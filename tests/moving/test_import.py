"""The earlier script's set-up is read as data; nothing in it is run or loaded."""

import json
import os
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner

from calmirror.cli.main import main
from calmirror.cli.sign_ins import SignIns
from calmirror.config import load
from calmirror.errors import UserFixableError
from calmirror.moving.assigned import Unknown, assigned
from calmirror.moving.script import read_script

SAMPLE = """\
# outlook
outlook_client_id = "1a2b3c4d-0000-1111-2222-333344445555"
outlook_client_secret = "s3cr3t~value"
outlook_scopes = ["basic", "calendar"]
outlook_token_path = "./credentials/"
outlook_token_filename = "outlook_token.txt"
previous_days = 20  # retrieve this many past days of events
future_days = 100  # retrieve this many future days of events

# google
google_token_path = "./credentials/google_token.pickle"
google_calendar_id = "c_0a1b@group.calendar.google.com"

# misc
events_ts_json_path = "./events_ts.json"
pause = 0.1
force = False  # force full run even if no changes
"""
CLIENT = {
    "installed": {
        "client_id": "x.apps.googleusercontent.com",
        "client_secret": "GOCSPX-s3cr3t",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "redirect_uris": ["http://localhost"],
    }
}
EVENTS = "https://www.googleapis.com/auth/calendar.events"
TOKEN = {"refresh_token": "1//R3FR3SH", "client_id": "x.apps.googleusercontent.com", "scopes": [EVENTS]}
MSAL = {"RefreshToken": {"key": {"secret": "0.R3FR3SH", "client_id": "1a2b", "target": "Calendars.Read"}}}


class Bomb:
    """Unpickled, it leaves a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return (os.mkdir, (str(self.trace),))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A set-up as the script's own guide has it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    old = tmp_path / "old"
    (old / "credentials").mkdir(parents=True)
    (old / "config.py").write_text(SAMPLE)
    (old / "credentials" / "google_credentials.json").write_text(json.dumps(CLIENT))
    (old / "credentials" / "google_token.pickle").write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    (old / "credentials" / "outlook_token.txt").write_text(json.dumps(MSAL))
    return old


def moved_in(folder, *words):
    target = folder.parent / "calmirror.toml"
    return CliRunner().invoke(main, ["--config", str(target), "import", str(folder), *words]), target


def reasons(setup):
    return dict(setup.left)


def test_the_guides_own_set_up_becomes_a_configuration_that_loads(folder):
    done, target = moved_in(folder)
    assert done.exit_code == 0, done.output
    settings = load(target)
    assert settings.microsoft.client_id == "1a2b3c4d-0000-1111-2222-333344445555"
    assert settings.google.credentials == folder / "credentials" / "google_credentials.json"
    [mirror] = settings.mirrors
    assert (mirror.source, mirror.destination) == ("", "c_0a1b@group.calendar.google.com")
    assert (mirror.past_days, mirror.future_days) == (20, 100)
    assert settings.google.scope == "owned"
    assert target.stat().st_mode & 0o777 == 0o600


def test_it_says_what_was_taken_what_was_not_and_that_the_script_must_stop(folder):
    done, _ = moved_in(folder)
    assert "+ the Google calendar c_0a1b@group.calendar.google.com" in done.stdout
    assert "- not the client secret of the Microsoft app: none is needed" in done.stdout
    assert "google_token.pickle: loading a pickle can run code" in done.stdout
    assert "- not the Microsoft sign-in in" in done.stdout
    assert "of no use here: events_ts_json_path, force, outlook_scopes, pause" in done.stdout
    assert "stop the script's schedule" in done.stdout


def test_no_secret_and_no_token_reaches_the_screen_or_the_file(folder):
    for words in ((), ("--json",)):
        done, target = moved_in(folder, *words)
        for secret in ("s3cr3t", "R3FR3SH"):
            assert secret not in done.output + target.read_text()
        target.unlink()


def test_a_sign_in_that_lies_there_as_json_goes_on_for_its_own_client(folder):
    (folder / "credentials" / "google_token.pickle").unlink()
    (folder / "credentials" / "token.json").write_text(json.dumps(TOKEN))
    assert "R3FR3SH" not in repr(read_script(folder))
    done, target = moved_in(folder)
    assert "+ the sign-in at Google in" in done.stdout
    assert "connect google" not in done.stdout
    assert "R3FR3SH" not in done.output + target.read_text()
    settings = load(target)
    assert settings.google.scope == "events"
    kept = SignIns(settings).standing("Google").sign_in
    assert (kept.refresh_token, kept.scopes) == ("1//R3FR3SH", (EVENTS,))
    assert settings.tokens.file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "somebody-elses"},
        {"scopes": ["https://www.googleapis.com/auth/drive"]},
        {"scopes": None},
        {"refresh_token": None},
    ],
)
def test_a_sign_in_of_another_client_or_purpose_stays_where_it_is(folder, other):
    (folder / "credentials" / "google_token.pickle").unlink()
    (folder / "credentials" / "token.json").write_text(json.dumps(TOKEN | other))
    done, target = moved_in(folder)
    assert "of another client, or for another purpose; sign in once more" in done.stdout
    assert SignIns(load(target)).standing("Google").sign_in is None


def test_a_sign_in_that_is_there_already_is_not_replaced(folder):
    (folder / "credentials" / "token.json").write_text(json.dumps(TOKEN))
    _, target = moved_in(folder)
    target.unlink()
    (folder / "credentials" / "token.json").write_text(json.dumps(TOKEN | {"refresh_token": "another"}))
    done, target = moved_in(folder)
    assert "+ the sign-in" not in done.stdout
    assert SignIns(load(target)).standing("Google").sign_in.refresh_token == "1//R3FR3SH"


def test_a_pickle_is_never_loaded_whatever_it_is_called(folder, tmp_path):
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    for name in ("token.json", "outlook_token.txt", "google_credentials.json"):
        (folder / "credentials" / name).write_bytes(bomb)
    setup = read_script(folder)
    assert not (tmp_path / "exploded").exists()
    assert (setup.google, setup.credentials) == (None, None)


def test_a_configuration_that_exists_is_never_touched(folder):
    target = folder.parent / "calmirror.toml"
    target.write_text("mine")
    done, _ = moved_in(folder)
    assert done.exit_code == 4
    assert "code: config-exists" in done.stderr
    assert target.read_text() == "mine"


def test_names_and_paths_that_are_put_together_are_followed(folder):
    (folder / "config.py").write_text(
        "import os\nfrom pathlib import Path\n"
        "HERE = Path(__file__).resolve().parent\n"
        "app: str = '1a2b'\noutlook_client_id = f'{app}-{7}'\n"
        "outlook_token_path = os.path.join(str(HERE), 'credentials')\n"
        "google_token_path = HERE / 'credentials' / 'google_token.pickle'\n"
        "google_calendar_id = 'c_0a1b' + '@group.calendar.google.com'\n"
        "outlook_token_filename = 'outlook_token.txt'\nweek = 7\nprevious_days = 2 * week\nfuture_days = 400 - 35\n"
    )
    setup = read_script(folder)
    assert (setup.client_id, setup.past_days, setup.future_days) == ("1a2b-7", 14, 365)
    assert setup.calendar_id == "c_0a1b@group.calendar.google.com"
    assert setup.credentials == folder / "credentials" / "google_credentials.json"
    assert any("outlook_token.txt" in what for what in reasons(setup))


def test_the_newer_layout_with_a_source_folder_is_found_from_above(folder):
    inner = folder / "src"
    inner.mkdir()
    (folder / "config.py").rename(inner / "config.py")
    (inner / "config.py").write_text(SAMPLE.replace("./credentials", "./src/credentials"))
    (folder / "credentials").rename(inner / "credentials")
    setup = read_script(folder)
    assert setup.config == (inner / "config.py").resolve()
    assert setup.credentials == inner / "credentials" / "google_credentials.json"


def test_what_comes_from_the_environment_or_another_module_is_said_not_guessed(folder):
    (folder / "config.py").write_text(
        "import os\nfrom secrets_of_mine import google_calendar_id\n"
        "outlook_client_id = os.environ['CLIENT']\nprevious_days = int(os.getenv('DAYS', '3'))\nfuture_days = 9999\n"
    )
    setup = read_script(folder)
    assert "environment variable" in reasons(setup)["the id of the Microsoft app (outlook_client_id)"]
    assert "computed by code" in reasons(setup)["the Google calendar (google_calendar_id)"]
    assert "previous_days" in reasons(setup)
    assert "whole number" in reasons(setup)["future_days"]
    done, target = moved_in(folder)
    assert done.exit_code == 0
    assert f"add client_id to [microsoft] in {target}" in done.stdout


@pytest.mark.parametrize(
    "hostile",
    [
        "import os\nos.mkdir({trace!r})\n",
        "__import__('os').mkdir({trace!r})\n",
        "outlook_client_id = __import__('os').mkdir({trace!r}) or 'x'\n",
        "outlook_client_id = (lambda: __import__('os').mkdir({trace!r}))()\n",
        "outlook_client_id = f\"{{__import__('os').mkdir({trace!r})}}\"\n",
        "outlook_client_id = [__import__('os').mkdir({trace!r}) for _ in 'x'][0]\n",
        "outlook_client_id = str(__import__('os').mkdir({trace!r}))\n",
        "from pathlib import Path\noutlook_client_id = Path({trace!r}).mkdir()\n",
        "@__import__('os').mkdir\ndef outlook_client_id(): ...\n",
        "class X:\n    import os\n    os.mkdir({trace!r})\n",
        'exec("import os; os.mkdir({trace!r})")\n',
    ],
)
def test_code_with_side_effects_is_never_run(folder, tmp_path, hostile):
    trace = tmp_path / "ran"
    (folder / "config.py").write_text(SAMPLE.partition("google_calendar_id")[0] + hostile.format(trace=str(trace)))
    setup = read_script(folder)
    assert not trace.exists()
    assert setup.past_days == 20
    if "outlook_client_id" in hostile:
        assert setup.client_id == ""


@pytest.mark.parametrize(
    "later",
    [
        "if True:\n    google_calendar_id = 'other'\n",
        "google_calendar_id += 'x'\n",
        "del google_calendar_id\n",
        "for google_calendar_id in ['a']: pass\n",
        "import google_calendar_id\n",
        "(google_calendar_id, b) = 'a', 'b'\n",
        "def google_calendar_id(): ...\n",
        "try:\n    from local import google_calendar_id\nexcept ImportError: pass\n",
    ],
)
def test_a_value_that_code_may_have_changed_since_is_not_believed(folder, later):
    (folder / "config.py").write_text(SAMPLE + later)
    assert read_script(folder).calendar_id == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"outlook_client_id = \n", "line 1 is not Python"),
        (b"a = 'x\0'", "not Python"),
        (b"a = " + b"(" * 500 + b")" * 500, "Python"),
        (b"a = " + b"-" * 100_000 + b"1", "Python"),
        (b"\xff\xfe", "cannot be read"),
        (b"#" * 2_000_000, "cannot be read"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_in_one_sentence(folder, content, why):
    (folder / "config.py").write_bytes(content)
    with pytest.raises(UserFixableError, match="was not understood") as refused:
        read_script(folder)
    assert why in refused.value.what
    assert refused.value.code == "script-unreadable"


def test_texts_and_numbers_that_grow_without_end_are_given_up():
    doubling = "a = 'xxxxxxxxxx'\n" + "a = a + a\n" * 60
    assert isinstance(assigned(doubling, Path("x"))["a"], Unknown)
    assert isinstance(assigned("b = 10\n" + "b = b * b\n" * 60, Path("x"))["b"], Unknown)


def test_the_untouched_example_is_told_from_a_real_one(folder):
    (folder / "config.py").write_text(
        'outlook_client_id = "your-client-id-here"\ngoogle_calendar_id = "your-calendar"\n'
    )
    setup = read_script(folder)
    assert (setup.client_id, setup.calendar_id) == ("", "")
    assert "example" in reasons(setup)["the Google calendar (google_calendar_id)"]


@pytest.mark.parametrize(("kind", "why"), [("web", "of a web application"), ("type", "not what Google hands out")])
def test_a_client_file_of_another_kind_is_refused_with_the_cure(folder, kind, why):
    (folder / "credentials" / "google_credentials.json").write_text(json.dumps({kind: {}}))
    setup = read_script(folder)
    assert setup.credentials is None
    assert why in reasons(setup)["the Google client file google_credentials.json"]
    assert "Desktop app" in reasons(setup)["the Google client file google_credentials.json"]


def test_a_folder_without_a_set_up_is_named(tmp_path):
    with pytest.raises(UserFixableError) as refused:
        read_script(tmp_path)
    assert refused.value.code == "script-not-found"


def test_what_stands_in_strings_cannot_steer_the_terminal_or_break_the_file(folder):
    (folder / "config.py").write_text('outlook_client_id = "a\\x1b[31m"\ngoogle_calendar_id = \'"\\n[state]\'\n')
    done, target = moved_in(folder)
    assert "\x1b" not in done.output
    assert "[state]" not in target.read_text()
