"""Whatever happened before: a plan that landed leaves nothing to plan, and one that was cut short is finished."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from owned_events import BEFORE, WITHIN, exploded, landed, piece, plan, series, single

from calmirror.model.fingerprint import fingerprint
from calmirror.model.mirror import Desired, Link
from calmirror.plan import identity

DAYS = ("20260608T070000Z", "20260615T070000Z", "20260622T070000Z")
TITLES = st.sampled_from(("Meeting", "Other"))
KEYS = st.sets(st.sampled_from(("1", "2")))


@st.composite
def wanted(draw: st.DrawFn, source: str) -> Desired:
    """One source event of any form."""
    title = draw(TITLES)
    match draw(st.sampled_from(("single", "series", "series", "exploded"))):
        case "single":
            return single(source, title)
        case "exploded":
            return exploded(source, *sorted(draw(KEYS)), title=title, ends=draw(st.sampled_from((BEFORE, WITHIN))))
    fates = {day: draw(st.sampled_from(("plain", "moved", "cancelled"))) for day in DAYS}
    moved = [piece(f"override:{day}", draw(TITLES)) for day, fate in fates.items() if fate == "moved"]
    copies = [piece(f"copy:{key}", title) for key in sorted(draw(KEYS))]
    holes = frozenset(day for day, fate in fates.items() if fate == "cancelled")
    return series(
        source, *moved, *copies, title=title, schedule=draw(st.sampled_from(("weekly", "daily"))), holes=holes
    )


ROUND = st.fixed_dictionaries({}, optional={source: wanted(source) for source in ("a", "b")})
"""The calendar at one moment; a source event that is not in it is gone."""
HISTORY = st.lists(st.tuples(ROUND, st.none() | st.integers(0, 6)), min_size=1, max_size=4)
"""Calendars one after another, each with how many writes of its run landed (None: all)."""


def lived(history: list[tuple[dict[str, Desired], int | None]]) -> list[Link]:
    """The links after runs for each of these, some of them cut short."""
    links: list[Link] = []
    for calendar, writes in history:
        links = landed(plan_for(calendar, links), links, writes=writes)
    return links


def plan_for(calendar: dict[str, Desired], links: list[Link]) -> Any:
    gone = {link.source_id: "gone" for link in links if link.source_id not in calendar}
    return plan(calendar.values(), links, gone)


@settings(max_examples=150)
@given(HISTORY, ROUND)
def test_a_run_finishes_what_others_left_and_the_next_has_nothing_to_do(
    history: list[tuple[dict[str, Desired], int | None]], calendar: dict[str, Desired]
) -> None:
    links = lived(history)
    links = landed(plan_for(calendar, links), links)
    again = plan_for(calendar, links)
    assert (again.actions, again.refreshed) == ((), ())
    assert_right(calendar, links)


def assert_right(calendar: dict[str, Desired], links: list[Link]) -> None:
    """Each wanted piece is there once, as wanted; an instance is one of the recurring event that is there."""
    pieces = Counter((link.source_id, link.part) for link in links)
    assert [piece for piece, count in pieces.items() if count > 1] == []
    by_part = {(link.source_id, link.part): link for link in links}
    for source, desired in calendar.items():
        for part in desired.parts:
            assert by_part[desired.source_id, part.part].fingerprint == fingerprint(part.body)
        assert {link.part for link in links if link.source_id == source} >= {part.part for part in desired.parts}
    for link in links:
        assert link.source_id in calendar
        if identity.instance_of(link.part):
            assert link.event_id.startswith(by_part[link.source_id, ""].event_id)


@settings(max_examples=50)
@given(HISTORY, ROUND, st.integers(0, 99))
def test_the_order_of_what_is_known_makes_no_difference(
    history: list[tuple[dict[str, Desired], int | None]], calendar: dict[str, Desired], seed: int
) -> None:
    links = lived(history)
    other = Random(seed).sample(links, len(links))
    one, two = plan_for(calendar, links), plan_for(dict(reversed(calendar.items())), other)
    assert sorted(one.actions, key=repr) == sorted(two.actions, key=repr)
    assert (set(map(repr, one.refreshed)), one.kept) == (set(map(repr, two.refreshed)), two.kept)


@settings(max_examples=50)
@given(HISTORY, ROUND)
def test_only_what_is_gone_counts_as_deleted(
    history: list[tuple[dict[str, Desired], int | None]], calendar: dict[str, Desired]
) -> None:
    links = lived(history)
    assert plan_for(calendar, links).deleted_sources == {link.source_id for link in links} - calendar.keys()
