"""Reads the rules of a mirror, and finds those that cannot do what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calmirror.config import choices, values
from calmirror.config.patterns import pattern
from calmirror.config.tables import LONGEST_WINDOW, Key, read_keys
from calmirror.model.policy import Condition, Effect, Profile, Rule, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calmirror.config.lines import KeyPath
    from calmirror.config.problems import Problems
    from calmirror.model.policy import Policy

MINUTES = values.whole_number(1, LONGEST_WINDOW * 1440)
KEYS = (
    Key("name", values.name, ""),
    Key("category", choices.words),
    Key("sensitivity", choices.any_of(choices.SENSITIVITY)),
    Key("show_as", choices.any_of(choices.SHOW_AS)),
    Key("response", choices.any_of(choices.RESPONSE)),
    Key("title", pattern),
    Key("organizer", pattern),
    Key("organizer_domain", choices.domains),
    Key("all_day", choices.yes_or_no),
    Key("online", choices.yes_or_no),
    Key("weekdays", choices.weekdays),
    Key("hours", choices.hours),
    Key("zone", choices.zone),
    Key("longer_than", MINUTES),
    Key("shorter_than", MINUTES),
    Key("skip", choices.yes_or_no),
    Key("profile", choices.profile),
    Key("new_title", choices.template),
    Key("color", choices.color),
    Key("reminder", choices.reminder),
    Key("visibility", choices.visibility),
)
"""The keys of a rule: its name, when it applies, what it does."""
EFFECTS = ("skip", "profile", "new_title", "color", "reminder", "visibility")
LEFT_OUT = {"declined": "declined", "notresponded": "unanswered"}
"""Answers, and the settings that leave such events out before any rule is asked."""


def read_rules(raw: object, path: KeyPath, policy: Policy, problems: Problems) -> tuple[Rule, ...]:
    """The rules of a mirror in their order; `policy` is what the mirror's other settings say."""
    if not isinstance(raw, list):
        problems.add(path, "must be written as [[mirror.rule]], in double brackets")
        return ()
    rules = [read_rule(table, (*path, index), policy, problems) for index, table in enumerate(raw)]
    sound = [index for index in range(len(rules)) if not problems.within((*path, index))]
    for index in sound:
        if (rival := covered_by(rules, index, sound)) is not None:
            problems.add((*path, index), f"is never reached: rule[{rival}] applies wherever this one does")
    return tuple(rules)


def covered_by(rules: list[Rule], index: int, sound: list[int]) -> int | None:
    """The earlier rule that takes all events of this one: one for every event, or one with the same condition.

    A rule that is not sound may lack the very condition that is wrong in it.
    """
    covering = (Condition(), rules[index].when)
    return next((at for at in sound if at < index and rules[at].when in covering), None)


def read_rule(raw: object, path: KeyPath, policy: Policy, problems: Problems) -> Rule:
    """One rule; notes what is wrong with its keys or, where these are right, with their company."""
    fields = read_keys(KEYS, "[[mirror.rule]]", raw, path, problems)
    rule = Rule(name=fields["name"], when=condition(fields), then=effect(fields))
    if isinstance(raw, dict) and not problems.within(path):
        for key, what in contradictions(raw, rule, policy):
            problems.add((*path, key) if key else path, what)
    return rule


def condition(fields: dict[str, Any]) -> Condition:
    """When the rule applies."""
    names = [key.name for key in KEYS if key.name not in ("name", *EFFECTS)]
    given = {name: fields[name] for name in names if fields[name] is not None}
    for key, several in (("category", "categories"), ("organizer_domain", "organizer_domains")):
        if key in given:
            given[several] = given.pop(key)
    return Condition(**given)


def effect(fields: dict[str, Any]) -> Effect:
    """What the rule does."""
    return Effect(
        skip=bool(fields["skip"]),
        profile=fields["profile"],
        title=fields["new_title"],
        color=fields["color"],
        reminder=fields["reminder"],
        visibility=fields["visibility"],
    )


def contradictions(raw: dict[str, Any], rule: Rule, policy: Policy) -> Iterator[tuple[str, str]]:
    """What is wrong with a rule whose keys are right one by one: the key ("" for the rule), and how."""
    when, then = rule.when, rule.then
    given = [key for key in EFFECTS if key in raw]
    if not given:
        yield "", f"has no effect: give it one of {', '.join(EFFECTS)}"
    if then.skip and given[1:]:
        yield "skip", f"must stand alone: an event that is skipped has no {given[1]}"
    yield from impossible_times(raw, when)
    for answer in dict.fromkeys(when.response):
        setting = LEFT_OUT.get(answer)
        if setting and getattr(policy, setting) is Shown.SKIP:
            yield "response", f'must not ask for "{setting}": such events are left out before; set {setting} = "show"'
    hidden = bool(when.sensitivity) and "normal" not in when.sensitivity and not policy.private_details
    if hidden and then.profile not in {None, Profile.BUSY}:
        yield "profile", "cannot show what private_details = false hides; set private_details = true"
    if hidden and then.title and "{" in then.title:
        yield "new_title", "cannot ask for what private_details = false hides; set private_details = true"


def impossible_times(raw: dict[str, Any], when: Condition) -> Iterator[tuple[str, str]]:
    """Conditions on times that no event can meet, or that do not say where."""
    timed = [key for key in ("weekdays", "hours") if key in raw]
    if timed and when.zone is None:
        yield timed[0], 'needs a zone beside it, like zone = "Europe/Berlin"'
    if when.zone is not None and not timed:
        yield "zone", "needs weekdays or hours beside it"
    if when.hours and when.all_day:
        yield "hours", "must not stand with all_day = true: an all-day event has no hour"
    if when.longer_than is not None and when.shorter_than is not None and when.shorter_than <= when.longer_than + 1:
        yield "shorter_than", "must be more than longer_than, by at least 2, or no event has that length"
