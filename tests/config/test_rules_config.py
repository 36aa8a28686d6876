"""The policies and rules of a mirror: what can be written, and every mistake with its line and key."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calmirror.config import MirrorSettings, load
from calmirror.config.patterns import pattern
from calmirror.config.rules import EFFECTS, KEYS
from calmirror.errors import ConfigError
from calmirror.model.colors import COLORS
from calmirror.model.policy import Condition, Effect, Policy, Profile, Rule, Shown

DOCS = Path(__file__).parents[2] / "docs/reference"
SMALLEST = '[microsoft]\nclient_id = "1"\n[google]\ncredentials = "g"\n[[mirror]]\nname = "work"\n'
RULE = SMALLEST + "[[mirror.rule]]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calmirror.toml"


def mirror(file: Path, toml: str) -> MirrorSettings:
    file.write_text(toml)
    return load(file).mirrors[0]


def rule(file: Path, keys: str) -> Rule:
    return mirror(file, RULE + keys).policy.rules[0]


def problems(file: Path, toml: str) -> list[str]:
    file.write_text(toml)
    with pytest.raises(ConfigError) as caught:
        load(file)
    return caught.value.problems


def rule_problem(file: Path, keys: str) -> str:
    [problem] = problems(file, RULE + keys)
    return problem.split(".rule", 1)[1].removeprefix("[0]").removeprefix(".")


def test_a_mirror_that_says_nothing_has_the_careful_defaults(file: Path) -> None:
    assert mirror(file, SMALLEST).policy == Policy()


def test_every_policy_can_be_set(file: Path) -> None:
    read = mirror(
        file,
        SMALLEST
        + """profile = "Busy"
busy_title = "Away"
private_details = true
cancelled = "show"
declined = "show"
unanswered = "skip"
reminder = 0
most_attendees = 5
check_drift = "every-run"
on_drift = "restore"
deleted_in_google = "respect"
past = "prune"
[mirror.colors]
"Red Category" = "tomato"
"ÄRZTE" = 3
Home = "7"
""",
    )
    assert read.policy == Policy(
        profile=Profile.BUSY,
        busy_title="Away",
        private_details=True,
        cancelled=Shown.SHOW,
        declined=Shown.SHOW,
        unanswered=Shown.SKIP,
        reminder=0,
        most_attendees=5,
        colors={"red category": "11", "ärzte": "3", "home": "7"},
    )
    assert (read.on_drift, read.deleted_in_google, read.past) == ("restore", "respect", "prune")
    assert read.check_drift == "every-run"


def test_every_key_of_a_rule_can_be_set(file: Path) -> None:
    read = rule(
        file,
        """name = "All"
