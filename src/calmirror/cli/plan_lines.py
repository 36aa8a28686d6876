"""A plan as a person reads it, and as a program does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from calmirror.cli.left_out import LeftOut, titled
from calmirror.cli.screen import clean
from calmirror.cli.sync import VERBS, behind_line
from calmirror.mirror.report import Report
from calmirror.model.mirror import Verb
from calmirror.plan.actions import Action, Plan

SIGNS = {Verb.INSERT: ("+", "green"), Verb.UPDATE: ("~", "yellow"), Verb.DELETE: ("-", "red")}
WIDEST_TITLE = 50
WRITTEN = "Nothing was written."
Refused = Mapping[str, str] | None
"""The error by which a sync would stop, see `failures.told`; None for a plan that it carries out."""


class Line(NamedTuple):
    """A line and its colour."""

    text: str
    style: str | None = None


class When(NamedTuple):
    """When an action's event starts, on the clock of its zone ("" where it has none)."""

    shown: str
    zone: str


def year_of(now: float) -> int:
    """The year of a UNIX time; it is left out of dates."""
    return datetime.fromtimestamp(now, UTC).year


def lines(
    report: Report, events: list[LeftOut], refused: Refused, *, this_year: int, so_far: str = WRITTEN
) -> Iterator[Line]:
    """The whole plan: actions by verb and time, remarks, events left out, a summary, what a sync would refuse."""
    plan = report.plan or Plan()
    yield from action_lines(plan, this_year)
    for note in sorted(plan.notes, key=lambda note: (note.text, note.title)):
        yield Line(clean(f"* {short(note.title)}: {note.text}"))
    for event in events:
        yield Line(titled(event), "yellow")
    if report.behind:
        yield Line(behind_line(report.mirror, *report.behind), "yellow")
    if report.corrected:
        yield Line(corrections(report))
    yield Line(summary(report, plan, so_far))
    if refused:
        yield Line(clean(f"{report.mirror}: not without your word: {refused['what']}"), "red")
        yield Line(f"  → {refused['command']}")


def action_lines(plan: Plan, this_year: int) -> Iterator[Line]:
    """One line for each action; a zone is named where it is not the one that most of them have."""
    actions = sorted(plan.actions, key=lambda a: (list(Verb).index(a.verb), a.when, a.title, a.part))
    whens = [when(action, this_year) for action in actions]
    [(usual, _)] = Counter(at.zone for at in whens if at.zone).most_common(1) or [("", 0)]
    titles = [short(action.title) + kind(action) for action in actions]
    time_width = max((len(at.shown) for at in whens), default=0)
    title_width = max(map(len, titles), default=0)
    for action, at, title in zip(actions, whens, titles, strict=True):
        sign, style = SIGNS[action.verb]
        elsewhere = f" [{at.zone} time]" if at.zone not in ("", usual) else ""
        yield Line(f"{sign} {at.shown:<{time_width}}  {title:<{title_width}}  {action.reason}{elsewhere}", style)


def when(action: Action, this_year: int) -> When:
    """When the event starts, as its calendar shows it."""
    return start_of(_body(action), action.when, this_year)


def start_of(body: Mapping[str, Any], known: str, this_year: int) -> When:
    """When an event of ours starts; `known` is what is known of that (UTC) where the event itself is not."""
    start: Mapping[str, str] = body.get("start") or {}
    if "date" in start:
        return When(f"{_day(date.fromisoformat(start['date']), this_year)} all day", "")
    if "dateTime" in start:
        moment, zone = datetime.fromisoformat(start["dateTime"]), start.get("timeZone", "UTC")
    elif known:
        moment, zone = datetime.fromisoformat(known).astimezone(UTC), "UTC"
    else:
        return When("at an unknown time", "")
    return When(f"{_day(moment, this_year)} {moment:%H:%M}", zone)


def kind(action: Action) -> str:
    """What an action is about, where it is not simply an event."""
    return kind_of(action.part, _body(action))


def kind_of(part: str, body: Mapping[str, Any]) -> str:
    """What an event of ours is of its source event, where it is not simply that."""
    if part.startswith("override:"):
        return " (one of its series)"
    if part.startswith("copy:"):
        return " (occurrence of its own)"
    return " (series)" if body.get("recurrence") else ""


def summary(report: Report, plan: Plan, so_far: str = WRITTEN) -> str:
    """The last line."""
    counts = plan.counts()
    todo = [f"{counts[verb]} {word}" for verb, word in VERBS.items() if counts[verb]]
    said = todo or ["nothing to do"]
    said += [f"{counts['keep']} unchanged"] * bool(todo and counts["keep"])
    said += [f"{len(report.skipped)} left out"] * bool(report.skipped)
    said += [f"{len(report.held)} held"] * bool(report.held)
    return clean(f"{report.mirror}: {', '.join(said)}" + (f". {so_far}" if todo else ""))


def corrections(report: Report) -> str:
    """What an upgrade changes, and how often for which reason."""
    reasons = Counter(reason for action in report.corrected for reason in action.reason.split(", "))
    why = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
    these = (
        "1 of these writes corrects"
        if len(report.corrected) == 1
        else f"{len(report.corrected)} of these writes correct"
    )
    return clean(
        f"{report.mirror}: an earlier version wrote this calendar last. {these} what it wrote ({why}), "
        "or follow what changed in Outlook since"
    )


def as_json(report: Report, events: list[LeftOut], refused: Refused) -> dict[str, Any]:
    """The plan as `--json` prints it."""
    plan = report.plan or Plan()
    counts = plan.counts()
    return {
        "mirror": report.mirror,
        "exit": report.exit_code,
        "configured": True,
        "full": report.full,
        "counts": {verb: counts[verb] for verb in VERBS},
        "unchanged": counts["keep"],
        "actions": [
            action_json(action) for action in sorted(plan.actions, key=lambda a: (a.when, a.source_id, a.part))
        ],
        "notes": [{"source_id": n.source_id, "title": n.title, "text": n.text} for n in plan.notes],
        "skipped": [event._asdict() for event in events],
        "held": len(report.held),
        "corrected": len(report.corrected),
        "refused": refused,
    }


def action_json(action: Action) -> dict[str, Any]:
    """One action; `starts` and `ends` are UTC, `part` is "" for a whole event or series."""
    return {
        "verb": action.verb.value,
        "title": action.title,
        "starts": action.when,
        "ends": action.ends,
        "part": action.part,
        "reason": action.reason,
        "source_id": action.source_id,
    }


def _body(action: Action) -> Mapping[str, Any]:
    return action.body or (action.link.sent if action.link else None) or {}


def _day(day: date, this_year: int) -> str:
    return f"{day:%a} {day.day:>2} {day:%b}" + (f" {day.year}" if day.year != this_year else "")


def short(title: str) -> str:
    """A title as a line has room for it."""
    cleaned = clean(title) or "(no title)"
    return cleaned if len(cleaned) <= WIDEST_TITLE else cleaned[: WIDEST_TITLE - 1] + "…"
