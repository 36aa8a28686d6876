"""What reaches the terminal, and how long work is watched."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from calmirror.cli.failures import pasteable
from calmirror.cli.progress import Watched
from calmirror.cli.screen import clean, fit


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("two\r\nlines", "two lines"),
        ("\x1b[31mred", "[31mred"),
        ("left\u202eright", "leftright"),
        ("half \ud83d pair", "half pair"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
    ],
)
def test_what_a_terminal_would_obey_is_gone(raw, shown):
    assert clean(raw) == shown


def test_signs_have_a_plain_form():
    assert fit("→ exact — 1…", "ascii") == "-> exact - 1..."
    assert fit("→ exact — 1…", "utf-8") == "→ exact — 1…"
    assert fit("東京", "latin-1") == "??"


def test_a_command_gets_the_configuration_that_was_given(tmp_path):
    config = tmp_path / "a b.toml"
    said = "Correct /etc/calmirror sync.toml, then: calmirror sync --mirror my work --full. To see it: calmirror status"
    assert pasteable(said, config, "my work") == (
        f"Correct /etc/calmirror sync.toml, then: calmirror --config '{config}' sync --mirror 'my work' --full. "
        f"To see it: calmirror --config '{config}' status"
    )
    assert pasteable(said, None) == said


def test_quick_work_is_not_mentioned(capsys):
    with Watched("work", silent=False) as watched:
        watched("Writing to Google", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_long_work_says_now_and_then_where_it_is(capsys):
    now = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    with Watched("work", silent=False, seconds=lambda: next(now)) as watched:
        for done in range(4):
            watched("Writing to Google", done, 9)
    assert capsys.readouterr().err.splitlines() == [
        "work: Writing to Google (1 of 9)",
        "work: Writing to Google (3 of 9)",
    ]


def test_colours_are_for_terminals_that_want_them():
    say = [sys.executable, "-c", "from calmirror.cli.screen import say; say('text', style='red')"]
    assert b"\x1b" in on_a_terminal(say, {})
    assert b"\x1b" not in on_a_terminal(say, {"NO_COLOR": "1"})
    assert subprocess.run(say, capture_output=True, check=True, timeout=30).stdout == b"text\n"


def on_a_terminal(words, environ):
    """What a command prints to a terminal."""
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(
        words, stdout=theirs, stderr=theirs, env={**plain, **environ, "TERM": "xterm"}, check=True, timeout=30
    )
    os.close(theirs)
    printed = os.read(ours, 100_000)
    os.close(ours)
    return printed


def test_a_bar_is_drawn_on_a_terminal_when_work_takes_long():
    draw = (
        "from calmirror.cli import progress\nprogress.BAR_AFTER = 0\n"
        "with progress.Watched('[b]work', silent=False) as watched:\n"
        "    watched('Writing to Google', 1, 2)\n"
    )
    assert b"[b]work: Writing to Google" in on_a_terminal([sys.executable, "-c", draw], {"COLUMNS": "100"})
