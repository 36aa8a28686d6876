"""For the whole suite: examples that Hypothesis finds are the same each time, and no token and no authorization code
gets into any output, log or file but the token store.

Whatever the commands print in this process, whatever processes that tests start print, whatever is logged at any level,
and every file that a test leaves behind is searched for what sign-in services issue, by its shape.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import hypothesis
import pytest

ISSUED = re.compile(
    rb"EwB[\w-]{100}"  # Microsoft's access tokens of personal accounts,
    rb"|eyJ0eXAiOiJKV1QiLCJub25jZSI6[\w-]{100}"  # of work accounts,
    rb"|(?:M\.C5_|1\.AX)[\w-]{100}"  # its refresh tokens,
    rb"|ya29\.[\w.-]{60}|1//0[\w-]{60}|4/0A[\w-]{40}"  # and Google's access and refresh tokens and its codes
)
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("suite")

STORES = ("-tokens.json", "tokens.json")
"""How the files end in which sign-ins are kept."""
found: list[str] = []


def searched(text: str | bytes | None, where: str) -> None:
    """Notes it when something issued stands in a text."""
    content = text.encode(errors="replace") if isinstance(text, str) else text
    if content and (match := ISSUED.search(content)):
        found.append(f"{where}: {match[0][:12].decode()}…")


def pytest_configure(config: pytest.Config) -> None:
    """Has the output of every command and every process searched."""
    del config
    invoke, communicate = click.testing.CliRunner.invoke, subprocess.Popen.communicate

    def searching_invoke(self: Any, *args: Any, **options: Any) -> click.testing.Result:
        result = invoke(self, *args, **options)
        searched(result.output, "output of a command")
        return result

    def searching_communicate(self: Any, *args: Any, **options: Any) -> tuple[Any, Any]:
        out, err = communicate(self, *args, **options)
        for text in (out, err):
            searched(text, f"output of {Path(str(self.args[0])).name if isinstance(self.args, list | tuple) else 'it'}")
        return out, err

    click.testing.CliRunner.invoke = searching_invoke  # type: ignore[method-assign] # only looks at what passes
    subprocess.Popen.communicate = searching_communicate  # type: ignore[method-assign] # likewise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Searches what a test printed and what was logged meanwhile; the test fails in which something was found."""
    report = yield
    theirs = item.nodeid.startswith("tests/sandbox/")  # other people's clients, tried against the stand-ins
    for name, content in report.sections:
        if not (theirs and "log" in name):
            searched(content, name)
    if report.when == "teardown" and found and report.passed:
        report.outcome = "failed"
        report.longrepr = f"what a sign-in service issued was seen in {', '.join(found)}"
        found.clear()
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Searches every file that the tests left behind."""
    factory = getattr(session.config, "_tmp_path_factory", None)
    base = factory and getattr(factory, "_basetemp", None)
    for path in base.rglob("*") if base else ():
        if path.is_file() and not path.is_symlink() and not path.name.endswith(STORES):
            searched(path.read_bytes(), str(path))
    if found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        raise pytest.UsageError("what a sign-in service issued was left in: " + ", ".join(found))
