"""What a search once found stays mended, and the search itself still works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from parsers import TARGETS

CORPUS = Path(__file__).with_name("corpus")
KEPT = [
    (path.stem, number, example)
    for path in sorted(CORPUS.glob("*.json"))
    for number, example in enumerate(json.loads(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize(
    ("target", "example"), [pytest.param(name, one, id=f"{name}-{number}") for name, number, one in KEPT]
)
def test_what_was_found_once_does_no_harm(target, example):
    TARGETS[target].check(example)


@pytest.mark.parametrize("target", TARGETS)
def test_nonsense_ends_in_an_answer_or_a_defined_error(target):
    """A few examples of each, the same every time; `./dev fuzz` throws as many as there is time for."""
    how = settings(max_examples=40, suppress_health_check=list(HealthCheck))
    how(given(TARGETS[target].examples)(TARGETS[target].check))()
