"""Which events in Google are ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from owned_events import NAME, owned, piece, series, single

from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import Link
from calmirror.plan import identity

INSTANCE = "20260608T070000Z"
MOVED = piece(f"override:{INSTANCE}")
TEXTS = st.text(max_size=30)
ARGUMENTS = st.tuples(TEXTS, TEXTS, st.sampled_from(("", "copy:1", "copy:2")), st.integers(0, 12))


def event_id(mirror: str, source: str, part: str, generation: int, instance: str = "") -> str:
    return identity.event_id(mirror, SourceId(source), part, generation, instance)


def at_google(link: Link, **more: Any) -> dict[str, Any]:
    """The event of a link as Google shows it."""
    return {**(link.sent or {}), "id": link.event_id, "etag": '"7"', "sequence": 3, "kind": "calendar#event", **more}


@settings(max_examples=50)
@given(ARGUMENTS)
def test_an_id_is_one_that_google_takes(arguments: tuple[str, str, str, int]) -> None:
    found = event_id(*arguments)
    assert set(found) <= set("0123456789abcdefghijklmnopqrstuv")
    assert len(found) == 40
    assert event_id(*arguments) == found


@settings(max_examples=100)
@given(ARGUMENTS, ARGUMENTS)
def test_ids_differ_whatever_differs(one: tuple[str, str, str, int], two: tuple[str, str, str, int]) -> None:
    without = [tuple(str(value).replace("\0", "") for value in arguments) for arguments in (one, two)]
    assert (event_id(*one) == event_id(*two)) == (one == two) or without != [one, two]


@pytest.mark.parametrize("other", [("x", "a", "", 0), (NAME, "b", "", 0), (NAME, "a", "copy:1", 0), (NAME, "a", "", 1)])
def test_mirror_source_part_and_generation_are_all_in_the_id(other: tuple[str, str, str, int]) -> None:
    assert event_id(*other) != event_id(NAME, "a", "", 0)


def test_an_override_has_the_id_of_its_instance() -> None:
    series_id = event_id(NAME, "a", "", 2)
    assert event_id(NAME, "a", MOVED.part, 2, INSTANCE) == f"{series_id}_{INSTANCE}"


def test_ids_never_change_from_one_version_to_the_next() -> None:
    """Else all events would be made a second time."""
    assert event_id("work", "AAMkAD=", "", 0) == "vh7jphueqdjamprp83ttomci9dao30ps9por8q52"


def test_the_names_of_the_marks_never_change_either() -> None:
    marks = (identity.MIRROR, identity.SOURCE, identity.PART, identity.GENERATION)
    assert marks == ("calmirror", "calmirrorSource", "calmirrorPart", "calmirrorGeneration")
    others = (identity.HASH, identity.UID, identity.SCHEDULE, identity.SINCE)
    assert others == ("calmirrorHash", "calmirrorUid", "calmirrorSchedule", "calmirrorSince")


def test_a_source_id_too_long_for_a_mark_is_hashed() -> None:
    assert identity.source_key("a" * 1000) == "a" * 1000
    hashed = identity.source_key("a" * 1001)
    assert hashed.startswith("sha256:")
    assert len(hashed) == 71
    assert hashed != identity.source_key("a" * 1002)
    assert event_id(NAME, "a" * 1001, "", 0) == event_id(NAME, hashed, "", 0)


@pytest.mark.parametrize(
    ("part", "instance"),
    [("", ""), ("copy:1", ""), (MOVED.part, INSTANCE), (f"hole:{INSTANCE}", INSTANCE), ("override:", "")],
)
def test_overrides_and_holes_are_instances(part: str, instance: str) -> None:
    assert identity.instance_of(part) == instance


def test_marks_are_private_cut_and_never_empty() -> None:
    body = identity.marked({"summary": "x"}, {"a": "y" * 1001, "b": ""})
    assert body == {"summary": "x", "extendedProperties": {"private": {"a": "y" * 1000}}}
    assert identity.private_marks(body) == {"a": "y" * 1000}


@pytest.mark.parametrize("event", [{}, {"extendedProperties": None}, {"extendedProperties": {"private": None}}])
def test_an_event_without_marks_has_none(event: dict[str, Any]) -> None:
    assert identity.private_marks(event) == {}


@pytest.mark.parametrize("link", owned(series("a", MOVED, piece("copy:1"))), ids=lambda link: link.part)
def test_what_we_wrote_is_recognised_with_all_that_a_link_needs(link: Link) -> None:
    """All but the times, which depend on what Google shows, and what nobody heard."""
    expected = replace(link, etag='"7"', sequence=3, starts="", ends="", echo="")
    assert identity.recognised(at_google(link), NAME) == expected


def test_what_google_adds_is_not_what_we_sent() -> None:
    link = owned(single())[0]
    own = {
        *("htmlLink", "created", "updated", "creator", "organizer", "iCalUID", "eventType"),
        *("recurringEventId", "originalStartTime", "hangoutLink"),
    }
    found = identity.recognised(at_google(link, **dict.fromkeys(own, "x")), NAME)
    assert found is not None
    assert found.sent == link.sent


def test_an_answer_without_version_is_read_as_the_first() -> None:
    link = owned(single())[0]
    found = identity.recognised({**(link.sent or {}), "id": link.event_id}, NAME)
    assert found is not None
    assert (found.etag, found.sequence) == ("", 0)


@pytest.mark.parametrize("generation", [12, 1_774_286_115, 4_102_444_800])
def test_a_later_generation_is_recognised(generation: int) -> None:
    """The clock's seconds among them: those are taken where many ids in a row are burnt."""
    event = identity.marked({}, {"calmirror": NAME, "calmirrorSource": "a", "calmirrorGeneration": str(generation)})
    found = identity.recognised({**event, "id": event_id(NAME, "a", "", generation)}, NAME)
    assert found is not None
    assert (found.generation, found.fingerprint, found.since, found.part) == (generation, "", "", "")


