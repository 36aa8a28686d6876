"""What other tools copied is taken over: no duplicate, no loss, and everybody else's events as they were."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import copies
import pytest
from world import APP_CREATED, TODAY, WHOLE_CALENDAR, Death, KilledError, World, is_ours, marks, moved, timed, weekly

from calmirror.errors import CalmirrorError, SafetyStopError, UserFixableError
from calmirror.mirror.showing import Showing
from calmirror.mirror.undo import undo
from calmirror.mirror.verify import verify
from calmirror.model.policy import DeletedInGoogle
from calmirror.moving.adopt import adopt
from calmirror.moving.prospect import Terms, look
from calmirror.sandbox.service import Fault

OWNED_EVENTS = "https://www.googleapis.com/auth/calendar.events.owned"
PLAIN = Terms()
UNMARKED = Terms(unmarked=True)


def adopted(world, terms=PLAIN, death=None, calendar=None):
    """One adoption in a process of its own, agreed to as shown."""
    mirror = world.mirror(death)
    if calendar is not None:
        mirror.settings = replace(mirror.settings, destination=calendar)
    try:
        prospect = look(mirror, terms)
        return adopt(mirror, terms, {pair.copy.event_id for pair in prospect.pairing.pairs})
    finally:
        world.check()


def settled(**options):
    """A mirror that is exact, with a person's own event in its calendar."""
    return World(**options).fill(singles=6).settle()


def rows(world, calendar=None):
    return [row for row in world.google.events(calendar or world.destination) if row["status"] != "cancelled"]


def nobodys(world, calendar=None):
    """What is left in the calendar that is neither ours nor protected."""
    return [row for row in rows(world, calendar) if not is_ours(row) and row["id"] not in world.foreign]


@pytest.mark.parametrize("tool", copies.FLATTENING)
def test_flattened_copies_are_replaced_by_series_and_singles(tool):
    world = settled()
    made = copies.flattened(world, world.destination, copies.FLATTENING[tool])
    done = adopted(world, UNMARKED if tool == "the earlier script" else PLAIN)
    assert done.deleted == len(made)
    assert {left.copy.event_id for left in done.left} <= world.foreign.keys()
    assert nobodys(world) == []
    world.assert_exact()


@pytest.mark.parametrize("tool", copies.KEEPING_SERIES)
def test_series_of_other_tools_are_replaced_by_ours(tool):
    world = settled()
    made = copies.as_series(world, world.destination, copies.KEEPING_SERIES[tool])
    done = adopted(world)
    assert (done.deleted, done.left) == (len(made), [])
    assert nobodys(world) == []
    world.assert_exact()


@pytest.mark.parametrize("scope", [OWNED_EVENTS, WHOLE_CALENDAR])
def test_a_calendar_that_another_tool_filled_becomes_the_mirrors_destination(scope):
    """The way of somebody who moves in: never synchronised, and the calendar is the person's own."""
    world = World(scope=scope).fill(singles=6)
    calendar = world.google.add_calendar("Work copy", "Europe/Berlin")
    world.add_foreign(calendar)
    made = copies.flattened(world, calendar, copies.script)
    done = adopted(world, UNMARKED, calendar=calendar)
    assert (done.deleted, done.exit_code) == (len(made), 0)
    assert [left.copy.title for left in done.left] == ["Mine"]
    assert nobodys(world, calendar) == []
    mirror = world.mirror()
    mirror.settings = replace(mirror.settings, destination=calendar)
    assert verify(mirror, Showing(mirror)).differences == ()


def test_copies_in_another_calendar_are_taken_over_from_there():
    world = settled(scope=WHOLE_CALENDAR)
    old = world.google.add_calendar("Old", "Europe/Berlin")
    world.add_foreign(old)
    copies.flattened(world, old, copies.keeper)
    adopted(world, Terms(calendar_id=old))
    assert nobodys(world, old) == []
    world.assert_exact()


def test_a_second_adoption_does_nothing():
    world = settled()
    copies.flattened(world, world.destination, copies.inovex)
    adopted(world)
    marked = world.mark()
    assert adopted(world).deleted == 0
    assert world.writes_since(marked) == []


def test_the_earlier_scripts_copies_are_only_taken_when_a_person_says_so():
    world = settled()
    made = copies.flattened(world, world.destination, copies.script)
    assert adopted(world).deleted == 0
    assert {row["id"] for row in nobodys(world)} == set(made)


