"""The documentation is true. `./dev docs` says the same without the tests."""

import re
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tools"))

import docs

DEV = Path(__file__).parents[2] / "dev"


@pytest.mark.parametrize("check", docs.CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_found(check):
    assert list(check()) == []


@pytest.mark.parametrize(
    "typed",
    [
        "calmirror synch",
        "calmirror sync --force",
        "calmirror --config x.toml synch",
        "calmirror plan --no-such | less",
        "calmirror schedule instal",
        "calmirror schedule remove --every 15m",
    ],
)
def test_a_command_or_option_that_does_not_exist_is_found(typed):
    assert docs.wrong_part(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "calmirror --config x.toml sync --quiet > log",
        "calmirror COMMAND --help",
        "calmirror schedule install --every 15m",
        "calmirror plan  # why",
    ],
)
def test_a_command_that_exists_is_none(typed):
    assert docs.wrong_part(typed) == ""


def test_an_example_that_would_be_refused_is_found(tmp_path):
    file = tmp_path / "calmirror.toml"
    assert "nmae" in docs.refusal('[[mirror]]\nnmae = "work"\n', file)
    assert docs.refusal('[[mirror]]\nname = "work"\n', file) == ""


def test_every_word_that_dev_names_is_one():
    text = DEV.read_text()
    named = set(re.findall(r"^\./dev ([a-z]+)", text, flags=re.MULTILINE))
    labels = re.findall(r"^([a-z][-a-z| ]+)\)", text, flags=re.MULTILINE)
    taken = {word for label in labels for word in label.split(" | ")}
    assert named - taken == set()
    assert "simulate" in named
