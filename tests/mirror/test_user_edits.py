"""What a person set on a mirrored copy stays theirs; what we set stays ours."""

from __future__ import annotations

from typing import Any

import pytest

from calmirror.mirror.user_edits import edits_on, edits_sent, with_edits


def popups(*minutes: int, default: bool = False) -> dict[str, Any]:
    """Reminders."""
    return {"useDefault": default, "overrides": [{"method": "popup", "minutes": one} for one in minutes]}


OURS = {"summary": "Meeting", "reminders": popups(15)}
GREEN = {"colorId": "2"}


@pytest.mark.parametrize(
    ("sent", "current", "theirs"),
    [
        (OURS, OURS, {}),
        (OURS, OURS | GREEN, GREEN),
        (OURS, OURS | {"reminders": popups(5)}, {"reminders": popups(5)}),
        (OURS, OURS | {"reminders": popups(15, default=True)}, {"reminders": popups(15, default=True)}),
        (OURS, OURS | {"reminders": popups()}, {"reminders": popups()}),
        (OURS | GREEN, OURS | {"colorId": "3"}, {"colorId": "3"}),
        (OURS | GREEN, OURS | GREEN, {}),
        (OURS | GREEN, OURS, {}),
        (OURS, OURS | {"summary": "Mine", "location": "Here"}, {}),
        (OURS, {"summary": "Meeting"}, {}),
    ],
)
def test_what_differs_from_what_we_sent_is_the_persons(
    sent: dict[str, Any], current: dict[str, Any], theirs: dict[str, Any]
) -> None:
    assert edits_on(sent, current) == theirs


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        (popups(), {"useDefault": False}),
        (popups(5, 15), {"useDefault": False, "overrides": list(reversed(popups(5, 15)["overrides"]))}),
        (popups(5), {"overrides": popups(5)["overrides"]}),
        (popups(), {}),
    ],
)
def test_googles_way_of_writing_reminders_is_no_change(sent: dict[str, Any], echoed: dict[str, Any]) -> None:
    assert edits_on({"reminders": sent}, {"reminders": echoed}) == {}


def test_reminders_by_mail_are_others_than_popups() -> None:
    mail = {"useDefault": False, "overrides": [{"method": "email", "minutes": 15}]}
    assert edits_on(OURS, OURS | {"reminders": mail}) == {"reminders": mail}


def test_what_was_theirs_before_stays_theirs_though_it_was_sent() -> None:
    sent = with_edits(OURS, GREEN)
    assert edits_on(sent, sent) == GREEN
    assert edits_sent(sent) == GREEN
    assert edits_on(sent, sent | {"reminders": popups(5)}) == GREEN | {"reminders": popups(5)}


def test_both_fields_may_be_theirs() -> None:
    both = GREEN | {"reminders": popups(5)}
    assert edits_sent(with_edits(OURS, both)) == both


def test_a_colour_that_the_person_took_off_again_is_nobodys() -> None:
    sent = with_edits(OURS, GREEN)
    current = {key: value for key, value in sent.items() if key != "colorId"}
    assert edits_on(sent, current) == {}


def test_without_a_record_a_colour_is_the_persons_and_reminders_are_ours() -> None:
    assert edits_on(None, OURS | GREEN) == GREEN
    assert edits_on(None, OURS) == {}
    assert edits_sent(None) == {}


def test_without_a_record_the_events_own_mark_says_what_else_is_theirs() -> None:
    event = with_edits(OURS, {"reminders": popups(5)})
    assert edits_on(None, event) == {"reminders": popups(5)}


def test_our_own_marks_stay_beside_theirs() -> None:
    body = OURS | {"extendedProperties": {"private": {"calmirror": "work"}}}
    marked = with_edits(body, GREEN | {"reminders": popups(5)})
    assert marked["extendedProperties"] == {"private": {"calmirror": "work", "calmirrorTouch": "colorId,reminders"}}
    assert (marked["summary"], marked["colorId"], marked["reminders"]) == ("Meeting", "2", popups(5))
    assert body == OURS | {"extendedProperties": {"private": {"calmirror": "work"}}}


def test_where_nothing_is_theirs_the_body_goes_as_it_is() -> None:
    assert with_edits(OURS, {}) == OURS


def test_a_mark_that_names_other_fields_gives_nobody_a_right_to_them() -> None:
    sent = OURS | {"extendedProperties": {"private": {"calmirrorTouch": "summary,,x"}}}
    assert edits_on(sent, sent) == {}


def test_their_fields_survive_an_update_of_ours() -> None:
    """Before, theirs and ours: the person's colour, our new title, our new reminder."""
    sent = OURS
    current = OURS | GREEN
    new = with_edits({"summary": "Renamed", "reminders": popups(30)}, edits_on(sent, current))
    assert (new["summary"], new["colorId"], new["reminders"]) == ("Renamed", "2", popups(30))
    later = with_edits({"summary": "Again", "reminders": popups()}, edits_sent(new))
    assert (later["summary"], later["colorId"], later["reminders"]) == ("Again", "2", popups())
