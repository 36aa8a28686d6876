"""What is planned for one source event, case by case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from owned_events import BEFORE, NAME, TIMES, WINDOW, event_id, exploded, landed, owned, piece, plan, series, single

from calmirror.model.fingerprint import fingerprint
from calmirror.model.ids import EventId, SourceId
from calmirror.model.mirror import FOUND, KEPT, RENEW, Desired, Link, Verb
from calmirror.plan import identity
from calmirror.plan.actions import Action, Note, Plan
from calmirror.plan.content import echo_of
from calmirror.plan.diff import CUT_OFF, LEFT_OVER, NEW, OVERWRITTEN, REPLACED

MOVED, OTHER = piece("override:20260608T070000Z", "Moved"), piece("override:20260615T070000Z", "Other")
COPY = piece("copy:20260329T003000Z", "Night")
HOLE = "20260608T070000Z"


def only(found: Plan) -> Action:
    assert len(found.actions) == 1, found.actions
    return found.actions[0]


def deeds(found: Plan) -> list[tuple[str, str, int]]:
    return sorted((action.verb.value, action.part, action.generation) for action in found.actions)


def link_of(links: list[Link], part: str) -> Link:
    return next(link for link in links if link.part == part)


def of_generation(generation: int, link: Link) -> Link:
    """The link as if earlier ids had been burnt."""
    event_id = identity.event_id(NAME, link.source_id, link.part, generation)
    return replace(link, generation=generation, event_id=event_id)


def test_a_new_event_is_inserted_with_its_marks() -> None:
    action = only(plan([single("a", "Lunch")]))
    digest = fingerprint({"summary": "Lunch"})
    assert (action.verb, action.reason, action.title, action.generation) == (Verb.INSERT, NEW, "Lunch", 0)
    assert (action.fingerprint, action.link, action.replaces, action.proven) == (digest, None, None, False)
    assert action.body == {
        "summary": "Lunch",
        "extendedProperties": {
            "private": {
                "calmirror": NAME,
                "calmirrorSource": "a",
                "calmirrorGeneration": "0",
                "calmirrorHash": digest,
                "calmirrorUid": "uid-a",
                "calmirrorReminders": "none",
            }
        },
    }


@pytest.mark.parametrize(
    ("reminders", "mark"),
    [
        ({"useDefault": True}, "default"),
        ({"useDefault": False, "overrides": []}, "none"),
        (
            {"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}, {"minutes": 9, "method": "email"}]},
            "email 9, popup 5",
        ),
    ],
)
def test_what_reminders_were_ours_is_marked(reminders: dict[str, Any], mark: str) -> None:
    found = only(plan([single("a", "Lunch", reminders=reminders)]))
    assert found.body is not None
    assert identity.private_marks(found.body)["calmirrorReminders"] == mark


def test_a_series_says_when_it_began_its_schedule_and_its_exceptions_on_the_recurring_event_alone() -> None:
    found = plan([series("a", MOVED, COPY, children=("x",))])
    assert [action.children for action in found.actions] == [("x",), (), ()]
    marks = {action.part: identity.private_marks(action.body or {}) for action in found.actions}
    since = "2026-01-01T00:00:00+00:00"
    assert (marks[""]["calmirrorSchedule"], marks[""]["calmirrorSince"]) == ("weekly", since)
    assert "calmirrorPart" not in marks[""]
    assert {"calmirrorSchedule", "calmirrorSince"} & marks[MOVED.part].keys() == set()
    assert marks[MOVED.part]["calmirrorPart"] == MOVED.part
    assert marks[COPY.part]["calmirrorSince"] == since
    assert "calmirrorSchedule" not in marks[COPY.part]
    assert [action.since for action in found.actions] == [since, "", since]


def test_what_is_right_is_kept_and_counted() -> None:
    found = plan([single()], owned(single()))
    assert (found.actions, found.refreshed, found.kept) == ((), (), 1)
    assert found.counts() == {"insert": 0, "update": 0, "delete": 0, "keep": 1}


def test_a_changed_event_is_updated_where_it_is() -> None:
    links = [replace(link, generation=3) for link in owned(single("a", "Lunch"))]
    action = only(plan([single("a", "Late lunch")], links))
    assert (action.verb, action.generation, action.link, action.replaces) == (Verb.UPDATE, 3, links[0], None)
    assert action.reason == "time, title"
    assert identity.private_marks(action.body or {})["calmirrorGeneration"] == "3"


@pytest.mark.parametrize("field", ["starts", "ends", "since", "children"])
def test_bookkeeping_alone_is_refreshed_without_a_write(field: str) -> None:
    right = owned(series("a", children=("x",)))[0]
    wrong = replace(right, **{field: ("y",) if field == "children" else "2020"})
    found = plan([series("a", children=("x",))], [wrong])
    assert (found.actions, found.refreshed, found.kept) == ((), (right,), 1)


def test_a_deleted_event_goes_with_its_proof_and_counts_against_the_budget() -> None:
    links = owned(single("a", "Lunch"), single("b"))
    found = plan([], links, {"a": "it can no longer be read"})
    action = only(found)
    assert (action.verb, action.reason, action.proven) == (Verb.DELETE, "it can no longer be read", True)
    assert (action.title, action.link, action.body) == ("Lunch", links[0], None)
    assert found.deleted_sources == {"a"}


def test_deleting_what_we_never_had_is_nothing() -> None:
    assert plan([], [], {"a": "gone"}).actions == ()


def test_a_deleted_series_takes_its_instances_along_and_its_copies_one_by_one() -> None:
    links = owned(series("a", MOVED, OTHER, COPY))
    found = plan([], links, {"a": "gone"})
    cascade = {action.part: {link.part for link in action.cascade} for action in found.actions}
    assert cascade == {"": {MOVED.part, OTHER.part}, COPY.part: set()}
    assert found.deleted_sources == {"a"}
    assert landed(found, links) == []


def test_a_deletion_of_what_was_never_recorded_has_no_title() -> None:
    links = [replace(link, sent=None) for link in owned(single())]
    assert only(plan([], links, {"a": "gone"})).title == ""


def test_source_events_that_nobody_asked_about_are_left_alone() -> None:
    assert plan([single("b")], owned(single("a"))).actions[0].source_id == "b"


def test_a_new_override_is_an_instance_of_the_recurring_event_that_is_there() -> None:
    links = [replace(link, generation=4) for link in owned(series())]
    action = only(plan([series("a", MOVED)], links))
    assert (action.verb, action.part, action.generation) == (Verb.INSERT, MOVED.part, 4)
    assert action.reason == "this occurrence differs from its series"
    assert action.is_override
    assert not only(plan([single("b")])).is_override


def test_a_copy_says_why_it_is_one() -> None:
    assert only(plan([series("a", COPY)], owned(series()))).reason == "its start depends on how clocks change"
    assert only(plan([exploded("a", "1")])).reason == "odd"


def test_a_copy_made_later_has_the_newest_generation() -> None:
    links = [replace(link, generation=2) for link in owned(series())]
    assert only(plan([series("a", COPY)], links)).generation == 2


def test_each_piece_keeps_its_generation_and_a_new_one_has_that_of_its_kind() -> None:
    """The recurring event is of the first generation, a copy of the second: ids that were burnt meanwhile."""
    late = piece("copy:20261025T003000Z", "Night")
    links = [of_generation(2 if link.part else 1, link) for link in owned(series("a", COPY))]
    found = plan([series("a", MOVED, COPY, late, title="Renamed")], links)
    assert deeds(found) == [("insert", late.part, 2), ("insert", MOVED.part, 1), ("update", "", 1)]
    links = landed(found, links)
    renewed = plan([series("a", piece(COPY.part, "Other"), schedule="daily")], links)
    inserts = [deed for deed in deeds(renewed) if deed[0] != "delete"]
    assert inserts == [("insert", "", 2), ("update", COPY.part, 2)]
    later = plan([series("a", COPY, late, piece("copy:1"), schedule="daily")], links)
    assert ("insert", "copy:1", 2) in deeds(later)


def test_a_copy_made_along_with_a_new_recurring_event_is_of_the_newest_generation_there_was() -> None:
    found = plan([series("a", MOVED, COPY, schedule="daily")], owned(series("a", MOVED)))
    assert ("insert", COPY.part, 0) in deeds(found)
    assert ("insert", "", 1) in deeds(found)


def test_a_series_made_anew_never_has_the_id_of_a_leftover_that_goes() -> None:
    """The state was put back from before a run that made the series anew, and was cut short: both are there."""
    links = owned(series("a", MOVED))
    found = [replace(of_generation(1, link), fingerprint=FOUND) for link in links if not link.part]
    made = plan([series("a", MOVED, schedule="daily")], [*links, *found])
    assert {("delete", "", 1), ("delete", "", 0), ("insert", "", 2)} <= set(deeds(made))
    assert {action.generation for action in made.actions if action.verb is Verb.INSERT} == {2}


def test_an_occurrence_that_is_cancelled_takes_its_override_along_and_stays_known_as_a_hole() -> None:
    links = owned(series("a", MOVED))
    wanted = series("a", holes=frozenset({HOLE}))
    found = plan([wanted], links)
    assert deeds(found) == [("delete", MOVED.part, 0), ("update", "", 0)]
    action = next(action for action in found.actions if action.part)
    assert (action.reason, action.proven) == ("this occurrence was cancelled in Outlook", False)
    after = landed(found, links)
    assert sorted(link.part for link in after) == ["", f"hole:{HOLE}"]
    again = plan([wanted], after)
    assert (again.actions, again.refreshed, again.kept) == ((), (), 2)


def test_a_hole_that_is_none_any_more_makes_the_series_anew() -> None:
    """Google keeps a cancelled instance; what an update of the series does to it is not documented."""
    links = owned(series("a", MOVED))
    links = landed(plan([series("a", holes=frozenset({HOLE}))], links), links)
    found = plan([series("a")], links)
    assert deeds(found) == [("delete", "", 0), ("insert", "", 1)]
    assert [link.part for link in landed(found, links)] == [""]


def test_a_rescheduled_series_with_instances_is_made_anew_under_the_next_generation() -> None:
    links = owned(series("a", MOVED, COPY))
    found = plan([series("a", MOVED, COPY, schedule="daily")], links)
    assert deeds(found) == [("delete", "", 0), ("insert", "", 1), ("insert", MOVED.part, 1)]
    reasons = {(action.verb, action.part): action.reason for action in found.actions}
    assert reasons[Verb.DELETE, ""] == REPLACED
    assert reasons[Verb.INSERT, ""] == "rescheduled in Outlook"
    assert found.deleted_sources == set()
    replaced = {action.part: action.replaces for action in found.actions if action.verb is Verb.INSERT}
    assert replaced == {part: link_of(links, part) for part in ("", MOVED.part)}


def test_what_a_series_made_anew_no_longer_has_goes_with_the_old_one() -> None:
    found = plan([series("a", schedule="daily")], owned(series("a", MOVED, COPY)))
    assert deeds(found) == [("delete", "", 0), ("delete", COPY.part, 0), ("insert", "", 1)]
    assert found.kept == 0


def test_a_rescheduled_series_without_instances_is_updated() -> None:
    assert deeds(plan([series("a", COPY, schedule="daily")], owned(series("a", COPY)))) == [("update", "", 0)]


def test_an_instance_of_which_nothing_can_be_told_stays() -> None:
    found = plan([series("a", untold=frozenset({HOLE}))], owned(series("a", MOVED)))
    assert (found.actions, found.kept) == ((), 2)


def test_an_instance_of_which_nothing_of_its_own_is_wanted_gets_what_its_series_has() -> None:
    links = owned(series("a", MOVED))
    found = plan([series("a")], links)
    action = only(found)
    assert (action.verb, action.part, action.reason) == (Verb.UPDATE, MOVED.part, "time, title")
    body = dict(action.body or {})
    assert body["summary"] == "Meeting"
    assert "recurrence" not in body
    assert body["start"] == {"dateTime": "2026-06-08T09:00:00+02:00", "timeZone": "Europe/Berlin"}
    assert body["end"] == {"dateTime": "2026-06-08T10:00:00+02:00", "timeZone": "Europe/Berlin"}
    assert plan([series("a")], landed(found, links)).actions == ()


def by_person(links: list[Link], **more: Any) -> Link:
    """An instance that a person changed: it has the marks of its series, and nothing is known of it but that."""
    whole = link_of(links, "")
    sent = {**(whole.sent or {}), "summary": "Mine", **more}
    del sent["recurrence"]
    event_id = EventId(f"{whole.event_id}_{HOLE}")
    return replace(whole, part=MOVED.part, event_id=event_id, fingerprint="", echo="found", sent=sent)


def test_an_instance_that_a_person_changed_follows_its_series_in_all_things() -> None:
    links = owned(series("a"))
    action = only(plan([series("a")], [*links, by_person(links)]))
    assert (action.verb, action.part, action.title) == (Verb.UPDATE, MOVED.part, "Meeting")
    assert action.reason == "changed in Google: moved 7 days later, title"


def test_an_instance_may_stay_at_the_time_that_a_person_chose_until_its_series_moves() -> None:
    links = owned(series("a"))
    there = {edge: {"dateTime": f"2026-06-09T{hour}:00:00+02:00"} for edge, hour in (("start", 15), ("end", 16))}
    kept = replace(by_person(links, **there), fingerprint=KEPT, drifted_at=5.0)
    found = plan([series("a")], [*links, kept])
    assert (found.actions, found.kept) == ((), 2)
    after = landed(found, [*links, kept])
    assert plan([series("a")], after).actions == ()
    renamed = plan([series("a", title="Renamed")], after)
    [follows] = [action for action in renamed.actions if action.part]
    assert (follows.title, follows.drifted_at) == ("Renamed", 5.0)
    assert {edge: dict(follows.body or {})[edge] for edge in there} == there
    assert ("insert", "", 1) in deeds(plan([series("a", schedule="daily")], after))


def test_what_was_cut_off_a_series_in_google_goes() -> None:
    links = owned(series("a"))
    whole = links[0]
    part = replace(whole, part="split:R20260615T070000", event_id=EventId(f"{whole.event_id}_R20260615T070000"))
    found = plan([series("a")], [*links, part])
    assert (only(found).verb, only(found).reason) == (Verb.DELETE, CUT_OFF)
    assert only(found).proven is False
    stays = replace(part, drifted_at=5.0)
    assert plan([series("a")], [*links, stays]).actions == ()
    assert deeds(plan([series("a", title="Renamed")], [*links, stays])) == [("delete", part.part, 0), ("update", "", 0)]
    for wanted in (hidden(), exploded("a", "1")):
        gone = [deed for deed in deeds(plan([wanted], [*links, part])) if deed[0] == "delete"]
        assert gone == [("delete", "", 0), ("delete", part.part, 0)]
    assert plan([], [*links, part], {"a": "gone"}).deleted_sources == {"a"}


def test_what_a_person_set_on_an_occurrence_goes_over_to_the_same_day_of_a_series_made_anew() -> None:
    links = owned(series("a", schedule="RRULE:FREQ=WEEKLY"))
    coloured = by_person(links, colorId="11")
    marks = {"private": {**identity.private_marks(coloured.sent or {}), identity.TOUCH: "colorId"}}
    coloured = replace(coloured, sent={**(coloured.sent or {}), "extendedProperties": marks})
    hours = (("start", 15), ("end", 16))
    later = {edge: {**TIMES[edge], "dateTime": f"2026-06-01T{hour}:00:00+02:00"} for edge, hour in hours}
    wanted = series("a", schedule="RRULE:FREQ=WEEKLY")
    whole = replace(wanted.parts[0], body={**wanted.parts[0].body, **later})
    found = plan([replace(wanted, parts=(whole,), schedule="at three")], [*links, coloured])
    assert deeds(found) == [("delete", "", 0), ("insert", "", 1), ("insert", "override:20260608T130000Z", 1)]
    assert next(action for action in found.actions if action.is_override).replaces == coloured


def test_an_instance_that_its_series_may_have_written_over_is_written_again() -> None:
    links = [replace(link, fingerprint="", echo="") if link.part else link for link in owned(series("a", MOVED))]
    action = only(plan([series("a", MOVED)], links))
    assert (action.verb, action.part, action.reason) == (Verb.UPDATE, MOVED.part, OVERWRITTEN)


def test_a_mark_alone_proves_nothing_where_nobody_heard_what_google_made_of_a_write() -> None:
    [link] = owned(single())
    heard, unheard = link, replace(link, echo="")
    wrong = replace(unheard, sent={**(link.sent or {}), "summary": "Written over"})
    assert plan([single()], [heard]).refreshed == ()
    [refreshed] = plan([single()], [unheard]).refreshed
    assert refreshed.echo == echo_of(link.sent or {})
    assert only(plan([single()], [wrong])).verb is Verb.UPDATE


@pytest.mark.parametrize("wanted", [single("a"), series("a", MOVED)], ids=["single", "series"])
def test_what_asks_to_be_made_anew_is(wanted: Desired) -> None:
    links = [replace(link, fingerprint="" if link.part else RENEW) for link in owned(wanted)]
    found = plan([wanted], links)
    assert ("insert", "", 1) in deeds(found)
    assert ("delete", "", 0) in deeds(found)


def test_a_series_that_no_rule_gives_is_replaced_by_its_occurrences_and_back() -> None:
    whole = series("a", MOVED)
    links = owned(whole)
    found = plan([exploded("a", "1", "2")], links)
    assert deeds(found) == [("delete", "", 0), ("insert", "copy:1", 0), ("insert", "copy:2", 0)]
    assert next(action.reason for action in found.actions if action.verb is Verb.DELETE) == "odd"
    assert found.notes[0].text == "odd"
    after = landed(found, links)
    assert sorted(link.part for link in after) == ["copy:1", "copy:2"]
    back = plan([whole], after)
    gone = [action for action in back.actions if action.verb is Verb.DELETE]
    assert {action.part for action in gone} == {"copy:1", "copy:2"}
    assert {action.reason for action in gone} == {"no longer an occurrence of its own"}


def test_a_series_that_is_no_more_one_says_so_without_a_note() -> None:
    wanted = replace(exploded("a", "1"), note="")
    reasons = {action.reason for action in plan([wanted], owned(series("a"))).actions if not action.part}
    assert reasons == {"no longer one series"}


def test_a_series_without_any_occurrence_left_needs_nothing() -> None:
    assert plan([exploded("a")]) == Plan(notes=(Note(SourceId("a"), "", "odd"),))


@pytest.mark.parametrize(
    ("ends", "kept"),
    [
        (BEFORE, True),
        (WINDOW.start.isoformat(), True),
        ("2026-03-01T00:00:01+00:00", False),
        ("", False),
    ],
)
def test_copies_that_ended_before_the_window_have_aged_out_and_stay(ends: str, kept: bool) -> None:
    links = [replace(link, ends=ends) if link.part == "copy:1" else link for link in owned(exploded("a", "1", "2"))]
    found = plan([exploded("a", "2")], links)
    assert bool(found.actions) is not kept
    assert found.kept == 1 + kept


def test_aged_copies_go_when_a_recurring_event_is_made_in_their_place() -> None:
    """It would show them a second time."""
    links = owned(exploded("a", "1", ends=BEFORE))
    assert deeds(plan([series("a")], links)) == [("delete", "copy:1", 0), ("insert", "", 0)]
    both = owned(series("a", piece("copy:1", ends=BEFORE)))
    assert plan([series("a")], both).actions == ()


def test_the_older_of_two_is_left_over_and_goes() -> None:
    links = owned(single())
    twice = landed(plan([single()], [replace(links[0], fingerprint=RENEW)]), links, writes=1)
    assert len(twice) == 2
    found = plan([single()], list(reversed(twice)))
    action = only(found)
    assert (action.verb, action.generation, action.reason, action.proven) == (Verb.DELETE, 0, LEFT_OVER, False)
    assert found.kept == 1


def test_what_is_left_over_of_a_series_made_anew_goes_with_its_instances() -> None:
    """A run was cut short after the new recurring event: its overrides are missing, not those of the old one."""
    before, after = series("a", MOVED), series("a", MOVED, schedule="daily")
    links = owned(before)
    cut_short = landed(plan([after], links), links, writes=1)
    assert sorted((link.part, link.generation) for link in cut_short) == [("", 0), ("", 1), (MOVED.part, 0)]
    found = plan([after], cut_short)
    assert deeds(found) == [("delete", "", 0), ("insert", MOVED.part, 1)]
    assert {link.part for action in found.actions for link in action.cascade} == {MOVED.part}
    final = landed(found, cut_short)
    assert {link.event_id.partition("_")[0] for link in final} == {event_id(plan([after], links).actions[1])}


def test_what_is_left_of_a_series_that_is_gone_is_no_part_of_the_one_that_comes_in_its_place() -> None:
    """A run that had lost the mirror wrote to an instance, and Google took it although the series was deleted."""
    desired = series("a", MOVED)
    orphans = [link for link in owned(desired) if link.part]
    found = plan([desired], orphans)
    assert deeds(found) == [("delete", MOVED.part, 0), ("insert", "", 1), ("insert", MOVED.part, 1)]
    assert [action.reason for action in found.actions if action.verb is Verb.DELETE] == [LEFT_OVER]
    assert {action.reason for action in found.actions if not action.part} == {NEW}


def test_an_event_without_a_title_has_an_empty_one() -> None:
    untitled = replace(single(), parts=(replace(piece(), body={}),), note="odd")
    found = plan([untitled])
    assert (only(found).title, found.notes[0].title) == ("", "")


def test_notes_name_the_event() -> None:
    found = plan([replace(single("a", "Lunch"), note="has no length"), single("b")])
    assert [(note.source_id, note.title, note.text) for note in found.notes] == [("a", "Lunch", "has no length")]


def hidden(source: str = "a") -> Desired:
    """A source event that settings leave out."""
    return Desired(source_id=SourceId(source), ical_uid=f"uid-{source}", parts=(), hidden="you declined it")


def test_nothing_is_done_about_a_hidden_event_that_is_not_there() -> None:
    assert plan([hidden()]) == Plan()


def test_a_hidden_event_goes_whole_for_the_reason_that_is_given_and_not_as_a_deletion_in_outlook() -> None:
    links = owned(series("a", MOVED, OTHER, COPY))
    found = plan([hidden()], links)
    assert deeds(found) == [("delete", "", 0), ("delete", COPY.part, 0)]
    assert {action.reason for action in found.actions} == {"you declined it"}
    assert found.deleted_sources == frozenset()
    assert landed(found, links) == []


def test_what_a_hidden_series_left_from_before_the_window_goes_too() -> None:
    links = owned(exploded("a", "1", "2", ends=BEFORE))
    assert deeds(plan([hidden()], links)) == [("delete", "copy:1", 0), ("delete", "copy:2", 0)]


def test_an_occurrence_that_is_left_out_goes_with_its_own_reason() -> None:
    links = owned(series("a", MOVED, OTHER))
    wanted = replace(series("a", OTHER, holes=frozenset({HOLE})), left_out={HOLE: "rule 1: the title → skipped"})
    [gone] = [action for action in plan([wanted], links).actions if action.verb is Verb.DELETE]
    assert (gone.part, gone.reason) == (MOVED.part, "rule 1: the title → skipped")


def test_how_an_event_is_shown_is_marked_and_a_new_mark_is_written() -> None:
    wanted = single("a", "Busy", colorId="5")
    shown = replace(wanted, parts=(replace(wanted.parts[0], show="busy"),))
    found = only(plan([shown]))
    assert found.body is not None
    marks = identity.private_marks(found.body)
    assert (marks["calmirrorShow"], marks["calmirrorColor"]) == ("busy", "5")
    assert plan([shown], owned(shown)).actions == ()
    assert deeds(plan([shown], owned(wanted))) == [("update", "", 0)]


COLOURED = {"colorId": "11", "extendedProperties": {"private": {identity.TOUCH: "colorId"}}}


def coloured(links: list[Link], *parts: str) -> list[Link]:
    """The links with a colour of the person's on these parts."""
    return [replace(one, sent={**(one.sent or {}), **COLOURED}) if one.part in parts else one for one in links]


def carried(found: Plan) -> dict[str, str | None]:
    """From which part each new event takes what a person set."""
    new = [action for action in found.actions if action.verb is Verb.INSERT]
    return {action.part: action.replaces.part if action.replaces else None for action in new}


def test_what_a_person_set_goes_over_when_a_series_changes_its_form() -> None:
    whole, first, second = series("a", MOVED), "20260615T070000Z", "20260622T070000Z"
    links = owned(whole)
    key = MOVED.instance
    assert carried(plan([exploded("a", key, first)], links)) == {f"copy:{key}": "", f"copy:{first}": ""}
    own = plan([exploded("a", key, first)], coloured(links, MOVED.part))
    assert carried(own) == {f"copy:{key}": MOVED.part, f"copy:{first}": ""}
    copies = owned(exploded("a", first, second))
    every = coloured(copies, *(link.part for link in copies))
    assert carried(plan([series("a")], every))[""] is not None
    assert carried(plan([series("a")], copies))[""] is None
    assert carried(plan([series("a")], coloured(copies, f"copy:{first}")))[""] is None