def test_what_the_person_set_on_a_copy_goes_over_to_ours():
    world = settled()
    made = copies.flattened(world, world.destination, copies.keeper)
    shown = {row["id"]: row for row in rows(world)}
    reminder = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 45}]}
    for event_id in made:
        if shown[event_id]["summary"] == "Single 4":
            note = "x<br>--- my notes ---<br>bring cake"
            world.google.person_edit(world.destination, event_id, colorId="11", reminders=reminder, description=note)
        if shown[event_id]["summary"] == "Plain":
            world.google.person_edit(world.destination, event_id, colorId="5")
    assert adopted(world).kept == 2
    [single], [series] = world.copies("single-4"), world.copies("plain")
    assert (single["colorId"], single["reminders"], series["colorId"]) == ("11", reminder, "5")
    assert "bring cake" in single["description"]
    world.assert_exact()
    world.mailbox.edit(world.ids["single-4"], subject="Another title")
    assert world.sync() == 0
    assert world.copies("single-4")[0]["colorId"] == "11"


def test_what_a_tool_sets_itself_is_not_taken_for_the_persons():
    world = settled()

    def coloured(number, ours):
        return {**copies.ogcs(number, ours), "colorId": "3"}

    copies.as_series(world, world.destination, coloured)
    assert adopted(world).kept == 0
    assert all("colorId" not in row for row in world.ours())


def test_copies_without_an_outlook_event_stay_and_are_named():
    world = settled()
    copies.flattened(world, world.destination, copies.keeper)
    gone = copies.occurrences(world)[0]
    orphan = {**copies.body_of(gone), "summary": "Deleted long ago"} | copies.keeper(999, gone)
    other = world.google.person_insert(world.destination, orphan)
    done = adopted(world)
    assert [left.copy.event_id for left in done.left] == [other["id"]]
    assert "no Outlook event has its title and time" in done.left[0].reason
    assert [row["id"] for row in nobodys(world)] == [other["id"]]


def test_replaced_titles_are_paired_by_time_only_when_asked():
    world = settled()
    made = copies.flattened(world, world.destination, lambda n, one: {**copies.inovex(n, one), "summary": "Busy"})
    assert adopted(world).deleted == 0
    assert {row["id"] for row in nobodys(world)} == set(made)
    assert adopted(world, Terms(by_time=True)).deleted == len(made)
    assert nobodys(world) == []


def test_copies_most_of_which_are_of_another_calendar_are_refused_as_a_whole():
    world = settled()
    for number, one in enumerate(copies.occurrences(world)[:10]):
        elsewhere = (
            {} if number < 2 else {"summary": "Theirs", "start": {"date": "2026-03-20"}, "end": {"date": "2026-03-21"}}
        )
        world.google.person_insert(world.destination, copies.body_of(one) | elsewhere | copies.keeper(number, one))
    with pytest.raises(SafetyStopError) as refused:
        adopted(world)
    assert refused.value.code == "adopt-mismatch"
    assert len(nobodys(world)) == 10
    assert adopted(world, Terms(allow_mismatch=True)).deleted == 2
    assert adopted(world).deleted == 0


def test_more_copies_than_outlook_has_events_at_a_time_are_not_all_of_them():
    """Two of the same name and time, one event in Outlook: the second may be anybody's."""
    world = settled()
    one = next(one for one in copies.occurrences(world) if one.subject == "Single 3")
    for number in (1, 2):
        world.google.person_insert(world.destination, copies.body_of(one) | copies.keeper(number, one))
    done = adopted(world)
    assert (done.deleted, len(done.left)) == (1, 1)


def test_a_copy_with_guests_is_more_than_a_copy():
    world = settled()
    one = copies.occurrences(world)[0]
    guests = {"attendees": [{"email": "friend@example.com"}]}
    made = world.google.person_insert(world.destination, copies.body_of(one) | copies.inovex(1, one) | guests)
    world.google.mails.clear()
    world.protect(world.destination, made["id"])
    assert [left.reason for left in adopted(world).left] == ["people are invited to it"]