category = ["Gym", "Home"]
sensitivity = "Normal"
show_as = ["out-of-office", "working-elsewhere"]
response = ["tentative", "unanswered"]
title = 'x\\b'
organizer = "ann"
organizer_domain = "Contoso.example"
all_day = false
online = true
weekdays = ["mon", "Sun"]
hours = "22:00-24:00"
zone = "W. Europe Standard Time"
longer_than = 15
shorter_than = 60
profile = "no-details"
new_title = "{category}: {title}"
color = "Sage"
reminder = "default"
visibility = "private"
""",
    )
    assert read == Rule(
        name="All",
        when=Condition(
            categories=("gym", "home"),
            sensitivity=("normal",),
            show_as=("oof", "workingelsewhere"),
            response=("tentativelyaccepted", "notresponded"),
            title=re.compile(r"x\b", re.IGNORECASE),
            organizer=re.compile("ann", re.IGNORECASE),
            organizer_domains=("contoso.example",),
            all_day=False,
            online=True,
            weekdays=frozenset({0, 6}),
            hours=(time(22), time(0)),
            zone=ZoneInfo("Europe/Berlin"),
            longer_than=15,
            shorter_than=60,
        ),
        then=Effect(
            profile=Profile.NO_DETAILS,
            title="{category}: {title}",
            color="2",
            reminder="default",
            visibility="private",
        ),
    )


def test_rules_belong_to_the_mirror_above_them_and_keep_their_order(file: Path) -> None:
    file.write_text(
        RULE + 'title = "a"\nskip = true\n[[mirror.rule]]\ntitle = "b"\nskip = true\n'
        '[[mirror]]\nname = "home"\n[[mirror.rule]]\ntitle = "c"\nskip = true\n'
    )
    titles = [[rule.when.title.pattern for rule in mirror.policy.rules] for mirror in load(file).mirrors]
    assert titles == [["a", "b"], ["c"]]


def test_all_problems_are_reported_at_once_with_line_and_key(file: Path) -> None:
    toml = SMALLEST + (
        'profile = "no_details"\nprivate_details = "yes"\nreminder = "nonne"\n[mirror.colors]\nGym = "Tomatoe"\n'
        '[[mirror.rule]]\ntitel = "x"\nskip = true\n[[mirror.rule]]\ntitle = "("\nzone = "Europe/Berln"\n'
        '[[mirror.rule]]\ntitle = "x"\n'
    )
    colors = "a number from 1 to 11 or one of " + ", ".join(COLORS)
    assert problems(file, toml) == [
        'line 7, mirror[0].profile: must be "full", "no-details" or "busy"; did you mean "no-details"?',
        "line 8, mirror[0].private_details: must be true or false, without quotes",
        'line 9, mirror[0].reminder: must be minutes from 0 to 40320, or "none", "default" or "source"',
        f'line 11, mirror[0].colors.Gym: must be {colors}; did you mean "tomato"?',
        "line 13, mirror[0].rule[0].titel: is not a key that is known here; did you mean title?",
        "line 16, mirror[0].rule[1].title: must be a regular expression: missing ), unterminated subpattern",
        'line 17, mirror[0].rule[1].zone: must be a time zone, like Europe/Berlin; did you mean "Europe/Berlin"?',
        f"line 18, mirror[0].rule[2]: has no effect: give it one of {', '.join(EFFECTS)}",
    ]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('show_as = "oof"', 'show_as: must be "free", "tentative", "busy", "unknown", "out-of-office" or '),
        ('response = ["acepted"]', 'response: must be "accepted", "declined", "organizer", "none", "tentative" or '),
        ("sensitivity = []", "sensitivity: must not be an empty list"),
        ("category = [1]", 'category: must be text in quotes, like "this"'),
        ('organizer_domain = "@x"', "organizer_domain: must consist of letters"),
        ('weekdays = "monday"', 'weekdays: must be "mon", "tue", "wed", "thu", "fri", "sat" or "sun"; did you mean'),
        ('hours = "9-17"', 'hours: must be two times of day, like "09:00-17:30"'),
        ('hours = "09:00-24:30"', "hours: must not go beyond 24:00"),
        ('hours = "09:00-09:00"', "hours: must not begin and end at the same time"),
        ("hours = 9", 'hours: must be two times of day, like "09:00-17:30"'),
        ("longer_than = 0", "longer_than: must be a whole number from 1 to "),
        ('title = "[[a]"', "title: must be a regular expression: Possible nested set"),
        ('new_title = "{titel}"', "new_title: must have nothing else in braces than {title}, {organizer}, {category}"),
        ('new_title = "{title"', ""),
        ("color = 12", "color: must be a number from 1 to 11"),
        ("color = true", "color: must be a number from 1 to 11"),
        ("reminder = 40321", "reminder: must be minutes from 0 to 40320"),
        ('visibility = "public"', 'visibility: must be "private" or "default"'),
    ],
)
def test_a_value_that_cannot_be_is_refused(file: Path, keys: str, problem: str) -> None:
    if problem:
        assert rule_problem(file, keys + "\nskip = false\n").startswith(problem)
    else:
        assert rule(file, keys + "\n").then.title == "{title"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ('skip = true\ncolor = "Sage"', "skip: must stand alone: an event that is skipped has no color"),
        ('hours = "09:00-10:00"\nskip = true', 'hours: needs a zone beside it, like zone = "Europe/Berlin"'),
        ('weekdays = "sat"\nskip = true', 'weekdays: needs a zone beside it, like zone = "Europe/Berlin"'),
        ('zone = "UTC"\nskip = true', "zone: needs weekdays or hours beside it"),
        (
            'all_day = true\nhours = "09:00-10:00"\nzone = "UTC"\nskip = true',
            "hours: must not stand with all_day = true: an all-day event has no hour",
        ),
        (
            "longer_than = 60\nshorter_than = 61\nskip = true",
            "shorter_than: must be more than longer_than, by at least 2, or no event has that length",
        ),
        (
            'response = "declined"\ncolor = 1',
            'response: must not ask for "declined": such events are left out before; set declined = "show"',
        ),
        (
            'sensitivity = ["private", "personal"]\nprofile = "full"',
            "profile: cannot show what private_details = false hides; set private_details = true",
        ),
        (
            'sensitivity = "private"\nnew_title = "{title}"',
            "new_title: cannot ask for what private_details = false hides; set private_details = true",
        ),
        (
            "skip = true\n[[mirror.rule]]\nall_day = true\ncolor = 1",
            "[1]: is never reached: rule[0] applies wherever this one does",
        ),
        (
            'title = "a"\ncolor = 3\n[[mirror.rule]]\ntitle = "b"\ncolor = 1\n[[mirror.rule]]\ntitle = "a"\ncolor = 2',
            "[2]: is never reached: rule[0] applies wherever this one does",
        ),
    ],
)
def test_a_rule_that_contradicts_itself_or_others_is_refused(file: Path, keys: str, problem: str) -> None:
    assert rule_problem(file, keys + "\n") == problem


def test_what_the_mirror_allows_a_rule_may_ask_for(file: Path) -> None:
    head = 'declined = "show"\nprivate_details = true\n[[mirror.rule]]\n'
    keys = 'response = "declined"\nsensitivity = "private"\nprofile = "full"\nnew_title = "{title}"\n'
    assert mirror(file, SMALLEST + head + keys).policy.rules[0].when.response == ("declined",)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("colors = 1\n", "line 7, mirror[0].colors: must be a table: a line [mirror.colors], its categories below it"),
        ("[mirror.rule]\n", "line 7, mirror[0].rule: must be written as [[mirror.rule]], in double brackets"),
        ("rule = [1]\n", "line 7, mirror[0].rule[0]: must be a table: a line [[mirror.rule]], its keys below it"),
        (
            "[mirror.colors]\nGym = 1\ngym = 2\n",
            "line 9, mirror[0].colors.gym: must not be there twice with different colours",
        ),
    ],
)
def test_colors_and_rules_of_the_wrong_kind_are_said_so(file: Path, toml: str, problem: str) -> None:
    assert problems(file, SMALLEST + toml) == [problem]


@pytest.mark.parametrize(
    "written",
    [
        "(a+)+$",
        "(a|a)*b",
        "(a|aa)+$",
        r"(\w+\s?)*$",
        "(x+x+)+y",
        "(.*a){12}",
        "a?" * 30 + "a" * 30,
        "(?:[a-z]{1,10}){1,20}$",
        "(?=(a+)+$)",
        "((a*)*)*",
        "(?>(a|aa)+)b",
        "(a)?(?(1)(b+)+|c)d",
        ".*.*.*x",
        "(a+)++b",
    ],
)
def test_a_pattern_that_could_take_for_ever_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must be simpler"):
        pattern(written)


@pytest.mark.parametrize(
    "written",
    [
        r"\bgym\b",
        "gym|yoga|(swim|run)ning",
        "^(re|fwd?): .*weekly.*sync",
        r"^\[[A-Z]+-\d+\]",
        "colou?r (of|for)? ?the",
        "(ab){3}",
        "[a-z]{2,10} 1:1",
        "(?!private)x",
        r"(?P<a>x)(?P=a)",
    ],
)
def test_the_patterns_that_people_write_are_accepted(written: str) -> None:
    assert pattern(written).flags & re.IGNORECASE


@pytest.mark.parametrize("written", ["(" * 500 + ")" * 500, "a{99999999999}", "*", r"\8", "(?<=a+)b"])
def test_what_is_no_pattern_is_said_so(written: str) -> None:
    with pytest.raises(ValueError, match="must be a regular expression: "):
        pattern(written)


def test_each_key_of_a_rule_is_documented() -> None:
    page = (DOCS / "rules.md").read_text()
    for key in KEYS:
        assert f"| `{key.name}` |" in page or key.name == "name", key.name


def test_the_examples_of_the_page_load(file: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", (DOCS / "rules.md").read_text(), re.DOTALL)
    assert len(examples) == 6
    for toml in examples:
        assert mirror(file, SMALLEST + toml).policy.rules


def test_the_problems_of_the_page_are_what_is_said(file: Path) -> None:
    """Also: a rule whose only condition is misspelt is not taken for one that applies to every event."""
    rules = [
        'titel = "gym"\nskip = true\n',
        'show_as = "free"\nskip = true\ncolor = "Sage"\n',
        'hours = "08:00-17:30"\nzone = "Europe/Viena"\nskip = true\n',
        "all_day = true\nskip = true\n",
        "all_day = true\ncolor = 1\n",
    ]
    said = problems(file, SMALLEST + "".join(f"\n[[mirror.rule]]\n{rule}" for rule in rules))
    page = (DOCS / "rules.md").read_text()
    assert "".join(f"  {problem}\n" for problem in said) in page
