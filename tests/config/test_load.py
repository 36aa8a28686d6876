"""Reading calmirror.toml: defaults, resolved paths, and all problems at once with line and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calmirror.config import GoogleSettings, MicrosoftSettings, MirrorSettings, load
from calmirror.config.tables import TABLES
from calmirror.errors import ConfigError

SECRET = "s3cr3t-canary"
SMALLEST = """
[microsoft]
client_id = "1111-2222"

[google]
credentials = "google.json"

[[mirror]]
name = "work"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calmirror.toml"


def problems(file: Path, toml: str) -> list[str]:
    file.write_text(toml)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert caught.value.exit_code == 4
    assert SECRET not in str(caught.value)
    return caught.value.problems


def mirror_problem(file: Path, line: str) -> list[str]:
    return problems(file, SMALLEST + line)


def test_the_smallest_file_has_defaults_for_the_rest(file: Path) -> None:
    file.write_text(SMALLEST)
    settings = load(file, {"XDG_DATA_HOME": "/data"})
    assert settings.path == file
    assert settings.state_url == "sqlite:////data/calmirror/calmirror.db"
    assert settings.microsoft == MicrosoftSettings(
        client_id="1111-2222",
        tenant="common",
        graph_url="https://graph.microsoft.com/v1.0",
        token_command=(),
    )
    assert settings.google == GoogleSettings(
        credentials=file.parent / "google.json",
        api_url="https://www.googleapis.com/calendar/v3",
        token_command=(),
        requests_per_minute=600,
    )
    assert settings.mirrors == (
        MirrorSettings(name="work", source="", destination="Outlook", past_days=40, future_days=365),
    )


def test_every_key_can_be_set(file: Path) -> None:
    file.write_text("""\ufeff
[state]
url = "sqlite:///state/my.db"
[microsoft]
graph_url = "http://127.0.0.1:8080/v1.0/"
tenant = "contoso.example"
token_command = ["az", "account", ""]
[google]
api_url = "http://google.sandbox/calendar/v3"
token_command = ["gcloud"]
requests_per_minute = 60
[[mirror]]
name = "work"
source = "Calendar"
destination = "primary"
past_days = 0
future_days = 1823
[[mirror]]
name = "home"
destination = "c_0123456789@group.calendar.google.com"
""")
    settings = load(file)
    assert settings.state_url == f"sqlite:///{file.parent}/state/my.db"
    assert settings.microsoft.graph_url == "http://127.0.0.1:8080/v1.0"
    assert settings.microsoft.token_command == ("az", "account", "")
    assert settings.google.credentials is None
    assert settings.google.requests_per_minute == 60
    assert [(m.name, m.past_days + m.future_days) for m in settings.mirrors] == [("work", 1823), ("home", 405)]


def test_absolute_paths_stay_as_they_are(file: Path) -> None:
    file.write_text('[state]\nurl = "sqlite:////srv/x.db"' + SMALLEST.replace("google.json", "/etc/google.json"))
    settings = load(file)
    assert settings.state_url == "sqlite:////srv/x.db"
    assert settings.google.credentials == Path("/etc/google.json")


def test_a_postgresql_state_keeps_its_password(file: Path) -> None:
    file.write_text('[state]\nurl = "postgresql://u:p@db/x"' + SMALLEST)
    assert load(file).state_url == "postgresql://u:p@db/x"


def test_a_former_key_is_read_and_named_in_a_remark(file: Path) -> None:
    file.write_text(SMALLEST + 'watch = "never"')
    read = load(file)
    assert read.mirrors[0].check_drift == "never"
    assert [remark.partition(", ")[2] for remark in read.remarks] == ["mirror[0].watch: is called check_drift now"]


def test_a_key_and_its_former_name_are_not_both_right(file: Path) -> None:
    [problem] = mirror_problem(file, 'watch = "never"\ncheck_drift = "daily"')
    assert problem.endswith("mirror[0].watch: is the former name of check_drift, which is there, too; remove this line")