def test_made_up_guests_do_not_count_and_nobody_is_told():
    world = settled()
    one = copies.occurrences(world)[0]
    guests = {"attendees": [{"email": "adele@localhost"}]}
    world.google.person_insert(world.destination, copies.body_of(one) | copies.inovex(1, one) | guests)
    world.google.mails.clear()
    assert adopted(world).deleted == 1
    assert world.google.mails == []


def test_what_our_settings_do_not_show_keeps_its_copy():
    """Deleting it would lose what the person sees; it is named, and they decide."""
    world = World().fill(singles=3)
    world.ids["declined"] = world.mailbox.create(
        timed("Declined", TODAY + timedelta(2), 15, responseStatus={"response": "declined"})
    )
    world.settle()
    one = next(
        one
        for one in world.mailbox.occurrences(None, *_days(TODAY, TODAY + timedelta(9)))
        if one.id == world.ids["declined"]
    )
    made = world.google.person_insert(world.destination, copies.body_of(one) | copies.keeper(1, one))
    done = adopted(world)
    assert done.deleted == 0
    assert "see your settings and rules" in done.left[0].reason
    assert made["id"] in {row["id"] for row in rows(world)}


def test_private_events_are_known_by_their_title_in_outlook_though_ours_hides_it():
    world = World().fill(singles=2)
    world.ids["dentist"] = world.mailbox.create(timed("Dentist", TODAY + timedelta(2), 15, sensitivity="private"))
    world.settle()
    copies.flattened(world, world.destination, copies.keeper)
    assert adopted(world).left == []
    assert "Dentist" not in {row["summary"] for row in rows(world)}
    assert world.verify().differences == ()


def test_a_copy_that_outlook_has_moved_since_is_known_by_its_id():
    world = settled()
    copies.as_series(world, world.destination, copies.gas)
    world.mailbox.edit(world.ids["single-4"], **moved(TODAY + timedelta(4), 20))
    world.mailbox.edit(world.ids["plain"], **moved(date(2026, 3, 3), 11))
    assert adopted(world).left == []
    assert nobodys(world) == []
    world.assert_exact()


def test_a_single_copy_with_a_series_id_is_of_one_occurrence_only():
    """Some tools write a changed occurrence as an event of its own, with the id of its series."""
    world = settled()
    [series] = world.copies("plain")
    uid = marks(series)["calmirrorUid"]
    shown = next(one for one in copies.occurrences(world) if one.subject == "Plain")
    for title in ("Plain", "Long cancelled"):
        body = {**copies.body_of(shown), "summary": title} | copies.gas(1, {"calmirrorUid": uid})
        world.google.person_insert(world.destination, body)
    done = adopted(world)
    assert (done.deleted, [left.copy.title for left in done.left]) == (1, ["Long cancelled"])


def test_a_person_who_edits_a_copy_at_that_moment_keeps_it():
    world = settled()
    made = copies.flattened(world, world.destination, copies.keeper)
    mirror = world.mirror()
    agreed = {pair.copy.event_id for pair in look(mirror, PLAIN).pairing.pairs}
    edited = []

    def meddling(request):
        if b"DELETE" in (request.body or b"") and not edited:
            edited.append(made[0])
            world.google.person_edit(world.destination, made[0], summary="Changed just now")
        return False

    world.google.faults.append(Fault(matches=meddling))
    done = adopt(mirror, PLAIN, agreed)
    assert edited
    assert [left.copy.event_id for left in done.left] == [made[0]]
    assert [row["summary"] for row in nobodys(world)] == ["Changed just now"]


def test_only_what_was_shown_and_agreed_to_goes():
    world = settled()
    copies.flattened(world, world.destination, copies.keeper)
    mirror = world.mirror()
    first = look(mirror, PLAIN).pairing.pairs[0].copy.event_id
    before = {row["id"] for row in nobodys(world)}
    adopt(mirror, PLAIN, {first})
    assert before - {row["id"] for row in nobodys(world)} == {first}


def test_every_copy_that_goes_is_in_the_journal_whole():
    world = settled()
    made = copies.flattened(world, world.destination, copies.keeper)
    before = {row["id"]: row for row in rows(world)}
    adopted(world)
    store = world.mirror().store
    run = store.runs("work")[0]
    entries = {entry.event_id: entry for _, entry in store.journal(run.id)}
    assert run.outcome == "adopted"
    assert set(made) == entries.keys()
    assert all(entries[one].before["summary"] == before[one]["summary"] for one in made)
    assert {entry.part for entry in entries.values()} == {"foreign:keeper.sh"}
    assert store.proven_deletions_since("work", 0) == 0


