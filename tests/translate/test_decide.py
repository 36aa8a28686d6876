"""What a mirror shows of one event: settings, privacy, rules, and the reasons it gives."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calmirror.model.ids import SourceId
from calmirror.model.policy import Condition, Effect, Policy, Profile, Rule, Shown
from calmirror.model.source import Attendee, Kind, Person, Place, SourceEvent
from calmirror.model.times import Span
from calmirror.translate.decide import Decision, decide

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)  # a Monday
SEARCH = re.IGNORECASE
CANARY = "CANARY"


def event(**said: Any) -> SourceEvent:
    plain = {
        "id": SourceId("1"),
        "kind": Kind.SINGLE,
        "span": Span(NINE, NINE + timedelta(hours=1)),
        "subject": "Weekly sync",
        "organizer": Person("Ann Example", "ann@mail.Contoso.example"),
    }
    return SourceEvent(**(plain | said))


def lasting(minutes: int) -> Span:
    return Span(NINE, NINE + timedelta(minutes=minutes))


def at(hour: int, minute: int = 0) -> Span:
    start = NINE.replace(hour=hour, minute=minute)
    return Span(start, start + timedelta(minutes=30))


def rule(*, name: str = "", then: Effect | None = None, **when: Any) -> Rule:
    return Rule(name=name, when=Condition(**when), then=then or Effect(skip=True))


def one_rule(then: Effect, **policy: Any) -> Policy:
    return Policy(rules=(rule(then=then),), **policy)


ALL_DAY = Span(date(2025, 3, 3), date(2025, 3, 4))
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"hours": (time(22), time(6)), "zone": BERLIN}
OFFICE = {"hours": (time(9), time(17)), "zone": BERLIN}


@pytest.mark.parametrize(
    ("when", "holds", "fails"),
    [
        ({"categories": ("gym", "home")}, {"categories": ("x", "GYM")}, {"categories": ("gymnasium",)}),
        ({"sensitivity": ("normal",)}, {}, {"sensitivity": "private"}),
        ({"show_as": ("workingelsewhere",)}, {"show_as": "workingElsewhere"}, {"show_as": "busy"}),
        ({"response": ("accepted", "none")}, {"response": "accepted"}, {"response": "tentativelyaccepted"}),
        ({"title": re.compile(r"\bsync$", SEARCH)}, {"subject": "Big SYNC"}, {"subject": "syncing"}),
        ({"title": re.compile("x")}, {"subject": "a" * 254 + "x"}, {"subject": "a" * 255 + "x"}),
        ({"organizer": re.compile("ann exa", SEARCH)}, {}, {"organizer": Person("Bob", "b@x.example")}),
        ({"organizer": re.compile("^ann@", SEARCH)}, {}, {"organizer": None}),
        ({"organizer_domains": ("contoso.example",)}, {}, {"organizer": Person("", "a@notcontoso.example")}),
        (
            {"organizer_domains": ("contoso.example",)},
            {"organizer": Person("", "a@Contoso.example")},
            {"organizer": None},
        ),
        (
            {"organizer_domains": ("contoso",)},
            {"organizer": Person("", "a@contoso")},
            {"organizer": Person("", "contoso")},
        ),
        ({"all_day": True}, {"span": ALL_DAY}, {}),
        ({"all_day": False}, {}, {"span": ALL_DAY}),
        ({"online": True}, {"is_online": True}, {}),
        ({"online": True}, {"join_url": "https://x.example"}, {}),
        ({"online": False}, {}, {"is_online": True}),
        ({"weekdays": frozenset({0}), "zone": BERLIN}, {"span": ALL_DAY}, {"span": at(23, 30)}),
        ({"weekdays": frozenset({1}), "zone": BERLIN}, {"span": at(23, 30)}, {"span": at(22, 30)}),
        (OFFICE, {"span": at(8)}, {"span": at(7, 59)}),
        (OFFICE, {"span": at(15, 59)}, {"span": at(16)}),
        (OFFICE, {}, {"span": ALL_DAY}),
        (NIGHT, {"span": at(21)}, {"span": at(20, 59)}),
        (NIGHT, {"span": at(4, 59)}, {"span": at(5)}),
        ({"hours": (time(22), time(0)), "zone": BERLIN}, {"span": at(22, 59)}, {"span": at(23)}),
        ({"longer_than": 60}, {"span": lasting(61)}, {"span": lasting(60)}),
        ({"shorter_than": 60}, {"span": lasting(59)}, {"span": lasting(60)}),
        ({"longer_than": 1439}, {"span": ALL_DAY}, {}),
        ({"all_day": False, "longer_than": 30}, {}, {"span": lasting(30)}),
        ({}, {}, None),
    ],
)
def test_a_condition_holds_for_what_it_names(
    when: dict[str, Any], holds: dict[str, Any], fails: dict[str, Any] | None
) -> None:
    policy = Policy(rules=(rule(**when),), private_details=True)
    assert decide(event(**holds), policy).skip
    if fails is not None:
        assert not decide(event(**fails), policy).skip


def test_hours_follow_the_clock_of_their_zone_through_daylight_saving() -> None:
    policy = Policy(rules=(rule(**OFFICE),))
    summer = datetime(2025, 7, 7, 7, tzinfo=UTC)
    assert decide(event(span=Span(summer, summer + timedelta(hours=1))), policy).skip
    assert not decide(event(span=at(7)), policy).skip


def test_without_settings_an_event_is_shown_as_it_is() -> None:
    expected = Decision(
        skip=False, profile=Profile.FULL, title="Weekly sync", color=None, reminder="source", private=False, trace=()
    )
    assert decide(event(), Policy()) == expected


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        ({"is_cancelled": True}, "cancelled"),
        ({"response": "declined"}, "declined"),
        ({"response": "notresponded"}, "unanswered"),
    ],
)
def test_settings_leave_events_out_and_say_so(said: dict[str, Any], setting: str) -> None:
    left_out = decide(event(**said), Policy(**{setting: Shown.SKIP}))
    assert left_out.skip
    assert f'{setting} = "skip"' in left_out.trace[0]
    assert not decide(event(**said), Policy(**{setting: Shown.SHOW})).skip


def test_an_organizer_has_nothing_to_answer() -> None:
    mine = event(response="notresponded", is_organizer=True)
    assert not decide(mine, Policy(unanswered=Shown.SKIP)).skip


def test_no_rule_brings_back_what_a_setting_leaves_out() -> None:
    assert decide(event(is_cancelled=True), one_rule(Effect(skip=False, color="1"))).skip


def test_the_first_rule_that_applies_is_used_alone() -> None:
    policy = Policy(
        rules=(
            rule(title=re.compile("gym"), then=Effect(skip=True)),
            rule(title=re.compile("sync"), then=Effect(color="5"), name="Syncs"),
            rule(then=Effect(color="6", reminder=5)),
        )
    )
    decision = decide(event(), policy)
    assert (decision.color, decision.reminder) == ("5", "source")
    assert decision.trace == ("rule 2 “Syncs”: the title matches /sync/i → colour Banana",)


def test_a_rule_sets_title_color_reminder_and_visibility() -> None:
    then = Effect(title="{category}: {title} ({organizer})", color="3", reminder=0, visibility="private")
    decision = decide(event(categories=("Red", "Blue")), one_rule(then))
    assert decision.title == "Red: Weekly sync (Ann Example)"
    assert (decision.color, decision.reminder, decision.private, decision.profile) == ("3", 0, True, Profile.FULL)


def test_braces_in_an_events_own_words_are_not_read_as_a_template() -> None:
    assert decide(event(subject="{organizer} {x}"), one_rule(Effect(title="> {title}"))).title == "> {organizer} {x}"


def test_a_template_that_comes_out_empty_does_not_count() -> None:
    assert decide(event(), one_rule(Effect(title="{category}"))).title == "Weekly sync"
    busy = one_rule(Effect(title="{category}", profile=Profile.BUSY), busy_title="Away")
    assert decide(event(), busy).title == "Away"


def test_an_organizer_without_a_name_goes_by_the_address() -> None:
    nameless = event(organizer=Person("", "a@x.example"))
    assert decide(nameless, one_rule(Effect(title="{organizer}"))).title == "a@x.example"
    assert decide(event(organizer=None), one_rule(Effect(title="Mine {organizer}"))).title == "Mine"


def test_colors_come_from_the_rule_then_the_configuration_then_outlook() -> None:
    red = event(categories=("None", "Red", "Blue"))
    outlook = {"red": "11", "blue": "9"}
    assert decide(red, one_rule(Effect(color="1"), colors={"red": "2"}), categories=outlook).color == "1"
    decision = decide(red, Policy(colors={"blue": "2"}), categories=outlook)
    assert decision.color == "2"
    assert decision.trace == ("the category “Blue” → colour Sage ([mirror.colors])",)
    assert decide(red, Policy(), categories=outlook).color == "11"
    assert decide(red, Policy()).color is None


def test_a_busy_event_gets_no_color_from_its_category_but_may_from_a_rule() -> None:
    red = event(categories=("Red",))
    assert decide(red, Policy(profile=Profile.BUSY, colors={"red": "2"}), categories={"red": "11"}).color is None
    assert decide(red, one_rule(Effect(color="3"), profile=Profile.BUSY)).color == "3"


@pytest.mark.parametrize("sensitivity", ["personal", "Private", "confidential", "somethingNew", ""])
def test_a_private_event_stays_private_and_hidden_whatever_a_rule_says(sensitivity: str) -> None:
    then = Effect(profile=Profile.FULL, title="{title}!", visibility="default")
    decision = decide(event(sensitivity=sensitivity), one_rule(then))
    assert (decision.private, decision.profile, decision.title) == (True, Profile.BUSY, "Busy")


def test_a_private_event_keeps_its_details_if_that_is_asked_for() -> None:
    decision = decide(event(sensitivity="private"), Policy(private_details=True))
    assert (decision.private, decision.profile, decision.title) == (True, Profile.FULL, "Weekly sync")


def test_a_private_event_takes_a_rules_title_that_asks_for_nothing() -> None:
    assert decide(event(sensitivity="private"), one_rule(Effect(title="Appointment"))).title == "Appointment"


def test_a_busy_event_shows_its_title_only_where_a_rule_asks_for_it() -> None:
    assert decide(event(), Policy(profile=Profile.BUSY, busy_title="Away")).title == "Away"
    assert decide(event(), one_rule(Effect(title="At: {title}"), profile=Profile.BUSY)).title == "At: Weekly sync"


def test_the_trace_tells_each_step_of_a_private_event() -> None:
    policy = Policy(
        rules=(
            rule(title=re.compile("gym"), then=Effect(skip=True)),
            rule(
                name="Doctors",
                categories=("health", "home"),
                all_day=False,
                **OFFICE,
                then=Effect(title="{title}", profile=Profile.FULL, reminder=30),
            ),
        )
    )
    assert decide(event(sensitivity="private", categories=("Health",)), policy).trace == (
        (
            "rule 2 “Doctors”: its category is “health” or “home”, it is not all-day, "
            "it starts between 09:00 and 17:00 in Europe/Berlin → "
            "shown with everything, titled “{title}”, a reminder 30 minutes before"
        ),
        "its sensitivity is “private” → private in Google",
        "private_details = false → shown as busy, without anything of the event",
        "the rule's title asks for what is hidden → titled “Busy”",
    )


def test_the_trace_says_that_no_rule_applies() -> None:
    policy = Policy(profile=Profile.NO_DETAILS, rules=(rule(title=re.compile("gym")),))
    assert decide(event(), policy).trace == (
        "no rule applies",
        'profile = "no-details" → shown with title, time and place',
    )


def test_every_condition_and_effect_has_words() -> None:
    when = Condition(
        categories=("a", "b", "c"),
        sensitivity=("normal",),
        show_as=("busy",),
        response=("none",),
        title=re.compile("s"),
        organizer=re.compile("a"),
        organizer_domains=("contoso.example",),
        all_day=False,
        online=False,
        weekdays=frozenset({0}),
        zone=BERLIN,
        longer_than=1,
        shorter_than=100,
        hours=OFFICE["hours"],
    )
    then = Effect(profile=Profile.BUSY, title="x", color="11", reminder="none", visibility="default")
    [told, *_] = decide(event(categories=("C",)), Policy(rules=(Rule(name="All", when=when, then=then),))).trace
    assert told == (
        "rule 1 “All”: its category is “a”, “b” or “c”, its sensitivity is “normal”, it is shown as “busy”, "
        "your answer is “none”, the title matches /s/i, the organizer matches /a/i, "
        "the organizer is from “contoso.example”, it is not all-day, it is not online, it starts on “Monday”, "
        "it starts between 09:00 and 17:00 in Europe/Berlin, it is longer than 1 minutes, "
        "it is shorter than 100 minutes → "
        "shown as busy, titled “x”, colour Tomato, no reminder, visible as in Outlook"
    )


WORD = st.text("abc {}", max_size=5).map(lambda text: f"{CANARY}{text}")
"""Text that must not get out: every text of a generated event has it."""
RESPONSES = st.sampled_from(["none", "organizer", "accepted", "declined", "notresponded", "tentativelyaccepted"])
PERSON = st.builds(Person, WORD, WORD.map(lambda word: f"{word}@{CANARY}.example"))


def canaries(sensitivity: st.SearchStrategy[str]) -> st.SearchStrategy[SourceEvent]:
    return st.builds(
        SourceEvent,
        id=WORD.map(SourceId),
        kind=st.sampled_from(Kind),
        span=st.sampled_from([ALL_DAY, at(9), at(23)]),
        ical_uid=WORD,
        subject=WORD,
        body=WORD,
        location=WORD,
        start_zone=WORD,
        end_zone=WORD,
        show_as=st.sampled_from(["free", "busy", "oof", CANARY]),
        sensitivity=sensitivity,
        web_link=WORD,
        is_cancelled=st.booleans(),
        importance=WORD,
        categories=st.lists(WORD, max_size=3).map(tuple),
        organizer=st.none() | PERSON,
        attendees=st.lists(st.builds(Attendee, PERSON, WORD, WORD), max_size=2).map(tuple),
        response=RESPONSES,
        is_organizer=st.booleans(),
        places=st.lists(st.builds(Place, WORD, WORD), max_size=2).map(tuple),
        join_url=WORD,
        has_attachments=st.booleans(),
        is_online=st.booleans(),
    )


TITLES = st.none() | st.sampled_from(["Mine", "{title}", "x {organizer}", "{category}{title}", "{"])
PLAIN_TITLES = st.sampled_from([None, "Mine", "{", "{}"])


def rules(titles: st.SearchStrategy[str | None], profiles: st.SearchStrategy[Profile | None]) -> Any:
    when = st.sampled_from(
        [
            Condition(),
            Condition(title=re.compile("a")),
            Condition(categories=(CANARY.lower(),)),
            Condition(organizer=re.compile(CANARY, SEARCH)),
            Condition(online=True),
            Condition(all_day=True),
        ]
    )
    then = st.builds(
        Effect,
        skip=st.booleans(),
        profile=profiles,
        title=titles,
        color=st.none() | st.just("4"),
        reminder=st.none() | st.just("source") | st.just(5),
        visibility=st.sampled_from([None, "private", "default"]),
    )
    return st.lists(st.builds(Rule, name=st.just("r"), when=when, then=then), max_size=4).map(tuple)


SHOWN = st.sampled_from(Shown)


def policies(rule_lists: Any, profiles: st.SearchStrategy[Profile], *, private_details: bool) -> Any:
    return st.builds(
        Policy,
        profile=profiles,
        private_details=st.just(private_details),
        cancelled=SHOWN,
        declined=SHOWN,
        unanswered=SHOWN,
        colors=st.just({CANARY.lower(): "9"}),
        rules=rule_lists,
    )


def holds_nothing_of_the_event(decision: Decision, policy: Policy) -> None:
    told = " ".join(decision.trace)
    asked = " ".join(pattern for pattern in ("/CANARY/i", "“canary”") if pattern in told)
    assert CANARY not in decision.title.upper()
    assert told.upper().count(CANARY) == asked.upper().count(CANARY), "only the rule's own words"
    if not decision.skip:
        assert decision.profile is Profile.BUSY
        assert decision.color in {None, *(rule.then.color for rule in policy.rules)}


@settings(max_examples=150)
@given(
    event=canaries(st.sampled_from(["private", "personal", "CONFIDENTIAL", CANARY, ""])),
    policy=policies(
        rules(TITLES, st.none() | st.sampled_from(Profile)), st.sampled_from(Profile), private_details=False
    ),
)
def test_a_private_event_lets_nothing_out_under_any_policy(event: SourceEvent, policy: Policy) -> None:
    decision = decide(event, policy, categories={CANARY.lower(): "10"})
    holds_nothing_of_the_event(decision, policy)
    assert decision.private


@settings(max_examples=150)
@given(
    event=canaries(st.sampled_from(["normal", "private", CANARY])),
    policy=st.booleans().flatmap(
        lambda details: policies(
            rules(PLAIN_TITLES, st.sampled_from([None, Profile.BUSY])), st.just(Profile.BUSY), private_details=details
        )
    ),
)
def test_a_busy_mirror_lets_nothing_out_unless_a_rules_title_asks(event: SourceEvent, policy: Policy) -> None:
    holds_nothing_of_the_event(decide(event, policy, categories={CANARY.lower(): "10"}), policy)
