"""The reference page of the stand-in tells the truth."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

from calmirror.sandbox.google.people import People
from calmirror.sandbox.google.switches import GoogleSwitches

PAGE = (Path(__file__).parents[2] / "docs/reference/sandbox-google.md").read_text()


def test_every_switch_is_on_the_page_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE, re.MULTILINE))
    assert {name: ast.literal_eval(text) for name, text in rows.items()} == {
        field.name: field.default for field in fields(GoogleSwitches)
    }


def test_everything_a_person_can_do_is_on_the_page() -> None:
    named = {name for name in vars(People) if not name.startswith("_")}
    assert {name for name in named if f"`{name}(" not in PAGE} == set()


def test_the_example_on_the_page_runs() -> None:
    example = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    exec(compile(example[1].replace("print(", "shown = ("), "page", "exec"), told := {})
    assert told["shown"] == []
