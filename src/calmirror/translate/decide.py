"""What a mirror shows of one event: its settings and rules applied, with the reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from calmirror.model.colors import COLOR_NAMES
from calmirror.model.policy import Effect, Profile, Rule, Shown
from calmirror.translate.conditions import applies, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from calmirror.model.policy import Policy
    from calmirror.model.source import SourceEvent

PLACEHOLDERS: Final = ("title", "organizer", "category")
"""What a rule's title may ask for, in braces."""
PLACEHOLDER: Final = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
NO_CATEGORIES: Final[Mapping[str, str]] = MappingProxyType({})
NO_EFFECT: Final = Effect()
SECRET: Final = ("personal", "private", "confidential")
"""The sensitivities that Outlook has besides normal; one that it does not have is secret, too."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How one event is shown. Of a skipped event only `skip` and `trace` mean anything.

    `profile` is what is really shown: BUSY for a private event whose details stay hidden. `title` is the whole
    title to write. `color` is Google's "1" to "11", None for the calendar's own. `reminder` is minutes, "none",
    "default" (the calendar's) or "source". `private` is whether Google shows it to its owner alone.
    `trace` tells a person which setting or rule did what, in the configuration's words.
    """

    skip: bool
    profile: Profile
    title: str
    color: str | None
    reminder: int | str
    private: bool
    trace: tuple[str, ...]


def decide(event: SourceEvent, policy: Policy, *, categories: Mapping[str, str] = NO_CATEGORIES) -> Decision:
    """What `policy` makes of an event. Settings that leave events out come first, then the first rule that applies.

    `categories` holds Google's colour ids by the names (lower case) of Outlook's categories.
    """
    if reason := left_out(event, policy):
        return skipped(reason)
    index, rule = first_rule(event, policy.rules)
    trace = [told(index, rule)] if rule else ["no rule applies"] if policy.rules else []
    effect = rule.then if rule else NO_EFFECT
    if effect.skip:
        return skipped(*trace)
    secret = event.sensitivity.lower() != "normal"
    hidden = secret and not policy.private_details
    profile = Profile.BUSY if hidden else effect.profile or policy.profile
    color, why_color = colored(event, policy, effect, profile, categories)
    trace.extend(reasons(event, policy, effect, profile))
    return Decision(
        skip=False,
        profile=profile,
        title=titled(event, policy, effect, profile, hidden=hidden),
        color=color,
        reminder=policy.reminder if effect.reminder is None else effect.reminder,
        private=secret or effect.visibility == "private",
        trace=(*trace, why_color) if why_color else tuple(trace),
    )


def skipped(*trace: str) -> Decision:
    """The decision to leave an event out, which holds nothing of it."""
    return Decision(True, Profile.BUSY, "", None, "none", True, trace)


def left_out(event: SourceEvent, policy: Policy) -> str:
    """Which setting leaves the event out, in words; "" if none does."""
    if event.is_cancelled and policy.cancelled is Shown.SKIP:
        return 'the organizer cancelled it: cancelled = "skip" → skipped'
    if event.response == "declined" and policy.declined is Shown.SKIP:
        return 'you declined it: declined = "skip" → skipped'
    if event.response == "notresponded" and not event.is_organizer and policy.unanswered is Shown.SKIP:
        return 'you have not answered it: unanswered = "skip" → skipped'
    return ""


def first_rule(event: SourceEvent, rules: tuple[Rule, ...]) -> tuple[int, Rule | None]:
    """The first rule that applies and its number, counted from 1."""
    for index, rule in enumerate(rules, 1):
        if applies(rule.when, event):
            return index, rule
    return 0, None


def titled(event: SourceEvent, policy: Policy, effect: Effect, profile: Profile, *, hidden: bool) -> str:
    """The title to write. A template that comes out empty, or asks for what is hidden, does not count."""
    usual = policy.busy_title if profile is Profile.BUSY else event.subject
    template = effect.title
    if template is None or (hidden and PLACEHOLDER.search(template)):
        return usual
    return filled(template, event) or usual


def filled(template: str, event: SourceEvent) -> str:
    """A rule's title with its placeholders replaced; those within the event's own words stay as they are."""
    organizer = event.organizer
    parts = {
        "title": event.subject,
        "organizer": (organizer.name or organizer.address) if organizer else "",
        "category": event.categories[0] if event.categories else "",
    }
    return PLACEHOLDER.sub(lambda found: parts[found[1]], template).strip()


def colored(
    event: SourceEvent, policy: Policy, effect: Effect, profile: Profile, categories: Mapping[str, str]
) -> tuple[str | None, str]:
    """The colour and, where a category gives it, the reason. A category's colour would tell the category of BUSY."""
    if effect.color is not None or profile is Profile.BUSY:
        return effect.color, ""
    for colors, whose in ((policy.colors, "[mirror.colors]"), (categories, "Outlook")):
        for category in event.categories:
            if (color := colors.get(category.lower())) is not None:
                return color, f"the category “{category}” → colour {color_name(color)} ({whose})"
    return None, ""


def reasons(event: SourceEvent, policy: Policy, effect: Effect, profile: Profile) -> Iterator[str]:
    """Why as much is shown as is shown, where that is not simply everything."""
    sensitivity = event.sensitivity.lower()
    if sensitivity != "normal":
        known = sensitivity if sensitivity in SECRET else "unknown"
        yield f"its sensitivity is “{known}” → private in Google"
        if not policy.private_details:
            yield "private_details = false → shown as busy, without anything of the event"
            if effect.title is not None and PLACEHOLDER.search(effect.title):
                yield f"the rule's title asks for what is hidden → titled “{policy.busy_title}”"
            return
    if effect.profile is None and profile is not Profile.FULL:
        yield f'profile = "{profile}" → {SHOWN[profile]}'


def told(index: int, rule: Rule) -> str:
    """A rule that applied: which one, why, and what it does."""
    name = f" “{rule.name}”" if rule.name else ""
    return f"rule {index}{name}: {in_words(rule.when)} → {', '.join(effects(rule.then)) or 'nothing changes'}"


def effects(effect: Effect) -> Iterator[str]:
    """Each thing that a rule does, in words."""
    if effect.skip:
        yield "skipped"
    if effect.profile is not None:
        yield SHOWN[effect.profile]
    if effect.title is not None:
        yield f"titled “{effect.title}”"
    if effect.color is not None:
        yield f"colour {color_name(effect.color)}"
    if effect.reminder is not None:
        yield reminder_in_words(effect.reminder)
    if effect.visibility is not None:
        yield "private in Google" if effect.visibility == "private" else "visible as in Outlook"


SHOWN: Final = {
    Profile.FULL: "shown with everything",
    Profile.NO_DETAILS: "shown with title, time and place",
    Profile.BUSY: "shown as busy",
}


def reminder_in_words(reminder: int | str) -> str:
    """A reminder as a person would say it."""
    words = {"none": "no reminder", "default": "the calendar's own reminder", "source": "Outlook's reminder"}
    return words[reminder] if isinstance(reminder, str) else f"a reminder {reminder} minutes before"


def color_name(color: str) -> str:
    """A colour by the name that Google's screens show."""
    return COLOR_NAMES.get(color, color)