def test_all_problems_are_reported_at_once_in_the_order_of_the_lines(file: Path) -> None:
    assert problems(
        file,
        """colour = 1
[microsoft]
client_id = 7
tenent = "x"
[google]
token_command = "gcloud auth"
[[mirror]]
past_days = true
[[mirror]]
name = "a"
future_days = "365"
[[mirror]]
name = "a"
past_days = -1
""",
    ) == [
        f"line 1, colour: is not a key that is known here; known here: {', '.join(sorted(TABLES))}",
        'line 3, microsoft.client_id: must be text in quotes, like "this"',
        "line 4, microsoft.tenent: is not a key that is known here; did you mean tenant?",
        'line 6, google.token_command: must be a list of words, like ["az", "account", "get-access-token"]',
        "line 7, mirror[0]: needs a name",
        "line 8, mirror[0].past_days: must be a whole number from 0 to 1823",
        "line 11, mirror[1].future_days: must be a whole number from 0 to 1823",
        "line 13, mirror[2].name: must not be the name of mirror[1], too",
        "line 14, mirror[2].past_days: must be a whole number from 0 to 1823",
    ]


def test_missing_tables_are_named_with_what_they_need(file: Path) -> None:
    of_app = "of your app at {} (or a token_command); to try things out: calmirror sandbox".format
    assert problems(file, "[google]\n") == [
        f"microsoft: needs the client_id {of_app('Microsoft')}",
        "mirror: needs at least one [[mirror]], in double brackets",
        f"line 1, google: needs the credentials {of_app('Google')}",
    ]


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("microsoft = 3\n", "line 1, microsoft: must be a table: a line [microsoft], its keys below it"),
        ("[[google]]\n", "line 1, google: must be a table: a line [google], its keys below it"),
        ("[mirror]\n", "line 1, mirror: needs at least one [[mirror]], in double brackets"),
        ("mirror = []\n", "line 1, mirror: needs at least one [[mirror]], in double brackets"),
        ("mirror = [1]\n", "line 1, mirror[0]: must be a table: a line [[mirror]], its keys below it"),
    ],
)
def test_a_table_of_the_wrong_kind_is_said_so(file: Path, toml: str, expected: str) -> None:
    assert expected in problems(file, toml)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("past_days = 0\nfuture_days = 0", "must be at least 1 where past_days is 0: the window would be empty"),
        (
            "past_days = 1000\nfuture_days = 824",
            "must be smaller: with past_days the window has 1824 days, at most 1823 are possible",
        ),
        ("future_days = 1824", "must be a whole number from 0 to 1823"),
        ("future_days = 1.5", "must be a whole number from 0 to 1823"),
    ],
)
def test_an_impossible_window_is_refused(file: Path, days: str, expected: str) -> None:
    [problem] = mirror_problem(file, days)
    assert problem.endswith(f"mirror[0].future_days: {expected}")


def test_a_number_that_is_wrong_is_not_reported_a_second_time_as_a_window(file: Path) -> None:
    assert len(mirror_problem(file, 'past_days = "1"\nfuture_days = 1823')) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://graph.example/", "begins with https://"),
        ("graph.microsoft.com", "begins with https://"),
        ("https:///v1.0", "begins with https://"),
        ("https://graph .example/", "begins with https://"),
        ("https://graph.example\\\\@evil.example/", "begins with https://"),
        ("https://[::1/", "must be a web address"),
        ("https://graph.example:99999/", "must be a web address"),
        ("http://graph.microsoft.com/v1.0", "only reaches this machine"),
        ("http://127.1/", "only reaches this machine"),
        ("http://0x7f000001/", "only reaches this machine"),
        ("http://127.0.0.1.evil.example/", "only reaches this machine"),
        ("http://[::ffff:127.0.0.1]/", "only reaches this machine"),
        (f"https://user:{SECRET}@graph.example/", "without user name"),
        (f"https://graph.example/?key={SECRET}", "without user name"),
        ("https://graph.example/#", "without user name"),
        ("", "must not be empty"),
    ],
)
def test_tokens_only_go_to_addresses_that_are_safe(file: Path, url: str, words: str) -> None:
    [problem] = problems(file, SMALLEST.replace("[google]", f'graph_url = "{url}"\n[google]'))
    assert problem.startswith("line 5, microsoft.graph_url: must ")
    assert words in problem


