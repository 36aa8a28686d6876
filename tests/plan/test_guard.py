"""When a plan deletes more than a calendar plausibly loses."""

from __future__ import annotations

import pytest
from owned_events import exploded, owned, plan, single

from calmirror.errors import UNTOUCHED, SafetyStopError
from calmirror.plan.actions import Plan
from calmirror.plan.guard import budget, check

COMMAND = "calmirror sync --allow-mass-delete"


def deleting(count: int) -> Plan:
    """A plan by which this many source events are gone."""
    names = [str(number) for number in range(count)]
    return plan([], owned(*map(single, names)), dict.fromkeys(names, "gone"))


def refusal(deleted: int, *, owned: int, current: int | None = None, recent: int = 0) -> str:
    """What the guard says; "" when it lets the plan pass."""
    limits = {"owned": owned, "current": owned if current is None else current, "recent": recent}
    error = stopped(deleting(deleted), limits)
    if error is None:
        return ""
    assert (error.code, error.exit_code) == ("mass-delete", 6)
    assert error.meaning == f"{UNTOUCHED} The mirror stands as it was."
    assert error.command == f"If they are meant to go: {COMMAND}"
    return error.what


def stopped(found: Plan, limits: dict[str, int]) -> SafetyStopError | None:
    """The error by which the guard stops a plan."""
    try:
        check(found, mirror="work", command=COMMAND, **limits)
    except SafetyStopError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("owned", "allowed"), [(0, 10), (100, 10), (109, 10), (110, 11), (119, 11), (1000, 100), (10_009, 1000)]
)
def test_the_budget_is_ten_or_a_tenth(owned: int, allowed: int) -> None:
    assert budget(owned) == allowed


def test_nothing_deleted_is_never_refused_however_much_was_before() -> None:
    assert refusal(0, owned=1, current=0, recent=1000) == ""


@pytest.mark.parametrize(
    ("deleted", "owned", "recent", "refused"),
    [
        (10, 100, 0, False),
        (11, 100, 0, True),
        (20, 200, 0, False),
        (21, 200, 0, True),
        (1, 91, 9, False),
        (2, 91, 9, True),
        (2, 101, 9, False),
        (3, 101, 9, True),
    ],
)
def test_the_budget_counts_the_last_day_and_what_was_owned_before_it(
    deleted: int, owned: int, recent: int, refused: bool
) -> None:
    assert bool(refusal(deleted, owned=owned, recent=recent)) is refused


@pytest.mark.parametrize(
    ("deleted", "current", "refused"),
    [(5, 10, False), (6, 10, False), (9, 10, False), (5, 11, False), (6, 11, True), (6, 12, False), (7, 12, True)],
)
def test_more_than_half_of_more_than_ten_is_refused(deleted: int, current: int, refused: bool) -> None:
    assert bool(refusal(deleted, owned=1000, current=current)) is refused


@pytest.mark.parametrize(
    ("deleted", "current", "refused"), [(1, 1, False), (1, 0, False), (2, 2, True), (3, 2, True), (1, 2, False)]
)
def test_all_of_several_is_refused_though_they_are_few(deleted: int, current: int, refused: bool) -> None:
    assert bool(refusal(deleted, owned=1000, current=current)) is refused


def test_the_refusal_says_what_seems_to_be_gone() -> None:
    assert refusal(3, owned=3) == 'Mirror "work": all 3 events that it mirrors seem to be deleted in Outlook.'
    half = 'Mirror "work": 7 of 12 events seem to be deleted in Outlook, more than half.'
    assert refusal(7, owned=12) == half
    many = 'Mirror "work": 11 events seem to be deleted in Outlook, more than the 10 that are allowed.'
    assert refusal(11, owned=100) == many
    earlier = "2 events seem to be deleted in Outlook, with the 9 of the last 24 hours, more than the 10"
    assert earlier in refusal(2, owned=91, recent=9)


def test_a_series_mirrored_occurrence_by_occurrence_weighs_one() -> None:
    links = owned(exploded("a", *map(str, range(50))), single("b"), single("c"))
    found = plan([single("b"), single("c")], links, {"a": "gone"})
    assert len(found.actions) == 50
    assert stopped(found, {"owned": 3, "current": 3, "recent": 0}) is None


def test_what_is_replaced_is_no_deletion() -> None:
    links = owned(*[exploded(f"{number}", "1") for number in range(20)])
    found = plan([exploded(f"{number}", "2") for number in range(20)], links)
    assert found.counts()["delete"] == 20
    assert stopped(found, {"owned": 20, "current": 20, "recent": 0}) is None
