"""Bodies that are kept small are the bodies that they were made of."""

from __future__ import annotations

from calmirror.model.ids import SourceId
from calmirror.model.mirror import Desired, DesiredEvent
from calmirror.model.packed import PackedBody, packed
from calmirror.plan.identity import MarkedBody, marked

BODY = {"summary": "Täglich 🗓", "start": {"dateTime": "2026-03-16T10:00:00+01:00"}, "recurrence": ["RRULE:FREQ=DAILY"]}


def test_a_packed_body_equals_the_body_and_keeps_the_order_of_its_members() -> None:
    body = PackedBody(BODY)
    assert body == BODY
    assert list(body.items()) == list(BODY.items())
    assert body != {**BODY, "summary": "Another"}


def test_packing_what_is_desired_changes_nothing_of_it() -> None:
    desired = Desired(
        source_id=SourceId("a"), ical_uid="u", parts=(DesiredEvent(part="", body=BODY, starts="s", ends="e"),)
    )
    assert packed(desired) == desired


def test_a_marked_body_says_what_a_copy_with_the_marks_would_say() -> None:
    marks = {"calmirror": "work", "calmirrorPart": "", "calmirrorSource": "x" * 2000}
    for body in (BODY, PackedBody(BODY), {**BODY, "extendedProperties": {"private": {"old": "mark"}}}):
        assert dict(MarkedBody(body, marks)) == marked(body, marks)
        assert len(MarkedBody(body, marks)) == len(marked(body, marks))