@pytest.mark.parametrize(
    "url", ["https://g.example", "http://localhost:1/x", "http://127.9.9.9", "http://[::1]:1", "http://a.sandbox/v1"]
)
def test_http_is_for_this_machine_and_the_stand_ins(file: Path, url: str) -> None:
    file.write_text(SMALLEST.replace("[google]", f'graph_url = "{url}"\n[google]'))
    assert load(file).microsoft.graph_url == url


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('source = "  "', "line 10, mirror[0].source: must not be empty"),
        ('destination = ""', "line 10, mirror[0].destination: must not be empty"),
        (f'destination = "{"x" * 101}"', "line 10, mirror[0].destination: must be at most 100 characters long"),
        ('source = "a\\u001bb"', "line 10, mirror[0].source: must be one line without control characters"),
    ],
)
def test_names_are_short_single_lines(file: Path, line: str, problem: str) -> None:
    assert mirror_problem(file, line) == [problem]


@pytest.mark.parametrize("url", ["mysql://x/y", "calmirror.db", "sqlite://", "sqlite:///", f"redis://{SECRET}"])
def test_the_state_is_a_file_or_postgresql(file: Path, url: str) -> None:
    [problem] = problems(file, f'[state]\nurl = "{url}"{SMALLEST}')
    assert problem == "line 2, state.url: must be sqlite:///path/to/file.db or postgresql://…"


@pytest.mark.parametrize("words", ["[]", '[""]', "[1]", '["a\\u0000b"]', '"az"'])
def test_a_token_command_is_a_list_of_words(file: Path, words: str) -> None:
    [problem] = problems(file, SMALLEST.replace("[google]", f"token_command = {words}\n[google]"))
    assert problem.startswith("line 5, microsoft.token_command: must ")


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("[state]\nurl = \n", "line 2: this is not TOML: Invalid value"),
        ("[state]\nurl = 'x", "line 2: this is not TOML: "),
        ("a = 1\na = 2\n", "line 2: this is not TOML: Cannot overwrite a value"),
        ("a = " + "[" * 5000, "the file is nested too deeply"),
    ],
)
def test_what_is_not_toml_is_reported_with_its_line(file: Path, toml: str, expected: str) -> None:
    [problem] = problems(file, toml)
    assert problem.startswith(expected)


def test_files_that_cannot_be_read_say_why(file: Path) -> None:
    file.write_bytes("[state]".encode("utf-16"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(file)
    with pytest.raises(ConfigError, match="Is a directory"):
        load(file.parent)
    with pytest.raises(ConfigError, match="No such file"):
        load(file.parent / "none.toml")


def test_control_characters_of_a_key_do_not_reach_the_screen(file: Path) -> None:
    [problem] = problems(file, '"\\u001b[31m" = 1' + SMALLEST)
    assert problem.startswith("line 1, [31m: ")


def test_each_key_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/configuration.md").read_text()
    for table, keys in TABLES.items():
        start = page.index(f"## `[[{table}]]`" if table == "mirror" else f"## `[{table}]`")
        section = page[start : page.index("\n## ", start)]
        for key in keys:
            assert f"| `{key.name}` |" in section, f"{table}.{key.name}"
            if key.default or key.default == 0:
                assert str(key.default).replace("False", "false") in section, f"{table}.{key.name}"


def test_the_examples_of_the_page_load(file: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/configuration.md").read_text()
    whole, *tables = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    for toml in (whole, "".join(tables)):
        file.write_text(toml)
        assert load(file).mirrors[0].name == "work"


def test_a_key_of_thousands_of_dots_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "calmirror.toml"
    path.write_text("a" + ".a" * 100_000 + " = 1")
    with pytest.raises(ConfigError, match="nested too deeply"):
        load(path)