def test_undoing_an_adoption_changes_ours_back_and_brings_no_copy_back():
    world = settled()
    copies.flattened(world, world.destination, copies.keeper)
    [single] = [row["id"] for row in nobodys(world) if row["summary"] == "Single 1"]
    world.google.person_edit(world.destination, single, colorId="7")
    adopted(world)
    before = {row["id"]: row["summary"] for row in world.ours()}
    mirror = world.mirror()
    undo(mirror, mirror.store.runs("work")[0].id, agree=lambda _: None)
    world.check()
    assert nobodys(world) == []
    assert {row["id"]: row["summary"] for row in world.ours()} == before
    assert world.sync(unpin=True) == 0
    world.assert_exact()


def test_an_adoption_that_is_killed_anywhere_is_finished_by_the_next_one():
    def scene():
        world = World()
        world.ids["single-1"] = world.mailbox.create(timed("Single 1", TODAY + timedelta(1), 9))
        world.ids["weekly"] = world.mailbox.create(weekly("Weekly", date(2026, 3, 18), 10))
        world.settle()
        copies.flattened(world, world.destination, copies.keeper)
        [single] = [row["id"] for row in nobodys(world) if row["summary"] == "Single 1"]
        world.google.person_edit(world.destination, single, colorId="7")
        return world

    whole = Death()
    adopted(scene(), death=whole)
    for at in range(1, whole.steps + 1):
        for after in (False, True):
            world = scene()
            with pytest.raises(KilledError):
                adopted(world, death=Death(at, after=after))
            adopted(world)
            assert nobodys(world) == []
            assert world.copies("single-1")[0]["colorId"] == "7"
            world.assert_exact()


def test_a_calendar_out_of_reach_says_which_scope_is_needed():
    world = settled(scope=APP_CREATED)
    old = world.google.add_calendar("Old", "Europe/Berlin")
    with pytest.raises(UserFixableError) as refused:
        adopted(world, Terms(calendar_id=old))
    assert refused.value.code == "copies-unreachable"
    assert 'scope = "owned"' in refused.value.command


def test_a_persons_duplicate_of_ours_is_no_copy_of_a_tool():
    world = settled()
    duplicate = world.google.person_duplicate(world.destination, world.copies("single-1")[0]["id"])
    world.protect(world.destination, duplicate["id"])
    assert adopted(world, UNMARKED).deleted == 0


def test_our_own_event_that_another_tool_has_marked_since_stays_ours():
    """A tool that syncs both ways may mark whatever it meets in Google."""
    world = settled()
    [own] = world.copies("single-1")
    world.google.person_edit(world.destination, own["id"], **copies.private(outlook_EntryID="00"))
    assert look(world.mirror(), PLAIN).tools == {}
    assert adopted(world).deleted == 0
    assert world.copies("single-1")


def test_when_the_sync_before_it_is_refused_no_copy_goes():
    world = World().fill(singles=24).settle()
    copies.flattened(world, world.destination, copies.keeper)
    for name in list(world.ids):
        world.mailbox.delete(world.ids[name])
    before = nobodys(world)
    with pytest.raises(CalmirrorError):
        adopted(world, Terms(allow_mismatch=True))
    assert nobodys(world) == before


def _days(first, last):
    return (datetime.combine(day, time(), UTC) for day in (first, last))


@pytest.mark.parametrize("length", [12, 40])
def test_marks_that_anybody_can_copy_do_not_prove_that_ours_is_shown(length):
    """The copy would go, and with it the last trace of the event."""
    world = settled(deleted_in_google=DeletedInGoogle.RESPECT)
    [ours] = [row for row in world.ours() if marks(row)["calmirrorSource"] == world.ids["single-3"]]
    world.google.person_delete(world.destination, ours["id"])
    world.sync(full=True)
    made = copies.flattened(world, world.destination, copies.keeper)
    forged = {key: ours[key] for key in ("summary", "start", "end", "extendedProperties")} | {"id": "a" * length}
    world.google.person_insert(world.destination, forged)
    done = adopted(world)
    assert done.deleted == len(made) - 1
    assert [left.copy.title for left in done.left if left.copy.event_id in made] == ["Single 3"]
