"""When a plan deletes more than a calendar plausibly loses."""

from __future__ import annotations

import pytest
from owned_events import exploded, owned, plan, single

from calmirror.errors import UNTOUCHED, SafetyStopError
from calmirror.model.ids import SourceId
from calmirror.plan.actions import Plan
from calmirror.plan.guard import budget, check, waiting, word_for

COMMAND = "calmirror sync --allow-mass-delete"


def deleting(count: int) -> Plan:
    """A plan by which this many source events are gone."""
    names = [str(number) for number in range(count)]
    return plan([], owned(*map(single, names)), dict.fromkeys(names, "gone"))


def refusal(deleted: int, *, current: int) -> str:
    """What the guard says; "" when it lets the plan pass."""
    error = stopped(deleting(deleted), current)
    if error is None:
        return ""
    assert (error.code, error.exit_code) == ("mass-delete", 6)
    assert error.meaning == f"{UNTOUCHED} The mirror stands as it was."
    assert error.command == f"If they are meant to go: {COMMAND}"
    return error.what


def stopped(found: Plan, current: int) -> SafetyStopError | None:
    """The error by which the guard stops a plan."""
    try:
        check(found, mirror="work", command=COMMAND, current=current)
    except SafetyStopError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("owned", "allowed"), [(0, 10), (100, 10), (109, 10), (110, 11), (119, 11), (1000, 100), (10_009, 1000)]
)
def test_the_budget_is_ten_or_a_tenth(owned: int, allowed: int) -> None:
    assert budget(owned) == allowed


@pytest.mark.parametrize(
    ("days", "allowed"), [(0, 20), (0.9, 20), (1.9, 20), (2, 40), (6.9, 120), (7, 140), (400, 140), (-3, 20)]
)
def test_after_days_without_a_reading_it_is_larger_up_to_sevenfold(days: float, allowed: int) -> None:
    assert budget(200, days) == allowed


def test_nothing_deleted_is_never_refused_however_much_was_before() -> None:
    assert refusal(0, current=0) == ""
    assert waiting(deleting(0), [], owned=1, recent=1000) == frozenset()


@pytest.mark.parametrize(
    ("deleted", "owned", "recent", "waits"),
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
    deleted: int, owned: int, recent: int, waits: bool
) -> None:
    assert len(waiting(deleting(deleted), [], owned=owned, recent=recent)) == (deleted if waits else 0)


def test_what_waits_goes_on_waiting_whatever_the_budget_and_holds_up_no_other() -> None:
    known = [SourceId(str(number)) for number in range(15)]
    assert waiting(deleting(18), known, owned=100, recent=0) == frozenset(known)
    assert waiting(deleting(18), known, owned=100_000, recent=0, days=7) == frozenset(known)
    assert len(waiting(deleting(26), known, owned=100, recent=0)) == 26
    assert waiting(deleting(3), known, owned=100, recent=0) == frozenset(known[:3])


def test_a_word_is_asked_for_in_as_many_words() -> None:
    error = word_for(["a", "b"], mirror="work", written="All else was written.", command="calmirror sync")
    assert (error.code, error.exit_code) == ("mass-delete", 6)
    assert error.what.startswith('Mirror "work": 2 deletions wait for your word')
    assert "calmirror sync --keep-deleted" in error.command


@pytest.mark.parametrize(
    ("deleted", "current", "refused"),
    [(5, 10, False), (6, 10, False), (9, 10, False), (5, 11, False), (6, 11, True), (6, 12, False), (7, 12, True)],
)
def test_more_than_half_of_more_than_ten_is_refused(deleted: int, current: int, refused: bool) -> None:
    assert bool(refusal(deleted, current=current)) is refused


@pytest.mark.parametrize(
    ("deleted", "current", "refused"), [(1, 1, False), (1, 0, False), (2, 2, True), (3, 2, True), (1, 2, False)]
)
def test_all_of_several_is_refused_though_they_are_few(deleted: int, current: int, refused: bool) -> None:
    assert bool(refusal(deleted, current=current)) is refused


def test_the_refusal_says_what_seems_to_be_gone() -> None:
    assert refusal(3, current=3) == 'Mirror "work": all 3 events that it mirrors seem to be deleted in Outlook.'
    half = 'Mirror "work": 7 of 12 events seem to be deleted in Outlook, more than half.'
    assert refusal(7, current=12) == half


def test_a_series_mirrored_occurrence_by_occurrence_weighs_one() -> None:
    links = owned(exploded("a", *map(str, range(50))), single("b"), single("c"))
    found = plan([single("b"), single("c")], links, {"a": "gone"})
    assert len(found.actions) == 50
    assert stopped(found, 3) is None
    assert waiting(found, [], owned=3, recent=0) == frozenset()


def test_what_is_replaced_is_no_deletion() -> None:
    links = owned(*[exploded(f"{number}", "1") for number in range(20)])
    found = plan([exploded(f"{number}", "2") for number in range(20)], links)
    assert found.counts()["delete"] == 20
    assert stopped(found, 20) is None
    assert waiting(found, [], owned=20, recent=0) == frozenset()