def test_a_duplicate_made_in_google_is_the_persons() -> None:
    """It carries our marks, but Google gave it an id."""
    event = at_google(owned(single())[0])
    assert identity.recognised(event | {"id": "0ab1cd2ef3"}, NAME) is None
    assert identity.recognised({key: value for key, value in event.items() if key != "id"}, NAME) is None


@pytest.mark.parametrize(
    ("tail", "part"),
    [
        (INSTANCE, MOVED.part),
        ("20260608", "override:20260608"),
        ("R20260608T070000", "split:R20260608T070000"),
        ("R20260608", "split:R20260608"),
        ("R20260608T070000_20260615T070000Z", None),
        ("x", None),
        ("", None),
    ],
)
def test_what_google_makes_of_a_series_of_ours_is_ours_by_its_id_whatever_its_marks(
    tail: str, part: str | None
) -> None:
    """An instance that a person changed, and what they cut off, have the marks of the series."""
    whole = owned(series())[0]
    found = identity.recognised(at_google(whole) | {"id": f"{whole.event_id}_{tail}"}, NAME)
    assert (found.part if found else None) == part
    assert found is None or found.fingerprint == ""
    assert identity.recognised(at_google(whole) | {"id": f"0ab1cd2ef3_{tail}"}, NAME) is None


@pytest.mark.parametrize(("tail", "part"), [("R20260615T070000", "split:R1_R20260615T070000"), (INSTANCE, None)])
def test_what_google_makes_of_a_piece_that_an_undo_made_again_is_ours_too(tail: str, part: str | None) -> None:
    marks = {"calmirror": NAME, "calmirrorSource": "a", "calmirrorPart": "split:R1", "calmirrorGeneration": "2"}
    event = identity.marked({}, marks) | {"id": f"{event_id(NAME, 'a', 'split:R1', 2)}_{tail}"}
    found = identity.recognised(event, NAME)
    assert (found.part if found else None) == part
    assert identity.recognised(event, "home") is None


def marked_event(**changed: str) -> dict[str, Any]:
    marks = {"calmirror": NAME, "calmirrorSource": "a", "calmirrorGeneration": "0"} | changed
    return identity.marked({}, marks) | {"id": event_id(NAME, marks["calmirrorSource"], "", 0)}


def test_an_event_with_our_id_but_other_marks_is_not_ours() -> None:
    assert identity.recognised(marked_event(), NAME) is not None
    assert identity.recognised(marked_event(calmirror="home"), NAME) is None
    assert identity.recognised(marked_event(), "home") is None
    assert identity.recognised(marked_event(calmirrorSource=""), NAME) is None
    assert identity.recognised(marked_event(calmirrorPart="copy:1"), NAME) is None
    assert identity.recognised(marked_event(calmirrorGeneration="1"), NAME) is None
    assert identity.recognised({"id": event_id(NAME, "a", "", 0)}, NAME) is None


@pytest.mark.parametrize("generation", ["", "-1", "x", "1.5", "²"])
def test_a_generation_that_is_no_number_is_the_first(generation: str) -> None:
    found = identity.recognised(marked_event(calmirrorGeneration=generation), NAME)
    assert found is not None
    assert found.generation == 0


def test_the_schedule_is_remembered_with_what_was_sent() -> None:
    whole = owned(series())[0]
    assert identity.schedule_of(whole) == "weekly"
    assert identity.schedule_of(replace(whole, sent=None)) == ""
    assert identity.schedule_of(replace(whole, event_id=EventId("x"), sent={})) == ""
