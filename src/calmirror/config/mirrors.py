"""Reads the [[mirror]] tables: window, policy, colours and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calmirror.config.choices import color
from calmirror.config.rules import read_rules
from calmirror.config.tables import LONGEST_WINDOW, ROLLING, read_table
from calmirror.config.values import is_address
from calmirror.model.policy import Policy

if TYPE_CHECKING:
    from calmirror.config.lines import KeyPath
    from calmirror.config.problems import Problems

POLICY = (
    "profile",
    "busy_title",
    "private_details",
    "cancelled",
    "declined",
    "unanswered",
    "reminder",
    "most_attendees",
)
"""The keys of a mirror that make its policy, beside its colours and rules."""


def read_mirrors(raw: object, problems: Problems) -> list[dict[str, Any]]:
    """The fields of all mirrors; each has a name of its own and a window that can be."""
    if not isinstance(raw, list) or not raw:
        problems.add(("mirror",), "needs at least one [[mirror]], in double brackets")
        return []
    mirrors = [read_mirror(table, ("mirror", index), problems) for index, table in enumerate(raw)]
    first: dict[str, int] = {}
    for index, mirror in enumerate(mirrors):
        if mirror["name"] and first.setdefault(mirror["name"], index) != index:
            problems.add(("mirror", index, "name"), f"must not be the name of mirror[{first[mirror['name']]}], too")
    return mirrors


def read_mirror(raw: object, path: KeyPath, problems: Problems) -> dict[str, Any]:
    """The fields of one mirror, its policy among them."""
    mirror = read_table("mirror", raw, path, problems)
    if not any(problems.within((*path, key)) for key in ("past_days", "future_days")):
        check_window(mirror, (*path, "future_days"), problems)
    # An address in `source` is a published calendar, and a secret.
    mirror["feed"], mirror["source"] = (
        (mirror["source"], "") if is_address(mirror["source"]) else ("", mirror["source"])
    )
    policy = {key: mirror.pop(key) for key in POLICY}
    colors, rules = mirror.pop("colors"), mirror.pop("rule")
    policy["colors"] = {} if colors is None else read_colors(colors, (*path, "colors"), problems)
    policy["rules"] = () if rules is None else read_rules(rules, (*path, "rule"), Policy(**policy), problems)
    return mirror | {"policy": Policy(**policy)}


def check_window(mirror: dict[str, Any], path: KeyPath, problems: Problems) -> None:
    """Notes a window that is empty or too long."""
    days = mirror["past_days"] + mirror["future_days"]
    if days == 0:
        problems.add(path, "must be at least 1 where past_days is 0: the window would be empty")
    if days + ROLLING > LONGEST_WINDOW:
        most = LONGEST_WINDOW - ROLLING
        problems.add(path, f"must be smaller: with past_days the window has {days} days, at most {most} are possible")


def read_colors(raw: object, path: KeyPath, problems: Problems) -> dict[str, str]:
    """Google's colour ids by category, whose names Outlook compares without regard to case."""
    if not isinstance(raw, dict):
        problems.add(path, "must be a table: a line [mirror.colors], its categories below it")
        return {}
    colors: dict[str, str] = {}
    for category, value in raw.items():
        try:
            if colors.setdefault(category.lower(), color(value)) != color(value):
                problems.add((*path, category), "must not be there twice with different colours")
        except ValueError as error:
            problems.add((*path, category), str(error))
    return colors
