"""Regular expressions that a person writes: sound, and quick on whatever title a stranger may send."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from math import prod
from typing import Any

from calmirror.config.values import text
from calmirror.translate.conditions import LONGEST_SEARCHED

MOST_WAYS = 1_000_000
"""To match from one place of a text; two open repeats of one character have 65,000."""
REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}


def pattern(value: object) -> re.Pattern[str]:
    """A regular expression that is searched for without regard to case."""
    written = text(value)
    try:
        with warnings.catch_warnings(action="error"):
            compiled = re.compile(written, re.IGNORECASE)
        # The library has no public way to look into an expression.
        tried = ways(import_module("re._parser").parse(written, re.IGNORECASE))
    except (re.error, Warning, OverflowError, RecursionError) as error:
        what = getattr(error, "msg", str(error) or "it is too large")
        raise ValueError(f"must be a regular expression: {what}") from None
    if tried > MOST_WAYS:
        raise ValueError(
            "must be simpler, since some titles would take for ever: at most two of * and +, "
            "and no other repeat and no | within these"
        )
    return compiled


def ways(parsed: Any) -> int:
    """A bound of the ways in which an expression can match from one place: what a failing search may try.

    An open repeat within another has as many as there are ways to cut the text, which grows exponentially.
    """
    return min(prod(ways_of(str(kind), argument) for kind, argument in parsed), MOST_WAYS + 1)


def ways_of(kind: str, argument: Any) -> int:
    """The ways of one part of a parsed expression."""
    if kind in REPEATS:
        least, most, body = argument
        return repeated(ways(body), least, min(int(most), max(least, LONGEST_SEARCHED)))
    if kind == "BRANCH":
        return sum(ways(branch) for branch in argument[1])
    if kind == "GROUPREF_EXISTS":
        return sum(ways(branch) for branch in argument[1:] if branch)
    if kind in {"SUBPATTERN", "ASSERT", "ASSERT_NOT"}:
        return ways(argument[-1])
    return ways(argument) if kind == "ATOMIC_GROUP" else 1


def repeated(once: int, least: int, most: int) -> int:
    """The ways of what has `once` ways, repeated from `least` to `most` times."""
    if once == 1:
        return most - least + 1
    total = 0
    for times in range(least, most + 1):
        total += once ** min(times, 64)
        if total > MOST_WAYS:
            break
    return total
