"""The reference pages hold every command, option and error code, and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

import calmirror
from calmirror.cli.main import main
from calmirror.cli.registry import COMMANDS

SOURCE = Path(calmirror.__file__).parent
PAGES = Path(__file__).parents[2] / "docs" / "reference"
BUILDERS = {"Failure": 0, "stopped": 1}
"""Functions that take an error's code by position."""
MENTIONED = re.compile(r"(?<![\w./@\\-])calmirror (--?[a-z][\w-]*|[a-z]+)")
"""A command in a printed text: the text must not use the name before any other word."""
SERVICES = ("microsoft", "google")


def codes_in(node: ast.expr) -> Iterator[str]:
    """The codes that an expression can be."""
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=one, orelse=other):
            yield from codes_in(one)
            yield from codes_in(other)
        case ast.JoinedStr(values=[ast.Constant(value=prefix), ast.FormattedValue()]):
            yield from (f"{prefix}{service}" for service in SERVICES)


def raised_codes() -> set[str]:
    """Every error code that the source can raise."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", "")
                given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                given += [node.args[BUILDERS[name]]] if name in BUILDERS else []
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
                given = [node.value]
            else:
                continue
            found.update(code for value in given for code in codes_in(value))
    return found


def test_every_code_is_documented_and_every_documented_code_exists():
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", (PAGES / "errors.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == raised_codes()


def test_every_option_of_every_command_is_documented():
    page = (PAGES / "commands.md").read_text(encoding="utf-8")
    common, *sections = re.split(r"^## calmirror ", page, flags=re.MULTILINE)
    described = {section.split("\n")[0]: section for section in sections}
    assert described.keys() == COMMANDS.keys()
    context = click.Context(main)
    missing = [
        f"{name} {option}"
        for name, entry in COMMANDS.items()
        if find_spec(entry.where.partition(":")[0])
        for command in with_its_own(main.get_command(context, name))
        for parameter in command.params
        if not getattr(parameter, "hidden", False)  # a former name
        for option in (parameter.opts if isinstance(parameter, click.Option) else [parameter.name.upper()])
        if f"`{option}" not in described[name] + common
    ]
    assert missing == []


def with_its_own(command: click.Command) -> list[click.Command]:
    """The command, and those that it is a group of."""
    return [command, *(command.commands.values() if isinstance(command, click.Group) else ())]


def said_commands() -> Iterator[tuple[str, str]]:
    """Where a text names a command or option of calmirror, and that; docstrings are no text that is printed."""
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                text = re.sub(r" --config \S+", "", node.value)
                yield from ((f"{path.name}:{node.lineno}", word) for word in MENTIONED.findall(text))


def test_every_command_that_a_text_tells_to_type_exists():
    known = {*COMMANDS, *(option for parameter in main.params for option in parameter.opts), "--help"}
    said = list(said_commands())
    assert len(said) > 10
    assert [(where, word) for where, word in said if word not in known] == []


def test_every_option_that_a_text_tells_to_type_exists():
    context = click.Context(main)
    for path in SOURCE.rglob("*.py"):
        for name, option in re.findall(
            r"calmirror ([a-z]+) (?:--mirror \{[^}]+\} )?(--[a-z-]+)", path.read_text(encoding="utf-8")
        ):
            command = main.get_command(context, name)
            known = {"--help", *(opt for parameter in command.params for opt in parameter.opts)}
            assert option in known, (path.name, name, option)


@pytest.mark.parametrize("name", [name for name, entry in COMMANDS.items() if find_spec(entry.where.partition(":")[0])])
def test_a_command_is_listed_under_its_own_name_and_has_help(name):
    command = main.get_command(click.Context(main), name)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_the_links_of_both_pages_lead_somewhere():
    for page in ("commands.md", "errors.md"):
        for target in re.findall(r"\]\(([^)#]+)", (PAGES / page).read_text(encoding="utf-8")):
            assert (PAGES / target).exists()
